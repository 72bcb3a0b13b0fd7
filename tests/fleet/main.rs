//! Clusters of real servers: ours (`examples/cluster`), Node's and Python's, on real brokers, with the published JavaScript client. Servers
//! and brokers are frozen, killed and started again, and connections are really cut.
//!
//! `cargo test -p tests --test fleet matrix -- --nocapture` prints the matrix. `SOCKETIO_FLEET_KINDS` and `SOCKETIO_FLEET_PAIRS` choose among
//! the adapters and the pairs of servers: see [`ways::plans`].

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod brokers;
mod clients;
mod delivery;
mod emitter;
mod known;
mod matrix;
mod outages;
mod peers;
mod processes;
mod proxies;
mod proxy;
mod recovery;
mod requests;
mod rooms;
mod servers;
mod strangers;
mod traffic;
mod ways;
