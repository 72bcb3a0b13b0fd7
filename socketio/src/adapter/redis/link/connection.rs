//! The two connections to one Redis server: one subscribes, the other publishes, so that what arrives does not hold up what is sent, and
//! everything that is sent goes out in one order.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use redis::aio::MultiplexedConnection;
use redis::{
    AsyncConnectionConfig, Client, Cmd, ConnectionAddr, ConnectionInfo, Pipeline, ProtocolVersion, PushInfo, PushKind,
    RedisError, Value,
};
use tokio::sync::Notify;

use super::slots::Address;
use super::subscriptions::Mode;

/// A message on a channel.
#[derive(Debug)]
pub(in crate::adapter::redis) struct Received {
    /// How the channel is subscribed to.
    pub(in crate::adapter::redis) mode: Mode,
    /// What was subscribed to: the channel, or the pattern that matches it.
    pub(in crate::adapter::redis) subscription: String,
    /// The channel.
    pub(in crate::adapter::redis) channel: String,
    /// The message.
    pub(in crate::adapter::redis) payload: Bytes,
}

/// Takes the messages of all channels, in the order of each connection. It runs in the task that reads the connection, which reads on only
/// when it has returned: messages are not collected in memory.
pub(in crate::adapter::redis) type Receiver = Arc<dyn Fn(Received) + Send + Sync>;

/// The connections to one server.
pub(super) struct Pair {
    /// No other pair has it.
    pub(super) id: u64,
    subscribing: MultiplexedConnection,
    pub(super) publishing: MultiplexedConnection,
    state: Arc<State>,
}

/// What the tasks of the two connections report.
#[derive(Default)]
struct State {
    lost: AtomicBool,
    /// SUNSUBSCRIBE commands of ours that are not confirmed. The server also unsubscribes by itself, when another one takes the slot over.
    unsubscribing: AtomicUsize,
}

impl State {
    fn lose(&self, wake: &Notify) {
        if !self.lost.swap(true, Ordering::AcqRel) {
            wake.notify_one();
        }
    }

    fn take_unsubscribing(&self) -> bool {
        let taken = self.unsubscribing.fetch_update(Ordering::AcqRel, Ordering::Acquire, |count| count.checked_sub(1));
        taken.is_ok()
    }
}

impl fmt::Debug for Pair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Pair").field(&self.id).finish()
    }
}

impl Pair {
    /// Connects to a server, which has to accept and to answer each command within `timeout`. `wake` is notified when one of the connections is lost.
    pub(super) async fn open(
        id: u64,
        server: &ConnectionInfo,
        timeout: Duration,
        receiver: Receiver,
        wake: Arc<Notify>,
    ) -> Result<Self, RedisError> {
        let state = Arc::new(State::default());
        let subscribing = connect(server, timeout, Some(timeout), {
            let (state, wake) = (state.clone(), wake.clone());
            move |push| taken_in(push, &state, &wake, &receiver)
        });
        let publishing = connect(server, timeout, Some(timeout), {
            let (state, wake) = (state.clone(), wake);
            move |push| {
                if push.kind == PushKind::Disconnection {
                    state.lose(&wake);
                }
            }
        });
        let (subscribing, publishing) = tokio::try_join!(subscribing, publishing)?;
        Ok(Self { id, subscribing, publishing, state })
    }

    /// Whether one of the connections has ended, or a subscription was taken away.
    pub(super) fn lost(&self) -> bool {
        self.state.lost.load(Ordering::Acquire)
    }

