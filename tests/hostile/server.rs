//! The server that the attacks of this folder are made on: a process of its own, so that its memory can be read from outside.
//!
//! `hostile_server --option value …` listens on a free port of 127.0.0.1 and ends when its standard input is closed. Options are those
//! of [`socketio::Server`] by their names; a line on standard input is a command, and each command prints one line `= …`.

use std::io::{BufRead as _, Write as _};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use socketio::packet::Packet;
use socketio::prelude::*;
use socketio::{Context as SocketContext, Handle, Middleware, RateLimit, Value};
use tokio::sync::Semaphore;

/// What the commands read and change.
#[derive(Clone, Debug)]
struct Control(Arc<Counters>);

#[derive(Debug)]
struct Counters {
    /// Handlers of `hold` and `hold_alone` wait here.
    gate: Semaphore,
    /// Instances of every namespace.
    instances: AtomicI64,
    /// Calls of every handler.
    calls: AtomicU64,
    /// Calls of `hold`.
    holds: AtomicU64,
}

/// One client in a namespace: `/`, or `/many/…`, of which there are as many as a client can name.
struct Hostile(Control);

#[namespace("/", manual)]
impl Hostile {
    fn on_connect(control: &State<Control>) -> Self {
        control.0.instances.fetch_add(1, Ordering::Relaxed);
        Self(Control::clone(control))
    }

    /// Acknowledges its arguments.
    fn on_echo(&self, args: Rest<Value>) -> Rest<Value> {
        self.count();
        args
    }

    /// Waits for the command `release`, beside other handlers of the client.
    async fn on_hold(&self, _args: Rest<Value>) {
        self.count();
        self.0.0.holds.fetch_add(1, Ordering::Relaxed);
        self.pass().await;
    }

    /// The same, alone.
    async fn on_hold_alone(&mut self, _args: Rest<Value>) {
        self.count();
        self.pass().await;
    }

    /// Asks the client with the event `question`, and acknowledges what it answers.
    async fn on_ask(&self, socket: &Socket, args: Rest<Value>) -> Result<Rest<Value>, Error> {
        self.count();
        Ok(socket.emit_with_ack("question", args).await?)
    }

    fn on_join(&self, socket: &Socket, room: String) {
        self.count();
        socket.join(room);
    }

    fn on_leave(&self, socket: &Socket, room: String) {
        self.count();
        socket.leave(room);
    }

    /// Sends the event `said` to a room.
    fn on_say(&self, socket: &Socket, room: String, args: Rest<Value>) {
        self.count();
        socket.within(room).emit("said", args);
    }

    /// Sends the event `said` to everybody in the namespace.
    fn on_shout(&self, socket: &Socket, args: Rest<Value>) {
        self.count();
        socket.namespace().emit("said", args);
    }

    /// Sends the client `count` events `block` of `bytes` bytes.
    fn on_flood(&self, socket: &Socket, count: usize, bytes: usize) {
        self.count();
        for _ in 0..count {
            socket.emit("block", "x".repeat(bytes));
        }
    }
}

impl Hostile {
    fn count(&self) {
        self.0.0.calls.fetch_add(1, Ordering::Relaxed);
    }

    async fn pass(&self) {
        if let Ok(permit) = self.0.0.gate.acquire().await {
            permit.forget();
        }
    }
}

impl Drop for Hostile {
    fn drop(&mut self) {
        self.0.0.instances.fetch_sub(1, Ordering::Relaxed);
    }
}

/// A limit for the namespaces of which there are many, so that the bystander in `/` sends what it likes.
struct Many(RateLimit);

impl Middleware for Many {
    fn incoming(&self, cx: &SocketContext, packet: &Packet) -> Result<(), Error> {
        if cx.socket().path() == "/" { Ok(()) } else { self.0.incoming(cx, packet) }
    }
}

