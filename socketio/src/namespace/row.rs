//! The rows of a table: runs a handler with the hooks of its namespace around it. The form of a row is chosen at
//! compile time, so that a namespace without hooks does not pay for them.

use std::borrow::Borrow;
use std::ops::Deref;
use std::sync::Arc;

use tokio::sync::{OwnedRwLockReadGuard as Shared, OwnedRwLockWriteGuard as Exclusive, RwLock};

use super::call::Arguments;
use super::context::Context;
use super::limits;
use super::method::Method;
use super::reply::Ending;
use super::run::{self, BoxFuture, Call, CallLater, CallMut};
use super::table::{Namespace, Row, Run};
use crate::error::{Error, code};
use crate::socket::{Socket, Unknown};

impl<N: Namespace> Row<N> {
    /// The row of a `fn(&self, ..)`.
    pub const fn now<M: Call<N>>(name: &'static str, docs: &'static str, line: u32) -> Self {
        let run = match (N::HOOKS.is_none(), runs_now::<N, M>()) {
            (true, true) => Run::Now(run::now::<N, M>),
            (true, false) => Run::Later(run::later::<N, M>),
            (false, true) => Run::Now(now::<N, M>),
            (false, false) => Run::Later(|this, cx, args| later(this, cx, args, run::later::<N, M>)),
        };
        Self { name, docs, line, run, requires: M::requires, limit: limits::of_method::<N, M>() }
    }

    /// The row of a `fn(&mut self, ..)`.
    pub const fn now_mut<M: CallMut<N>>(name: &'static str, docs: &'static str, line: u32) -> Self {
        let run = match (N::HOOKS.is_none(), runs_now::<N, M>()) {
            (true, true) => Run::NowMut(run::now_mut::<N, M>),
            (true, false) => Run::LaterMut(run::later_mut::<N, M>),
            (false, true) => Run::NowMut(now_mut::<N, M>),
            (false, false) => Run::LaterMut(|this, cx, args| later(this, cx, args, run::later_mut::<N, M>)),
        };
        Self { name, docs, line, run, requires: M::requires, limit: limits::of_method::<N, M>() }
    }

    /// The row of an `async fn(&self, ..)`.
    pub const fn later<M: Method<N> + CallLater<Shared<N>>>(name: &'static str, docs: &'static str, line: u32) -> Self {
        let run = match (N::HOOKS.is_none(), M::PACKET) {
            (true, false) => M::call,
            (true, true) => run::later_with_packet::<N, _, M>,
            (false, false) => |this, cx, args| later(this, cx, args, M::call),
            (false, true) => |this, cx, args| later(this, cx, args, run::later_with_packet::<N, _, M>),
        };
        Self { name, docs, line, run: Run::Later(run), requires: M::requires, limit: limits::of_method::<N, M>() }
    }

    /// The row of an `async fn(&mut self, ..)`.
    pub const fn later_mut<M: Method<N> + CallLater<Exclusive<N>>>(
        name: &'static str,
        docs: &'static str,
        line: u32,
    ) -> Self {
        let run = match (N::HOOKS.is_none(), M::PACKET) {
            (true, false) => M::call,
            (true, true) => run::later_with_packet::<N, _, M>,
            (false, false) => |this, cx, args| later(this, cx, args, M::call),
            (false, true) => |this, cx, args| later(this, cx, args, run::later_with_packet::<N, _, M>),
        };
        Self { name, docs, line, run: Run::LaterMut(run), requires: M::requires, limit: limits::of_method::<N, M>() }
    }
}

/// Whether neither the method nor a hook waits. A method with `#[event(once)]` may wait for the first event with the
/// same id.
const fn runs_now<N: Namespace, M: Method<N>>() -> bool {
    M::IMMEDIATE && M::ONCE.is_none() && N::HOOKS.is_immediate()
}

/// Runs the hooks around an event without a handler; `None` in a namespace without hooks.
pub(super) fn unknown<N: Namespace>() -> Option<Run<N>> {
    match (N::HOOKS.is_none(), N::HOOKS.is_immediate()) {
        (true, _) => None,
        (false, true) => Some(Run::Now(|this, cx, args| {
            around::<N, _>(this, cx, args, |_, cx| unhandled(cx.socket(), cx.event(), args, N::TABLE.locked))
        })),
        (false, false) => Some(Run::Later(|this, cx, args| later(this, cx, args, unhandled_later))),
    }
}

