//! What a client that comes back says in the payload of its CONNECT packet.

use std::fmt;
use std::sync::Arc;

use serde::de::{Deserializer as _, MapAccess, Visitor};
use serde::ser::{SerializeMap as _, Serializer as _};
use serde_json::value::RawValue;

use crate::engine::Id;

/// What a client that comes back says: the `pid` of its last CONNECT reply, and the offset of the last event that it has received.
#[derive(Debug)]
pub(crate) struct Asked {
    pub(crate) secret: Box<str>,
    pub(crate) offset: Option<Box<str>>,
}

/// What separates the random part of a secret from the offset at which the session began.
const SEPARATOR: char = '.';

/// A secret with the offset from which a client has missed events that has received none.
pub(super) fn with_start(random: Id, offset: Option<&str>) -> Arc<str> {
    match offset {
        Some(offset) => format!("{random}{SEPARATOR}{offset}").into(),
        None => random.as_str().into(),
    }
}

/// The offset in a secret.
pub(super) fn start_of(secret: &str) -> Option<&str> {
    secret.get(Id::LEN..)?.strip_prefix(SEPARATOR)
}

/// The fields of a JSON object in their order, with their values unread.
type Fields = Vec<(String, Box<RawValue>)>;

impl Asked {
    /// The longest secret and offset that are looked at.
    const LONGEST: usize = 256;

    /// What a client that comes back has put into its `auth` payload, and the payload without it, which is empty if nothing is left. `None` if
    /// there is nothing of that kind.
    pub(crate) fn strip(json: &str) -> Option<(Self, String)> {
        // The usual case.
        memchr::memmem::find(json.as_bytes(), b"\"pid\"")?;
        let mut fields = fields(json)?;
        // A `pid` of another form is a field of the program.
        let secret = text(&fields, "pid").filter(|secret| {
            let id = secret.get(..Id::LEN).and_then(Id::parse);
            id.is_some() && (secret.len() == Id::LEN || start_of(secret).is_some())
        })?;
        let offset = text(&fields, "offset");
        fields.retain(|(name, _)| name != "pid" && (name != "offset" || offset.is_none()));
        let rest = if fields.is_empty() { String::new() } else { written(&fields)? };
        Some((Self { secret: secret.into(), offset: offset.map(String::into_boxed_str) }, rest))
    }
}

/// The value of a field that is a text.
fn text(fields: &Fields, name: &str) -> Option<String> {
    let (_, value) = fields.iter().find(|(other, _)| other == name)?;
    serde_json::from_str::<String>(value.get()).ok().filter(|text| text.len() <= Asked::LONGEST)
}

fn fields(json: &str) -> Option<Fields> {
    struct InOrder;

    impl<'de> Visitor<'de> for InOrder {
        type Value = Fields;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an object")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Fields, A::Error> {
            let mut fields = Fields::new();
            while let Some(field) = map.next_entry()? {
                fields.push(field);
            }
            Ok(fields)
        }
    }

    let mut reader = serde_json::Deserializer::from_str(json);
    let fields = reader.deserialize_map(InOrder).ok()?;
    // What is wrong with the rest is found when the payload is read.
    reader.end().ok().map(|()| fields)
}

fn written(fields: &Fields) -> Option<String> {
    let mut out = Vec::new();
    let mut writer = serde_json::Serializer::new(&mut out);
    let mut map = writer.serialize_map(Some(fields.len())).ok()?;
    for (name, value) in fields {
        map.serialize_entry(name, value).ok()?;
    }
    map.end().ok()?;
    String::from_utf8(out).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PID: &str = "abcdefghij-_0123ABCD";

    fn strip(json: &str) -> Option<(String, Option<String>, String)> {
        let (Asked { secret, offset }, rest) = Asked::strip(json)?;
        Some((secret.into(), offset.map(Into::into), rest))
    }

    #[test]
    fn pid_and_offset_are_taken_out_and_the_rest_stays_as_it_was() {
        let asked = |rest: &str| Some((PID.to_owned(), Some("ab.7".to_owned()), rest.to_owned()));
        assert_eq!(strip(&format!(r#"{{"pid":"{PID}","offset":"ab.7"}}"#)), asked(""));
        assert_eq!(
            strip(&format!(
                r#"{{"pid":"{PID}","offset":"ab.7","n":18446744073709551616,"é":{{"pid":1.50}}, "a":[ ]}}"#
            )),
            asked(r#"{"n":18446744073709551616,"é":{"pid":1.50},"a":[ ]}"#)
        );
        let long = format!("{PID}.1732-0");
        assert_eq!(strip(&format!(r#"{{"pid":"{long}"}}"#)), Some((long.clone(), None, String::new())));
        assert_eq!(start_of(&long), Some("1732-0"));
        assert_eq!((&*with_start(Id::parse(PID).unwrap(), Some("1732-0")), start_of(PID)), (&*long, None));
    }

    #[test]
    fn fields_of_the_program_stay() {
        let cases = [
            "".to_owned(),
            "{}".to_owned(),
            r#"{"token":"\"pid\""}"#.to_owned(),
            r#"{"pid":7,"offset":"x"}"#.to_owned(),
            r#"{"pid":"mine","offset":"x"}"#.to_owned(),
            format!(r#"{{"pid":"{PID}x"}}"#),
            format!(r#"{{"pid":"{PID}.{}"}}"#, "x".repeat(300)),
            format!(r#"["pid","{PID}"]"#),
            format!(r#"{{"pid":"{PID}"}} x"#),
            format!(r#"{{"pid":"{PID}""#),
        ];
        for json in cases {
            assert_eq!(strip(&json), None, "{json}");
        }
        let json = format!(r#"{{"pid":"{PID}","offset":[1]}}"#);
        assert_eq!(strip(&json), Some((PID.to_owned(), None, r#"{"offset":[1]}"#.to_owned())));
    }
}
