//! What may be called a nickname or a room. It knows nothing of who has which.
use socketio::prelude::*;

/// Characters that show nothing but change how the text around them looks.
const INVISIBLE: [std::ops::RangeInclusive<char>; 4] =
    ['\u{200b}'..='\u{200f}', '\u{202a}'..='\u{202e}', '\u{2060}'..='\u{206f}', '\u{feff}'..='\u{feff}'];

/// The name without the spaces around it, if people can read it and tell it from others.
pub(crate) fn checked(what: &str, name: &str) -> Result<String, Error> {
    let name = name.trim();
    let bad = |c: char| c.is_control() || INVISIBLE.iter().any(|range| range.contains(&c));
    if name.is_empty() || name.chars().count() > 24 {
        return Err(Error::new("bad_name", format!("a {what} has 1 to 24 characters")));
    }
    if name.contains(bad) {
        return Err(Error::new("bad_name", format!("a {what} has no control or invisible characters")));
    }
    Ok(name.to_owned())
}

/// Whether people would take one name for the other.
pub(crate) fn same(a: &str, b: &str) -> bool {
    a.to_lowercase() == b.to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_trimmed_and_limited() {
        assert_eq!(checked("room", "  ada l. \n").unwrap(), "ada l.");
        assert_eq!(checked("room", &"é".repeat(24)).unwrap().chars().count(), 24);
        for bad in ["", " \t", &"x".repeat(25), "a\u{7}b", "a\nb", "a\u{202e}b", "\u{200b}"] {
            assert!(checked("room", bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn case_makes_no_other_name() {
        assert!(same("Ada", "aDA"));
        assert!(!same("ada", "adá"));
    }
}
