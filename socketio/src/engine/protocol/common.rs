//! What all protocols have in common: what a packet means, who pings, how a body is received and answered.

use std::time::Duration;

use bytes::Bytes;
use http::HeaderValue;

use crate::packet::Text;

/// What a packet of a client means for its session.
#[derive(Debug)]
pub(crate) enum Incoming {
    Text(Text),
    Binary(Bytes),
    /// A ping, with the text that the pong repeats.
    Ping(Text),
    Pong,
    /// The client ends the session; with the packet, if the application handles it too.
    Close(Option<Text>),
    /// Nothing that the session has to do.
    Nothing,
}

/// A polling body as it was received.
#[derive(Clone)]
pub(crate) struct Posted {
    pub(crate) bytes: Bytes,
    /// Packets as bytes, as no protocol newer than Engine.IO 3 has them.
    pub(crate) binary: bool,
}

/// Which side sends pings, and how long the other may take to answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(not(feature = "legacy"), allow(dead_code, reason = "only clients of 0.7 to 0.9 have heartbeats"))]
pub(crate) enum Pings {
    /// The server pings an `interval` after the last pong, which the client must send within `timeout`.
    Server { interval: Duration, timeout: Duration },
    /// The client pings, and may be silent for `timeout`.
    Client { timeout: Duration },
    /// The server sends heartbeats, one `interval` after the other whether they are answered or not. Any packet is an answer; the first
    /// heartbeat without one must get it within `timeout`.
    Heartbeats { interval: Duration, timeout: Duration },
    /// There are no pings; the client must poll again within `timeout` of the end of its last poll.
    Polls { timeout: Duration },
}

/// The body of a polling answer.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Encoded {
    pub(crate) body: Vec<u8>,
    pub(crate) content_type: HeaderValue,
}

pub(super) const SCRIPT: HeaderValue = HeaderValue::from_static("text/javascript; charset=UTF-8");
pub(super) const BYTES: HeaderValue = HeaderValue::from_static("application/octet-stream");
pub(super) const TEXT: HeaderValue = HeaderValue::from_static("text/plain; charset=UTF-8");
