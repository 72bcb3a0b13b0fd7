//! Reads streams, and delivers what they have to this node: a task for all streams of a server, and for each stream of a cluster.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use redis::aio::MultiplexedConnection;
use redis::{RedisError, Value};
use tokio::sync::Notify;

use super::entry::{self, Entry, NewEntry};
use super::id::EntryId;
use super::shared::Shared;
use super::stream::Stream;
use super::writer::{last_entry, newest};
use crate::adapter::cluster::Backoff;
use crate::adapter::{Action, AdapterError};
use crate::log::warn_rarely;

/// How long the server may take longer than it was asked to block.
const PATIENCE: Duration = Duration::from_secs(5);

/// The type of a message that says nothing.
const HEARTBEAT: u8 = 2;

/// A stream, and the id of the last entry that was read.
type Read = (Arc<Stream>, EntryId);

/// A reader of streams that one server has.
pub(super) struct Reader {
    shared: Arc<Shared>,
    streams: Vec<Read>,
    /// Notified when own broadcasts wait.
    wake: Arc<Notify>,
    /// Whether the last ids are known.
    begun: bool,
}

impl Reader {
    pub(super) fn new(shared: Arc<Shared>, streams: Vec<Arc<Stream>>, wake: Arc<Notify>) -> Self {
        let streams = streams.into_iter().map(|stream| (stream, EntryId::default())).collect();
        Self { shared, streams, wake, begun: false }
    }

    /// Connects, and finds the ends of the streams. Entries from there on are read, so that none is missed between two commands.
    pub(super) async fn connect(&mut self) -> Result<MultiplexedConnection, AdapterError> {
        let first = self.streams.first().map(|(stream, _)| stream.name.clone()).unwrap_or_default();
        // XREAD blocks: the time limit is that of `read`.
        let mut connection = self.shared.link.open(&first, None).await?;
        for (stream, last) in &mut self.streams {
            let end = tokio::time::timeout(PATIENCE, last_entry(&mut connection, &stream.name)).await;
            let end = end.map_err(|_| AdapterError::Disconnected)?;
            let end = end.map_err(|error| AdapterError::Other(error.to_string()))?;
            // After a restart the stream may be empty, or older than it was; entries of the lost part come no more.
            if !self.begun || end < *last {
                *last = end;
                if self.shared.recovers() {
                    let anchor = tokio::time::timeout(PATIENCE, anchor(&self.shared, stream, &mut connection)).await;
                    let anchor = anchor.map_err(|_| AdapterError::Disconnected)?;
                    stream.set_position(anchor.map_err(|error| AdapterError::Other(error.to_string()))?);
                }
            }
        }
        self.begun = true;
        Ok(connection)
    }

    /// Reads until the task is aborted.
    pub(super) async fn run(mut self, first: MultiplexedConnection) {
        let mut connection = first;
        let mut backoff = Backoff::default();
        loop {
            let error = self.read_all(&mut connection, &mut backoff).await;
            self.shared.reader_lost(&error.to_string());
            // In a cluster the stream may be on another server by now.
            self.shared.link.look_again();
            warn_rarely!(%error, "streams of Redis cannot be read");
            let (shared, streams, wake) = (self.shared.clone(), self.streams.clone(), self.wake.clone());
            connection = loop {
                attend(&shared, &streams, &wake, tokio::time::sleep(backoff.next())).await;
                match attend(&shared, &streams, &wake, self.connect()).await {
                    Ok(connection) => break connection,
                    Err(error) => shared.reader_lost(&error.to_string()),
                }
            };
            self.shared.reader_back();
        }
    }

