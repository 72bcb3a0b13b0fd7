//! One server of a cluster, with a command for everything that a cluster does. Start two with the same adapter, URL and key, and connect a
//! client to each: a room that both join is one room.
//!
//! ```sh
//! cargo run --example cluster -- --port 3001 --adapter classic --url redis://127.0.0.1:6379 --key demo --name A
//! cargo run --example cluster -- --port 3002 --adapter classic --url redis://127.0.0.1:6379 --key demo --name B
//! ```
//!
//! The commands are the handlers in `commands.rs`, the options are in `options.rs`. The integration tests in `tests/fleet` start this server
//! beside those of Node and Python.

mod commands;
mod options;

use std::process::ExitCode;
use std::time::Duration;

use commands::{Args, Commands, Name, received};
use options::Options;
use socketio::prelude::*;

/// The server-side events that other servers may send to this one.
const SERVER_EVENTS: [&str; 2] = ["news", "quiz"];

fn server(options: &Options) -> Result<Server, Error> {
    let mut server = Server::empty()
        .mount::<Commands>()
        .mount_at::<Commands>("/chat")
        .state(Name(options.name.clone()))
        // haproxy or nginx on this machine, with the files beside this one.
        .trust_proxies(["127.0.0.1"])
        .shutdown_on(asked_to_stop(), Duration::from_secs(4));
    for path in ["/", "/chat"] {
        for event in SERVER_EVENTS {
            let name = options.name.clone();
            server = server.server_event(path, event, move |server: &socketio::Handle, args: Args| {
                received(&server.of(path), &name, event, args)
            });
        }
    }
    options.cluster(server)
}

async fn serve(options: &Options) -> Result<(), Error> {
    let bound = server(options)?.bind(("127.0.0.1", options.port)).await?;
    println!("listening on http://{}", bound.local_addr()?);
    bound.serve().await
}

/// Ends with Ctrl-C, and with SIGTERM, which systemd and Kubernetes send.
async fn asked_to_stop() {
    #[cfg(unix)]
    if let Ok(mut terminate) = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = tokio::signal::ctrl_c() => {}
        }
        return;
    }
    let _ = tokio::signal::ctrl_c().await;
}

#[tokio::main]
async fn main() -> ExitCode {
    tracing_subscriber::fmt().with_env_filter(tracing_subscriber::EnvFilter::from_default_env()).init();
    let options = match Options::read(std::env::args().skip(1)) {
        Ok(options) => options,
        Err(text) => {
            eprintln!("{text}");
            return ExitCode::FAILURE;
        }
    };
    match serve(&options).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
