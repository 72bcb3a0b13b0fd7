//! Adds entries to one stream, in order and each once.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Duration;

use redis::aio::MultiplexedConnection;
use redis::{Cmd, ErrorKind, RedisError, Value};
use tokio::sync::Mutex;

use super::super::link::Link;
use super::entry::{self, NewEntry};
use super::id::EntryId;
use super::sessions::Sessions;
use crate::adapter::BoxFuture;
use crate::adapter::cluster::{Backoff, Failed, Transport};

/// How long the server may take to answer. Longer than a pause of a server that goes on afterwards, because its connection is given up.
const PATIENCE: Duration = Duration::from_secs(10);

/// How many entries are read at once when the writer looks for its own.
const PAGE: usize = 256;

/// An entry in the queue.
#[derive(Debug)]
pub(super) struct Item {
    /// Its number among those of this node in this stream.
    pub(super) number: u64,
    pub(super) entry: NewEntry,
}

/// The connection that adds entries to a stream.
pub(super) struct Writer {
    link: Arc<Link>,
    stream: Arc<str>,
    uid: Arc<str>,
    max_len: usize,
    sessions: Arc<Sessions>,
    /// Used by the one task that runs the queue.
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    connection: Option<MultiplexedConnection>,
    /// The number of the connection on the server, and the server's run, because both a restarted server and another one give numbers again.
    client: Option<(String, i64)>,
    /// The last entry of this node that the server has confirmed, or that was found in the stream.
    confirmed: u64,
    /// Its id; before the first one, that of the last entry when the writer began.
    from: EntryId,
    /// The answer to the last entries is missing: they may be in the stream.
    unsure: bool,
    /// The pauses before attempts, because a server that accepts connections may refuse entries, such as when its memory is full.
    backoff: Backoff,
    pause: Duration,
}

impl Writer {
    pub(super) fn new(
        link: Arc<Link>,
        stream: Arc<str>,
        uid: Arc<str>,
        max_len: usize,
        sessions: Arc<Sessions>,
    ) -> Self {
        Self { link, stream, uid, max_len, sessions, state: Mutex::default() }
    }

    /// Adds entries, all of them or none.
    async fn add(&self, connection: &mut MultiplexedConnection, items: &[Item]) -> Result<EntryId, RedisError> {
        let command = |item: &Item| entry::add(&self.stream, self.max_len, &self.uid, item.number, &item.entry);
        let last = match items {
            [item] => command(item).query_async::<Value>(connection).await?,
            items => {
                let mut commands = redis::pipe();
                commands.atomic();
                for item in items {
                    commands.add_command(command(item));
                }
                let answers: Vec<Value> = commands.query_async(connection).await?;
                answers.into_iter().next_back().unwrap_or(Value::Nil)
            }
        };
        let id = entry::text(last).and_then(|id| id.parse().ok());
        id.ok_or_else(|| RedisError::from((ErrorKind::UnexpectedReturnType, "XADD has not answered with an id")))
    }

    /// Ends the connection before this one on the server, so that it does not carry out what it has received, and looks whether it has.
    async fn make_sure(&self, state: &mut State, connection: &mut MultiplexedConnection) -> Result<(), RedisError> {
        if let Some((run, client)) = &state.client
            && run_of(connection).await.as_ref() == Some(run)
        {
            let mut kill = redis::cmd("CLIENT");
            kill.arg("KILL").arg("ID").arg(client);
            // The usual answer is that there is no such client. A server that forbids the command has closed the connection long ago, unless it
            // was stopped for longer than `PATIENCE`.
            drop(kill.query_async::<Value>(connection).await);
        }
        let mut end = "+".to_owned();
        loop {
            let answer: Value =
                range("XREVRANGE", &self.stream, &end, &state.from.next().to_string()).query_async(connection).await?;
            match self.newest_own(entry::entries(answer)) {
                ControlFlow::Break(Some((number, id))) => {
                    if number > state.confirmed {
                        (state.confirmed, state.from) = (number, id);
                    }
                    break;
                }
                ControlFlow::Break(None) => break,
                // Exclusive ranges need Redis 6.2: the last entry of a page is read again.
                ControlFlow::Continue(id) if id.to_string() == end => break,
                ControlFlow::Continue(id) => end = id.to_string(),
            }
        }
        state.unsure = false;
        Ok(())
    }

    /// The newest entry of this node on a page, or where the page ends.
    fn newest_own(&self, page: entry::Page) -> ControlFlow<Option<(u64, EntryId)>, EntryId> {
        let (count, last) = (page.len(), page.last().map(|(id, _)| *id));
        let own = page.into_iter().find_map(|(id, entry)| {
            let entry = entry.filter(|entry| entry.uid == *self.uid)?;
            // The entry of an otherwise empty stream has number 0.
            Some((entry.number.filter(|number| *number > 0)?, id))
        });
        match last {
            Some(last) if own.is_none() && count == PAGE => ControlFlow::Continue(last),
            _ => ControlFlow::Break(own),
        }
    }