// One thread: an attack that occupies it is felt by everybody, and memory has one arena.
#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let (calls, holds) = (AtomicU64::new(0), AtomicU64::new(0));
    let counters = Counters { gate: Semaphore::new(0), instances: AtomicI64::new(0), calls, holds };
    let control = Control(Arc::new(counters));
    let server = options(Server::empty(), std::env::args().skip(1))?;
    let server = server.mount::<Hostile>().mount_at::<Hostile>("/many/{name}").state(control.clone());
    let bound = server.bind("127.0.0.1:0").await.map_err(|error| anyhow::anyhow!("{error}"))?;
    println!("listening on http://{}", bound.local_addr()?);
    let handle = bound.handle();
    std::thread::spawn(move || {
        for line in std::io::stdin().lock().lines().map_while(Result::ok) {
            println!("= {}", command(&control, &handle, &line));
            let _ = std::io::stdout().flush();
        }
        std::process::exit(0);
    });
    bound.serve().await.map_err(|error| anyhow::anyhow!("{error}"))
}

/// One command of the test.
fn command(control: &Control, handle: &Handle, line: &str) -> String {
    let counters = &control.0;
    match line.split_once(' ').unwrap_or((line, "")) {
        ("release", count) => {
            counters.gate.add_permits(count.parse().unwrap_or(1));
            String::new()
        }
        ("instances", _) => counters.instances.load(Ordering::Relaxed).to_string(),
        ("calls_of", "hold") => counters.holds.load(Ordering::Relaxed).to_string(),
        // The most that one socket in `/` is in, its own among them.
        ("rooms", _) => {
            let rooms = handle.of("/").sockets().iter().map(|socket| socket.rooms().len()).max();
            rooms.unwrap_or_default().to_string()
        }
        ("calls", _) => counters.calls.load(Ordering::Relaxed).to_string(),
        (other, _) => format!("no such command: {other}"),
    }
}

/// Reads `--option value` pairs; times are in milliseconds, two numbers are separated by a comma.
fn options(mut server: Server, mut words: impl Iterator<Item = String>) -> Result<Server> {
    while let Some(option) = words.next() {
        let value = words.next().with_context(|| format!("{option}: its value is missing"))?;
        let mut numbers = value.split(',').map(str::parse::<usize>);
        let mut number =
            || numbers.next().with_context(|| format!("{option} {value}: a number is missing"))?.context("a number");
        server = match option.as_str() {
            "--ping-interval" => server.ping_interval(Duration::from_millis(number()? as u64)),
            "--ping-timeout" => server.ping_timeout(Duration::from_millis(number()? as u64)),
            "--handshake-timeout" => server.handshake_timeout(Duration::from_millis(number()? as u64)),
            "--max-connections-per-address" => server.max_connections_per_address(number()?),
            "--write-timeout" => server.write_timeout(Duration::from_millis(number()? as u64)),
            "--connect-timeout" => server.connect_timeout(Duration::from_millis(number()? as u64)),
            "--disconnect-grace" => server.disconnect_grace(Duration::from_millis(number()? as u64)),
            "--ack-timeout" => server.ack_timeout(Duration::from_millis(number()? as u64)),
            "--max-payload" => server.max_payload(number()?),
            "--max-turns" => server.max_turns(number()?),
            "--max-turn-bytes" => server.max_turn_bytes(number()?),
            "--max-namespaces" => server.max_namespaces(number()?),
            "--max-connections" => server.max_connections(number()?),
            "--max-rooms" => server.max_rooms(number()?),
            "--outbox" => server.outbox(number()?, number()?),
            "--limit-many" => server.middleware(Many(RateLimit::per_socket(
                u32::try_from(number()?)?,
                Duration::from_millis(number()? as u64),
            ))),
            "--legacy" => server.legacy(number()? > 0),
            "--cors" => server.cors(value.as_str()),
            other => bail!("no such option: {other}"),
        };
    }
    Ok(server)
}
