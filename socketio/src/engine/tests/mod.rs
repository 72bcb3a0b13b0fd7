//! The engine served by hyper on loopback, and driven with raw HTTP and WebSocket.

mod closing;
mod driver;
mod heartbeat;
mod polling;
mod pressure;
mod refusals;
mod steps;
mod stress;
mod upgrade;
mod v3;
mod websocket;

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use tokio::{
    net::TcpListener,
    sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel},
    time::{sleep, timeout},
};
use tower_service::Service;

use super::{CloseReason, Engine, Handler, Options, RemoteAddr, Session, Socket, Text};

/// Longer than anything here takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(10);

/// What the application has seen.
#[derive(Debug)]
enum Event {
    Open(Socket),
    Text(String),
    Binary(Bytes),
    Close(CloseReason),
}

/// Sends everything back, and reports it.
struct Echo {
    events: UnboundedSender<Event>,
    /// While this is set, sessions take no messages.
    busy: Arc<AtomicBool>,
    silent: bool,
}

struct EchoSession {
    socket: Socket,
    events: UnboundedSender<Event>,
    busy: Arc<AtomicBool>,
    silent: bool,
}

impl Handler for Echo {
    type Session = EchoSession;

    fn open(&self, socket: Socket) -> EchoSession {
        let _ = self.events.send(Event::Open(socket.clone()));
        EchoSession { socket, events: self.events.clone(), busy: Arc::clone(&self.busy), silent: self.silent }
    }
}

impl Session for EchoSession {
    fn text(&mut self, text: Text) {
        assert!(text != "panic", "as the client has asked for");
        let _ = self.events.send(Event::Text(text.to_string()));
        if !self.silent {
            let _ = self.socket.send_text(&text);
        }
    }

    fn binary(&mut self, data: Bytes) {
        let _ = self.events.send(Event::Binary(data.clone()));
        if !self.silent {
            let _ = self.socket.send_binary(data);
        }
    }

    fn ready(&self) -> bool {
        !self.busy.load(Ordering::SeqCst)
    }

    fn close(&mut self, reason: CloseReason) {
        let _ = self.events.send(Event::Close(reason));
    }
}

/// Serves an engine; answers leave after `delay`.
async fn serve<H: Handler>(engine: Engine<H>, delay: Duration) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, remote)) = listener.accept().await {
            let engine = engine.clone();
            let service = hyper::service::service_fn(move |mut request: http::Request<hyper::body::Incoming>| {
                request.extensions_mut().insert(RemoteAddr(remote));
                let answer = engine.clone().call(request);
                async move {
                    let answer = answer.await;
                    if !delay.is_zero() {
                        sleep(delay).await;
                    }
                    answer
                }
            });
            let connection = hyper::server::conn::http1::Builder::new()
                .serve_connection(hyper_util::rt::TokioIo::new(stream), service)
                .with_upgrades();
            tokio::spawn(connection);
        }
    });
    address
}

/// A running engine.
struct Server {
    address: SocketAddr,
    engine: Engine<Echo>,
    events: UnboundedReceiver<Event>,
    busy: Arc<AtomicBool>,
}

impl Server {
    async fn start(options: Options) -> Self {
        Self::start_with(options, false).await
    }

    async fn start_with(options: Options, silent: bool) -> Self {
        let (sender, events) = unbounded_channel();
        let busy = Arc::new(AtomicBool::new(false));
        let engine = Engine::new(Echo { events: sender, busy: Arc::clone(&busy), silent }, options).unwrap();
        let address = serve(engine.clone(), Duration::ZERO).await;
        Self { address, engine, events, busy }
    }

    /// The next event, which must come soon.
    async fn event(&mut self) -> Event {
        timeout(PATIENCE, self.events.recv()).await.expect("an event").expect("a running server")
    }

    async fn opened(&mut self) -> Socket {
        match self.event().await {
            Event::Open(socket) => socket,
            other => panic!("expected an opening, got {other:?}"),
        }
    }

    async fn text(&mut self) -> String {
        match self.event().await {
            Event::Text(text) => text,
            other => panic!("expected a text, got {other:?}"),
        }
    }

    async fn closed(&mut self) -> CloseReason {
        loop {
            match self.event().await {
                Event::Close(reason) => return reason,
                Event::Open(_) => panic!("expected a close, got an opening"),
                Event::Text(_) | Event::Binary(_) => {}
            }
        }
    }

    /// Nothing may have happened.
    fn quiet(&mut self) {
        if let Ok(event) = self.events.try_recv() {
            panic!("expected nothing, got {event:?}");
        }
    }
}
