//! Behind another HTTP server: what the layers in front of the service have put into a request reaches handlers.

use std::task::{Context, Poll};

use hyper::Request;
use socketio::prelude::*;
use socketio::{Extension, Handshake};
use tests::session::Polling;
use tower_layer::Layer;
use tower_service::Service;

use crate::app::{App, ask, capture};

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
    fn on_user(&self, user: &Extension<User>) -> String {
        user.0.clone()
    }
    async fn on_user_later(&self, user: &Option<Extension<User>>, handshake: &Handshake) -> (Option<String>, bool) {
        tokio::task::yield_now().await;
        let lent = user.as_ref().map(|user| &**user);
        let same = lent.zip(handshake.extensions().get()).is_some_and(|(lent, there)| std::ptr::eq(lent, there));
        (lent.map(|user| user.0.clone()), same)
    }
}

async fn start() -> App {
    let server = Server::empty().mount::<Greeter>();
    let handle = server.handle();
    App::embedded(Users.layer(server.into_service().unwrap()), handle, 64 * 1024).await
}

/// As an argument: a view of the one value that the layer has put there.
#[tokio::test]
async fn an_extension_is_borrowed_by_a_handler() {
    let app = start().await;
    for (headers, user, later) in [
        (&[("x-user", "ann")][..], Some("ann"), r#"["ann",true]"#),
        (&[][..], None, "[null,false]"),
        // A page of another origin has no user, whatever the layer has found.
        (&[("x-user", "ann"), ("origin", "http://evil.example")][..], None, "[null,false]"),
    ] {
        let logged = capture();
        let session = Polling::open_with(app.addr, "/socket.io/", headers).await;
        for packet in ["40", r#"421["user"]"#, r#"422["user_later"]"#] {
            session.send(packet).await;
        }
        let packets = session.receive(3).await;
        let missing = r#"431[{"error":{"code":"internal","message":"internal error"}}]"#.to_owned();
        assert_eq!(packets[1], user.map_or(missing, |user| format!(r#"431["{user}"]"#)));
        assert_eq!(packets[2], format!("432{later}"));
        let text = "the request has no extension `dispatch::embedded::User`";
        assert_eq!(logged.lines().iter().any(|line| line.contains(text)), user.is_none(), "{:#?}", logged.lines());
    }
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
