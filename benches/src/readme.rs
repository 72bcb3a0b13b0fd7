//! The table in the README, between two comments.

use std::fs;
use std::path::Path;

use crate::Failure;

const BEGIN: &str = "<!-- bench:begin -->";
const END: &str = "<!-- bench:end -->";

/// Replaces what is between the comments in the file at `path`.
pub(crate) fn replace(path: &Path, text: &str) -> Result<(), Failure> {
    let old = fs::read_to_string(path)?;
    let new = replaced(&old, text).ok_or_else(|| format!("{} has no {BEGIN} … {END}", path.display()))?;
    fs::write(path, new)?;
    Ok(())
}

fn replaced(old: &str, text: &str) -> Option<String> {
    let (before, rest) = old.split_once(BEGIN)?;
    let (_, after) = rest.split_once(END)?;
    Some(format!("{before}{BEGIN}\n{}\n{END}{after}", text.trim()))
}

#[cfg(test)]
mod tests {
    use super::replaced;

    #[test]
    fn only_what_is_between_the_comments_changes() {
        let old = "a\n<!-- bench:begin -->\nold\n<!-- bench:end -->\nb\n";
        let new = replaced(old, "new\n").unwrap();
        assert_eq!(new, "a\n<!-- bench:begin -->\nnew\n<!-- bench:end -->\nb\n");
        assert_eq!(replaced(&new, "new").unwrap(), new);
        assert_eq!(replaced("a", "new"), None);
    }
}
