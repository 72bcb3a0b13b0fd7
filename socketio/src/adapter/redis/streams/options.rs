//! The settings of [`RedisStreams`](super::RedisStreams), with their defaults.

use std::sync::Arc;
use std::time::Duration;

use crate::bounds;
use crate::error::Error;

#[derive(Clone, Debug)]
pub(super) struct Settings {
    pub(super) stream_name: Arc<str>,
    pub(super) stream_count: u32,
    pub(super) channel_prefix: Arc<str>,
    pub(super) sharded: bool,
    pub(super) max_len: usize,
    pub(super) read_count: usize,
    pub(super) block_time: Duration,
    pub(super) session_key_prefix: Arc<str>,
    pub(super) only_plaintext: bool,
    pub(super) max_replay_bytes: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            stream_name: "socket.io".into(),
            stream_count: 1,
            channel_prefix: "socket.io".into(),
            sharded: false,
            max_len: 10_000,
            read_count: 100,
            block_time: Duration::from_secs(5),
            session_key_prefix: "sio:session:".into(),
            only_plaintext: false,
            max_replay_bytes: 16 * 1024 * 1024,
        }
    }
}

impl Settings {
    /// # Errors
    /// An option out of its bounds.
    pub(super) fn check(&self) -> Result<(), Error> {
        bounds::number("stream_count", self.stream_count as usize, 1, 64)?;
        bounds::number("max_len", self.max_len, 1, usize::MAX)?;
        bounds::number("read_count", self.read_count, 1, 10_000)?;
        bounds::time("block_time", self.block_time)?;
        bounds::number("max_replay_bytes", self.max_replay_bytes, 1, usize::MAX)
    }
}
