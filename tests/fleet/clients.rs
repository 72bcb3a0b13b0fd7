//! Published JavaScript clients, in one process of Node for all tests (`tests/js/cluster/driver.mjs`), under the control of the tests.

use std::collections::HashMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{ChildStdin, ChildStdout, Command};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};
use tests::{PATIENCE, npm, within};
use tokio::sync::{Notify, oneshot};

use super::processes::Process;

static DRIVER: LazyLock<Driver> = LazyLock::new(Driver::start);

struct Driver {
    input: Mutex<ChildStdin>,
    /// The commands whose answers are outstanding.
    asked: Mutex<HashMap<u64, oneshot::Sender<Result<Value, String>>>>,
    clients: Mutex<HashMap<u64, Arc<Log>>>,
    next: AtomicU64,
    _process: Mutex<Process>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Driver {
    fn start() -> Self {
        let folder = npm::installed_in("js/cluster");
        let mut process = Process::piped("driver", Command::new("node").current_dir(folder).arg("driver.mjs"));
        let (input, output) = process.pipes();
        std::thread::spawn(move || read(output));
        let (asked, clients, next) = (Mutex::default(), Mutex::default(), AtomicU64::new(1));
        Self { input: Mutex::new(input), asked, clients, next, _process: Mutex::new(process) }
    }

    async fn command(&self, op: &str, mut body: Value) -> Result<Value, String> {
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        let (send, answer) = oneshot::channel();
        lock(&self.asked).insert(id, send);
        body["id"] = id.into();
        body["op"] = op.into();
        writeln!(lock(&self.input), "{body}").expect("the driver of the clients");
        answer.await.expect("the driver of the clients")
    }
}

/// Reads what the driver prints.
fn read(output: ChildStdout) {
    for line in BufReader::new(output).lines().map_while(Result::ok) {
        let mut line: Value = serde_json::from_str(&line).expect("JSON of the driver");
        if let Some(id) = line["id"].as_u64() {
            let result = match line["error"].as_str() {
                Some(error) => Err(error.to_owned()),
                None => Ok(line["value"].take()),
            };
            if let Some(asked) = lock(&DRIVER.asked).remove(&id) {
                let _ = asked.send(result);
            }
        } else if let Some(client) = line["client"].as_u64() {
            let log = lock(&DRIVER.clients).get(&client).cloned();
            if let Some(log) = log {
                lock(&log.entries).push(Entry::of(line));
                log.changed.notify_waiters();
            }
        }
    }
}

/// What has happened at a client, in order.
#[derive(Default)]
struct Log {
    entries: Mutex<Vec<Entry>>,
    changed: Notify,
}

/// One thing that has happened at a client.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Entry {
    /// It is connected to its namespace.
    Connected { id: String, recovered: bool },
    /// It is no longer connected, for this reason.
    Disconnected(String),
    /// It was refused, or there was no connection.
    Refused(String),
    /// It has heard an event with these arguments.
    Event(String, Vec<Value>),
}

impl Entry {
    fn of(mut line: Value) -> Self {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        if let Some(args) = line["args"].as_array_mut().map(std::mem::take) {
            Self::Event(text(&line["event"]), args)
        } else if line["connected"].is_object() {
            let connected = &line["connected"];
            Self::Connected { id: text(&connected["id"]), recovered: connected["recovered"] == true }
        } else if line["disconnected"].is_string() {
            Self::Disconnected(text(&line["disconnected"]))
        } else {
            Self::Refused(text(&line["refused"]))
        }
    }
}

impl Entry {
    /// The first argument, if it is this event.
    pub(crate) fn argument(&self, event: &str) -> Option<&Value> {
        match self {
            Self::Event(name, args) if name == event => args.first(),
            _ => None,
        }
    }
}

/// Bytes in the arguments of an event.
pub(crate) fn bytes(data: &[u8]) -> Value {
    json!({ "$bytes": BASE64_STANDARD.encode(data) })
}

/// A client of one namespace; dropping it disconnects.
pub(crate) struct Client {
    number: u64,
    log: Arc<Log>,
}

impl Client {
    /// Connects to `nsp` with a connection of its own, and waits until that is done.
    pub(crate) async fn connect(url: &str, nsp: &str) -> Self {
        Self::with(url, nsp, json!({ "transports": ["websocket"] })).await
    }

    /// The same with options of the JavaScript client.
    pub(crate) async fn with(url: &str, nsp: &str, options: Value) -> Self {
        let client = Self::begin(url, nsp, options).await;
        client.connected(1).await;
        client
    }

    /// The same without waiting for the connection.
    pub(crate) async fn begin(url: &str, nsp: &str, options: Value) -> Self {
        Self::start(url, nsp, None, options).await
    }

    /// A client of another namespace on the connection of this one.
    pub(crate) async fn beside(&self, nsp: &str) -> Self {
        let client = Self::start("", nsp, Some(self.number), json!({})).await;
        client.connected(1).await;
        client
    }

    async fn start(url: &str, nsp: &str, manager: Option<u64>, options: Value) -> Self {
        let number = DRIVER.next.fetch_add(1, Ordering::Relaxed);
        let log = Arc::<Log>::default();
        lock(&DRIVER.clients).insert(number, log.clone());
        let client = Self { number, log };
        let manager = manager.unwrap_or(number);
        client.command("connect", json!({ "url": url, "nsp": nsp, "manager": manager, "options": options })).await;
        client
    }

    async fn command(&self, op: &str, mut body: Value) -> Value {
        body["client"] = self.number.into();
        let answer = within(op, DRIVER.command(op, body)).await;
        answer.unwrap_or_else(|error| panic!("{op}: {error}"))
    }

