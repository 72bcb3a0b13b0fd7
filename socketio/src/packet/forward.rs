//! Events of other nodes, written again for the clients of this process.

use memchr::memmem;

use super::json;
use super::socket::{Kind, Limits, Packet, Written, event};
use super::write::{Draft, PLACEHOLDER};

/// The event of another node with the acknowledgement id of this process; `None` if the packet is not an event.
pub(crate) fn event(packet: &Packet, id: Option<u64>) -> Option<Written> {
    let limits = Limits { event_len: usize::MAX, ..Limits::default() };
    let (name, rest) = event::split_name(packet.data(), &limits).ok().filter(|_| packet.kind().is_event())?;
    let mut draft = Draft::new(Kind::Event, packet.namespace(), id);
    draft.text.push(b'[');
    json::push_string(&mut draft.text, &name);
    draft.parts.first_end = draft.text.len() as u32;
    // A placeholder's quotes would be escaped inside of a string, so every match is a placeholder.
    let found = memmem::find_iter(rest.as_bytes(), PLACEHOLDER).map(|at| (draft.text.len() + at) as u32);
    draft.attachments.placeholders = found.collect();
    draft.attachments.bytes = packet.attachments().to_vec();
    draft.text.extend_from_slice(rest.as_bytes());
    Some(draft.finish())
}

/// The arguments of an event without its name, as a JSON array.
pub(crate) fn arguments(packet: &Packet) -> Option<String> {
    let limits = Limits { event_len: usize::MAX, ..Limits::default() };
    let (_, rest) = event::split_name(packet.data(), &limits).ok().filter(|_| packet.kind().is_event())?;
    Some(format!("[{}", rest.strip_prefix(',').unwrap_or(rest)))
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::packet::{Text, write};

    #[test]
    fn an_event_of_another_node_is_as_if_written_here() {
        let args = (Bytes::from_static(b"ab"), "{\"_placeholder\":true,\"num\":0}", Bytes::from_static(b"c"));
        let here = write::event("/x", Some(7), "é\"", &args).unwrap();
        let there = event(&Packet::from(&write::event("/x", Some(3), "é\"", &args).unwrap()), Some(7)).unwrap();
        assert_eq!((here.text(), here.first(), here.payload()), (there.text(), there.first(), there.payload()));
        assert_eq!((here.attachments(), &here.placeholders), (there.attachments(), &there.placeholders));
    }

    #[test]
    fn arguments_are_told_from_the_name() {
        let of = |name, args: &serde_json::Value| {
            arguments(&Packet::from(write::event("/", None, name, args).unwrap())).unwrap()
        };
        assert_eq!(of("a,b", &serde_json::json!([1])), "[[1]]");
        assert_eq!(arguments(&Packet::from(write::event("/", None, "a", &()).unwrap())).unwrap(), "[]");
        assert!(arguments(&Packet::disconnect("/")).is_none());
        let mut decoder = crate::packet::Decoder::new(Limits::default());
        let spaced = decoder.text(Text::from("2[ \"a\" , 1 ]")).unwrap().unwrap();
        assert_eq!(
            (arguments(&spaced).unwrap().as_str(), event(&spaced, None).unwrap().text()),
            ("[ 1 ]", "42[\"a\", 1 ]")
        );
    }
}
