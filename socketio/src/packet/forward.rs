//! Events of other nodes, written again for the clients of this process.

use bytes::Bytes;
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
    push(&mut draft, rest, packet.attachments());
    Some(draft.finish())
}

/// An acknowledgement with the arguments of an earlier one, as a JSON array.
pub(crate) fn ack(namespace: &str, id: u64, json: &str, attachments: &[Bytes]) -> Written {
    let mut draft = Draft::new(Kind::Ack, namespace, Some(id));
    draft.parts.first_end = draft.text.len() as u32;
    push(&mut draft, json, attachments);
    draft.finish()
}

/// Appends JSON, in which placeholders stand for the attachments.
fn push(draft: &mut Draft, json: &str, attachments: &[Bytes]) {
    // A placeholder's quotes would be escaped inside of a string, so every match is a placeholder.
    let found = memmem::find_iter(json.as_bytes(), PLACEHOLDER).map(|at| (draft.text.len() + at) as u32);
    draft.attachments.placeholders = found.collect();
    draft.attachments.bytes = attachments.to_vec();
    draft.text.extend_from_slice(json.as_bytes());
}

/// The arguments of an event without its name, as a JSON array.
pub(crate) fn arguments(packet: &Packet) -> Option<String> {
    let limits = Limits { event_len: usize::MAX, ..Limits::default() };
    let (_, rest) = event::split_name(packet.data(), &limits).ok().filter(|_| packet.kind().is_event())?;
    Some(format!("[{}", rest.strip_prefix(',').unwrap_or(rest)))
}

#[cfg(test)]
mod tests {
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
    fn an_acknowledgement_is_written_again_for_another_id() {
        let args = (Bytes::from_static(b"ab"), "{\"_placeholder\":true,\"num\":0}", Bytes::from_static(b"c"));
        for (id, namespace) in [(7, "/x"), (0, "/")] {
            let first = write::ack("/y", 3, &args).unwrap();
            let first = Packet::from(&first);
            let again = ack(namespace, id, first.data(), first.attachments());
            let written = write::ack(namespace, id, &args).unwrap();
            assert_eq!((again.text(), again.payload()), (written.text(), written.payload()));
            assert_eq!((again.attachments(), &again.placeholders), (written.attachments(), &written.placeholders));
        }
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
