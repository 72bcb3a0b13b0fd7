//! What carries the packets of a session.

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
