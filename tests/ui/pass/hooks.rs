//! Hooks in all their forms.

#![deny(warnings)]

use std::sync::atomic::{AtomicUsize, Ordering};

use socketio::packet::Packet;
use socketio::prelude::*;
use socketio::{AckWanted, Context, EventName, FromContext, Outcome};

struct User(String);

impl FromContext for User {
    async fn from_context(cx: &Context) -> Result<Self, Error> {
        let name = cx.socket().session().get::<String>().ok_or(Error::new("login", "log in first"))?;
        Ok(User(name.to_string()))
    }
}

struct Own;

impl From<Own> for Error {
    fn from(_: Own) -> Self {
        Error::new("own", "one of ours")
    }
}

#[derive(Default)]
struct Chat {
    events: AtomicUsize,
}

#[namespace("/chat")]
impl Chat {
    #[before]
    fn nothing(&self) {}

    #[before]
    fn function() {}

    #[before]
    fn result(&self, event: &EventName, wanted: &AckWanted) -> Result<(), Error> {
        if wanted.0 || !event.is_empty() { Ok(()) } else { Err(Error::new("no", "no")) }
    }

    #[before]
    async fn own_error(&self, user: &User, packet: &Packet) -> Result<(), Own> {
        if user.0.is_empty() || packet.id().is_some() { Err(Own) } else { Ok(()) }
    }

    #[before]
    fn on_named_like_an_event(&self, _socket: &Socket) {}

    #[cfg(any())]
    #[before]
    fn hidden(&self, _missing: &Missing) {}

    #[after]
    fn counted(&self, outcome: &Outcome) {
        if outcome.error().is_none() && !outcome.is_deferred() && !outcome.elapsed().is_zero() {
            self.events.fetch_add(1, Ordering::Relaxed);
        }
    }

    #[after]
    async fn later(_user: &Option<User>) {}

    #[cfg(any())]
    #[on_error]
    fn told(error: &Error) -> Missing {}

    #[cfg(all())]
    #[on_error]
    fn told(error: &Error, event: &EventName, socket: &Socket) -> Error {
        if error.code() == "internal" { error.clone() } else { Error::new("failed", format!("{event} {}", socket.id())) }
    }

    fn on_a(&self) {}

    fn on_b(&mut self) {}

    async fn on_c(&mut self) {}

    /// With a name of its own it is an event.
    #[event("error")]
    fn on_error(&self) {}
}

struct Generic<T>(T);

#[namespace("/generic", manual)]
impl<T: Clone + Default + Send + Sync + 'static> Generic<T> {
    fn on_connect() -> Self {
        Self(T::default())
    }

    #[before]
    async fn may(&self, _socket: &Socket) {
        let _ = self.0.clone();
    }

    #[after]
    fn seen(&self, _outcome: &Outcome) {
        let _ = self.0.clone();
    }

    #[on_error]
    fn told(error: &Error) -> Error {
        error.clone()
    }

    fn on_a(&self) {}
}

fn main() {
    let _ = Server::empty().mount::<Chat>().mount::<Generic<u8>>();
}
