//! One packet for recipients of several protocols: each form is written once.

use std::cell::OnceCell;

use super::v3;
use super::written::Written;
use crate::packet::Generation;
use crate::packet::Message;

/// A packet and its forms for older protocols. Each form is written at most once, when the first recipient needs it.
///
/// For recipients of Socket.IO 5 nothing is written or allocated.
#[derive(Debug)]
pub(crate) struct Outgoing<'a> {
    packet: &'a Written,
    v3: OnceCell<Message>,
    #[cfg(feature = "legacy")]
    v1: OnceCell<Option<Message>>,
}

impl<'a> Outgoing<'a> {
    /// Starts with the form of Socket.IO 5, in which `packet` is written.
    pub(crate) const fn new(packet: &'a Written) -> Self {
        Self {
            packet,
            v3: OnceCell::new(),
            #[cfg(feature = "legacy")]
            v1: OnceCell::new(),
        }
    }

    /// The packet as clients of Socket.IO 5 read it.
    pub(crate) const fn original(&self) -> &'a Message {
        &self.packet.message
    }

    /// The packet as clients of 0.7 to 0.9 read it; `None` if it is not sent to them. `binary` is the same for all clients of a server, so that
    /// one form is enough.
    #[cfg(feature = "legacy")]
    pub(crate) fn legacy(&self, binary: crate::packet::v1::LegacyBinary) -> Option<&Message> {
        self.v1.get_or_init(|| crate::packet::v1::write(self.packet, binary)).as_ref()
    }

    /// The packet as clients of `generation` read it; `None` for those of 0.7 to 0.9, see [`legacy`](Self::legacy).
    pub(crate) fn written_for(&self, generation: Generation) -> Option<&Message> {
        match generation {
            Generation::V4 => Some(&self.packet.message),
            Generation::V3 => Some(self.v3.get_or_init(|| v3::write(self.packet))),
            Generation::V1 => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::packet::write;

    #[test]
    fn each_form_is_written_once() {
        let packet = write::event("/", None, "é", &()).unwrap();
        let outgoing = Outgoing::new(&packet);
        assert_eq!(outgoing.written_for(Generation::V4), Some(&packet.message));
        assert!(outgoing.v3.get().is_none(), "no recipient has needed it");
        let first = outgoing.written_for(Generation::V3).map(|message| message.frames()[0].bytes().as_ptr());
        let second = outgoing.written_for(Generation::V3).map(|message| message.frames()[0].bytes().as_ptr());
        assert_eq!(first, second);
        assert_eq!(outgoing.original(), &packet.message);
    }
}
