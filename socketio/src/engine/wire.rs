//! How one session's packets look: its generation, and how far it can take binary data. Settled by the handshake.

use http::HeaderValue;

use super::{body::Body, polling::Reply};
use crate::packet::{
    Frame, Generation,
    engine::{jsonp, payload, payload_v3},
};

/// The longest body of text for a client that also reads bytes, in bytes. The browser builds of 1.1 to 1.4 hand each
/// byte of a text to a function as an argument of its own, and browsers bound those.
const SHORT: usize = 16 * 1024;

/// See the module.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Wire {
    pub(super) generation: Generation,
    /// The client cannot take binary data in answers to polling. One of Engine.IO 4 never can.
    pub(super) base64: bool,
    /// Answers to polling are scripts, and what is posted are forms.
    pub(super) jsonp: bool,
    /// The client said version 2: it is a browser build of 1.0, which takes any text for the answer to a POST.
    pub(super) only_bytes: bool,
}

/// The body of a polling answer.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Encoded {
    body: Vec<u8>,
    /// Of bytes, as opposed to text.
    bytes: bool,
}

impl Wire {
    /// Writes what a polling answer says.
    pub(super) fn encode<'f>(self, frames: impl Iterator<Item = &'f Frame> + Clone) -> Encoded {
        if self.generation != Generation::V3 {
            return Encoded { body: payload::encode_all(frames), bytes: false };
        }
        let size = frames.clone().map(|frame| frame.len() + 8).sum();
        let bytes = !(self.base64 || self.jsonp) && (self.only_bytes || size > SHORT || !is_ascii(frames.clone()));
        let push = if bytes { payload_v3::push_binary } else { payload_v3::push_text };
        let mut body = Vec::with_capacity(size);
        frames.for_each(|frame| push(&mut body, frame));
        Encoded { body, bytes }
    }

    /// The polling answer; `index` is what the request says about JSONP.
    pub(super) fn answer(self, index: &str, Encoded { body, bytes }: Encoded) -> Reply {
        const SCRIPT: HeaderValue = HeaderValue::from_static("text/javascript; charset=UTF-8");
        const BYTES: HeaderValue = HeaderValue::from_static("application/octet-stream");
        const TEXT: HeaderValue = HeaderValue::from_static("text/plain; charset=UTF-8");
        if self.jsonp {
            let script = jsonp::script(index, &String::from_utf8_lossy(&body));
            return Reply::new(SCRIPT, Body::from(script));
        }
        Reply::new(if bytes { BYTES } else { TEXT }, Body::from(body))
    }
}

/// Whether a body of text would be read the same by all clients that read bytes as well: those from 1.1 to 1.7 read
/// text byte by byte. Engine.IO 3 as it is written wants text for text, and bytes only where there are any.
fn is_ascii<'f>(mut frames: impl Iterator<Item = &'f Frame>) -> bool {
    frames.all(|frame| !frame.is_binary() && frame.bytes().is_ascii())
}

#[cfg(test)]
mod tests {
    use super::*;

    const V4: Wire = Wire { generation: Generation::V4, base64: false, jsonp: false, only_bytes: false };
    const V3: Wire = Wire { generation: Generation::V3, ..V4 };
    const BASE64: Wire = Wire { base64: true, ..V3 };
    const JSONP: Wire = Wire { jsonp: true, ..V3 };
    const OLDEST: Wire = Wire { only_bytes: true, ..V3 };

    #[test]
    fn each_kind_of_session_has_its_body() {
        let frames = [Frame::text("40"), Frame::binary(&b"\x01"[..])];
        let text = |body: &str| Encoded { body: body.into(), bytes: false };
        let bytes = |body: &[u8]| Encoded { body: body.into(), bytes: true };
        assert_eq!(V4.encode(frames.iter()), text("40\u{1e}bAQ=="));
        assert_eq!(BASE64.encode(frames.iter()), text("2:406:b4AQ=="));
        assert_eq!(JSONP.encode(frames.iter()), text("2:406:b4AQ=="));
        assert_eq!(V3.encode(frames.iter()), bytes(b"\x00\x02\xff40\x01\x02\xff\x04\x01"));
        assert_eq!(V3.encode(frames[..1].iter()), text("2:40"));
        assert_eq!(OLDEST.encode(frames[..1].iter()), bytes(b"\x00\x02\xff40"));
        assert_eq!(V3.encode([Frame::text("4é")].iter()), bytes(b"\x00\x03\xff4\xc3\xa9"));
        let long = [Frame::text(vec![b'4'; SHORT])];
        assert!(V3.encode(long.iter()).bytes && !BASE64.encode(long.iter()).bytes);
    }

    #[test]
    fn each_kind_of_session_has_its_content_type() {
        let kind = |wire: Wire, bytes| {
            let answer = wire.answer("0", Encoded { body: Vec::new(), bytes }).into_response(http::HeaderMap::new());
            answer.headers()["content-type"].to_str().unwrap().to_owned()
        };
        assert_eq!(kind(V4, false), "text/plain; charset=UTF-8");
        assert_eq!(kind(V3, false), "text/plain; charset=UTF-8");
        assert_eq!(kind(V3, true), "application/octet-stream");
        assert_eq!(kind(Wire { jsonp: true, ..V4 }, false), "text/javascript; charset=UTF-8");
    }
}
