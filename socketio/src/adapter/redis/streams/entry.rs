//! The entries of a stream: their fields, and the answers of XREAD, XRANGE and XREVRANGE.

use redis::{Cmd, Value};

use super::id::EntryId;

/// The field with the number of an entry among those of its node. Node's adapter reads its own fields only.
const NUMBER: &str = "n";

/// The field of a disconnect that ends a socket because its session was recovered elsewhere: the session goes on.
const MOVED: &str = "moved";

/// An entry, whose data is not decoded.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) id: EntryId,
    /// The node that has written it; `emitter` for one that is no server.
    pub(super) uid: String,
    /// The namespace.
    pub(super) namespace: String,
    /// The type of the message.
    pub(super) kind: u8,
    /// JSON of an object, or Base64 of msgpack; empty for types without data.
    pub(super) data: String,
    /// What [`add`] has written, if a node of this kind has written the entry.
    pub(super) number: Option<u64>,
    /// Whether it ends a socket whose session was recovered elsewhere.
    pub(super) moved: bool,
}

/// Some entries of a stream: their ids, and what could be understood of them.
pub(super) type Page = Vec<(EntryId, Option<Entry>)>;

/// What is to be added to a stream.
#[derive(Clone, Debug)]
pub(super) struct NewEntry {
    pub(super) namespace: std::sync::Arc<str>,
    pub(super) kind: u8,
    pub(super) data: String,
    pub(super) moved: bool,
}

impl NewEntry {
    /// What the entry takes in a queue.
    pub(super) fn size(&self) -> usize {
        self.namespace.len() + self.data.len() + size_of::<Self>()
    }
}

/// XADD with the fields of Node's adapter. `number` identifies the entry among those of the node.
pub(super) fn add(stream: &str, max_len: usize, uid: &str, number: u64, entry: &NewEntry) -> Cmd {
    let mut command = redis::cmd("XADD");
    command.arg(stream).arg("MAXLEN").arg("~").arg(max_len).arg("*");
    command.arg("uid").arg(uid).arg("nsp").arg(&*entry.namespace).arg("type").arg(entry.kind);
    if !entry.data.is_empty() {
        command.arg("data").arg(&entry.data);
    }
    command.arg(NUMBER).arg(number);
    if entry.moved {
        command.arg(MOVED).arg(1);
    }
    command
}

/// The entries of an answer to XRANGE or XREVRANGE.
pub(super) fn entries(answer: Value) -> Page {
    let Value::Array(entries) = answer else { return Vec::new() };
    entries.into_iter().filter_map(read).collect()
}

/// The streams and entries of an answer to XREAD; empty if nothing was added in time.
pub(super) fn streams(answer: Value) -> Vec<(String, Page)> {
    let pair = |(name, answer): (Value, Value)| Some((text(name)?, entries(answer)));
    match answer {
        Value::Map(streams) => streams.into_iter().filter_map(pair).collect(),
        Value::Array(streams) => streams
            .into_iter()
            .filter_map(|stream| match stream {
                Value::Array(stream) => {
                    <[Value; 2]>::try_from(stream).ok().and_then(|[name, answer]| pair((name, answer)))
                }
                _ => None,
            })
            .collect(),
        _ => Vec::new(),
    }
}

/// The id of an entry, and the entry if it has the fields of a message.
fn read(entry: Value) -> Option<(EntryId, Option<Entry>)> {
    let Value::Array(entry) = entry else { return None };
    let [id, fields] = <[Value; 2]>::try_from(entry).ok()?;
    let id = text(id)?.parse().ok()?;
    let Value::Array(fields) = fields else { return Some((id, None)) };
    Some((id, read_fields(id, fields)))
}

