//! The figures of all runs, and what is made of several: medians and spread. `store` keeps them in a file.

use std::collections::BTreeMap;

use crate::Failure;
use crate::load::Outcome;

/// One server in one cell, once.
pub(crate) struct Run {
    pub(crate) peer: String,
    pub(crate) cell: String,
    pub(crate) round: usize,
    pub(crate) outcome: Outcome,
    /// Cores that other programs used meanwhile.
    pub(crate) foreign: f64,
}

/// What all runs have in common; figures that differ in it are not compared.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Conditions {
    pub(crate) machine: String,
    pub(crate) cores: String,
    /// Whether server and load generator had a core each.
    pub(crate) pinned: bool,
    pub(crate) seconds: f64,
    pub(crate) warmup: f64,
    /// Of everything that took part, by name.
    pub(crate) versions: BTreeMap<String, String>,
}

impl Conditions {
    /// Takes in the versions of `other`.
    ///
    /// # Errors
    /// When the two are not comparable.
    pub(crate) fn join(&mut self, other: &Self) -> Result<(), Failure> {
        let same = Self { versions: self.versions.clone(), ..other.clone() } == *self;
        let clash =
            other.versions.iter().find(|(name, version)| self.versions.get(*name).is_some_and(|own| own != *version));
        if !same || clash.is_some() {
            return Err(format!("measured under other conditions:\n{self:?}\n{other:?}").into());
        }
        self.versions.extend(other.versions.clone());
        Ok(())
    }
}

#[derive(Default)]
pub(crate) struct Results {
    pub(crate) conditions: Conditions,
    pub(crate) runs: Vec<Run>,
}

impl Results {
    fn of<'a>(&'a self, peer: &'a str, cell: &'a str) -> impl Iterator<Item = &'a Run> {
        self.runs.iter().filter(move |run| run.peer == peer && run.cell == cell)
    }

    /// A figure of every sound run of one server in one cell. Runs with a fault do not count.
    fn figures(&self, peer: &str, cell: &str, figure: &str) -> Vec<f64> {
        let sound = self.of(peer, cell).filter(|run| run.outcome.faults.is_empty());
        sound.filter_map(|run| run.outcome.figures.get(figure).copied()).collect()
    }

    pub(crate) fn median(&self, peer: &str, cell: &str, figure: &str) -> Option<f64> {
        median(self.figures(peer, cell, figure))
    }

    /// Half of the range, as a share of the median; nothing for a single run.
    pub(crate) fn spread(&self, peer: &str, cell: &str, figure: &str) -> Option<f64> {
        let figures = self.figures(peer, cell, figure);
        let (least, most) =
            figures.iter().fold((f64::INFINITY, 0.0_f64), |(least, most), &one| (least.min(one), most.max(one)));
        let several = figures.len() > 1;
        let middle = median(figures)?;
        (several && middle > 0.0).then(|| (most - least) / 2.0 / middle)
    }

    /// Whether a round is there, and sound.
    pub(crate) fn has(&self, peer: &str, cell: &str, round: usize) -> bool {
        self.of(peer, cell).any(|run| run.round == round && run.outcome.faults.is_empty())
    }

    /// How many rounds there are of the server and cell with the most.
    pub(crate) fn rounds(&self) -> usize {
        self.runs.iter().map(|run| run.round + 1).max().unwrap_or(0)
    }

    /// What went wrong, a line each.
    pub(crate) fn faults(&self) -> Vec<String> {
        let faulty = self.runs.iter().filter(|run| !run.outcome.faults.is_empty());
        faulty
            .map(|run| format!("{} in {}, round {}: {}", run.peer, run.cell, run.round + 1, run.outcome.faults[0]))
            .collect()
    }

    /// Whether a run of a server in a cell has failed, in any round.
    pub(crate) fn failed(&self, peer: &str, cell: &str) -> bool {
        self.of(peer, cell).any(|run| !run.outcome.faults.is_empty())
    }

    /// Whether a server has answered out of order in a cell, in any round.
    pub(crate) fn reordered(&self, peer: &str, cell: &str) -> bool {
        self.figures(peer, cell, "reordered").iter().any(|count| *count > 0.0)
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

    /// One run with some figures.
    pub(crate) fn run(peer: &str, cell: &str, figures: &[(&str, f64)], fault: Option<&str>) -> Run {
        let outcome = Outcome {
            figures: figures.iter().map(|(name, value)| ((*name).to_owned(), *value)).collect(),
            faults: fault.map(str::to_owned).into_iter().collect(),
        };
        Run { peer: peer.to_owned(), cell: cell.to_owned(), round: 0, outcome, foreign: 0.0 }
    }

    /// Results of these runs.
    pub(crate) fn results(runs: Vec<Run>) -> Results {
        Results { runs, ..Results::default() }
    }

    #[test]
    fn faulty_runs_do_not_count() {
        let one = |value, fault| run("a", "echo-1", &[("cpu_us", value)], fault);
        let results = results(vec![one(1.0, None), one(9.0, None), one(2.0, None), one(100.0, Some("lost"))]);
        assert_eq!(results.median("a", "echo-1", "cpu_us"), Some(2.0));
        assert_eq!(results.spread("a", "echo-1", "cpu_us"), Some(2.0));
        assert_eq!(results.median("b", "echo-1", "cpu_us"), None);
        assert_eq!(results.faults(), ["a in echo-1, round 1: lost"]);
        assert!(results.failed("a", "echo-1") && results.has("a", "echo-1", 0) && !results.has("a", "echo-1", 1));
    }

    #[test]
    fn one_run_has_no_spread() {
        let results = results(vec![run("a", "echo-1", &[("cpu_us", 3.0)], None)]);
        assert_eq!(results.spread("a", "echo-1", "cpu_us"), None);
    }

    #[test]
    fn medians() {
        assert_eq!(median(vec![3.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median(vec![4.0, 1.0, 2.0, 3.0]), Some(2.5));
        assert_eq!(median(vec![]), None);
    }

    #[test]
    fn only_comparable_results_are_joined() {
        let versions = |name: &str, version: &str| BTreeMap::from([(name.to_owned(), version.to_owned())]);
        let mut own = Conditions { versions: versions("a", "1"), seconds: 2.0, ..Conditions::default() };
        let other = Conditions { versions: versions("b", "1"), ..own.clone() };
        own.join(&other).unwrap();
        assert_eq!(own.versions.len(), 2);
        assert!(own.join(&Conditions { versions: versions("b", "2"), ..own.clone() }).is_err());
        assert!(own.join(&Conditions { seconds: 3.0, ..own.clone() }).is_err());
    }
}
