//! How one session's packets look: its generation, and how far it can take binary data. Settled by the handshake.

use http::Response;

use super::{body::Body, polling};
use crate::packet::{Frame, Generation, jsonp, payload, payload_v3};

/// See the module.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Wire {
    pub(super) generation: Generation,
    /// The client cannot take binary data in answers to polling. One of Engine.IO 4 never can.
    pub(super) base64: bool,
    /// Answers to polling are scripts, and what is posted are forms.
    pub(super) jsonp: bool,
}

impl Wire {
    /// Whether polling bodies are bytes: for all clients up to Engine.IO 3 that do not say that they cannot read them.
    /// Later servers wrote text where it would do, which the browser builds from 1.0 to 1.7 misread.
    fn is_bytes(self) -> bool {
        self.generation == Generation::V3 && !self.base64 && !self.jsonp
    }

    /// The body of a polling answer.
    pub(super) fn encode<'f>(self, frames: impl Iterator<Item = &'f Frame> + Clone) -> Vec<u8> {
        match self.generation {
            Generation::V3 => {
                let push = if self.is_bytes() { payload_v3::push_binary } else { payload_v3::push_text };
                let mut out = Vec::with_capacity(frames.clone().map(|frame| frame.len() + 8).sum());
                frames.for_each(|frame| push(&mut out, frame));
                out
            }
            Generation::V1 | Generation::V4 => payload::encode_all(frames),
        }
    }

    /// The polling answer around a body; `index` is what the request says about JSONP.
    pub(super) fn answer(self, index: &str, body: Vec<u8>) -> Response<Body> {
        if self.jsonp {
            // A body that is no script is text.
            let script = jsonp::script(index, &String::from_utf8_lossy(&body));
            return polling::response("text/javascript; charset=UTF-8", Body::from(script));
        }
        let kind = if self.is_bytes() { "application/octet-stream" } else { "text/plain; charset=UTF-8" };
        polling::response(kind, Body::from(body))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wire(generation: Generation, base64: bool, jsonp: bool) -> Wire {
        Wire { generation, base64, jsonp }
    }

    #[test]
    fn each_kind_of_session_has_its_body() {
        let frames = [Frame::text("40"), Frame::binary(&b"\x01"[..])];
        let encode = |wire: Wire| String::from_utf8_lossy(&wire.encode(frames.iter())).into_owned();
        assert_eq!(encode(wire(Generation::V4, false, false)), "40\u{1e}bAQ==");
        assert_eq!(encode(wire(Generation::V3, true, false)), "2:406:b4AQ==");
        assert_eq!(encode(wire(Generation::V3, false, true)), "2:406:b4AQ==");
        let bytes = wire(Generation::V3, false, false).encode(frames.iter());
        assert_eq!(bytes, b"\x00\x02\xff40\x01\x02\xff\x04\x01");
    }

    #[test]
    fn each_kind_of_session_has_its_content_type() {
        let kind = |wire: Wire| wire.answer("0", Vec::new()).headers()["content-type"].to_str().unwrap().to_owned();
        assert_eq!(kind(wire(Generation::V4, false, false)), "text/plain; charset=UTF-8");
        assert_eq!(kind(wire(Generation::V3, true, false)), "text/plain; charset=UTF-8");
        assert_eq!(kind(wire(Generation::V3, false, false)), "application/octet-stream");
        assert_eq!(kind(wire(Generation::V4, false, true)), "text/javascript; charset=UTF-8");
    }
}
