//! Every form of handler, argument and answer, in a crate that tolerates no warning.

#![forbid(unsafe_code)]
#![deny(warnings, missing_docs, unreachable_pub, unused_qualifications, unused_lifetimes)]

use serde::Deserialize;
use socketio::prelude::*;
use socketio::{Context, DisconnectReason, EventName, FromContext, Path, Value};

/// Lent after some waiting.
pub struct CurrentUser(String);

impl FromContext for CurrentUser {
    async fn from_context(cx: &Context) -> Result<Self, Error> {
        Ok(CurrentUser(cx.event().to_string()))
    }
}

#[derive(Deserialize)]
struct Point {
    x: i32,
    y: i32,
}

struct Oops;

impl From<Oops> for Error {
    fn from(_: Oops) -> Self {
        Error::new("oops", "oops")
    }
}

impl From<Oops> for Refuse {
    fn from(_: Oops) -> Self {
        Refuse::new("oops", "oops")
    }
}

type Fallible<T> = Result<T, Oops>;
type Nothing = ();
type Maybe<T> = Option<T>;

/// All the forms.
#[derive(Default)]
pub struct Forms {
    count: u64,
    name: String,
}

#[namespace("/forms/{id}")]
impl Forms {
    /// A public constant stays.
    pub const LIMIT: usize = if true { 3 } else { 4 };

    #[event(once)]
    fn on_order(&self, order: Value) -> usize {
        order.as_str().map_or(0, str::len)
    }

    #[event("pay", "pay:now", once = "key")]
    async fn on_pay(&mut self, order: Value, _more: Option<u8>) -> Fallible<bool> {
        Ok(order.is_null())
    }

    fn on_connect(&mut self, socket: &Socket, auth: Maybe<Value>) -> Fallible<()> {
        socket.grant(if auth.is_some() { "some" } else { "none" });
        self.count = 1;
        if self.name.is_empty() { Ok(()) } else { Err(Oops) }
    }

    /// Public.
    pub fn on_nothing(&self) {}

    /// Public and waiting.
    pub async fn on_nothing_later(&mut self) {}

    fn on_value(&self) -> u64 {
        self.count
    }

    fn on_borrowed(&self) -> &str {
        &self.name
    }

    async fn on_borrowed_later(&self) -> std::borrow::Cow<'_, str> {
        (&*self.name).into()
    }

    fn on_several(&self) -> (u8, Maybe<String>) {
        (1, None)
    }

    fn on_result(&self, fail: bool) -> Fallible<u8> {
        if fail { Err(Oops) } else { Ok(1) }
    }

    fn on_hidden(&self) -> impl serde::Serialize {
        3u8
    }

    async fn on_hidden_result(&self) -> Result<impl serde::Serialize + use<>, Error> {
        Ok(3u8)
    }

    fn on_pattern(&self, Point { x, y }: Point, _: u8, (a, mut b): (u8, u8), mut c: Vec<u8>) -> i32 {
        b += a;
        c.push(b);
        x + y
    }

    fn on_raw(&self, r#type: String, r#fn: bool) -> usize {
        if r#fn { r#type.len() } else { 0 }
    }

    fn on_names(&self, to: u8, cx: u8, this: u8, args: u8, call: u8, out: u8) -> u8 {
        to + cx + this + args + call + out
    }

    #[acl(if failure > lent && sent > allowed)]
    fn on_more_names(&self, failure: u8, lent: u8, sent: u8, allowed: u8) -> u8 {
        failure + lent + sent + allowed
    }

    fn on_optional(&self, must: u8, may: Option<u8>, too: Maybe<u8>) -> u8 {
        must + may.unwrap_or(0) + too.unwrap_or(0)
    }

    fn on_rest(&self, first: u8, rest: Rest<u8>, ack: Ack<usize>) {
        ack.send(usize::from(first) + rest.0.len() + Self::LIMIT);
    }

    async fn on_ack(&self, ack: Ack<u8>, _later: u8) -> Nothing {
        ack.send(1);
    }

    fn on_lent(&self, user: &CurrentUser, path: &Path<u64>, handshake: &Handshake, session: &Session) -> String {
        let _ = (path, handshake, session);
        user.0.clone()
    }

    fn on_lent_now(&mut self, socket: &Socket, event: &EventName) {
        socket.join(event.as_str());
        self.count += 1;
    }

    fn on_own(&self, other: &State<Self>) -> u64 {
        other.count
    }

    #[event("user:typing", "user typing", "on_connect")]
    fn on_typing(&self) {}

    #[cfg(any())]
    fn on_never(&self, nonexistent: Nonexistent) {}

    #[cfg(not(any()))]
    fn on_always(&self) {}

    #[deprecated = "old"]
    fn on_old(&self) {}

    #[allow(clippy::unused_self, clippy::must_use_candidate)]
    #[must_use]
    #[rustfmt::skip]
    fn on_decorated(&self) -> u8 { 1 }

    #[acl(if text.len() < Self::LIMIT && matches!(self.count, 1..) && event.as_str() == "guarded")]
    fn on_guarded(&mut self, event: &EventName, mut text: String) {
        text.push_str(event.as_str());
        self.name = text;
    }

    #[acl("admin" && !"banned", if self.allowed(&text).await)]
    #[acl(if user.0.is_empty())]
    fn on_guarded_later(&mut self, text: String, user: &CurrentUser) {
        let _ = user;
        self.name = text;
    }

    async fn allowed(&self, text: &str) -> bool {
        self.name != text
    }

    #[fallback]
    fn other(&self, event: &EventName, args: Rest<Value>) -> usize {
        event.len() + args.0.len()
    }

    fn on_disconnect(&mut self, reason: &DisconnectReason) {
        let _ = reason;
    }
}

fn main() {}
