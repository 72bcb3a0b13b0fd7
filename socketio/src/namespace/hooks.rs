//! The hooks of a namespace as data: `#[before]` and `#[after]` of its handlers, and `#[on_error]`. `row` runs a
//! handler with the hooks around it.

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;

use futures_util::FutureExt as _;
use tokio::time::Instant;

use super::answer;
use super::call::Arguments;
use super::context::Context;
use super::event_name::EventName;
use super::method::{Lending, Method};
use super::refusal::Failure;
use super::reply::Ending;
use super::requirements::Requirements;
use super::run::lend_now;
use crate::error::Error;
use crate::socket::{Inner, OnError, Socket};

/// The future of a hook that waits.
pub type HookFuture<'a> = Pin<Box<dyn Future<Output = Lending<()>> + Send + 'a>>;

/// A `fn` with `#[before]` or `#[after]`.
pub trait Hook<N: 'static>: Method<N> {
    /// Calls the method.
    ///
    /// # Errors
    /// The error that `#[before]` returns. The handler is then not run.
    fn call(this: &N, lent: Self::Lent<'_>) -> Lending<()>;
}

/// An `async fn` with `#[before]` or `#[after]`. The future is made in generated code, because the compiler reports a future that is not
/// `Send` where it is made.
pub trait HookLater<N: 'static>: Method<N> {
    /// Lends the arguments and calls the method.
    fn call<'a>(this: &'a N, cx: &'a Context) -> HookFuture<'a>;
}

/// A `fn` with `#[on_error]`.
pub trait MapError<N: 'static>: Method<N> {
    /// Calls the method.
    fn call(lent: Self::Lent<'_>) -> Error;
}

/// The return type of an `#[on_error]`.
#[diagnostic::on_unimplemented(
    message = "`#[on_error]` returns the error that is answered, and `{Self}` is no `Error`",
    label = "expected `Error`",
    note = "an error stays an error; to keep it as it is, return `error.clone()`"
)]
pub trait Mapped {
    /// The error.
    fn error(self) -> Error;
}

impl Mapped for Error {
    fn error(self) -> Error {
        self
    }
}

/// One `#[before]` or `#[after]`.
pub struct HookRow<N: 'static> {
    name: &'static str,
    run: RunHook<N>,
    packet: bool,
    requires: fn(&mut Requirements),
}

/// How a hook is run.
enum RunHook<N: 'static> {
    /// A `fn` whose contexts never wait.
    Now(fn(&N, &Context) -> Lending<()>),
    /// As a future.
    Later(for<'a> fn(&'a N, &'a Context) -> HookFuture<'a>),
}

impl<N: Send + Sync + 'static> HookRow<N> {
    /// A `fn`.
    pub const fn now<M: Hook<N>>() -> Self {
        let run = if M::IMMEDIATE { RunHook::Now(call_now::<N, M>) } else { RunHook::Later(call_later::<N, M>) };
        Self { name: M::NAME, run, packet: M::PACKET, requires: M::requires }
    }

    /// An `async fn`.
    pub const fn later<M: HookLater<N>>() -> Self {
        Self { name: M::NAME, run: RunHook::Later(M::call), packet: M::PACKET, requires: M::requires }
    }
}

/// The `#[on_error]`.
pub struct ErrorHook {
    name: &'static str,
    pub(super) run: OnError,
    requires: fn(&mut Requirements),
}

impl ErrorHook {
    /// The `fn`.
    pub const fn new<N: 'static, M: MapError<N>>() -> Self {
        Self { name: M::NAME, run: map_error::<N, M>, requires: M::requires }
    }
}

/// The hooks of a namespace type, in the order of the source.
pub struct Hooks<N: 'static> {
    /// Run before grants, contexts and arguments of each event.
    pub before: &'static [HookRow<N>],
    /// Run when the turn has ended without a panic.
    pub after: &'static [HookRow<N>],
    /// Maps the errors.
    pub on_error: Option<ErrorHook>,
}

