//! Messages as entries of a stream.

use std::sync::Arc;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;

use super::entry::{Entry, NewEntry};
use crate::adapter::AdapterError;
use crate::adapter::cluster::{Body, Message, to_json};
use crate::packet::{Value, arguments};

/// The types of messages for sockets.
pub(super) const BROADCAST: u8 = 3;
pub(super) const JOIN: u8 = 4;
pub(super) const LEAVE: u8 = 5;
pub(super) const DISCONNECT: u8 = 6;

/// The entry of a message: its data as JSON, or as Base64 of MessagePack if it has binary values. With `only_plaintext` these are objects in
/// the JSON, as `JSON.stringify` writes the buffers of Node.
///
/// # Errors
/// If the data is no JSON that a client could read.
pub(super) fn encode(namespace: &Arc<str>, body: &Body, only_plaintext: bool) -> Result<NewEntry, AdapterError> {
    let json = body.json().unwrap_or_default();
    let data = match (body.is_binary(), only_plaintext) {
        (false, _) => json,
        (true, true) => plain(&json, body.attachments()).map_err(AdapterError::Other)?,
        (true, false) => {
            let packed = body.msgpack().transpose().map_err(AdapterError::Other)?;
            packed.map(|packed| STANDARD.encode(packed)).unwrap_or_default()
        }
    };
    Ok(NewEntry { namespace: namespace.clone(), kind: body.kind(), data, moved: false })
}

/// The message of an entry; `None` if its type is not known, or it is not understood.
pub(super) fn decode(entry: &Entry) -> Option<Message> {
    let read = || {
        let (json, attachments) = match entry.data.as_bytes().first() {
            None => ("{}".to_owned(), Vec::new()),
            Some(b'{') => (entry.data.clone(), Vec::new()),
            Some(_) => {
                let packed = STANDARD.decode(&entry.data).map_err(|error| error.to_string())?;
                to_json(&Bytes::from(packed)).map_err(|error| error.to_string())?
            }
        };
        let kind = u64::from(entry.kind);
        Message::of_parts(kind, &entry.uid, Some(&entry.namespace), &json, attachments, None)
            .map_err(|error| error.to_string())
    };
    read().unwrap_or_else(|error: String| {
        tracing::debug!(error, id = %entry.id, "an entry of the stream is not understood");
        None
    })
}

/// JSON whose binary values are `{"type":"Buffer","data":[1,2]}`.
fn plain(json: &str, attachments: &[Bytes]) -> Result<String, String> {
    let value: Value =
        arguments::read_first(&format!("[{json}]"), attachments, false).map_err(|error| error.to_string())?;
    Ok(without_bytes(value).to_string())
}

fn without_bytes(value: Value) -> Value {
    match value {
        Value::Binary(bytes) => {
            let bytes = bytes.iter().map(|byte| Value::from(u64::from(*byte))).collect();
            Value::from_iter([("type", Value::from("Buffer")), ("data", Value::Array(bytes))])
        }
        Value::Array(items) => Value::Array(items.into_iter().map(without_bytes).collect()),
        Value::Object(map) => map.into_iter().map(|(key, value)| (key, without_bytes(value))).collect(),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::adapter::cluster::Opts;
    use crate::packet::Packet;

    fn entry(data: &str) -> Entry {
        let (uid, namespace) = ("ee3662bf740cd1f9".to_owned(), "/".to_owned());
        Entry { id: "1-0".parse().unwrap(), uid, namespace, kind: 3, data: data.to_owned(), number: None, moved: false }
    }

    fn broadcast(packet: &Packet) -> Body {
        Body::Broadcast { packet: packet.clone(), opts: Opts::default(), request: None }
    }

    #[test]
    fn entries_are_those_of_node() {
        let json = r#"{"packet":{"type":2,"data":["hello",1]},"opts":{"rooms":[],"except":[],"flags":{}}}"#;
        let packed = "gqZwYWNrZXSCpHR5cGUCpGRhdGGSpWhlbGxvxAIBAqRvcHRzg6Vyb29tc5Glcm9vbTGmZXhjZXB0kKVmbGFnc4A=";
        let Body::Broadcast { packet, opts, .. } = decode(&entry(json)).unwrap().body else { panic!("no broadcast") };
        assert_eq!((packet.data(), opts), (r#"["hello",1]"#, Opts::default()));
        assert_eq!(encode(&"/".into(), &broadcast(&packet), false).unwrap().data, json);
        let Body::Broadcast { packet, opts, .. } = decode(&entry(packed)).unwrap().body else { panic!("no broadcast") };
        assert_eq!(packet.attachments(), [Bytes::from_static(&[1, 2])]);
        let body = Body::Broadcast { packet, opts, request: None };
        assert_eq!(encode(&"/".into(), &body, false).unwrap().data, packed);
    }

    #[test]
    fn only_plaintext_writes_buffers_as_node_does() {
        let packet = Packet::event("/", None, "a", &(Bytes::from_static(&[1, 255]), "x")).unwrap();
        let entry = encode(&"/".into(), &broadcast(&packet), true).unwrap();
        let wanted = r#"["a",{"type":"Buffer","data":[1,255]},"x"]"#;
        assert!(entry.data.contains(wanted), "{}", entry.data);
    }

    #[test]
    fn garbage_is_no_message() {
        for data in ["", "{", "{}", "[]", "%", "AAAA", "gqZwYWNr", r#"{"packet":1,"opts":2}"#] {
            assert!(decode(&entry(data)).is_none(), "{data}");
        }
    }
}