    async fn connect(&self, state: &mut State) -> Result<(), String> {
        state.connection = None;
        tokio::time::sleep(std::mem::take(&mut state.pause)).await;
        let mut connection = self.link.open(&self.stream, Some(PATIENCE)).await.map_err(|error| error.to_string())?;
        let reason = |error: RedisError| error.to_string();
        if state.unsure {
            self.make_sure(state, &mut connection).await.map_err(reason)?;
        } else if state.confirmed == 0 {
            state.from = last_entry(&mut connection, &self.stream).await.map_err(reason)?;
        }
        let client: Result<i64, _> = redis::cmd("CLIENT").arg("ID").query_async(&mut connection).await;
        // `None` if the server forbids one of the commands.
        state.client = run_of(&mut connection).await.zip(client.ok());
        // Sessions that must not be recovered any more are deleted before the events are added that they would hear twice.
        if tokio::time::timeout(PATIENCE, self.sessions.settled()).await.is_err() {
            return Err("sessions cannot be written".to_owned());
        }
        state.connection = Some(connection);
        Ok(())
    }

    async fn publish(&self, items: &[Item]) -> Result<(), Failed> {
        let mut state = self.state.lock().await;
        // Those that were found in the stream after the last failure.
        let done = items.iter().take_while(|item| item.number <= state.confirmed).count();
        if state.connection.is_none() && !state.unsure {
            // The first entry of this node: streams that no namespace has need no connection.
            self.connect(&mut state).await.map_err(|error| failed(done, error))?;
        }
        let (Some(mut connection), Some(last)) = (state.connection.clone(), items.get(done..).and_then(<[Item]>::last))
        else {
            return if done == items.len() { Ok(()) } else { Err(failed(done, "not connected".to_owned())) };
        };
        state.unsure = true;
        match self.add(&mut connection, &items[done..]).await {
            Ok(id) => {
                (state.confirmed, state.from, state.unsure) = (last.number, id, false);
                state.backoff.reset();
                Ok(())
            }
            Err(error) => {
                state.connection = None;
                state.pause = state.backoff.next();
                self.link.look_again();
                Err(failed(done, error.to_string()))
            }
        }
    }
}

/// Nothing is given up: the entries are added when the server takes them.
fn failed(done: usize, reason: String) -> Failed {
    Failed { done, dropped: 0, lost: true, reason }
}

impl Transport for Writer {
    type Item = Item;

    fn connect(&self) -> BoxFuture<'_, Result<(), String>> {
        Box::pin(async { self.connect(&mut *self.state.lock().await).await })
    }

    /// The next entry notices that the connection is lost: none is added on another connection before it is sure what became of those before.
    fn lost(&self) -> BoxFuture<'_, String> {
        Box::pin(std::future::pending())
    }

    fn publish<'a>(&'a self, items: &'a [Item]) -> BoxFuture<'a, Result<(), Failed>> {
        Box::pin(self.publish(items))
    }
}

/// What distinguishes this run of a server from others.
async fn run_of(connection: &mut MultiplexedConnection) -> Option<String> {
    let info: String = redis::cmd("INFO").arg("server").query_async(connection).await.ok()?;
    info.lines().find_map(|line| line.strip_prefix("run_id:")).map(|run| run.trim().to_owned())
}

/// XRANGE or XREVRANGE of one page.
pub(super) fn range(command: &str, stream: &str, from: &str, to: &str) -> Cmd {
    let mut command = redis::cmd(command);
    command.arg(stream).arg(from).arg(to).arg("COUNT").arg(PAGE);
    command
}

/// The id of the last entry that a stream has had; zero if it never had one.
pub(super) async fn last_entry(connection: &mut MultiplexedConnection, stream: &str) -> Result<EntryId, RedisError> {
    let answer: Result<Value, _> = redis::cmd("XINFO").arg("STREAM").arg(stream).query_async(connection).await;
    // There is no such stream, or the server forbids the command.
    let Ok(answer) = answer else { return Ok(newest(connection, stream).await?.unwrap_or_default()) };
    let pairs: Vec<(Value, Value)> = match answer {
        Value::Map(pairs) => pairs,
        Value::Array(fields) => {
            let mut fields = fields.into_iter();
            std::iter::from_fn(|| Some((fields.next()?, fields.next()?))).collect()
        }
        _ => Vec::new(),
    };
    let id =
        pairs.into_iter().find(|(name, _)| matches!(name, Value::BulkString(name) if name == b"last-generated-id"));
    match id.and_then(|(_, id)| entry::text(id)?.parse().ok()) {
        Some(id) => Ok(id),
        None => Ok(newest(connection, stream).await?.unwrap_or_default()),
    }
}

/// The id of the newest entry that a stream has.
pub(super) async fn newest(
    connection: &mut MultiplexedConnection,
    stream: &str,
) -> Result<Option<EntryId>, RedisError> {
    let mut command = redis::cmd("XREVRANGE");
    command.arg(stream).arg("+").arg("-").arg("COUNT").arg(1);
    let answer: Value = command.query_async(connection).await?;
    Ok(entry::entries(answer).first().map(|(id, _)| *id))
}
