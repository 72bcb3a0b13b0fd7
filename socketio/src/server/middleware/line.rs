//! Text of clients in one line of a log, without control characters.

use std::fmt;

/// Text of a client in at most so many characters; a longer one ends with `…`.
///
/// Characters that end a line, move the cursor, or change colours or the direction of writing are escaped as in a Rust string (`\n`,
/// `\u{1b}`, `\u{2028}`), so that a client can neither forge a line nor hide one. Quotes and backslashes stay, because most of the text is
/// JSON.
pub(super) struct Printable<'t>(pub(super) &'t str, pub(super) usize);

impl fmt::Display for Printable<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use fmt::Write as _;
        for (n, char) in self.0.chars().enumerate() {
            match char {
                _ if n == self.1 => return f.write_char('…'),
                ' '..='~' => f.write_char(char)?,
                _ => write!(f, "{}", char.escape_debug())?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_a_client_ends_a_line_or_reaches_the_terminal() {
        let evil = "a\r\nb\u{1b}[31mc\u{7f}\u{9b}d\u{85}\u{2028}\u{2029}\u{202e}\u{feff}\t\0";
        let line = Printable(evil, 1000).to_string();
        assert_eq!(line, r"a\r\nb\u{1b}[31mc\u{7f}\u{9b}d\u{85}\u{2028}\u{2029}\u{202e}\u{feff}\t\0");
        let all: String = (0..=u32::from(char::MAX)).filter_map(char::from_u32).collect();
        let line = Printable(&all, usize::MAX).to_string();
        assert!(
            !line
                .chars()
                .any(|char| char.is_control() || matches!(char, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}'))
        );
        assert_eq!(Printable(r#"["é\n","\"",'😀']"#, 100).to_string(), r#"["é\n","\"",'😀']"#);
    }

    #[test]
    fn a_long_text_is_shortened_by_characters() {
        assert_eq!(Printable("éé", 2).to_string(), "éé");
        assert_eq!(Printable("ééé", 2).to_string(), "éé…");
        assert_eq!(Printable("é", 0).to_string(), "…");
        assert_eq!(Printable("", 0).to_string(), "");
    }
}