    /// Reads as long as the connection lasts.
    async fn read_all(&mut self, connection: &mut MultiplexedConnection, backoff: &mut Backoff) -> RedisError {
        loop {
            let answer = match attend(&self.shared, &self.streams, &self.wake, self.read(connection)).await {
                Ok(answer) => answer,
                Err(error) => return error,
            };
            backoff.reset();
            for (name, entries) in entry::streams(answer) {
                let Some((stream, last)) = self.streams.iter_mut().find(|(stream, _)| *stream.name == *name) else {
                    continue;
                };
                for (id, entry) in entries {
                    *last = id;
                    let Some(entry) = entry else { continue };
                    // Otherwise nothing would be read any more.
                    if catch_unwind(AssertUnwindSafe(|| deliver(&self.shared, stream, entry))).is_err() {
                        tracing::error!(%id, "an entry of the stream has caused a panic");
                    }
                    stream.set_position(id);
                }
            }
        }
    }

    async fn read(&self, connection: &MultiplexedConnection) -> Result<Value, RedisError> {
        let settings = &self.shared.settings;
        let mut command = redis::cmd("XREAD");
        command
            .arg("BLOCK")
            .arg(settings.block_time.as_millis() as u64)
            .arg("COUNT")
            .arg(settings.read_count)
            .arg("STREAMS");
        for (stream, _) in &self.streams {
            command.arg(&*stream.name);
        }
        for (_, last) in &self.streams {
            command.arg(last.to_string());
        }
        let mut connection = connection.clone();
        let answer = tokio::time::timeout(settings.block_time + PATIENCE, command.query_async(&mut connection)).await;
        answer.unwrap_or_else(|_| Err(RedisError::from((redis::ErrorKind::Io, "XREAD was not answered"))))
    }
}

/// Waits for a future, and delivers own broadcasts that are due meanwhile.
async fn attend<T>(shared: &Shared, streams: &[Read], wake: &Notify, future: impl Future<Output = T>) -> T {
    if !shared.recovers() {
        return future.await;
    }
    tokio::pin!(future);
    loop {
        let due = streams.iter().filter_map(|(stream, _)| stream.due()).min();
        let due = async {
            match due {
                Some(due) => tokio::time::sleep_until(due).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            output = &mut future => return output,
            () = due => streams.iter().for_each(|(stream, _)| deliver_due(shared, stream)),
            () = wake.notified() => {}
        }
    }
}

/// The newest entry, which clients name that have received no event yet. An empty stream gets one, of a type that other nodes ignore.
async fn anchor(
    shared: &Shared,
    stream: &Stream,
    connection: &mut MultiplexedConnection,
) -> Result<EntryId, RedisError> {
    if let Some(newest) = newest(connection, &stream.name).await? {
        return Ok(newest);
    }
    let entry = NewEntry { namespace: "/".into(), kind: HEARTBEAT, data: String::new(), moved: false };
    let answer: Value =
        entry::add(&stream.name, shared.settings.max_len, &shared.uid, 0, &entry).query_async(connection).await?;
    Ok(entry::text(answer).and_then(|id| id.parse().ok()).unwrap_or_default())
}

/// Own broadcasts that the broker has not taken in time are delivered without an offset.
fn deliver_due(shared: &Shared, stream: &Stream) {
    for own in stream.take_due() {
        // Volatile events are not replayed.
        if let Action::Broadcast { to, packet, .. } = &own.action
            && !to.volatile
        {
            shared.sessions.late(&Arc::from(packet.namespace()), own.number);
        }
        shared.node.apply(own.action);
    }
}

/// Delivers what an entry says to this node.
fn deliver(shared: &Shared, stream: &Stream, entry: Entry) {
    if *entry.uid != *shared.uid {
        return shared.receive(entry);
    }
    // The own clients have it, unless it waits for its position.
    let (Some(number), true) = (entry.number, shared.recovers()) else { return };
    for mut own in stream.met(number) {
        if let Action::Broadcast { to, offset, .. } = &mut own.action
            && own.number == number
            && !to.volatile
        {
            *offset = Some(entry.id.to_string().into());
        }
        shared.node.apply(own.action);
    }
    shared.sessions.met(number, entry.id, |namespace| shared.names.of(namespace) == stream.name, &shared.node);
}
