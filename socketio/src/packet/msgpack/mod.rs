//! MessagePack, as Socket.IO's servers and clients write it. Values with binary data are read into JSON with placeholders and attachments, the form
//! that packets have everywhere else, and are written from [`Value`](super::Value).
//!
//! Read are the dialects of notepack.io 2 and 3 and of `@msgpack/msgpack`: `undefined` as extension 0 of one byte, array buffers as extension
//! 0 of any length, dates as extension 0 of 8 bytes or as the timestamp of the specification. Written is what all of them read.

mod date;
mod read;
mod write;

pub(crate) use read::read;
pub(crate) use write::value;

#[cfg(test)]
mod tests;
