//! Attacks on a server, each with a well-behaved client beside it that must notice nothing.
//!
//! The server is a process of its own ([`target`]), started with the options that the attack needs; its memory and that of its
//! connections in the kernel are read while the attack goes on. [`bystander`] echoes meanwhile, over WebSocket and over polling, and
//! checks that every answer comes, in order and unaltered. A verdict depends on counts, contents and bytes, never on how long
//! something took. To add an attack: a file named after it, with [`target::Target::start`], [`bystander::Bystander::beside`] and, where no
//! client library would write such bytes, the helpers of [`raw`]. What handlers there are for it is in `server.rs`.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]
#![allow(dead_code, reason = "what an attack may need of its helpers is there before the attack that needs it")]

mod bystander;
mod raw;
mod target;

mod embedded;
mod flood;
mod handshakes;
mod namespaces;
mod pings;
mod rooms;
mod turns;
mod unread;
