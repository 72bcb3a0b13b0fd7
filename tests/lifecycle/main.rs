//! Coming and going: `on_connect`, `on_disconnect`, and what happens to turns, tasks and rooms in between. The server runs in this
//! process, the client is written by hand.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "../dispatch/app.rs"]
mod app;
mod clients;
mod closing;
mod connect;
mod dismissed;
mod drain;
mod expiry;
mod farewell;
mod grace;
mod held;
mod hooks;
mod kicked;
mod races;
mod reasons;
mod shutdown;
mod signals;
mod startup;
mod tasks;
mod values;
