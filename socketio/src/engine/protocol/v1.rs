//! The protocol of 0.7 to 0.9. The texts of a session are whole packets, in both directions; a packet that cannot be read is ignored.

use bytes::Bytes;

use super::common::{Encoded, Incoming, Pings, SCRIPT, TEXT};
use crate::engine::error::CloseReason;
use crate::engine::options::legacy::LegacyOptions;
use crate::packet::socket::Limits;
use crate::packet::v1::{Kind, fixed, payload};
use crate::packet::{Frame, Text, v1};

pub(super) fn pings(options: &LegacyOptions, streams: bool) -> Pings {
    if streams {
        Pings::Heartbeats { interval: options.heartbeat_interval, timeout: options.heartbeat_timeout }
    } else {
        Pings::Polls { timeout: options.close_timeout }
    }
}

pub(super) fn heartbeat() -> Frame {
    Frame::text(fixed::HEARTBEAT)
}

pub(super) fn connected() -> Frame {
    Frame::text(v1::connected(""))
}

/// What a packet means.
pub(super) fn read(text: Text) -> Incoming {
    let packet = v1::parse(&text, &Limits::default());
    match packet.map(|packet| (packet.kind, packet.endpoint)) {
        Some((Kind::Heartbeat, _)) => Incoming::Pong,
        Some((Kind::Noop, _)) => Incoming::Nothing,
        Some((Kind::Disconnect, "")) => Incoming::Close(Some(text)),
        Some(_) => Incoming::Text(text),
        None => {
            tracing::debug!("something that is not a packet is ignored");
            Incoming::Nothing
        }
    }
}

/// A body that is being read.
pub(crate) struct BodyReader {
    text: Text,
    at: usize,
}

impl BodyReader {
    pub(super) fn new(body: Bytes) -> Self {
        let text = Text::from_utf8(body).unwrap_or_else(|error| {
            tracing::debug!(%error, "a body that is not text is ignored");
            Text::default()
        });
        Self { text, at: 0 }
    }

    /// The next packet, and whether it is the last.
    pub(super) fn next(&mut self) -> Option<(Incoming, bool)> {
        let (range, next) = payload::next(&self.text, self.at)?;
        self.at = next;
        Some((read(self.text.slice(range)), next == self.text.len()))
    }
}

/// Writes the answer to a poll: a script with the index of its callback for jsonp-polling, else text.
pub(crate) fn encode<'f>(index: Option<&str>, packets: impl ExactSizeIterator<Item = &'f Frame>) -> Encoded {
    let mut body = Vec::new();
    payload::encode(packets.map(|frame| &frame.bytes()[..]), &mut body);
    match index {
        None => Encoded { body, content_type: TEXT },
        Some(index) => {
            let script = payload::jsonp(index, std::str::from_utf8(&body).unwrap_or_default());
            Encoded { body: script, content_type: SCRIPT }
        }
    }
}

/// Whether the end of a session is final for its client. After any other reason the client may connect again.
const fn is_final(reason: CloseReason) -> bool {
    matches!(reason, CloseReason::ForcedClose | CloseReason::TransportClose | CloseReason::ConnectTimeout)
}

pub(super) fn end_of_polling(reason: CloseReason) -> Frame {
    if is_final(reason) { Frame::text(fixed::DISCONNECT) } else { unknown() }
}

pub(super) fn end_of_stream(reason: CloseReason) -> Option<Frame> {
    is_final(reason).then(|| Frame::text(fixed::DISCONNECT))
}

/// Whether a packet ends the session of its receiver.
pub(super) fn is_end(frame: &Frame) -> bool {
    frame.bytes() == fixed::DISCONNECT
}

/// The answer to a client whose session does not exist, which makes the client connect again.
pub(crate) fn unknown() -> Frame {
    Frame::text(fixed::UNKNOWN)
}

/// The answer to a poll without packets.
pub(super) fn noop() -> Frame {
    Frame::text(fixed::NOOP)
}