    /// Emits an event and gives its acknowledgement.
    pub(crate) async fn ask(&self, event: &str, args: Value) -> Value {
        let what = format!("{event} {}", short(&args));
        let body = json!({ "client": self.number, "event": event, "args": args });
        let answer = tokio::time::timeout(PATIENCE, DRIVER.command("ack", body)).await;
        match answer {
            Ok(Ok(value)) => value,
            other => panic!("{what}: {other:?}; heard {:?}", self.tail()),
        }
    }

    /// The same for a command that is acknowledged with `true`.
    pub(crate) async fn does(&self, event: &str, args: Value) {
        let what = format!("{event} {}", short(&args));
        assert_eq!(self.ask(event, args).await, true, "{what}");
    }

    /// Emits an event without an acknowledgement.
    pub(crate) async fn emit(&self, event: &str, args: Value) {
        self.command("emit", json!({ "event": event, "args": args })).await;
    }

    /// Acknowledges `event` with `value` from now on.
    pub(crate) async fn answers(&self, event: &str, value: Value) {
        self.command("answer", json!({ "event": event, "value": value })).await;
    }

    /// The transport of its connection, as soon as it is the expected one.
    pub(crate) async fn transport(&self, expected: &str) -> Value {
        self.command("transport", json!({ "expected": expected })).await
    }

    /// Disconnects from the namespace.
    pub(crate) async fn disconnect(&self) {
        self.command("disconnect", json!({})).await;
    }

    /// Connects again after [`Client::disconnect`], or after the server has disconnected it.
    pub(crate) async fn reconnect(&self) {
        self.command("reconnect", json!({})).await;
    }

    /// The session that it will present when it connects again; what is given here replaces it.
    pub(crate) async fn session(&self, replaced: Value) -> Value {
        self.command("session", replaced).await
    }

    /// Everything so far.
    pub(crate) fn entries(&self) -> Vec<Entry> {
        lock(&self.log.entries).clone()
    }

    fn tail(&self) -> String {
        let entries = self.entries();
        let tail: Vec<_> = entries.iter().skip(entries.len().saturating_sub(12)).collect();
        format!("{tail:?}").chars().take(1200).collect()
    }

    /// Waits until `read` finds something in what has happened.
    pub(crate) async fn until<T>(&self, what: &str, read: impl Fn(&[Entry]) -> Option<T>) -> T {
        let waiting = async {
            loop {
                let changed = self.log.changed.notified();
                tokio::pin!(changed);
                changed.as_mut().enable();
                if let Some(found) = read(&lock(&self.log.entries)) {
                    return found;
                }
                changed.await;
            }
        };
        match tokio::time::timeout(PATIENCE, waiting).await {
            Ok(found) => found,
            Err(_) => panic!("{what}: nothing within {PATIENCE:?}; heard {}", self.tail()),
        }
    }

    /// The id of its `n`th connection to the namespace, and whether it was recovered.
    pub(crate) async fn connected(&self, n: usize) -> (String, bool) {
        let nth = |entries: &[Entry]| {
            let mut connected = entries.iter().filter_map(|entry| match entry {
                Entry::Connected { id, recovered } => Some((id.clone(), *recovered)),
                _ => None,
            });
            connected.nth(n - 1)
        };
        self.until(&format!("connection {n}"), nth).await
    }

    /// The id that it has now.
    pub(crate) fn id(&self) -> String {
        let id = self.entries().into_iter().rev().find_map(|entry| match entry {
            Entry::Connected { id, .. } => Some(id),
            _ => None,
        });
        id.expect("a connection")
    }

    /// The reason of its `n`th disconnection.
    pub(crate) async fn disconnected(&self, n: usize) -> String {
        let nth = |entries: &[Entry]| {
            let mut reasons = entries.iter().filter_map(|entry| match entry {
                Entry::Disconnected(reason) => Some(reason.clone()),
                _ => None,
            });
            reasons.nth(n - 1)
        };
        self.until(&format!("disconnection {n}"), nth).await
    }

    /// The arguments of each `event` that it has heard so far.
    pub(crate) fn heard(&self, event: &str) -> Vec<Vec<Value>> {
        heard(&lock(&self.log.entries), event)
    }

    /// The same as soon as there are `n`.
    pub(crate) async fn hears(&self, event: &str, n: usize) -> Vec<Vec<Value>> {
        let enough = |entries: &[Entry]| Some(heard(entries, event)).filter(|heard| heard.len() >= n);
        self.until(&format!("{n} × {event}"), enough).await
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        lock(&DRIVER.clients).remove(&self.number);
        let body = json!({ "id": 0, "op": "disconnect", "client": self.number });
        let _ = writeln!(lock(&DRIVER.input), "{body}");
    }
}

fn heard(entries: &[Entry], event: &str) -> Vec<Vec<Value>> {
    let of = |entry: &Entry| match entry {
        Entry::Event(name, args) if name == event => Some(args.clone()),
        _ => None,
    };
    entries.iter().filter_map(of).collect()
}

/// A value in a message: not more of it than one can read.
pub(crate) fn short(value: &Value) -> String {
    let text = value.to_string();
    if text.chars().count() > 200 { text.chars().take(200).chain(['…']).collect() } else { text }
}

/// What a process that runs no server sends to a room with `@socket.io/redis-emitter`.
pub(crate) async fn emitter(url: &str, key: &str, nsp: &str, room: &str, event: &str, args: Value) {
    let body = json!({ "url": url, "key": key, "nsp": nsp, "room": room, "event": event, "args": args });
    within("the emitter", DRIVER.command("emitter", body)).await.expect("the emitter");
}
