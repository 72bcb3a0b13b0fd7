//! Sessions: the traits that a program implements ([`Handler`], [`Session`]), the state of a session, and its task.
//!
//! `task` is the loop of a session with its timers (`heartbeat`, `stall`), its writing (`writer`) and its end (`closing`); `state` is what the
//! task shares with requests and handles, `outbox` the queue in it; `table` has all sessions, `pace` bounds how many begin in a second; `socket` is the handle for programs.

pub(crate) mod closing;
pub(crate) mod heartbeat;
pub(crate) mod outbox;
pub(crate) mod pace;
pub(crate) mod socket;
pub(crate) mod stall;
pub(crate) mod state;
pub(crate) mod table;
pub(crate) mod task;
pub(crate) mod writer;

use std::task::{Context, Poll};

use bytes::Bytes;
use tokio::time::Instant;

use self::socket::Socket;
use crate::{engine::error::CloseReason, packet::Text};

/// Decides what an engine's sessions do.
///
/// One value serves all sessions of an [`Engine`](crate::engine::Engine); each session gets its own [`Session`] from [`open`](Handler::open).
pub trait Handler: Send + Sync + 'static {
    /// What one session keeps.
    type Session: Session;

    /// A client has opened a session: its handshake has been answered, and messages sent to `socket` from now on reach
    /// it. Called in the task that will own the session.
    fn open(&self, socket: Socket) -> Self::Session;
}

/// One session's side of the application.
///
/// All methods are called from the one task that owns the session, one after the other, and none may block: what takes
/// time is kept as a future and driven by [`poll`](Session::poll).
pub trait Session: Send + 'static {
    /// The client has sent a text message.
    fn text(&mut self, text: Text);

    /// The client has sent a binary message.
    fn binary(&mut self, data: Bytes);

    /// Drives work that messages have started. Called whenever the session's task runs: after each batch of messages,
    /// after [`close`](Session::close), and whenever the waker in `cx` was used. `Ready` = nothing is running.
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let _ = cx;
        Poll::Ready(())
    }

    /// When [`poll`](Session::poll) is to be called at the latest, so that a session needs no timer of its own. Asked
    /// after each `poll`, until [`close`](Session::close). The `poll` at or after that time must leave a later deadline,
    /// or none.
    fn deadline(&self) -> Option<Instant> {
        None
    }

    /// `false` = do not read more messages now. Asked before each message and after each [`poll`](Session::poll). While
    /// it is `false` the client's packets stay where they are (TCP pushes back), and no pong is missed. Pings are sent
    /// all the same, and a client that has gone meanwhile is noticed, within a second where TCP tells of it and by a ping
    /// otherwise: what it had sent is then not read any more.
    fn ready(&self) -> bool {
        true
    }

    /// The engine is being drained ([`Engine::drain`](crate::engine::Engine::drain)): the session is closed as soon as [`poll`](Session::poll) returns `Ready`. Messages still
    /// arrive, so that what runs can come to its end; they should start nothing new. May be called more than once.
    fn drain(&mut self) {}

    /// The session is over; called exactly once, as soon as that is known, whatever the state of the transport. No
    /// message follows, only [`poll`](Session::poll) until it returns `Ready`.
    fn close(&mut self, reason: CloseReason);
}
