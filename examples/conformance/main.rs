//! What the protocols' test suites talk to: Engine.IO at `/engine.io/` and Socket.IO at `/socket.io/`, on one port.
//!
//! `cargo run --release --example conformance -- --port 3000`; `--help` lists the other flags. It shows the engine used
//! alone, beside a server, in axum. It is no starting point for an application: that is the example `chat`.

mod flags;
#[path = "../axum/serve.rs"]
mod serve;

use std::process::ExitCode;

use axum::Router;
use bytes::Bytes;
use flags::Flags;
use socketio::engine::{CloseReason, Engine, Handler, Session, Socket as EngineSocket, Text};
use socketio::prelude::*;
use socketio::{Map, Value};
use tokio::net::TcpListener;

/// `/engine.io/`: each message goes back as it came.
struct Echo;

/// One session of [`Echo`].
struct Echoed(EngineSocket);

impl Handler for Echo {
    type Session = Echoed;

    fn open(&self, socket: EngineSocket) -> Echoed {
        Echoed(socket)
    }
}

impl Session for Echoed {
    fn text(&mut self, text: Text) {
        // Refused only when the client has gone, or does not read and is being closed for it.
        let _ = self.0.send_text(&text);
    }

    fn binary(&mut self, data: Bytes) {
        let _ = self.0.send_binary(data);
    }

    fn close(&mut self, _reason: CloseReason) {}
}

/// What the contract calls `args…`: any number of anything, binary included.
type Args = Rest<Value>;

/// `/socket.io/`: the same contract in every namespace it is mounted at.
struct Contract;

#[namespace("/", manual)]
impl Contract {
    /// Greets with what the client has sent to come in.
    fn on_connect(socket: &Socket, auth: Option<Map>) -> Self {
        socket.emit("auth", Value::Object(auth.unwrap_or_default()));
        Contract
    }

    /// Says the same back.
    fn on_message(&self, socket: &Socket, args: Args) {
        socket.emit("message-back", args);
    }

    /// Acknowledges the same.
    #[event("message-with-ack")]
    fn on_message_with_ack(&self, args: Args) -> Args {
        args
    }

    /// Asks back with the same, and says what was answered.
    #[event("emit-with-ack")]
    async fn on_emit_with_ack(&self, socket: &Socket, args: Args) -> Result<(), Error> {
        let answer: Args = socket.emit_with_ack("emit-with-ack", args).await?;
        socket.emit("emit-with-ack", answer);
        Ok(())
    }
}

#[tokio::main]
async fn main() -> ExitCode {
    tracing_subscriber::fmt().with_env_filter(tracing_subscriber::EnvFilter::from_default_env()).init();
    let flags = match Flags::read(std::env::args().skip(1)) {
        Ok(flags) => flags,
        Err(text) => {
            eprintln!("{text}");
            return ExitCode::FAILURE;
        }
    };
    match serve(flags).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

async fn serve(flags: Flags) -> Result<(), Box<dyn std::error::Error>> {
    let engine = Engine::new(Echo, flags.engine())?;
    let server = flags.server(Server::empty()).mount::<Contract>().mount_at::<Contract>("/custom").into_layer()?;
    let app = Router::new().route_service("/engine.io/", engine).layer(server);

    let listener = TcpListener::bind(("127.0.0.1", flags.port)).await?;
    println!("listening on http://{}", listener.local_addr()?);
    serve::serve(listener, app, serve::Limits::default()).await?;
    Ok(())
}
