//! [`Protocol`]: what differs between the protocols of clients. The rest of the engine calls its methods, and does not ask which protocol
//! a session has.
//!
//! | | `v4` | `v3` | `v1` |
//! |---|---|---|---|
//! | clients | 3.0 and newer | 1.0 to 2.5 | 0.7 to 0.9 |
//! | pings | the server's | the client's | both, on streams |
//! | packets of a body | joined by a character | behind their lengths | behind their lengths |
//! | binary messages | frames, base64 in bodies | the same, and bodies of bytes | none |
//! | what cannot be read | ends the session | ends the session | is ignored |

pub(crate) mod common;
#[cfg(feature = "legacy")]
pub(crate) mod v1;
mod v3;
mod v4;

use std::collections::VecDeque;

use bytes::Bytes;

use crate::engine::error::CloseReason;
use crate::engine::options::Options;
use crate::engine::protocol::common::{BYTES, Encoded, Incoming, Pings, Posted, SCRIPT, TEXT};
use crate::packet::engine::incoming::Format;
use crate::packet::engine::payload::PayloadError;
use crate::packet::engine::{control, incoming, jsonp};
use crate::packet::{Frame, Generation, Message, Text};

/// The protocol of one session: the generation of its client, and how the client reads binary data. Set by the handshake.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Protocol {
    pub(crate) generation: Generation,
    /// The client cannot read binary polling answers. No client of Engine.IO 4 can.
    pub(crate) base64: bool,
    /// Polling answers are scripts, and posted bodies are forms (JSONP).
    pub(crate) jsonp: bool,
    /// The client said version 2: it is a browser build of 1.0, which takes any text for the answer to a POST.
    pub(crate) only_bytes: bool,
}

/// A polling body that is being read, packet by packet.
pub(crate) enum BodyReader {
    Engine(incoming::BodyReader),
    #[cfg(feature = "legacy")]
    V1(v1::BodyReader),
}

/// Reads the packets of one client.
pub(crate) struct PacketReader {
    generation: Generation,
    format: Format,
}

impl Protocol {
    /// For a client of 0.7 to 0.9. `base64`: binary values are written in base64, as opposed to not at all.
    #[cfg(feature = "legacy")]
    pub(crate) fn v1(base64: bool, jsonp: bool) -> Self {
        Self { generation: Generation::V1, base64, jsonp, only_bytes: false }
    }

    /// Who pings on a stream (a WebSocket, a page without end), or while the client polls.
    pub(crate) fn pings(self, options: &Options, streams: bool) -> Pings {
        match self.generation {
            #[cfg(feature = "legacy")]
            Generation::V1 => v1::pings(&options.legacy_options, streams),
            Generation::V3 => v3::pings(options),
            _ => {
                let _ = streams;
                v4::pings(options)
            }
        }
    }

    /// The server's ping.
    pub(crate) fn ping(self) -> Frame {
        match self.generation {
            #[cfg(feature = "legacy")]
            Generation::V1 => v1::heartbeat(),
            _ => control::ping(),
        }
    }

    /// The answer to a client's ping; `None` if no client of the protocol sends any.
    pub(crate) fn pong(self, ping: &Text) -> Option<Frame> {
        (self.generation == Generation::V3).then(|| control::pong(ping))
    }

    /// A text message.
    pub(crate) fn message(self, text: &str) -> Frame {
        match self.generation {
            // The text is the whole packet.
            Generation::V1 => Frame::text(text.as_bytes().to_vec()),
            Generation::V3 | Generation::V4 => Frame::message(text),
        }
    }

    /// Whether a polling body may be of bytes.
    pub(crate) fn reads_bodies_of_bytes(self) -> bool {
        self.generation == Generation::V3
    }

