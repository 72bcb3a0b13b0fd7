//! Middlewares: code of the program that the server calls for every connection, event and acknowledgement, in all
//! namespaces.

use std::cell::Cell;
use std::fmt;
use std::future::ready;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use futures_util::FutureExt as _;

use super::context::Context;
use super::outcome::Outcome;
use crate::adapter::BoxFuture;
use crate::error::{Error, Refuse};
use crate::packet::Packet;
use crate::socket::{Target, Watcher};

#[doc = include_str!("../docs/middleware.md")]
pub trait Middleware: Send + Sync + 'static {
    /// A client asks for a namespace that exists: runs before `on_connect`, which does not run after an `Err`. The client reads
    /// CONNECT_ERROR with the code, the message and the data of the [`Refuse`]; in JavaScript `err.data.code`.
    ///
    /// The future may wait, as `on_connect` may; packets of other namespaces are handled meanwhile. `cx.event()` is
    /// `connect`.
    fn connect<'a>(&'a self, cx: &'a Context) -> BoxFuture<'a, Result<(), Refuse>> {
        let _ = cx;
        Box::pin(ready(Ok(())))
    }

    /// An event or an acknowledgement has arrived; [`Packet::kind`] says which. Runs when the packet is read, before the event waits for
    /// its turn, and therefore also before earlier events have been handled.
    ///
    /// After an `Err` the packet reaches no later middleware and no handler. An event is answered as if its handler had
    /// returned the error. An acknowledgement is dropped, because it has no answer; the future that waits for it ends
    /// with [`AckError::Timeout`](crate::AckError::Timeout).
    ///
    /// `cx.event()` is the event's name, and `ack` for an acknowledgement. Clients of 0.7 to 0.9 may also send error
    /// packets: the kind is [`ConnectError`](crate::packet::Kind::ConnectError), the payload
    /// `{"message":"client not handshaken","data":{"reason":1,"advice":0}}` with the numbers that the client has sent,
    /// `cx.event()` is `error`, and the server ignores the packet otherwise.
    fn incoming(&self, cx: &Context, packet: &Packet) -> Result<(), Error> {
        let _ = (cx, packet);
        Ok(())
    }

    /// The program sends an event or an acknowledgement; called once for each `emit`, `send`, `call` and acknowledgement, whatever the
    /// number of recipients, before the packet is sent. Also called for errors that answer an event.
    ///
    /// Not called for packets of the connection itself (CONNECT, DISCONNECT), nor for packets from other nodes of a
    /// cluster, because the other node's middlewares were called. Not called for packets that a middleware sends from
    /// `outgoing`.
    fn outgoing(&self, path: &str, packet: &Packet, to: &Target) {
        let _ = (path, packet, to);
    }

    /// An event has ended: its handler has returned, its acknowledgement is out, or it was refused, by a middleware, a
    /// grant, an argument or because nothing handles it. A panic is an error of the [`Outcome`]. Not called for events
    /// that are dropped because the client has left meanwhile.
    fn finished(&self, cx: &Context, outcome: &Outcome) {
        let _ = (cx, outcome);
    }

    /// Returns the error that keeps a server with this middleware from starting.
    #[doc(hidden)]
    fn check(&self) -> Result<(), Error> {
        Ok(())
    }
}

/// The middlewares of a server, in the order of their registration.
#[derive(Clone, Default)]
pub(crate) struct Chain(Vec<Arc<dyn Middleware>>);

impl Chain {
    pub(crate) fn push(&mut self, middleware: impl Middleware) {
        self.0.push(Arc::new(middleware));
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Fails for the first middleware that cannot be used.
    pub(crate) fn check(&self) -> Result<(), Error> {
        self.0.iter().try_for_each(|middleware| middleware.check())
    }

    /// Calls `connect` of each middleware, and returns the first refusal.
    pub(super) async fn connect(&self, cx: &Context) -> Result<(), Refuse> {
        for middleware in &self.0 {
            let asked = AssertUnwindSafe(async { middleware.connect(cx).await }).catch_unwind().await;
            asked.unwrap_or_else(|panic| Err(Error::panicked("`Middleware::connect`", &*panic).into()))?;
        }
        Ok(())
    }

    /// Calls `incoming` of each middleware, and returns the first error.
    pub(super) fn incoming(&self, cx: &Context, packet: &Packet) -> Result<(), Error> {
        let asked = catch_unwind(AssertUnwindSafe(|| self.0.iter().try_for_each(|one| one.incoming(cx, packet))));
        asked.unwrap_or_else(|panic| Err(Error::panicked("`Middleware::incoming`", &*panic)))
    }

    /// Calls `finished` of each middleware.
    pub(super) fn finished(&self, cx: &Context, outcome: &Outcome) {
        self.each("`Middleware::finished`", |middleware| middleware.finished(cx, outcome));
    }

    /// Calls `run` with each middleware. If one panics, the panic is logged and the next middleware is called.
    fn each(&self, what: &str, run: impl Fn(&dyn Middleware)) {
        for middleware in &self.0 {
            if let Err(panic) = catch_unwind(AssertUnwindSafe(|| run(&**middleware))) {
                tracing::error!(error = %Error::panicked(what, &*panic), "middleware failed");
            }
        }
    }
}

thread_local! {
    /// Whether this thread is in `outgoing`. A packet that is sent from there must not call `outgoing` again, without
    /// end.
    static WATCHING: Cell<bool> = const { Cell::new(false) };
}

impl Watcher for Chain {
    fn outgoing(&self, path: &str, packet: &Packet, to: &Target) {
        if !WATCHING.replace(true) {
            self.each("`Middleware::outgoing`", |middleware| middleware.outgoing(path, packet, to));
            WATCHING.set(false);
        }
    }
}

impl fmt::Debug for Chain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Chain").field("middlewares", &self.0.len()).finish()
    }
}
