//! Clients of 0.7, 0.8 and 0.9: the published ones in Node, and their transports byte by byte.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod app;
mod clients;
mod handshake;
mod mixed;
mod polling;
mod streams;
mod wire;
