//! What has come of the mixed room, as a table of its members.

use std::collections::BTreeMap;

use serde_json::Value;

/// What each member has heard, and from whom, in the order of arrival.
pub(crate) type Heard = BTreeMap<String, Vec<(String, Value)>>;

/// The verdicts: members by checks.
pub(crate) struct Matrix<'a> {
    names: &'a [&'a str],
    checks: Vec<&'static str>,
    cells: Vec<Vec<bool>>,
    red: Vec<String>,
}

impl<'a> Matrix<'a> {
    pub(crate) fn of(names: &'a [&'a str]) -> Self {
        Self { names, checks: Vec::new(), cells: Vec::new(), red: Vec::new() }
    }

    /// Compares what has been heard, in no order, with what is `expected` of a member.
    pub(crate) fn check(
        &mut self,
        what: &'static str,
        mut heard: Heard,
        expected: impl Fn(&str) -> Vec<(String, Value)>,
    ) {
        let mut column = Vec::new();
        for name in self.names {
            let (mut heard, mut expected) = (heard.remove(*name).unwrap_or_default(), expected(name));
            heard.sort_by(|a, b| a.0.cmp(&b.0));
            expected.sort_by(|a, b| a.0.cmp(&b.0));
            column.push(heard == expected);
            if heard != expected {
                self.red.push(format!("{name}, {what}: heard {heard:?} instead of {expected:?}"));
            }
        }
        self.red.extend(heard.into_keys().map(|name| format!("{name} is not expected")));
        self.checks.push(what);
        self.cells.push(column);
    }

    /// Prints it; fails if not all is well.
    pub(crate) fn finish(self) {
        let mut table = format!("{:20}  {}\n", format!("one room of {}", self.names.len()), self.checks.join("  "));
        for (row, name) in self.names.iter().enumerate() {
            table.push_str(&format!("{name:20}"));
            for (check, column) in self.checks.iter().zip(&self.cells) {
                table.push_str(&format!("  {:width$}", if column[row] { "ok" } else { "RED" }, width = check.len()));
            }
            table.push('\n');
        }
        println!("{table}");
        assert!(self.red.is_empty(), "{}", self.red.join("\n"));
    }
}