    /// Begins to read a polling body.
    pub(crate) fn body(self, posted: Posted) -> Result<BodyReader, PayloadError> {
        #[cfg(feature = "legacy")]
        if self.generation == Generation::V1 {
            return Ok(BodyReader::V1(v1::BodyReader::new(posted.bytes)));
        }
        incoming::BodyReader::new(posted.bytes, posted.binary, self.generation).map(BodyReader::Engine)
    }

    /// Appends a binary message to what a WebSocket writes: in a text frame if the client cannot read binary frames.
    pub(crate) fn binary(self, frame: &Frame, push: impl FnOnce(&[u8], &Bytes, bool)) {
        let v3 = self.generation == Generation::V3;
        if self.base64 {
            let text = Bytes::from(if v3 { v3::base64(frame) } else { v4::base64(frame) });
            push(b"", &text, false);
        } else {
            push(if v3 { v3::BINARY } else { v4::BINARY }, frame.bytes(), true);
        }
    }

    /// The body of a polling answer; `index` is the index of the JSONP callback.
    pub(crate) fn encode<'f>(self, index: &str, frames: impl Iterator<Item = &'f Frame> + Clone) -> Encoded {
        let (body, bytes) = match self.generation {
            Generation::V3 => v3::encode(frames, self.base64 || self.jsonp, self.only_bytes),
            _ => (v4::encode(frames), false),
        };
        if self.jsonp {
            let script = jsonp::script(index, &String::from_utf8_lossy(&body));
            return Encoded { body: script, content_type: SCRIPT };
        }
        Encoded { body, content_type: if bytes { BYTES } else { TEXT } }
    }

    /// The last packet of a session for a client that polls.
    pub(crate) fn end_of_polling(self, reason: CloseReason) -> Frame {
        match self.generation {
            #[cfg(feature = "legacy")]
            Generation::V1 => v1::end_of_polling(reason),
            // A client that has closed the session itself needs no close packet.
            _ if reason == CloseReason::TransportClose => control::noop(),
            _ => control::close(),
        }
    }

    /// Answers a poll when there is nothing to say.
    pub(crate) fn noop(self) -> Frame {
        match self.generation {
            #[cfg(feature = "legacy")]
            Generation::V1 => v1::noop(),
            _ => control::noop(),
        }
    }

    /// Whether a polling client gets the close packet in an answer of its own, behind all messages. The official Socket.IO client handles a
    /// close packet before the messages in the same answer, and drops those.
    pub(crate) fn ends_apart(self, reason: CloseReason) -> bool {
        self.generation != Generation::V1 && reason.closes_apart()
    }

    /// The last packet of a session on a stream; `None` if the protocol has none.
    pub(crate) fn end_of_stream(self, reason: CloseReason) -> Option<Frame> {
        match self.generation {
            #[cfg(feature = "legacy")]
            Generation::V1 => v1::end_of_stream(reason),
            _ => {
                let _ = reason;
                None
            }
        }
    }

    /// Whether the last packet of a session is among these messages of the application.
    #[inline]
    pub(crate) fn ends(self, messages: &VecDeque<Message>) -> bool {
        match self.generation {
            #[cfg(feature = "legacy")]
            Generation::V1 => messages.iter().flat_map(Message::frames).any(v1::is_end),
            _ => {
                let _ = messages;
                false
            }
        }
    }

    /// Whether clients send POSTs while a stream carries what the server sends.
    pub(crate) fn posts_beside_streams(self) -> bool {
        self.generation == Generation::V1
    }

    /// Whether sessions may change their transport at any time, and be without one.
    #[cfg(feature = "legacy")]
    pub(crate) fn is_v1(self) -> bool {
        self.generation == Generation::V1
    }

    /// The packet that tells a client again that it is connected, after a change of transport; `None` if the protocol needs none.
    pub(crate) fn connected(self) -> Option<Frame> {
        match self.generation {
            #[cfg(feature = "legacy")]
            Generation::V1 => Some(v1::connected()),
            _ => None,
        }
    }
}

