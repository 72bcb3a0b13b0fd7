//! What the integration tests share: tools that may be missing, servers that end with their test,
//! and clients that speak HTTP and WebSocket by hand. It tests nothing itself and is no part of the
//! published crates.
//!
//! | module | holds |
//! |---|---|
//! | [`tools`] | is `node`, `npm`, `chromium`, `python3` here? and what a test does when it is not |
//! | [`programs`] | building and running the examples as processes of their own |
//! | [`npm`], [`python`] | installing the clients from the registries on first use, and running their tests |
//! | [`http`] | one HTTP request per connection, written and read byte by byte |
//! | [`ws`] | one WebSocket, refused or accepted |
//! | [`frames`] | WebSocket frames, written and read byte by byte |
//! | [`session`] | Engine.IO sessions over either transport; Socket.IO on top of them |
//! | [`rich`] | a server in this process with an application in it: rooms, refusals, errors, questions |

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test's helper fails by panicking: that is how the test fails"
)]

pub mod frames;
pub mod http;
pub mod npm;
pub mod programs;
pub mod python;
pub mod rich;
pub mod session;
pub mod tools;
pub mod ws;

use std::future::Future;
use std::path::PathBuf;
use std::time::Duration;

/// How long anything that must happen may take before its test fails. Generous: the machine may be busy.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// How long a test listens for something that must *not* happen.
pub const SILENCE: Duration = Duration::from_millis(150);

/// The folder `tests/` of this repository.
pub fn tests_dir() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The root of this repository.
pub fn root_dir() -> PathBuf {
    tests_dir().parent().expect("the folder above tests").to_path_buf()
}

/// Waits for `future`, at most [`PATIENCE`].
///
/// # Panics
/// When it takes longer, naming `what`.
pub async fn within<T>(what: &str, future: impl Future<Output = T>) -> T {
    match tokio::time::timeout(PATIENCE, future).await {
        Ok(value) => value,
        Err(_) => panic!("{what}: nothing within {PATIENCE:?}"),
    }
}
