//! From a packet to a handler and back: turns, what is lent, what was sent, what is answered, and names. The server runs in this
//! process, the client is written by hand. Coming and going is in `lifecycle`, permissions in `acl`, sending in `emitting`.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod acks;
mod app;
mod attempts;
mod binary;
mod context;
mod embedded;
mod failures;
mod lent;
mod log;
mod names;
mod paths;
mod payload;
mod pressure;
mod turns;
