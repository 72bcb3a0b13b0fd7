//! Engine.IO 4, and what Engine.IO 3 has in common with it.

use super::common::{Incoming, Pings};
use crate::engine::options::Options;
use crate::packet::Frame;
use crate::packet::engine::{Kind, incoming, payload};

/// What stands before the data of a binary frame: nothing.
pub(super) const BINARY: &[u8] = b"";

pub(super) fn pings(options: &Options) -> Pings {
    Pings::Server { interval: options.ping_interval, timeout: options.ping_timeout }
}

/// What a packet means.
#[inline]
pub(super) fn meaning(packet: incoming::Incoming) -> Incoming {
    match packet {
        incoming::Incoming::Binary(data) => Incoming::Binary(data),
        incoming::Incoming::Text(kind, text) => match kind {
            Kind::Message => Incoming::Text(text),
            Kind::Pong => Incoming::Pong,
            Kind::Ping => Incoming::Ping(text),
            Kind::Close => Incoming::Close(None),
            // Without a meaning here, but harmless; Node ignores them as well.
            Kind::Open | Kind::Upgrade | Kind::Noop => Incoming::Nothing,
        },
    }
}

/// A binary message as text.
pub(super) fn base64(frame: &Frame) -> Vec<u8> {
    let mut text = Vec::with_capacity(payload::encoded_len(frame));
    payload::encode_frame(frame, &mut text);
    text
}

/// The body of a polling answer.
pub(super) fn encode<'f>(frames: impl Iterator<Item = &'f Frame> + Clone) -> Vec<u8> {
    payload::encode_all(frames)
}
