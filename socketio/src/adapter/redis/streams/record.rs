//! Sessions as Redis keeps them: Base64 of MessagePack, with the fields of Node's adapter and two of ours, which it ignores.

use std::sync::Arc;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::id::EntryId;
use crate::adapter::cluster::{to_json, to_msgpack};
use crate::adapter::{Room, Saved};
use crate::engine::Id;

#[derive(serde::Serialize)]
struct Written<'a> {
    sid: &'a str,
    pid: &'a str,
    rooms: Vec<&'a str>,
    data: &'a RawValue,
    nsp: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    after: Option<String>,
}

#[derive(Deserialize)]
struct Read<'a> {
    sid: String,
    pid: String,
    rooms: Vec<Name>,
    #[serde(borrow, default)]
    data: Option<&'a RawValue>,
    /// The namespace, which the key does not tell: the secret of one namespace must not open another. Node's sessions have none.
    nsp: Option<String>,
    /// The client must name this offset or a later one, because it has events before that without their offsets.
    after: Option<String>,
}

/// The name of a room, which may be a number in JavaScript.
#[derive(Deserialize)]
#[serde(untagged)]
enum Name {
    Text(String),
    Number(serde_json::Number),
}

/// The value of a session's key.
///
/// # Errors
/// If the data of the session is no JSON.
pub(super) fn encode(saved: &Saved, after: Option<EntryId>) -> Result<String, String> {
    let data = serde_json::from_str(&saved.data).map_err(|error| error.to_string())?;
    let written = Written {
        sid: saved.id.as_str(),
        pid: &saved.secret,
        rooms: saved.rooms.iter().map(|room| &**room).collect(),
        data,
        nsp: &saved.namespace,
        after: after.map(|after| after.to_string()),
    };
    let json = serde_json::to_string(&written).map_err(|error| error.to_string())?;
    Ok(STANDARD.encode(to_msgpack(&json, &[])?))
}

/// The session of a key, and the least offset that can be recovered from. `None` if it is of another namespace, or not understood.
pub(super) fn decode(path: &Arc<str>, value: &str) -> Option<(Saved, Option<EntryId>)> {
    let (json, _) = to_json(&Bytes::from(STANDARD.decode(value).ok()?)).ok()?;
    let read: Read<'_> = serde_json::from_str(&json).ok()?;
    if read.nsp.is_some_and(|nsp| *nsp != **path) {
        return None;
    }
    let after = match read.after {
        Some(after) => Some(after.parse().ok()?),
        None => None,
    };
    let id = Id::parse(&read.sid)?;
    let mut saved = Saved::new(path.clone(), id, read.pid.into());
    let rooms = read.rooms.into_iter().map(|name| match name {
        Name::Text(name) => name,
        Name::Number(number) => number.to_string(),
    });
    saved.rooms.extend(rooms.filter(|room| **room != *id.as_str()).map(Room::from));
    if let Some(data) = read.data.filter(|data| data.get().starts_with('{')) {
        saved.data = data.get().into();
    }
    Some((saved, after))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn saved() -> Saved {
        let id = Id::parse("abcdefghijklmnopqrst").unwrap();
        let mut saved = Saved::new("/x".into(), id, "secret".into());
        saved.rooms.push(Room::from("r"));
        saved.data = r#"{"a":1,"b":[null,"é"]}"#.into();
        saved
    }

    #[test]
    fn sessions_are_read_as_they_are_written() {
        let text = encode(&saved(), Some("7-1".parse().unwrap())).unwrap();
        let (read, after) = decode(&"/x".into(), &text).unwrap();
        assert_eq!(
            (read.id, &*read.secret, &read.rooms, &*read.data),
            (saved().id, "secret", &saved().rooms, &*saved().data)
        );
        assert_eq!(after, Some("7-1".parse().unwrap()));
        assert!(decode(&"/y".into(), &text).is_none(), "the secret of one namespace opens no other");
    }

    #[test]
    fn sessions_of_node_are_read() {
        // {sid: "abcdefghijklmnopqrst", pid: "P", rooms: ["abcdefghijklmnopqrst", "r", 7], data: {a: 1}} by @msgpack/msgpack.
        let text = "hKNzaWS0YWJjZGVmZ2hpamtsbW5vcHFyc3SjcGlkoVClcm9vbXOTtGFiY2RlZmdoaWprbG1ub3BxcnN0oXIHpGRhdGGBoWEB";
        let (read, after) = decode(&"/".into(), text).unwrap();
        let rooms: Vec<&str> = read.rooms.iter().map(|room| &**room).collect();
        assert_eq!((rooms, &*read.data, after), (vec!["abcdefghijklmnopqrst", "r", "7"], r#"{"a":1}"#, None));
        for text in ["", "?", "AAAA", "hKNzaWShU6NwaWShUKVyb29tc5KhU6FypGRhdGGBoWEB"] {
            assert!(decode(&"/".into(), text).is_none(), "{text}");
        }
    }
}
