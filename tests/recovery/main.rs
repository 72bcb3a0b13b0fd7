//! Connection state recovery: clients whose connection was cut come back to their session. By hand on the wire, and as the published client of
//! 4.8 does it through a proxy that cuts.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "../dispatch/app.rs"]
mod app;
mod back;
mod bounds;
mod clients;
mod instance;
mod wire;
mod workers;
