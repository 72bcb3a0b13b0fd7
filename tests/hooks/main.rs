//! `#[before]`, `#[after]` and `#[on_error]`: in which order they run, what they see, and what a client reads of it. Most clients are written
//! by hand; `clients` has the published ones. The server runs in this process.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "../dispatch/app.rs"]
mod app;
mod clients;
mod errors;
mod order;
mod panics;
mod waiting;
