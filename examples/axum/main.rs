//! The server inside an axum application: one port for routes and sockets, and a route that speaks to the sockets.
//!
//! `curl -d 'back in five minutes' http://127.0.0.1:3000/notice` reaches every client of `/news`.

mod serve;

use axum::Router;
use axum::extract::State as Shared;
use axum::response::Html;
use axum::routing::{get, post};
use socketio::Handle;
use socketio::prelude::*;

#[derive(Default)]
struct News;

#[namespace("/news")]
impl News {
    fn on_connect(&self, socket: &Socket) {
        socket.emit("notice", "welcome");
    }
}

/// A route like any other; the handle reaches every namespace.
async fn notice(Shared(sockets): Shared<Handle>, text: String) -> String {
    let news = sockets.of("/news");
    news.emit("notice", text);
    format!("told {}\n", news.count())
}

#[tokio::main]
async fn main() -> Result<(), Error> {
    tracing_subscriber::fmt().init();
    let server = Server::new();
    let sockets = server.handle();
    let app = Router::new()
        .route("/", get(|| async { Html(include_str!("page.html")) }))
        .route("/notice", post(notice))
        .with_state(sockets)
        .layer(server.into_layer()?);

    let listener = tokio::net::TcpListener::bind(("127.0.0.1", port())).await?;
    tracing::info!("listening on http://{}", listener.local_addr()?);
    // Not `axum::serve`, which has no limits on connections and heads.
    Ok(serve::serve(listener, app, serve::Limits::default()).await?)
}

fn port() -> u16 {
    std::env::var("PORT").ok().and_then(|port| port.parse().ok()).unwrap_or(3000)
}
