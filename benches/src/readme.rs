//! What commands write into the documentation: a part of a Markdown file, between two comments with its name.

use std::fs;

use crate::Failure;
use crate::prepare::workspace;

/// A part of a file.
pub(crate) struct Part {
    path: &'static str,
    name: &'static str,
}

const fn part(path: &'static str, name: &'static str) -> Part {
    Part { path, name }
}

pub(crate) const README: Part = part("README.md", "bench");
/// Every server and goal.
pub(crate) const CELLS: Part = part("docs/performance.md", "cells");
/// The kernel's part.
pub(crate) const SPLIT: Part = part("docs/performance.md", "split");
/// The same as the first on all cores.
pub(crate) const UNPINNED: Part = part("docs/performance.md", "cores");
pub(crate) const GROWTH: Part = part("docs/performance.md", "growth");
pub(crate) const PAPER: Part = part("docs/performance.md", "paper");
pub(crate) const COMPILE: Part = part("docs/performance.md", "compile");
pub(crate) const HOOKS: Part = part("docs/performance.md", "hooks");

impl Part {
    /// Puts `text` in its place.
    pub(crate) fn write(&self, text: &str) -> Result<(), Failure> {
        let path = workspace().join(self.path);
        let old = fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        let new = replaced(&old, self.name, text)
            .ok_or_else(|| format!("{} has no <!-- {}:begin --> … <!-- {}:end -->", self.path, self.name, self.name))?;
        fs::write(&path, new)?;
        eprintln!("written: {} in {}", self.name, self.path);
        Ok(())
    }
}

fn replaced(old: &str, name: &str, text: &str) -> Option<String> {
    // On lines of their own, because a sentence may name them.
    let (begin, end) = (format!("\n<!-- {name}:begin -->\n"), format!("\n<!-- {name}:end -->\n"));
    let (before, rest) = old.split_once(&begin)?;
    let (_, after) = rest.split_once(&end)?;
    // Without empty lines the comments would take the table into them.
    Some(format!("{before}{begin}\n{}\n{end}{after}", text.trim()))
}

#[cfg(test)]
mod tests {
    use super::{CELLS, COMPILE, GROWTH, HOOKS, PAPER, README, SPLIT, UNPINNED, replaced};
    use crate::prepare::workspace;

    #[test]
    fn only_what_is_between_the_comments_changes() {
        let old = "a `<!-- bench:begin -->`\n<!-- bench:begin -->\nold\n<!-- bench:end -->\nb\n";
        let new = replaced(old, "bench", "new\n").unwrap();
        assert_eq!(new, "a `<!-- bench:begin -->`\n<!-- bench:begin -->\n\nnew\n\n<!-- bench:end -->\nb\n");
        assert_eq!(replaced(&new, "bench", "new").unwrap(), new);
        assert_eq!(replaced(old, "other", "new"), None);
    }

    #[test]
    fn every_part_has_its_place() {
        for part in [README, CELLS, SPLIT, UNPINNED, GROWTH, PAPER, COMPILE, HOOKS] {
            let text = std::fs::read_to_string(workspace().join(part.path)).unwrap();
            assert!(replaced(&text, part.name, "").is_some(), "{} in {}", part.name, part.path);
        }
    }
}
