//! Event names: their cases, the reserved names, and when two names are equal.

use crate::parse::attributes::Case;

/// Names that the protocol's libraries reserve: a client cannot send them, and a server must not.
const RESERVED: [&str; 6] =
    ["connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener"];

/// Whether no packet can carry this name.
pub(crate) fn is_reserved(name: &str) -> bool {
    RESERVED.contains(&name)
}

/// The form in which names are compared: a space counts as an underscore.
pub(crate) fn normal(name: &str) -> String {
    name.replace(' ', "_")
}

impl Case {
    /// Writes a name of Rust (`user_message` or `UserMessage`) in this case.
    pub(crate) fn apply(self, name: &str) -> String {
        let words = words(name);
        let join =
            |word: fn(&str) -> String, between: &str| words.iter().map(|w| word(w)).collect::<Vec<_>>().join(between);
        match self {
            Case::Lower => name.to_lowercase(),
            Case::Upper => name.to_uppercase(),
            Case::Pascal => join(capitalised, ""),
            Case::Camel => {
                let (first, rest) = words.split_first().map_or(("", &[][..]), |(first, rest)| (first.as_str(), rest));
                rest.iter().fold(first.to_lowercase(), |name, word| name + &capitalised(word))
            }
            Case::Snake => join(str::to_lowercase, "_"),
            Case::ScreamingSnake => join(str::to_uppercase, "_"),
            Case::Kebab => join(str::to_lowercase, "-"),
            Case::ScreamingKebab => join(str::to_uppercase, "-"),
        }
    }
}

/// Splits at underscores and before capitals, as serde does.
fn words(name: &str) -> Vec<String> {
    let mut words = Vec::new();
    for part in name.split('_') {
        let mut word = String::new();
        for letter in part.chars() {
            if letter.is_uppercase() && !word.is_empty() {
                words.push(std::mem::take(&mut word));
            }
            word.push(letter);
        }
        words.push(word);
    }
    words.retain(|word| !word.is_empty());
    words
}

fn capitalised(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_of_rusts_cases_become_each_of_serdes() {
        let table = [
            (Case::Lower, "user_message", "usermessage"),
            (Case::Upper, "USER_MESSAGE", "USERMESSAGE"),
            (Case::Pascal, "UserMessage", "UserMessage"),
            (Case::Camel, "userMessage", "userMessage"),
            (Case::Snake, "user_message", "user_message"),
            (Case::ScreamingSnake, "USER_MESSAGE", "USER_MESSAGE"),
            (Case::Kebab, "user-message", "user-message"),
            (Case::ScreamingKebab, "USER-MESSAGE", "USER-MESSAGE"),
        ];
        for (case, method, variant) in table {
            assert_eq!(case.apply("user_message"), method, "{case:?}");
            assert_eq!(case.apply("UserMessage"), variant, "{case:?}");
        }
    }

    #[test]
    fn odd_names_survive() {
        assert_eq!(Case::Camel.apply(""), "");
        assert_eq!(Case::Camel.apply("_"), "");
        assert_eq!(Case::Pascal.apply("a__b2"), "AB2");
        assert_eq!(Case::Snake.apply("ÄnderungÖffnen"), "änderung_öffnen");
    }
}
