//! What carries the packets of a session: `stream` (one type for all transports but polling), `websocket`, `hixie` and `htmlfile` with the
//! byte streams below them (`io`, `unread`, `pipe`), and `tcp`, the TCP stream below the HTTP server.

#[cfg(feature = "legacy")]
pub(crate) mod hixie;
#[cfg(feature = "legacy")]
pub(crate) mod htmlfile;
pub(crate) mod io;
#[cfg(feature = "legacy")]
pub(crate) mod pipe;
pub(crate) mod stream;
pub(crate) mod tcp;
pub(crate) mod unread;
pub(crate) mod websocket;
