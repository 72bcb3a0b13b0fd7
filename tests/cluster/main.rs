//! Two servers of one process as one, through a second adapter: the seam that every cluster adapter uses. Clients are written by hand.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod acks;
#[path = "../dispatch/app.rs"]
mod app;
#[path = "../recovery/back.rs"]
mod back;
mod bus;
mod hooks;
mod keeping;
mod nodes;
mod outside;
mod presence;
mod recovery;
mod remote;
mod server_events;