impl<N: 'static> Hooks<N> {
    /// No hooks.
    pub const NONE: Self = Self { before: &[], after: &[], on_error: None };

    /// Whether nothing runs around a handler.
    pub(super) const fn is_none(&self) -> bool {
        self.before.is_empty() && self.after.is_empty()
    }

    /// Whether no hook waits.
    pub(super) const fn is_immediate(&self) -> bool {
        is_immediate(self.before) && is_immediate(self.after)
    }

    /// The context with the event's packet, if a hook borrows the packet.
    pub(super) fn with_packet(&self, cx: &Context, args: &Arguments) -> Option<Context> {
        let wanted = self.before.iter().chain(self.after).any(|row| row.packet);
        wanted.then(|| cx.clone().with_packet(args.packet(cx)))
    }

    /// Collects what the hooks need from the server.
    pub(super) fn requires(&self, requirements: &mut Requirements) {
        for (place, rows) in [("#[before]", self.before), ("#[after]", self.after)] {
            rows.iter().for_each(|row| requirements.of_hook(place, row.name, row.requires));
        }
        if let Some(hook) = &self.on_error {
            requirements.of_hook("#[on_error]", hook.name, hook.requires);
        }
    }

    /// The time at which the turn begins, taken only if the namespace has an `#[after]`.
    pub(super) fn begun(&self) -> Option<Instant> {
        (!self.after.is_empty()).then(Instant::now)
    }

    /// Runs the `#[before]` hooks, if none of the hooks waits.
    pub(super) fn before_now(&self, this: &N, cx: &Context) -> Lending<()> {
        self.before.iter().try_for_each(|row| row.call_now(this, cx))
    }

    /// Runs the `#[after]` hooks, if none of the hooks waits. Returns `ending`, or `Panicked` if a hook has panicked.
    pub(super) fn after_now(&self, this: &N, cx: &Context, begun: Option<Instant>, ending: Ending) -> Ending {
        let Some(begun) = begun.filter(|_| ending.is_known()) else { return ending };
        let seen = cx.with_outcome(ending.outcome(begun.elapsed()));
        let run = || self.after.iter().for_each(|row| log(&seen, row.call_now(this, &seen)));
        match catch_unwind(AssertUnwindSafe(run)) {
            Ok(()) => ending,
            Err(panic) => ending.panicked_after(&*panic, cx.wants_ack()),
        }
    }
}

impl<N: Sync + 'static> Hooks<N> {
    /// Runs the `#[before]` hooks, until one fails.
    pub(super) async fn before(&self, this: &N, cx: &Context) -> Lending<()> {
        for row in self.before {
            row.call(this, cx).await?;
        }
        Ok(())
    }

    /// Runs the `#[after]` hooks. Returns `ending`, or `Panicked` if a hook has panicked.
    pub(super) async fn after(&self, this: &N, cx: &Context, begun: Option<Instant>, ending: Ending) -> Ending {
        let Some(begun) = begun.filter(|_| ending.is_known()) else { return ending };
        let seen = cx.with_outcome(ending.outcome(begun.elapsed()));
        let run = async {
            for row in self.after {
                log(&seen, row.call(this, &seen).await);
            }
        };
        match AssertUnwindSafe(run).catch_unwind().await {
            Ok(()) => ending,
            Err(panic) => ending.panicked_after(&*panic, cx.wants_ack()),
        }
    }
}

impl<N> HookRow<N> {
    fn call_now(&self, this: &N, cx: &Context) -> Lending<()> {
        match self.run {
            RunHook::Now(run) => run(this, cx),
            // Cannot happen, because `is_immediate` was checked.
            RunHook::Later(_) => Err(Error::internal(format!("the hook `{}` waits", self.name)).into()),
        }
    }

    async fn call(&self, this: &N, cx: &Context) -> Lending<()> {
        match self.run {
            RunHook::Now(run) => run(this, cx),
            RunHook::Later(run) => run(this, cx).await,
        }
    }
}

const fn is_immediate<N>(rows: &[HookRow<N>]) -> bool {
    let mut at = 0;
    while at < rows.len() {
        if matches!(rows[at].run, RunHook::Later(_)) {
            return false;
        }
        at += 1;
    }
    true
}

fn call_now<N: 'static, M: Hook<N>>(this: &N, cx: &Context) -> Lending<()> {
    M::call(this, lend_now::<N, M>(cx)?)
}

fn call_later<'a, N: Sync + 'static, M: Hook<N>>(this: &'a N, cx: &'a Context) -> HookFuture<'a> {
    Box::pin(async move { M::call(this, M::lend(cx).await?) })
}

/// Logs that an `#[after]` was not called, because a context could not be lent. The answer stays as it is.
fn log(cx: &Context, called: Lending<()>) {
    match called {
        Ok(()) => {}
        Err(Failure::Refused(error)) => answer::only_log(cx.socket(), cx.event(), error),
        Err(failure) => answer::only_log(cx.socket(), cx.event(), Error::bad_request(failure.to_string())),
    }
}

fn map_error<N: 'static, M: MapError<N>>(socket: &Arc<Inner>, event: &str, error: &Error) -> Error {
    let cx = Context::failed(Socket::new(socket.clone()), EventName::sent(event), error.clone());
    match lend_now::<N, M>(&cx) {
        Ok(lent) => M::call(lent),
        Err(failure) => {
            let cause = failure.to_string();
            tracing::error!(
                namespace = cx.socket().path(),
                event,
                cause,
                "`#[on_error]` was not run: a context has failed"
            );
            error.clone()
        }
    }
}
