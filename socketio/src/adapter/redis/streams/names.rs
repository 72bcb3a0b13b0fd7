//! Which stream has the entries of a namespace.

use std::sync::Arc;

/// The names of the streams: those that namespaces are written to, and all that are read.
#[derive(Clone, Debug)]
pub(super) struct Names {
    name: Arc<str>,
    count: u32,
}

impl Names {
    pub(super) fn new(name: Arc<str>, count: u32) -> Self {
        Self { name, count: count.max(1) }
    }

    /// The stream of a namespace, as Node's adapter computes it. There the remainder of a negative hash is negative, so that the name of the
    /// stream is too: `socket.io--3`.
    pub(super) fn of(&self, namespace: &str) -> Arc<str> {
        if self.count == 1 {
            self.name.clone()
        } else {
            self.numbered(i64::from(hash(namespace)) % i64::from(self.count))
        }
    }

    /// Every stream that some namespace is written to. Node's adapter does not read those with negative numbers, although it writes to them.
    pub(super) fn all(&self) -> Vec<Arc<str>> {
        if self.count == 1 {
            return vec![self.name.clone()];
        }
        let last = i64::from(self.count) - 1;
        (-last..=last).map(|number| self.numbered(number)).collect()
    }

    fn numbered(&self, number: i64) -> Arc<str> {
        format!("{}-{number}", self.name).into()
    }
}

/// The hash of JavaScript code that folds UTF-16 units with 32-bit integers.
fn hash(text: &str) -> i32 {
    text.encode_utf16().fold(0, |hash: i32, unit| hash.wrapping_mul(31).wrapping_add(i32::from(unit)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_are_those_of_javascript() {
        assert_eq!(hash("/"), 47);
        assert_eq!(hash("/admin"), 1_438_238_848);
        assert_eq!(hash("/chat"), 46_457_863);
        assert_eq!(hash("/notifications"), -1_014_064_871);
        assert_eq!(hash("/\u{1F600}"), hash("/") * 31 * 31 + 0xD83D * 31 + 0xDE00);
    }

    #[test]
    fn streams_are_those_of_node() {
        let one = Names::new("s".into(), 1);
        assert_eq!((&*one.of("/notifications"), one.all()), ("s", vec!["s".into()]));
        let four = Names::new("s".into(), 4);
        assert_eq!(
            ["/", "/admin", "/chat", "/notifications"].map(|path| four.of(path).to_string()),
            ["s-3", "s-0", "s-3", "s--3"]
        );
        let all: Vec<String> = four.all().iter().map(ToString::to_string).collect();
        assert_eq!(all, ["s--3", "s--2", "s--1", "s-0", "s-1", "s-2", "s-3"]);
    }
}
