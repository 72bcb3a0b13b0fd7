//! The tasks of a started adapter: they read and write streams, and write sessions.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, Semaphore};
use tokio::task::JoinHandle;

use super::arrivals::Arrivals;
use super::channels::Channels;
use super::keeper;
use super::names::Names;
use super::options::Settings;
use super::pool::Pool;
use super::reader::Reader;
use super::sessions::Sessions;
use super::shared::{REPLAYS, Shared, Status};
use super::stream::Stream;
use super::writer::Writer;
use crate::adapter::cluster::{Body, Engine, QueueLimits};
use crate::adapter::{Action, AdapterError, Node};

/// The streams of a started adapter.
pub(super) struct Started {
    pub(super) shared: Arc<Shared>,
    tasks: Mutex<Vec<JoinHandle<()>>>,
}

impl Started {
    /// Connects the readers, and begins to read and to write. The engine is connected.
    ///
    /// # Errors
    /// If a server of a stream cannot be reached.
    pub(super) async fn new(
        settings: Settings,
        limits: QueueLimits,
        cluster: bool,
        node: Node,
        engine: Engine<Channels>,
    ) -> Result<Self, AdapterError> {
        let (link, uid) = (engine.link().link.clone(), engine.link().uid.clone());
        let sessions = Arc::new(Sessions::default());
        let names = Names::new(settings.stream_name.clone(), settings.stream_count);
        let mut groups: Vec<(Arc<Notify>, Vec<Arc<Stream>>)> = Vec::new();
        for name in names.all() {
            // A server is asked for all of its streams at once. In a cluster each stream may be on another one.
            if cluster || groups.is_empty() {
                groups.push((Arc::default(), Vec::new()));
            }
            let Some((wake, group)) = groups.last_mut() else { continue };
            let writer = Writer::new(link.clone(), name.clone(), uid.clone(), settings.max_len, sessions.clone());
            group.push(Arc::new(Stream::new(name, writer, limits, wake.clone())));
        }
        let streams = groups.iter().flat_map(|(_, group)| group).map(|stream| (stream.name.clone(), stream.clone()));
        let shared = Arc::new(Shared {
            streams: streams.collect::<HashMap<_, _>>(),
            pool: Pool::new(link.clone()),
            replays: Semaphore::new(REPLAYS),
            status: Status::default(),
            arrivals: Arrivals::default(),
            settings,
            names,
            uid,
            node,
            link,
            sessions,
            engine,
        });
        let mut readers = Vec::new();
        for (wake, group) in groups {
            let mut reader = Reader::new(shared.clone(), group, wake);
            let connection = reader.connect().await?;
            readers.push((reader, connection));
        }
        let readers = readers.into_iter().map(|(reader, connection)| tokio::spawn(reader.run(connection)));
        let mut tasks: Vec<_> = readers.collect();
        tasks.push(tokio::spawn(keeper::run(shared.clone())));
        for stream in shared.streams.values().cloned() {
            tasks.push(tokio::spawn(async move { stream.queue.run(|| {}).await }));
        }
        Ok(Self { shared, tasks: Mutex::new(tasks) })
    }

    /// Queues an action for its stream. Events for programs and presence are no entries: they are published.
    ///
    /// # Errors
    /// The queue is full, or the message cannot be written.
    pub(super) fn publish(&self, action: Action) -> Result<(), AdapterError> {
        if matches!(action, Action::ServerEvent { .. } | Action::Presence(_)) {
            return self.shared.engine.publish(action);
        }
        let waiting = match &action {
            Action::Broadcast { .. } if self.shared.recovers() => Some(action.clone()),
            _ => None,
        };
        let (namespace, first, second) = Body::of_action(action);
        self.shared.publish(&namespace, &first, waiting)?;
        second.map_or(Ok(()), |second| self.shared.publish(&namespace, &second, None))
    }

    /// Writes what is queued, for `patience` at most, and ends the tasks.
    pub(super) async fn stop(&self, patience: Duration) {
        let streams = self.shared.streams.values();
        futures_util::future::join_all(streams.map(|stream| stream.queue.close(patience))).await;
        if tokio::time::timeout(patience, self.shared.sessions.written()).await.is_err() {
            tracing::warn!("the server has ended before all sessions were written to Redis");
        }
        self.abort();
        self.shared.pool.close();
    }

    fn abort(&self) {
        self.tasks.lock().unwrap_or_else(PoisonError::into_inner).drain(..).for_each(|task| task.abort());
    }
}

impl Drop for Started {
    fn drop(&mut self) {
        self.abort();
    }
}
