//! What the server says: targets and rooms, typed events, acknowledgements that the server asks for, and all of that from outside
//! of handlers. The server runs in this process, the clients are written by hand.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "../dispatch/app.rs"]
mod app;
mod calls;
mod joining;
mod many;
mod outside;
mod pressure;
mod rooms;
mod targets;
mod typed;
