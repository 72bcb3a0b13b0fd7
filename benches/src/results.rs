//! The figures of all runs, and what is made of several: medians and spread.

use std::fs;
use std::path::Path;

use crate::Failure;
use crate::load::Outcome;

/// One server in one cell, once.
pub(crate) struct Run {
    pub(crate) peer: String,
    pub(crate) cell: &'static str,
    pub(crate) round: usize,
    pub(crate) outcome: Outcome,
    /// Cores that other programs used meanwhile.
    pub(crate) foreign: f64,
}

#[derive(Default)]
pub(crate) struct Results {
    pub(crate) runs: Vec<Run>,
}

impl Results {
    /// A figure of every sound run of one server in one cell. Runs with a fault do not count.
    fn figures(&self, peer: &str, cell: &str, figure: &str) -> Vec<f64> {
        let of = |run: &&Run| run.peer == peer && run.cell == cell && run.outcome.faults.is_empty();
        self.runs.iter().filter(of).filter_map(|run| run.outcome.figures.get(figure).copied()).collect()
    }

    pub(crate) fn median(&self, peer: &str, cell: &str, figure: &str) -> Option<f64> {
        median(self.figures(peer, cell, figure))
    }

    /// Half of the range, as a share of the median.
    pub(crate) fn spread(&self, peer: &str, cell: &str, figure: &str) -> Option<f64> {
        let figures = self.figures(peer, cell, figure);
        let (least, most) =
            figures.iter().fold((f64::INFINITY, 0.0_f64), |(least, most), &one| (least.min(one), most.max(one)));
        let middle = median(figures)?;
        (middle > 0.0).then(|| (most - least) / 2.0 / middle)
    }

    /// What went wrong, a line each.
    pub(crate) fn faults(&self) -> Vec<String> {
        let faulty = self.runs.iter().filter(|run| !run.outcome.faults.is_empty());
        faulty
            .map(|run| format!("{} in {}, round {}: {}", run.peer, run.cell, run.round + 1, run.outcome.faults[0]))
            .collect()
    }

    /// Whether a server has answered out of order in a cell, in any round.
    pub(crate) fn reordered(&self, peer: &str, cell: &str) -> bool {
        self.figures(peer, cell, "reordered").iter().any(|count| *count > 0.0)
    }

    /// Writes everything as JSON.
    pub(crate) fn write(&self, path: &Path) -> Result<(), Failure> {
        let runs: Vec<_> = self
            .runs
            .iter()
            .map(|run| {
                serde_json::json!({
                    "server": run.peer, "cell": run.cell, "round": run.round + 1, "foreign": run.foreign,
                    "figures": run.outcome.figures, "faults": run.outcome.faults,
                })
            })
            .collect();
        fs::write(path, serde_json::to_string_pretty(&runs)?)?;
        Ok(())
    }
}

/// The middle one, or the mean of the two middle ones.
pub(crate) fn median(mut figures: Vec<f64>) -> Option<f64> {
    figures.sort_by(f64::total_cmp);
    let middle = figures.len() / 2;
    match figures.len() {
        0 => None,
        length if length % 2 == 1 => Some(figures[middle]),
        _ => Some((figures[middle - 1] + figures[middle]) / 2.0),
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// One run with one figure.
    pub(crate) fn run(peer: &str, cell: &'static str, figures: &[(&'static str, f64)], fault: Option<&str>) -> Run {
        let outcome = Outcome {
            figures: figures.iter().copied().collect(),
            faults: fault.map(str::to_owned).into_iter().collect(),
        };
        Run { peer: peer.to_owned(), cell, round: 0, outcome, foreign: 0.0 }
    }

    #[test]
    fn faulty_runs_do_not_count() {
        let one = |value, fault| run("a", "echo-1", &[("cpu_us", value)], fault);
        let results = Results { runs: vec![one(1.0, None), one(9.0, None), one(2.0, None), one(100.0, Some("lost"))] };
        assert_eq!(results.median("a", "echo-1", "cpu_us"), Some(2.0));
        assert_eq!(results.spread("a", "echo-1", "cpu_us"), Some(2.0));
        assert_eq!(results.median("b", "echo-1", "cpu_us"), None);
        assert_eq!(results.faults(), ["a in echo-1, round 1: lost"]);
    }

    #[test]
    fn medians() {
        assert_eq!(median(vec![3.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median(vec![4.0, 1.0, 2.0, 3.0]), Some(2.5));
        assert_eq!(median(vec![]), None);
    }
}