    /// Subscribes to channels, or unsubscribes. One answer for each, in their order.
    pub(super) async fn subscribe(&self, changes: &[(&Mode, &str, bool)]) -> Result<Vec<Value>, RedisError> {
        let mut commands = Pipeline::with_capacity(changes.len());
        for (mode, name, wanted) in changes {
            let (subscribe, unsubscribe) = match mode {
                Mode::Plain => ("SUBSCRIBE", "UNSUBSCRIBE"),
                Mode::Pattern => ("PSUBSCRIBE", "PUNSUBSCRIBE"),
                Mode::Sharded => ("SSUBSCRIBE", "SUNSUBSCRIBE"),
            };
            if **mode == Mode::Sharded && !wanted {
                self.state.unsubscribing.fetch_add(1, Ordering::AcqRel);
            }
            commands.cmd(if *wanted { subscribe } else { unsubscribe }).arg(*name).ignore();
        }
        // One command for each channel has one answer for each, also with errors in between.
        self.subscribing.clone().send_packed_commands(&commands, 0, changes.len()).await
    }

    /// Whether both connections answer.
    pub(super) async fn ping(&self) -> Result<(), RedisError> {
        let ping = redis::cmd("PING");
        let (mut first, mut second) = (self.subscribing.clone(), self.publishing.clone());
        let (first, second) = tokio::try_join!(first.send_packed_command(&ping), second.send_packed_command(&ping))?;
        first.extract_error()?;
        second.extract_error().map(drop)
    }

    /// Sends a command on the publishing connection.
    pub(super) async fn ask(&self, command: &Cmd) -> Result<Value, RedisError> {
        self.publishing.clone().send_packed_command(command).await?.extract_error()
    }
}

/// A connection that speaks RESP3. `timeout` bounds the opening, `response_timeout` each answer. Every push goes to `push`.
pub(super) async fn connect(
    server: &ConnectionInfo,
    timeout: Duration,
    response_timeout: Option<Duration>,
    push: impl Fn(PushInfo) + Send + Sync + 'static,
) -> Result<MultiplexedConnection, RedisError> {
    let settings = server.redis_settings().clone().set_protocol(ProtocolVersion::RESP3);
    let client = Client::open(server.clone().set_redis_settings(settings))?;
    let config = AsyncConnectionConfig::new()
        .set_connection_timeout(Some(timeout))
        .set_response_timeout(response_timeout)
        .set_push_sender(move |info| {
            push(info);
            Ok::<(), redis::aio::SendError>(())
        });
    client.get_multiplexed_async_connection_with_config(&config).await
}

/// The same server settings for another address.
pub(super) fn at(server: &ConnectionInfo, (host, port): &Address) -> ConnectionInfo {
    let (host, port) = (host.to_string(), *port);
    let address = match server.addr() {
        ConnectionAddr::TcpTls { insecure, tls_params, .. } => {
            ConnectionAddr::TcpTls { host, port, insecure: *insecure, tls_params: tls_params.clone() }
        }
        _ => ConnectionAddr::Tcp(host, port),
    };
    server.clone().set_addr(address)
}

/// What the subscribing connection has received outside of answers.
fn taken_in(push: PushInfo, state: &State, wake: &Notify, receiver: &Receiver) {
    match push.kind {
        PushKind::Disconnection => state.lose(wake),
        // Not asked for: the server does not have the slot any more.
        PushKind::SUnsubscribe if !state.take_unsubscribing() => state.lose(wake),
        _ => {
            let Some(message) = message(push) else { return };
            // Otherwise the connection would be read no more.
            if catch_unwind(AssertUnwindSafe(|| receiver(message))).is_err() {
                tracing::error!("a message of another node has caused a panic");
            }
        }
    }
}

/// A message of a push; `None` for others, and for a channel that is no text, because no namespace and room have such a name.
fn message(push: PushInfo) -> Option<Received> {
    let mode = match push.kind {
        PushKind::Message => Mode::Plain,
        PushKind::PMessage => Mode::Pattern,
        PushKind::SMessage => Mode::Sharded,
        _ => return None,
    };
    let mut fields = push.data.into_iter().map(|value| match value {
        Value::BulkString(bytes) => Some(bytes),
        _ => None,
    });
    let mut text = || String::from_utf8(fields.next()??).ok();
    let first = text()?;
    let channel = if mode == Mode::Pattern { text()? } else { first.clone() };
    let payload = Bytes::from(fields.next()??);
    Some(Received { mode, subscription: first, channel, payload })
}
