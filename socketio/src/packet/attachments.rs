//! Binary packets come in pieces: a text that announces attachments, then one binary message for each.
//!
//! The pieces are counted and bounded here. How long they may take is for the connection to decide: it asks
//! [`Assembler::is_pending`] and drops the assembler when time is up.

use bytes::Bytes;

use super::error::PacketError;
use super::socket::Limits;

/// Gathers the attachments of one packet at a time. While none is due it is one pointer.
///
/// `T` is the packet's text, or whatever its owner wants to have back when all is there.
#[derive(Debug)]
pub(crate) struct Assembler<T> {
    pending: Option<Box<Pending<T>>>,
}

#[derive(Debug)]
struct Pending<T> {
    text: T,
    due: usize,
    bytes: usize,
    attachments: Vec<Bytes>,
}

/// A packet with all its attachments.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Complete<T> {
    /// What was given to [`Assembler::start`].
    pub(crate) text: T,
    /// The attachments, in the order of their numbers.
    pub(crate) attachments: Vec<Bytes>,
}

impl<T> Assembler<T> {
    /// Nothing is due.
    pub(crate) const fn new() -> Assembler<T> {
        Assembler { pending: None }
    }

    /// Whether attachments are due.
    pub(crate) fn is_pending(&self) -> bool {
        self.pending.is_some()
    }

    /// To be asked before any text packet is handled: while attachments are due, none may come.
    pub(crate) fn expect_text(&self) -> Result<(), PacketError> {
        if self.is_pending() { Err(PacketError::AttachmentsPending) } else { Ok(()) }
    }

    /// A packet has announced `due` attachments, one at least. Their number has been checked with the header.
    pub(crate) fn start(&mut self, text: T, due: usize) -> Result<(), PacketError> {
        self.expect_text()?;
        if due == 0 {
            return Err(PacketError::IllegalAttachments);
        }
        // No room is made for what has only been announced.
        self.pending = Some(Box::new(Pending { text, due, bytes: 0, attachments: Vec::new() }));
        Ok(())
    }

    /// A binary message has come; gives the packet back with its last attachment. After an error nothing is due.
    pub(crate) fn push(&mut self, data: Bytes, limits: &Limits) -> Result<Option<Complete<T>>, PacketError> {
        let mut pending = self.pending.take().ok_or(PacketError::UnexpectedBinary)?;
        pending.bytes = pending.bytes.saturating_add(data.len());
        if pending.bytes > limits.attachment_bytes {
            return Err(PacketError::AttachmentsTooLarge(limits.attachment_bytes));
        }
        pending.attachments.push(data);
        if pending.attachments.len() < pending.due {
            self.pending = Some(pending);
            return Ok(None);
        }
        let Pending { text, attachments, .. } = *pending;
        Ok(Some(Complete { text, attachments }))
    }
}

impl<T> Default for Assembler<T> {
    fn default() -> Assembler<T> {
        Assembler::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn data(byte: u8) -> Bytes {
        Bytes::from(vec![byte; 4])
    }

    #[test]
    fn gathers_what_is_due() {
        let limits = Limits::default();
        let mut assembler = Assembler::default();
        assert_eq!(assembler.expect_text(), Ok(()));
        assert_eq!(assembler.start("a", 2), Ok(()));
        assert!(assembler.is_pending());
        assert_eq!(assembler.push(data(1), &limits), Ok(None));
        let complete = Complete { text: "a", attachments: vec![data(1), data(2)] };
        assert_eq!(assembler.push(data(2), &limits), Ok(Some(complete)));
        assert!(!assembler.is_pending());
        assert_eq!(assembler.push(data(3), &limits), Err(PacketError::UnexpectedBinary));
    }

    #[test]
    fn refuses_text_between() {
        let mut assembler = Assembler::new();
        assembler.start("a", 1).unwrap();
        assert_eq!(assembler.expect_text(), Err(PacketError::AttachmentsPending));
        assert_eq!(assembler.start("b", 1), Err(PacketError::AttachmentsPending));
        let complete = Complete { text: "a", attachments: vec![data(1)] };
        assert_eq!(assembler.push(data(1), &Limits::default()), Ok(Some(complete)));
    }

    #[test]
    fn refuses_to_wait_for_nothing() {
        let mut assembler = Assembler::new();
        assert_eq!(assembler.start("a", 0), Err(PacketError::IllegalAttachments));
        assert!(!assembler.is_pending());
    }

    #[test]
    fn bounds_the_bytes_and_frees_them() {
        let limits = Limits { attachment_bytes: 8, ..Limits::default() };
        let mut assembler = Assembler::new();
        assembler.start("a", 3).unwrap();
        assert_eq!(assembler.push(data(1), &limits), Ok(None));
        assert_eq!(assembler.push(data(2), &limits), Ok(None));
        assert_eq!(assembler.push(data(3), &limits), Err(PacketError::AttachmentsTooLarge(8)));
        assert!(!assembler.is_pending());

        assembler.start("b", 2).unwrap();
        assert_eq!(assembler.push(data(1), &limits), Ok(None));
        assert!(assembler.push(data(2), &limits).unwrap().is_some());
    }
}
