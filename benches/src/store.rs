//! Results in a file: written after every run, so that a measurement can be cut off, gone on with, and put together of several.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::Failure;
use crate::args::Options;
use crate::load::Outcome;
use crate::results::{Conditions, Results, Run};

pub(crate) struct Store {
    pub(crate) results: Results,
    path: Option<PathBuf>,
}

impl Store {
    /// Empty, or what the file of `--resume` has; `--out` begins the file anew.
    ///
    /// # Errors
    /// When the file was measured under other conditions.
    pub(crate) fn open(options: &Options, conditions: Conditions) -> Result<Self, Failure> {
        let resumed = options.text("resume").map(PathBuf::from);
        let mut results = Results { conditions, runs: Vec::new() };
        if let Some(path) = resumed.as_deref().filter(|path| path.exists()) {
            let old = read(path)?;
            results.conditions.join(&old.conditions)?;
            results.runs = old.runs;
        }
        Ok(Self { results, path: resumed.or_else(|| options.text("out").map(PathBuf::from)) })
    }

    /// Adds a run, in the file too.
    pub(crate) fn push(&mut self, run: Run) -> Result<(), Failure> {
        self.results.runs.push(run);
        let Some(path) = &self.path else { return Ok(()) };
        // Whoever ends this program now finds the old file or the new one, not half of it.
        let new = path.with_extension("new");
        fs::write(&new, serde_json::to_string_pretty(&written(&self.results))?)?;
        fs::rename(new, path)?;
        Ok(())
    }
}

/// What the files of `--render` hold together; `None` without that option.
pub(crate) fn rendered(options: &Options) -> Result<Option<Results>, Failure> {
    let mut all: Option<Results> = None;
    for path in options.all("render") {
        let one = read(Path::new(path))?;
        match &mut all {
            None => all = Some(one),
            Some(all) => {
                all.conditions.join(&one.conditions)?;
                all.runs.extend(one.runs);
            }
        }
    }
    Ok(all)
}

fn read(path: &Path) -> Result<Results, Failure> {
    let text = fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    let value: Value = serde_json::from_str(&text)?;
    parsed(&value).ok_or_else(|| format!("{} has no results of this program", path.display()).into())
}

fn written(results: &Results) -> Value {
    let Conditions { machine, cores, pinned, seconds, warmup, versions } = &results.conditions;
    let runs: Vec<_> = results
        .runs
        .iter()
        .map(|run| {
            json!({
                "server": run.peer, "cell": run.cell, "round": run.round, "foreign": run.foreign,
                "figures": run.outcome.figures, "faults": run.outcome.faults,
            })
        })
        .collect();
    json!({
        "machine": machine, "cores": cores, "pinned": pinned, "seconds": seconds, "warmup": warmup,
        "versions": versions, "runs": runs,
    })
}

fn parsed(value: &Value) -> Option<Results> {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let versions = value["versions"].as_object()?.iter();
    let conditions = Conditions {
        machine: text(&value["machine"])?,
        cores: text(&value["cores"])?,
        pinned: value["pinned"].as_bool()?,
        seconds: value["seconds"].as_f64()?,
        warmup: value["warmup"].as_f64()?,
        versions: versions.map(|(name, version)| Some((name.clone(), text(version)?))).collect::<Option<_>>()?,
    };
    let run = |run: &Value| {
        let figures = run["figures"].as_object()?.iter();
        let outcome = Outcome {
            figures: figures.map(|(name, figure)| Some((name.clone(), figure.as_f64()?))).collect::<Option<_>>()?,
            faults: run["faults"].as_array()?.iter().map(text).collect::<Option<_>>()?,
        };
        Some(Run {
            peer: text(&run["server"])?,
            cell: text(&run["cell"])?,
            round: usize::try_from(run["round"].as_u64()?).ok()?,
            outcome,
            foreign: run["foreign"].as_f64()?,
        })
    };
    Some(Results { conditions, runs: value["runs"].as_array()?.iter().map(run).collect::<Option<_>>()? })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::tests;

    #[test]
    fn what_is_written_is_read() {
        let mut results = tests::results(vec![
            tests::run("a", "echo-1", &[("cpu_us", 1.5)], None),
            tests::run("b", "idle", &[], Some("lost")),
        ]);
        results.conditions.versions.insert("a".to_owned(), "1.0".to_owned());
        results.conditions.pinned = true;
        let again = parsed(&written(&results)).unwrap();
        assert_eq!(again.conditions, results.conditions);
        assert_eq!(again.median("a", "echo-1", "cpu_us"), Some(1.5));
        assert_eq!(again.faults(), results.faults());
        assert!(parsed(&json!({"runs": []})).is_none());
    }
}
