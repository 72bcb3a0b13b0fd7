//! One message on its way to recipients of any generation: translated at most once for each that is there.

use std::cell::OnceCell;

use super::frame::Message;
use super::generation::Generation;
use super::v3;

/// A message, and its translations as far as somebody has asked for them.
///
/// Among clients of the newest generation nothing is translated, allocated or looked up.
#[derive(Debug)]
pub(crate) struct Outgoing<'a> {
    message: &'a Message,
    v3: OnceCell<Message>,
    #[cfg(feature = "legacy")]
    v1: OnceCell<Option<Message>>,
}

impl<'a> Outgoing<'a> {
    /// A Socket.IO 5 packet.
    pub(crate) const fn new(message: &'a Message) -> Self {
        Self {
            message,
            v3: OnceCell::new(),
            #[cfg(feature = "legacy")]
            v1: OnceCell::new(),
        }
    }

    /// The packet as it was written.
    pub(crate) const fn original(&self) -> &'a Message {
        self.message
    }

    /// The packet as clients of 0.7 to 0.9 read it; `None` if they get nothing. What becomes of binary values is the same
    /// for all clients of a server.
    #[cfg(feature = "legacy")]
    pub(crate) fn legacy(&self, binary: super::legacy::LegacyBinary) -> Option<&Message> {
        self.v1.get_or_init(|| super::legacy::translate(self.message, binary)).as_ref()
    }

    /// The packet as clients of `generation` read it; `None` if it says nothing to them.
    pub(crate) fn translated(&self, generation: Generation) -> Option<&Message> {
        match generation {
            Generation::V4 => Some(self.message),
            Generation::V3 => Some(self.v3.get_or_init(|| v3::translate(self.message))),
            Generation::V1 => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::packet::Frame;

    #[test]
    fn each_translation_is_made_once() {
        let message = Message::One(Frame::text(r#"42["é"]"#));
        let outgoing = Outgoing::new(&message);
        assert_eq!(outgoing.translated(Generation::V4), Some(&message));
        assert!(outgoing.v3.get().is_none(), "nobody has asked for it");
        let first = outgoing.translated(Generation::V3).map(|message| message.frames()[0].bytes().as_ptr());
        let second = outgoing.translated(Generation::V3).map(|message| message.frames()[0].bytes().as_ptr());
        assert_eq!(first, second);
        assert_eq!(outgoing.original(), &message);
    }
}
