//! Engine.IO 2 and 3, where they differ from 4.

use super::common::Pings;
use crate::engine::options::Options;
use crate::packet::Frame;
use crate::packet::engine::{payload, payload_v3};

/// What stands before the data of a binary frame: the type.
pub(super) const BINARY: &[u8] = &[payload_v3::MESSAGE];

/// The longest body of text for a client that also reads bytes, in bytes. The browser builds of 1.1 to 1.4 hand each
/// byte of a text to a function as an argument of its own, and browsers bound those.
pub(super) const SHORT: usize = 16 * 1024;

pub(super) fn pings(options: &Options) -> Pings {
    Pings::Client { timeout: options.ping_interval + options.ping_timeout }
}

/// A binary message as text.
pub(super) fn base64(frame: &Frame) -> Vec<u8> {
    let mut text = Vec::with_capacity(payload::encoded_len(frame) + 1);
    payload_v3::push_base64(&mut text, frame);
    text
}

/// The body of a polling answer, and whether it is of bytes, which `only_text` forbids and `only_bytes` demands.
pub(super) fn encode<'f>(
    frames: impl Iterator<Item = &'f Frame> + Clone,
    only_text: bool,
    only_bytes: bool,
) -> (Vec<u8>, bool) {
    let size = frames.clone().map(|frame| frame.len() + 8).sum();
    let bytes = !only_text && (only_bytes || size > SHORT || !is_ascii(frames.clone()));
    let push = if bytes { payload_v3::push_binary } else { payload_v3::push_text };
    let mut body = Vec::with_capacity(size);
    frames.for_each(|frame| push(&mut body, frame));
    (body, bytes)
}

/// Whether a body of text would be read the same by all clients that read bytes as well: those from 1.1 to 1.7 read
/// text byte by byte. Engine.IO 3 as it is written wants text for text, and bytes only where there are any.
fn is_ascii<'f>(mut frames: impl Iterator<Item = &'f Frame>) -> bool {
    frames.all(|frame| !frame.is_binary() && frame.bytes().is_ascii())
}
