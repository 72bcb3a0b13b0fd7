//! Users and their events: who is where, and events that are handled once however often they arrive. The server runs in this process; the
//! clients are written by hand or are the official one, behind a proxy that loses what it is told to lose.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "../dispatch/app.rs"]
mod app;
mod once;
mod presence;
mod presence_races;
mod retries;