fn read_fields(id: EntryId, fields: Vec<Value>) -> Option<Entry> {
    let (mut uid, mut namespace, mut kind, mut data, mut number) = (None, None, None, None, None);
    let mut moved = None;
    let mut fields = fields.into_iter();
    while let (Some(name), Some(value)) = (fields.next(), fields.next()) {
        let Value::BulkString(name) = name else { return None };
        let field = match &name[..] {
            b"uid" => &mut uid,
            b"nsp" => &mut namespace,
            b"type" => &mut kind,
            b"data" => &mut data,
            name if name == NUMBER.as_bytes() => &mut number,
            name if name == MOVED.as_bytes() => &mut moved,
            _ => continue,
        };
        *field = Some(text(value)?);
    }
    let (uid, namespace, kind) = (uid?, namespace?, kind?.parse().ok()?);
    Some(Entry {
        id,
        uid,
        namespace,
        kind,
        data: data.unwrap_or_default(),
        number: number.and_then(|text| text.parse().ok()),
        moved: moved.is_some(),
    })
}

pub(super) fn text(value: Value) -> Option<String> {
    match value {
        Value::BulkString(bytes) => String::from_utf8(bytes).ok(),
        Value::SimpleString(text) => Some(text),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bulk(text: &str) -> Value {
        Value::BulkString(text.into())
    }

    fn raw(id: &str, fields: &[&str]) -> Value {
        Value::Array(vec![bulk(id), Value::Array(fields.iter().map(|field| bulk(field)).collect())])
    }

    #[test]
    fn entries_of_node_are_read() {
        let fields = ["uid", "ee3662bf740cd1f9", "nsp", "/", "type", "3", "data", "{}", "later", "?"];
        let entry = Entry {
            id: "5-1".parse().unwrap(),
            uid: "ee3662bf740cd1f9".to_owned(),
            namespace: "/".to_owned(),
            kind: 3,
            data: "{}".to_owned(),
            number: None,
            moved: false,
        };
        assert_eq!(entries(Value::Array(vec![raw("5-1", &fields)])), [(entry.id, Some(entry))]);
        // What is not understood is skipped, and the reader goes on behind it.
        let odd: [&[&str]; 5] = [
            &[],
            &["uid", "a"],
            &["uid", "a", "nsp", "/", "type", "x"],
            &["uid", "a", "nsp", "/", "type", "300"],
            &["a"],
        ];
        for fields in odd {
            assert_eq!(entries(Value::Array(vec![raw("5-1", fields)])), [("5-1".parse().unwrap(), None)]);
        }
        let bytes = Value::Array(vec![bulk("7-0"), Value::Array(vec![bulk("uid"), Value::BulkString(vec![0xff])])]);
        assert_eq!(entries(Value::Array(vec![Value::Nil, bytes])), [("7-0".parse().unwrap(), None)]);
        assert!(entries(Value::Nil).is_empty());
    }

    #[test]
    fn both_forms_of_the_answer_to_xread_are_read() {
        let list = || Value::Array(vec![raw("1-0", &["uid", "a", "nsp", "/x", "type", "6", "n", "7"])]);
        let second = streams(Value::Array(vec![Value::Array(vec![bulk("s"), list()])]));
        let third = streams(Value::Map(vec![(bulk("s"), list())]));
        assert_eq!(second, third);
        let entry = second[0].1[0].1.as_ref().unwrap();
        assert_eq!((&*second[0].0, &*entry.namespace, entry.number), ("s", "/x", Some(7)));
        assert!(streams(Value::Nil).is_empty());
    }

    #[test]
    fn an_entry_has_the_fields_of_node_and_a_number() {
        let entry = NewEntry { namespace: "/".into(), kind: 6, data: "{}".to_owned(), moved: false };
        let command = add("s", 10, "0123456789abcdef", 4, &entry);
        let text = String::from_utf8(command.get_packed_command()).unwrap();
        let words: Vec<&str> =
            text.split("\r\n").filter(|word| !word.starts_with(['$', '*']) || *word == "*").collect();
        let wanted = "XADD s MAXLEN ~ 10 * uid 0123456789abcdef nsp / type 6 data {} n 4 ";
        assert_eq!(words.join(" "), wanted);
    }
}
