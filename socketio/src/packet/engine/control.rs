//! The packets of Engine.IO that are about the session or its transport, as they are sent and recognised.

use super::Frame;

/// Asks a client of Engine.IO 4 whether it is there.
pub(crate) fn ping() -> Frame {
    Frame::text(&b"2"[..])
}

/// Answers the ping of a client of Engine.IO 2 and 3, with the text of the ping.
pub(crate) fn pong(ping: &str) -> Frame {
    Frame::text([b"3", ping.as_bytes()].concat())
}

/// Ends a session.
pub(crate) fn close() -> Frame {
    Frame::text(&b"1"[..])
}

/// Ends a polling request, and says nothing.
pub(crate) fn noop() -> Frame {
    Frame::text(&b"6"[..])
}

/// Whether a client tries a WebSocket for its session.
pub(crate) fn is_probe(text: &str) -> bool {
    text == "2probe"
}

/// The answer to a probe.
pub(crate) fn probe_answer() -> Frame {
    Frame::text(&b"3probe"[..])
}

/// Whether a client has moved to the WebSocket that it has tried.
pub(crate) fn is_upgrade(text: &str) -> bool {
    text == "5"
}
