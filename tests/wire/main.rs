//! The wire, byte by byte: our own HTTP and WebSocket driver against the conformance server. What
//! published clients do is tested in `clients.rs`; here is what they never do, or never show.
//!
//! Every test has a server of its own kind from [`server`], and none depends on another.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod cors;
mod engine;
mod events;
mod handshake;
mod heartbeat;
mod limits;
mod packets;
mod polling;
mod requests;
mod rfc6455;
mod typed;
mod upgrade;

use std::net::SocketAddr;
use std::sync::OnceLock;

use tests::programs::Program;

/// The conformance server with default settings, one for all tests of this binary: they also show
/// that a misbehaving client harms nobody else.
fn server() -> SocketAddr {
    static SHARED: OnceLock<Program> = OnceLock::new();
    SHARED.get_or_init(|| Program::conformance(&[])).addr()
}
