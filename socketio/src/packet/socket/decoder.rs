//! A packet with attachments is several messages: a text that announces their number, then one binary message for each. [`Decoder`]
//! joins them and bounds their number and size. The connection bounds the time.

use bytes::Bytes;

use super::event::event_name;
use super::header::{Kind, Limits};
use super::packet::Packet;
use crate::packet::error::PacketError;
use crate::packet::text::Text;

/// Makes Socket.IO packets of the messages of one connection. While no attachment is due it keeps only its limits.
///
/// After an error the connection should be closed: the next message may belong to the packet that was refused.
///
/// ```
/// use socketio::packet::{Decoder, Limits};
///
/// let mut decoder = Decoder::new(Limits::default());
/// assert!(decoder.text(r#"51-["file",{"_placeholder":true,"num":0}]"#.into()).unwrap().is_none());
/// let packet = decoder.binary(b"data".as_slice().into()).unwrap().unwrap();
/// assert_eq!(packet.event_name().as_deref(), Some("file"));
/// assert_eq!(packet.attachments()[0], b"data".as_slice());
/// assert!(decoder.text("9".into()).is_err());
/// ```
#[derive(Debug)]
pub struct Decoder {
    limits: Limits,
    // Boxed, because most connections never receive an attachment.
    pending: Option<Box<Pending>>,
}

#[derive(Debug)]
struct Pending {
    packet: Packet,
    due: usize,
    bytes: usize,
    attachments: Vec<Bytes>,
}

impl Decoder {
    /// A decoder for a new connection.
    #[must_use]
    pub const fn new(limits: Limits) -> Self {
        Self { limits, pending: None }
    }

    /// The limits.
    #[must_use]
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Whether attachments are due.
    #[must_use]
    pub fn is_pending(&self) -> bool {
        self.pending.is_some()
    }

    /// Forgets a packet whose attachments have not all arrived.
    pub fn clear(&mut self) {
        self.pending = None;
    }

    /// Reads a text message: the packet, or `None` if it announces attachments. Then [`binary`](Self::binary) returns the packet with the
    /// last attachment.
    ///
    /// # Errors
    /// If the text is not a packet, exceeds a limit, or arrives while attachments are due. The name of an event with attachments is checked
    /// before the packet is kept.
    #[inline]
    pub fn text(&mut self, text: Text) -> Result<Option<Packet>, PacketError> {
        if self.is_pending() {
            return Err(PacketError::AttachmentsPending);
        }
        let (packet, due) = Packet::read(text, &self.limits)?;
        if due == 0 {
            return Ok(Some(packet));
        }
        if packet.kind() == Kind::BinaryEvent {
            event_name(packet.data(), &self.limits)?;
        }
        // No memory is reserved for attachments that are only announced.
        self.pending = Some(Box::new(Pending { packet, due, bytes: 0, attachments: Vec::new() }));
        Ok(None)
    }

    /// Reads a binary message, which is the next attachment: the packet if it is the last, `None` otherwise. After an error no attachment is
    /// due.
    ///
    /// # Errors
    /// If no attachment is due, or the attachments together exceed [`Limits::attachment_bytes`].
    pub fn binary(&mut self, data: Bytes) -> Result<Option<Packet>, PacketError> {
        let mut pending = self.pending.take().ok_or(PacketError::UnexpectedBinary)?;
        pending.bytes = pending.bytes.saturating_add(data.len());
        if pending.bytes > self.limits.attachment_bytes {
            return Err(PacketError::AttachmentsTooLarge(self.limits.attachment_bytes));
        }
        pending.attachments.push(data);
        if pending.attachments.len() < pending.due {
            self.pending = Some(pending);
            return Ok(None);
        }
        let Pending { packet, attachments, .. } = *pending;
        Ok(Some(packet.with_attachments(attachments)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn data(byte: u8) -> Bytes {
        Bytes::from(vec![byte; 4])
    }

    fn event(attachments: usize) -> Text {
        Text::from(format!("5{attachments}-[\"a\"]"))
    }

    #[test]
    fn gathers_what_is_due() {
        let mut decoder = Decoder::new(Limits::default());
        assert!(decoder.text(event(2)).unwrap().is_none() && decoder.is_pending());
        assert!(decoder.binary(data(1)).unwrap().is_none());
        let packet = decoder.binary(data(2)).unwrap().unwrap();
        assert_eq!((packet.data(), packet.attachments()), ("[\"a\"]", &[data(1), data(2)][..]));
        assert!(!decoder.is_pending());
        assert_eq!(decoder.binary(data(3)).unwrap_err(), PacketError::UnexpectedBinary);
    }

    #[test]
    fn refuses_text_between() {
        let mut decoder = Decoder::new(Limits::default());
        decoder.text(event(1)).unwrap();
        assert_eq!(decoder.text("2[\"b\"]".into()).unwrap_err(), PacketError::AttachmentsPending);
        assert!(decoder.binary(data(1)).unwrap().is_some());
    }

    #[test]
    fn keeps_nothing_for_an_event_without_a_name() {
        let mut decoder = Decoder::new(Limits::default());
        assert_eq!(decoder.text("51-[{}]".into()).unwrap_err(), PacketError::IllegalEventName);
        assert!(!decoder.is_pending());
    }

    #[test]
    fn bounds_the_bytes_and_frees_them() {
        let mut decoder = Decoder::new(Limits { attachment_bytes: 8, ..Limits::default() });
        decoder.text(event(3)).unwrap();
        assert!(decoder.binary(data(1)).unwrap().is_none());
        assert!(decoder.binary(data(2)).unwrap().is_none());
        assert_eq!(decoder.binary(data(3)).unwrap_err(), PacketError::AttachmentsTooLarge(8));
        assert!(!decoder.is_pending());

        decoder.text(event(2)).unwrap();
        assert!(decoder.binary(data(1)).unwrap().is_none());
        assert!(decoder.binary(data(2)).unwrap().is_some());
    }
}