fn unhandled_later<N: Namespace>(_: Shared<N>, cx: Context, args: Arguments) -> BoxFuture<Ending> {
    Box::pin(async move { unhandled(cx.socket(), cx.event(), &args, N::TABLE.locked) })
}

/// The answer to an event without a handler.
pub(super) fn unhandled(socket: &Socket, event: &str, arguments: &Arguments, locked: bool) -> Ending {
    match arguments.check() {
        Err(failure) => Ending::failed(failure),
        Ok(()) if locked => Ending::Failed(Error::new(code::FORBIDDEN, format!("`{event}` is forbidden"))),
        Ok(()) if socket.inner().nsp.shared.settings.unknown_events == Unknown::Ignore => {
            tracing::debug!(namespace = socket.path(), event, "no handler; not answered");
            Ending::Silent
        }
        Ok(()) => Ending::Failed(Error::new(code::NOT_FOUND, format!("no handler for `{event}`"))),
    }
}

fn now<N: Namespace, M: Call<N>>(this: &N, cx: &Context, args: &Arguments) -> Ending {
    around::<N, _>(this, cx, args, |this, cx| run::now::<N, M>(this, cx, args))
}

fn now_mut<N: Namespace, M: CallMut<N>>(this: &mut N, cx: &Context, args: &Arguments) -> Ending {
    around::<N, _>(this, cx, args, |this, cx| run::now_mut::<N, M>(this, cx, args))
}

/// Runs a handler with its hooks, if neither waits.
fn around<N: Namespace, T: Borrow<N>>(
    mut this: T,
    cx: &Context,
    args: &Arguments,
    run: impl FnOnce(&mut T, &Context) -> Ending,
) -> Ending {
    let hooks = N::HOOKS;
    let with_packet = hooks.with_packet(cx, args);
    let cx = with_packet.as_ref().unwrap_or(cx);
    let begun = hooks.begun();
    let ending = match hooks.before_now(this.borrow(), cx) {
        Ok(()) => run(&mut this, cx),
        Err(failure) => Ending::failed(failure),
    };
    hooks.after_now(this.borrow(), cx, begun, ending)
}

/// Access to the instance that a future owns.
trait Access<N>: Deref<Target = N> + Send + 'static {
    fn lock(&self) -> Arc<RwLock<N>>;
}

impl<N: Send + Sync + 'static> Access<N> for Shared<N> {
    fn lock(&self) -> Arc<RwLock<N>> {
        Shared::rwlock(self).clone()
    }
}

impl<N: Send + Sync + 'static> Access<N> for Exclusive<N> {
    fn lock(&self) -> Arc<RwLock<N>> {
        Exclusive::rwlock(self).clone()
    }
}

/// Runs a handler with its hooks, if any of them may wait.
fn later<N: Namespace, A: Access<N>>(
    this: A,
    cx: Context,
    args: Arguments,
    run: fn(A, Context, Arguments) -> BoxFuture<Ending>,
) -> BoxFuture<Ending> {
    Box::pin(async move {
        let hooks = N::HOOKS;
        let cx = hooks.with_packet(&cx, &args).unwrap_or(cx);
        let begun = hooks.begun();
        if let Err(failure) = hooks.before(&this, &cx).await {
            return hooks.after(&this, &cx, begun, Ending::failed(failure)).await;
        }
        if begun.is_none() {
            return run(this, cx, args).await;
        }
        let lock = this.lock();
        let ending = run(this, cx.clone(), args).await;
        // Succeeds, because the handler has dropped its access, and no other turn gets exclusive access before this
        // turn ends.
        let Ok(this) = lock.try_read_owned() else {
            tracing::error!(namespace = cx.socket().path(), "`#[after]` was not run: the instance is borrowed");
            return ending;
        };
        hooks.after(&this, &cx, begun, ending).await
    })
}
