//! The task that writes the sessions of this node to Redis, and the key of a session that is recovered.

use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt as _;
use redis::{Pipeline, Value};

use super::entry;
use super::id::EntryId;
use super::record;
use super::sessions::Change;
use super::shared::Shared;
use crate::adapter::cluster::Backoff;
use crate::adapter::{AdapterError, Saved};
use crate::log::warn_rarely;

/// How many sessions are written at once.
const BATCH: usize = 256;
const AT_ONCE: usize = 32;

/// The longest secret that is looked for. Those of Node's servers have 20 characters, ours an offset behind them.
const SECRET: usize = 128;

/// Writes and deletes sessions until the task is aborted.
pub(super) async fn run(shared: Arc<Shared>) {
    let mut backoff = Backoff::default();
    loop {
        let (changes, reached) = shared.sessions.take(BATCH);
        if changes.is_empty() {
            shared.sessions.reached(reached);
            shared.sessions.wake.notified().await;
            continue;
        }
        let outcomes = futures_util::stream::iter(changes).map(|(secret, change)| {
            let shared = &shared;
            async move {
                let outcome = shared.carry_out(&secret, &change).await;
                (secret, change, outcome)
            }
        });
        let outcomes: Vec<_> = outcomes.buffer_unordered(AT_ONCE).collect().await;
        let mut failed = Vec::new();
        for (secret, change, outcome) in outcomes {
            if let Err(error) = outcome {
                warn_rarely!(%error, "sessions cannot be written to Redis");
                failed.push((secret, change));
            }
        }
        if failed.is_empty() {
            backoff.reset();
            shared.sessions.taken_done();
            shared.sessions.reached(reached);
            continue;
        }
        shared.sessions.put_back(failed);
        shared.sessions.taken_done();
        tokio::time::sleep(backoff.next()).await;
    }
}

impl Shared {
    async fn carry_out(&self, secret: &str, change: &Change) -> Result<(), AdapterError> {
        let key = self.session_key(secret);
        let mut command;
        match change {
            Change::Keep(saved, after) => {
                let record = match record::encode(saved, *after) {
                    Ok(record) => record,
                    Err(error) => {
                        warn_rarely!(error, "a session cannot be written");
                        return Ok(());
                    }
                };
                command = redis::cmd("SET");
                // Zero is no time to live.
                let time_to_live = saved.time_to_live.max(Duration::from_millis(1)).as_millis() as u64;
                command.arg(&key).arg(record).arg("PX").arg(time_to_live);
            }
            Change::Drop => {
                command = redis::cmd("DEL");
                command.arg(&key);
            }
        }
        let mut commands = Pipeline::new();
        commands.add_command(command);
        self.pool.run(&key, &commands).await.map(drop)
    }

    /// Takes a session out of Redis: the second call for it finds nothing. `None` if it is not there, or cannot be recovered from this offset.
    pub(super) async fn restore(
        &self,
        path: &Arc<str>,
        secret: &str,
        offset: &str,
    ) -> Result<Option<Saved>, AdapterError> {
        let written = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
        let valid = (1..=SECRET).contains(&secret.len()) && secret.bytes().all(written);
        let (true, Ok(offset)) = (valid, offset.parse()) else { return Ok(None) };
        // The socket may have left this node a moment ago, and its last state is not in Redis yet.
        self.sessions.in_redis(secret).await;
        let key = self.session_key(secret);
        let mut commands = redis::pipe();
        // GETDEL needs Redis 6.2.
        commands.atomic().cmd("GET").arg(&key).cmd("DEL").arg(&key);
        let (taken, there) =
            futures_util::future::try_join(self.pool.run(&key, &commands), self.has(path, offset)).await?;
        let record = taken.into_iter().next().unwrap_or(Value::Nil);
        let Some(record) = entry::text(record) else { return Ok(None) };
        let Some((saved, after)) = record::decode(path, &record) else {
            warn_rarely!("a session in Redis is not understood");
            return Ok(None);
        };
        if !there || *saved.secret != *secret || after.is_some_and(|after| offset < after) {
            return Ok(None);
        }
        self.reads_up_to(path, offset).await;
        // Until it is known what the client has missed.
        self.arrivals.note(saved.id.as_str(), EntryId::MAX);
        self.sessions.arrived(saved.id);
        Ok(Some(saved))
    }

    /// Waits until this node has read an entry of the stream, which the client has heard on another one: it would hear it again here.
    async fn reads_up_to(&self, path: &str, offset: EntryId) {
        let Some(stream) = self.streams.get(&self.names.of(path)) else { return };
        while stream.position().is_some_and(|position| position < offset) {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }

    fn session_key(&self, secret: &str) -> String {
        format!("{}{secret}", self.settings.session_key_prefix)
    }
}
