//! Ready-made Engine.IO packets, as every queue and transport holds them.
//!
//! A [`Frame`] is one Engine.IO packet, a [`Message`] one Socket.IO packet: a text frame with its attachments. Cloning
//! either is a reference count. Nothing is parsed or serialised here.

use std::sync::Arc;

use bytes::Bytes;

/// One Engine.IO packet, ready for every transport.
///
/// Text is the whole packet with its type digit (`42["hello"]`); binary is the raw bytes of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Frame {
    bytes: Bytes,
    binary: bool,
}

impl Frame {
    /// A whole text packet, type digit included. The bytes must be UTF-8: they come from our own serialisers.
    pub(crate) fn text(bytes: impl Into<Bytes>) -> Frame {
        Frame { bytes: bytes.into(), binary: false }
    }

    /// A text message: the type digit `4` is put in front.
    pub(crate) fn message(text: &str) -> Frame {
        let mut bytes = Vec::with_capacity(1 + text.len());
        bytes.push(b'4');
        bytes.extend_from_slice(text.as_bytes());
        Frame::text(bytes)
    }

    /// A binary message.
    pub(crate) fn binary(bytes: impl Into<Bytes>) -> Frame {
        Frame { bytes: bytes.into(), binary: true }
    }

    /// The packet's bytes; of a text packet with the type digit.
    pub(crate) fn bytes(&self) -> &Bytes {
        &self.bytes
    }

    /// Whether this is a binary message.
    pub(crate) fn is_binary(&self) -> bool {
        self.binary
    }

    /// The number of bytes.
    pub(crate) fn len(&self) -> usize {
        self.bytes.len()
    }
}

/// One Socket.IO packet: a text frame and its attachments, which stay together in every queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Message {
    /// A packet without attachments.
    One(Frame),
    /// The text frame, then its attachments in the order of their numbers.
    Many(Arc<[Frame]>),
}

impl Message {
    /// All frames, the text first.
    pub(crate) fn frames(&self) -> &[Frame] {
        match self {
            Message::One(frame) => std::slice::from_ref(frame),
            Message::Many(frames) => frames,
        }
    }

    /// The sum of the frames' bytes.
    pub(crate) fn size(&self) -> usize {
        match self {
            Message::One(frame) => frame.len(),
            Message::Many(frames) => frames.iter().map(Frame::len).sum(),
        }
    }
}

impl From<Frame> for Message {
    fn from(frame: Frame) -> Message {
        Message::One(frame)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_frame_carries_its_digit() {
        let frame = Frame::message("hi");
        assert_eq!(frame.bytes().as_ref(), b"4hi");
        assert_eq!(frame.len(), 3);
        assert!(!frame.is_binary());
    }

    #[test]
    fn sizes_and_counts_cover_all_frames() {
        let one = Message::from(Frame::message("hi"));
        assert_eq!((one.frames().len(), one.size()), (1, 3));

        let many = Message::Many([Frame::text("451-[]"), Frame::binary(vec![1, 2, 3])].into());
        assert_eq!((many.frames().len(), many.size()), (2, 9));
        assert!(many.frames()[1].is_binary());
        assert_eq!(many.frames()[1].bytes().as_ref(), [1, 2, 3]);
    }
}
