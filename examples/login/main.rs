//! Login over HTTP, and sockets that know the user: axum-login on tower-sessions in front of the server, and one session that routes and
//! handlers share.
//!
//! `curl -c jar -d 'name=ada&password=lovelace' http://127.0.0.1:3000/login` makes the cookie with which a page, or a client with the header
//! `cookie`, may connect to `/shop`. Behind TLS leave out `with_secure(false)`.
use std::convert::Infallible;

use axum::Router;
use axum::extract::{Form, State as Shared};
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum_login::{AuthManagerLayerBuilder, AuthSession, AuthUser, AuthnBackend};
use serde::{Deserialize, Serialize};
use socketio::prelude::*;
use socketio::{Extension, Handle};
use tower_sessions::{MemoryStore, Session as CookieSession, SessionManagerLayer};

#[derive(Clone, Debug)]
struct User {
    name: String,
    /// A program would keep a hash of it.
    password: &'static str,
}

impl AuthUser for User {
    type Id = String;

    fn id(&self) -> String {
        self.name.clone()
    }

    /// A session made with another password is none.
    fn session_auth_hash(&self) -> &[u8] {
        self.password.as_bytes()
    }
}

/// Where users come from; a program would ask its database.
#[derive(Clone)]
struct Users;

impl Users {
    fn named(name: &str) -> Option<User> {
        let known = [("ada", "lovelace"), ("grace", "hopper")];
        let (name, password) = known.into_iter().find(|(known, _)| *known == name)?;
        Some(User { name: name.to_owned(), password })
    }
}

#[derive(Deserialize)]
struct Credentials {
    name: String,
    password: String,
}

impl AuthnBackend for Users {
    type User = User;
    type Credentials = Credentials;
    type Error = Infallible;

    async fn authenticate(&self, given: Credentials) -> Result<Option<User>, Infallible> {
        Ok(Self::named(&given.name).filter(|user| user.password == given.password))
    }

    async fn get_user(&self, name: &String) -> Result<Option<User>, Infallible> {
        Ok(Self::named(name))
    }
}

/// What the server tells the sockets of a user.
#[derive(Serialize, Event)]
#[event(rename_all = "snake_case")]
enum Said {
    /// What is in the cart now.
    Cart(Vec<String>),
    LoggedOut,
}

/// One client of `/shop`, who is logged in.
struct Shop {
    user: User,
    /// The session of the cookie: the same record that routes see.
    session: CookieSession,
}

#[namespace("/shop", emits = Said)]
impl Shop {
    /// The layers in front have put both into the request of the handshake. It has neither if the page is of another origin.
    fn on_connect(
        socket: &Socket,
        auth: &Option<Extension<AuthSession<Users>>>,
        session: &Option<Extension<CookieSession>>,
    ) -> Result<Self, Refuse> {
        let user = auth.as_ref().and_then(|auth| auth.user.clone());
        let (Some(user), Some(session)) = (user, session) else {
            return Err(Refuse::new("unauthorized", "log in first"));
        };
        socket.join(room(&user));
        Ok(Self { user, session: CookieSession::clone(session) })
    }

    fn on_whoami(&self) -> String {
        self.user.name.clone()
    }

    async fn on_cart(&self) -> Result<Vec<String>, Error> {
        cart(&self.session).await
    }

    /// Runs alone, so that two events of this client do not overwrite each other.
    async fn on_add(&mut self, item: String) -> Result<usize, Error> {
        add(&self.session, item).await.map(|cart| cart.len())
    }
}

/// Of all sockets of a user, in whichever tab or browser.
fn room(user: &User) -> String {
    format!("user:{}", user.name)
}

/// The cart as the store has it now: a handle keeps what it has read, and another request may have changed it since.
async fn cart(session: &CookieSession) -> Result<Vec<String>, Error> {
    session.load().await.map_err(Error::internal)?;
    let cart = session.get("cart").await.map_err(Error::internal)?;
    // Without a record the handle has forgotten its id, and would save into a new session.
    session.id().ok_or(Error::new("logged_out", "the session has ended"))?;
    Ok(cart.unwrap_or_default())
}

/// A route's layer saves when the request ends; a handler has to do it itself.
async fn add(session: &CookieSession, item: String) -> Result<Vec<String>, Error> {
    const MOST: usize = 100;
    let mut cart = cart(session).await?;
    if cart.len() == MOST {
        return Err(Error::new("full", "the cart is full"));
    }
    cart.push(item);
    session.insert("cart", &cart).await.map_err(Error::internal)?;
    session.save().await.map_err(Error::internal)?;
    Ok(cart)
}

async fn log_in(mut auth: AuthSession<Users>, Form(given): Form<Credentials>) -> StatusCode {
    match auth.authenticate(given).await {
        Ok(Some(user)) if auth.login(&user).await.is_ok() => StatusCode::NO_CONTENT,
        Ok(None) => StatusCode::UNAUTHORIZED,
        _ => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// Ends the session, and the sockets of its user: what they were allowed at the handshake, they no longer are.
async fn log_out(Shared(sockets): Shared<Handle>, mut auth: AuthSession<Users>) -> StatusCode {
    match auth.logout().await {
        Ok(Some(user)) => {
            sockets.of("/shop").to(room(&user)).disconnect_with(Said::LoggedOut);
            StatusCode::NO_CONTENT
        }
        Ok(None) => StatusCode::UNAUTHORIZED,
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

async fn show_cart(session: CookieSession) -> Result<String, StatusCode> {
    cart(&session).await.map(|cart| cart.join("\n")).map_err(|_| StatusCode::UNAUTHORIZED)
}

async fn put_into_cart(
    Shared(sockets): Shared<Handle>,
    auth: AuthSession<Users>,
    session: CookieSession,
    item: String,
) -> Result<StatusCode, StatusCode> {
    let user = auth.user.ok_or(StatusCode::UNAUTHORIZED)?;
    let cart = add(&session, item).await.map_err(|_| StatusCode::CONFLICT)?;
    sockets.of("/shop").to(room(&user)).send(Said::Cart(cart));
    Ok(StatusCode::NO_CONTENT)
}

#[tokio::main]
async fn main() -> Result<(), Error> {
    tracing_subscriber::fmt().init();
    let sessions = SessionManagerLayer::new(MemoryStore::default()).with_secure(false);
    let server = Server::new();
    let sockets = server.handle();
    let app = Router::new()
        .route("/login", post(log_in))
        .route("/logout", post(log_out))
        .route("/cart", get(show_cart).post(put_into_cart))
        .with_state(sockets)
        .layer(server.into_layer()?)
        // The last layer is the first that a request meets: handshakes pass the login before they reach the sockets.
        .layer(AuthManagerLayerBuilder::new(Users, sessions).build());

    let listener = tokio::net::TcpListener::bind(("127.0.0.1", port())).await?;
    tracing::info!("listening on http://{}", listener.local_addr()?);
    // `examples/axum/serve.rs` has the limits on connections and heads that this lacks.
    Ok(axum::serve(listener, app).await?)
}

fn port() -> u16 {
    std::env::var("PORT").ok().and_then(|port| port.parse().ok()).unwrap_or(3000)
}
