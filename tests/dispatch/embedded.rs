//! Behind another HTTP server: what the layers in front of the service have put into a request reaches handlers.

use std::task::{Context, Poll};

use hyper::Request;
use socketio::Handshake;
use socketio::prelude::*;
use tests::session::Polling;
use tower_layer::Layer;
use tower_service::Service;

use crate::app::{App, ask};

/// What an application knows about who is asking.
#[derive(Clone)]
struct User(String);

/// Reads it from a header, as a layer that checks cookies or tokens would.
#[derive(Clone)]
struct Users;

#[derive(Clone)]
struct WithUser<S>(S);

impl<S> Layer<S> for Users {
    type Service = WithUser<S>;

    fn layer(&self, inner: S) -> WithUser<S> {
        WithUser(inner)
    }
}

impl<S: Service<Request<B>>, B> Service<Request<B>> for WithUser<S> {
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    fn poll_ready(&mut self, task: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.0.poll_ready(task)
    }

    fn call(&mut self, mut request: Request<B>) -> S::Future {
        let name = request.headers().get("x-user").and_then(|name| name.to_str().ok()).map(str::to_owned);
        if let Some(name) = name {
            request.extensions_mut().insert(User(name));
        }
        self.0.call(request)
    }
}

struct Greeter(Option<String>);

#[namespace("/", manual)]
impl Greeter {
    fn on_connect(handshake: &Handshake) -> Self {
        Greeter(handshake.extensions().get::<User>().map(|user| user.0.clone()))
    }
    fn on_who(&self, handshake: &Handshake) -> (Option<String>, Option<String>, bool) {
        let user = handshake.extensions().get::<User>();
        (self.0.clone(), user.map(|user| user.0.clone()), handshake.address().is_some())
    }
}

async fn start() -> App {
    let server = Server::empty().mount::<Greeter>();
    let handle = server.handle();
    App::embedded(Users.layer(server.into_service().unwrap()), handle, 64 * 1024).await
}

#[tokio::test]
async fn extensions_of_the_request_reach_handlers() {
    let app = start().await;
    let target = "/socket.io/?EIO=4&transport=websocket";
    for (headers, expected) in [(&[("x-user", "ann")][..], r#"["ann","ann",false]"#), (&[][..], "[null,null,false]")] {
        let mut ws = tests::ws::Ws::connect_with(app.addr, target, headers).await;
        ws.next_text().await;
        ws.text("40").await;
        assert!(ws.next_text().await.starts_with("40{"));
        ws.text(r#"421["who"]"#).await;
        ws.expect(&format!("431{expected}")).await;
    }
}

/// Of the request that has opened the session: a later one does not change who the client is.
#[tokio::test]
async fn they_are_those_of_the_first_request() {
    let app = start().await;
    let session = Polling::open(app.addr, "/socket.io/").await;
    let headers = [("x-user", "eve")];
    for body in ["40", r#"421["who"]"#] {
        let response = tests::http::request(app.addr, "POST", &session.target, &headers, body.as_bytes()).await;
        assert_eq!(response.status, 200, "{response:?}");
    }
    let packets = session.receive(2).await;
    assert_eq!(packets[1], "431[null,null,false]");
    // And the handle reaches the clients of such a server.
    assert_eq!(app.handle.of("/").count(), 1);
    let mut client = app.client().await;
    assert_eq!(ask(&mut client, r#"["who"]"#).await, "[null,null,false]");
}
