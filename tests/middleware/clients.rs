//! What published clients see of middlewares: 4.8 and 2.5 in `tests/js/generations/middleware.test.mjs`, 0.9 in
//! `tests/js/legacy/middleware.test.mjs`.

use std::time::Duration;

use serde_json::Value;
use socketio::engine::Cors;
use socketio::packet::Packet;
use socketio::prelude::*;
use socketio::{BoxFuture, Context, Middleware, RateLimit};
use tests::{npm, tools};
use tokio::runtime::Runtime;

use crate::Lobby;
use crate::app::log;

/// Refuses and delays as the CONNECT asks, in its payload or, for older clients, in its query; and refuses the event `refused`.
struct Door;

impl Middleware for Door {
    fn connect<'a>(&'a self, cx: &'a Context) -> BoxFuture<'a, Result<(), Refuse>> {
        Box::pin(async move {
            let handshake = cx.socket().handshake();
            let auth = handshake.auth::<Value>().unwrap_or_default();
            let wanted = auth["as"].as_str().map(str::to_owned).or_else(|| handshake.query("as"));
            match wanted.as_deref() {
                Some("expired") => {
                    Err(Refuse::new("expired", "log in again").with_data(&serde_json::json!({ "since": 7 })))
                }
                Some("slow") => {
                    tokio::time::sleep(Duration::from_millis(200)).await;
                    Ok(())
                }
                _ => Ok(()),
            }
        })
    }

    fn incoming(&self, cx: &Context, _: &Packet) -> Result<(), Error> {
        if cx.event() == "refused" { Err(Error::new("strict", "not here").with_data(&7)) } else { Ok(()) }
    }
}

/// Three events in a day, in one namespace.
struct Limited(RateLimit);

impl Middleware for Limited {
    fn incoming(&self, cx: &Context, packet: &Packet) -> Result<(), Error> {
        if cx.socket().path() == "/limited" { self.0.incoming(cx, packet) } else { Ok(()) }
    }
}

fn run(folder: &str) {
    let runtime = Runtime::new().unwrap();
    let (log, _heard) = log();
    let limit = RateLimit::per_socket(3, Duration::from_secs(24 * 3600));
    let server = crate::server(&log).mount_at::<Lobby>("/other").mount_at::<Lobby>("/limited");
    let server = server.legacy(true).cors(Cors::any()).middleware(Door).middleware(Limited(limit));
    let bound = runtime.block_on(server.bind("127.0.0.1:0")).unwrap();
    let url = format!("http://{}", bound.local_addr().unwrap());
    runtime.spawn(bound.serve());
    npm::run_in(folder, "middleware.test.mjs", "spec", &url, &[]);
}

#[test]
fn clients_of_4_8_and_2_5() {
    if tools::present("clients_of_4_8_and_2_5", &["node", "npm"]) {
        run("js/generations");
    }
}

#[test]
fn a_client_of_0_9() {
    if tools::present("a_client_of_0_9", &["node", "npm"]) {
        run("js/legacy");
    }
}