impl PacketReader {
    pub(crate) fn new(protocol: Protocol) -> Self {
        Self { generation: protocol.generation, format: Format::new(protocol.generation) }
    }

    /// The packet in a text frame.
    #[inline]
    pub(crate) fn text(&mut self, text: Text) -> Result<Incoming, PayloadError> {
        #[cfg(feature = "legacy")]
        if self.generation == Generation::V1 {
            return Ok(v1::read(text));
        }
        self.format.text(text).map(v4::meaning)
    }

    /// The packet in a binary frame.
    pub(crate) fn binary(&mut self, data: Bytes) -> Result<Incoming, PayloadError> {
        if self.generation == Generation::V1 {
            tracing::debug!("a binary frame is ignored");
            return Ok(Incoming::Nothing);
        }
        self.format.binary(data).map(v4::meaning)
    }

    /// The next packet of a body, and whether it is the last; `None` at the end of a body without a last packet.
    pub(crate) fn next(&mut self, body: &mut BodyReader) -> Result<Option<(Incoming, bool)>, PayloadError> {
        match body {
            BodyReader::Engine(body) => {
                let (packet, last) = body.next(&mut self.format)?;
                Ok(Some((v4::meaning(packet), last)))
            }
            #[cfg(feature = "legacy")]
            BodyReader::V1(body) => Ok(body.next()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const V4: Protocol = Protocol { generation: Generation::V4, base64: false, jsonp: false, only_bytes: false };
    const V3: Protocol = Protocol { generation: Generation::V3, ..V4 };
    const BASE64: Protocol = Protocol { base64: true, ..V3 };
    const JSONP: Protocol = Protocol { jsonp: true, ..V3 };
    const OLDEST: Protocol = Protocol { only_bytes: true, ..V3 };

    #[test]
    fn each_kind_of_session_has_its_body() {
        let frames = [Frame::text("40"), Frame::binary(&b"\x01"[..])];
        let text = |body: &str| Encoded { body: body.into(), content_type: TEXT };
        let bytes = |body: &[u8]| Encoded { body: body.into(), content_type: BYTES };
        assert_eq!(V4.encode("", frames.iter()), text("40\u{1e}bAQ=="));
        assert_eq!(BASE64.encode("", frames.iter()), text("2:406:b4AQ=="));
        let script = Encoded { body: br#"___eio[7]("2:406:b4AQ==");"#.to_vec(), content_type: SCRIPT };
        assert_eq!(JSONP.encode("7", frames.iter()), script);
        assert_eq!(V3.encode("", frames.iter()), bytes(b"\x00\x02\xff40\x01\x02\xff\x04\x01"));
        assert_eq!(V3.encode("", frames[..1].iter()), text("2:40"));
        assert_eq!(OLDEST.encode("", frames[..1].iter()), bytes(b"\x00\x02\xff40"));
        assert_eq!(V3.encode("", [Frame::text("4é")].iter()), bytes(b"\x00\x03\xff4\xc3\xa9"));
        let long = [Frame::text(vec![b'4'; v3::SHORT])];
        assert_eq!(V3.encode("", long.iter()).content_type, BYTES);
        assert_eq!(BASE64.encode("", long.iter()).content_type, TEXT);
    }

    #[test]
    fn a_binary_message_has_the_form_that_the_client_can_read() {
        let written = |protocol: Protocol| {
            let mut written = Vec::new();
            protocol.binary(&Frame::binary(&b"\x01"[..]), |prefix, bytes, binary| {
                written = [prefix, &bytes[..], &[u8::from(binary)]].concat();
            });
            written
        };
        assert_eq!(written(V4), b"\x01\x01");
        assert_eq!(written(V3), b"\x04\x01\x01");
        assert_eq!(written(BASE64), b"b4AQ==\0");
        assert_eq!(written(Protocol { base64: true, ..V4 }), b"bAQ==\0");
    }
}
