//! A server whose `/` tells each client what the server knows about its handshake. It tests nothing itself.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use http::HeaderValue;
use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde::Deserialize;
use socketio::engine::RemoteAddr;
use socketio::prelude::*;
use tokio::net::TcpListener;
use tower_service::Service as _;

/// What a login layer makes of the cookie.
#[derive(Clone)]
struct User(String);

#[derive(Deserialize)]
struct Login {
    token: String,
}

/// What `/` has told its clients, each behind the query parameter `from`.
#[derive(Clone, Debug, Default)]
pub(crate) struct Told(Arc<Mutex<Vec<(String, String)>>>);

impl Told {
    pub(crate) fn all(&self) -> Vec<(String, String)> {
        self.0.lock().unwrap().clone()
    }
}

struct Who;

#[namespace("/", manual)]
impl Who {
    fn on_connect(socket: &Socket, handshake: &Handshake, told: &State<Told>) -> Self {
        let header = |name: &str| handshake.header(name).unwrap_or("none").to_owned();
        let facts = [
            ("cookie", header("cookie")),
            ("authorization", header("authorization")),
            ("proxy", header("proxy-authorization")),
            ("user", handshake.extensions().get::<User>().map_or("none".to_owned(), |user| user.0.clone())),
            ("sent", header("x-cookie-sent")),
            ("trusted", handshake.is_trusted().to_string()),
            ("address", handshake.address().map_or("none".to_owned(), |address| address.to_string())),
        ];
        let facts: Vec<String> = facts.iter().map(|(name, value)| format!("{name}={value}")).collect();
        // Without quotes, so that it looks the same in every packet and script.
        told.0.lock().unwrap().push((handshake.query("from").unwrap_or_default(), facts.join(";")));
        socket.emit("who", format!("who({})", facts.join(";")));
        Self
    }

    /// What an application may show of a handshake.
    fn on_describe(&self, handshake: &Handshake) -> Handshake {
        handshake.clone()
    }

    fn on_token(&self, handshake: &Handshake) -> Result<String, Error> {
        Ok(handshake.auth::<Login>()?.token)
    }
}

/// The server with its own accept loop.
pub(crate) async fn start(change: impl FnOnce(Server) -> Server) -> SocketAddr {
    let server = change(Server::empty().legacy(true).state(Told::default()).mount::<Who>());
    let bound = server.bind(("127.0.0.1", 0)).await.unwrap();
    let addr = bound.local_addr().unwrap();
    tokio::spawn(bound.serve());
    addr
}

/// The server as a layer of an axum application.
pub(crate) async fn in_axum() -> SocketAddr {
    let layer = Server::empty().legacy(true).state(Told::default()).mount::<Who>().into_layer().unwrap();
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let addr = listener.local_addr().unwrap();
    let app = axum::Router::new().layer(layer).into_make_service_with_connect_info::<SocketAddr>();
    tokio::spawn(async move { axum::serve(listener, app).await });
    addr
}

/// The server inside of another HTTP server, behind a layer that knows the user by the cookie, and tells of a cookie in
/// the header `X-Cookie-Sent`.
pub(crate) async fn embedded(told: Told, change: impl FnOnce(Server) -> Server) -> SocketAddr {
    let service = change(Server::empty().legacy(true).state(told).mount::<Who>()).into_service().unwrap();
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let addr = listener.local_addr().unwrap();
    tokio::spawn(async move {
        loop {
            let (stream, peer) = listener.accept().await.unwrap();
            let service = service.clone();
            let respond = service_fn(move |mut request: Request<Incoming>| {
                let cookie = request.headers().get("cookie").and_then(|cookie| cookie.to_str().ok()).map(str::to_owned);
                if cookie.is_some() {
                    request.headers_mut().insert("x-cookie-sent", HeaderValue::from_static("yes"));
                }
                if let Some(user) = cookie.as_deref().and_then(|cookie| cookie.strip_prefix("user=")) {
                    let user = User(user.to_owned());
                    request.extensions_mut().insert(user);
                }
                request.extensions_mut().insert(RemoteAddr(peer));
                service.clone().call(request)
            });
            tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), respond).with_upgrades());
        }
    });
    addr
}
