//! Runs methods: checks grants, lends contexts, reads arguments, calls the method. Contexts come before arguments,
//! because a context such as the user decides whether the call is allowed. A `fn` whose contexts never wait runs
//! without a future.

use std::future::Future;
use std::pin::{Pin, pin};
use std::task::{self, Poll, Waker};

use tokio::sync::{OwnedRwLockReadGuard as Shared, OwnedRwLockWriteGuard as Exclusive};

use super::call::Arguments;
use super::context::Context;
use super::method::{Begun, Lending, Method};
use super::once;
use super::refusal::{Failure, Refusal};
use super::reply::Ending;
use super::reply_to::ReplyTo;
use crate::error::Error;

/// The future of a method that waits.
pub type BoxFuture<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// `fn(&self, ..)` of an event.
pub trait Call<N: 'static>: Method<N> + Sized {
    /// Calls the method.
    fn call(this: &N, begun: Begun<'_, N, Self>) -> Ending;
}

/// `fn(&mut self, ..)` of an event.
pub trait CallMut<N: 'static>: Method<N> + Sized {
    /// Calls the method.
    fn call(this: &mut N, begun: Begun<'_, N, Self>) -> Ending;
}

/// `async fn` of an event; `This` is the access to the instance. The future is made in generated code, because the compiler reports
/// a future that is not `Send` where it is made.
pub trait CallLater<This> {
    /// Calls the method, after [`begin`].
    fn call(this: This, cx: Context, args: Arguments) -> BoxFuture<Ending>;
}

/// `fn on_connect`.
pub trait Construct<N: 'static>: Method<N> {
    /// Builds the instance.
    fn call(lent: Self::Lent<'_>, sent: Self::Sent) -> Result<N, Refusal>;
}

/// `async fn on_connect`.
pub trait ConstructLater<N: 'static>: Method<N> {
    /// Builds the instance, after [`begin`].
    fn call(cx: Context, args: Arguments) -> BoxFuture<Result<N, Refusal>>;
}

/// `fn on_disconnect`.
pub trait Consume<N: 'static>: Method<N> {
    /// Calls the method.
    fn call(this: N, lent: Self::Lent<'_>);
}

/// `async fn on_disconnect`.
pub trait ConsumeLater<N: 'static>: Method<N> {
    /// Calls the method.
    fn call(this: N, cx: Context) -> BoxFuture<()>;
}

/// Checks grants, lends contexts and reads arguments, before a method is called. Drops `args` at the end.
pub async fn begin<N: 'static, M: Method<N>>(cx: &Context, args: Arguments) -> Result<Begun<'_, N, M>, Failure> {
    let mut to = ReplyTo::new(cx);
    if !M::granted(cx) {
        return Err(to.forbidden().into());
    }
    if let Some(field) = M::ONCE {
        // Boxed, so that the future of `arrive` takes no space in the futures of all other methods.
        to.once = Some(Box::new(Box::pin(once::arrive(cx, &args, M::NAME, field)).await?));
    }
    let lent = M::lend(cx).await?;
    let sent = args.read::<N, M>(&mut to)?;
    if let Some(ticket) = &to.once {
        ticket.begin();
    }
    Ok((lent, sent, to))
}

/// Does the same as [`begin`] for a method whose contexts never wait and which has no `#[event(once)]`.
fn begin_now<'c, N: 'static, M: Method<N>>(cx: &'c Context, args: &Arguments) -> Result<Begun<'c, N, M>, Failure> {
    let mut to = ReplyTo::new(cx);
    if !M::granted(cx) {
        return Err(to.forbidden().into());
    }
    let lent = lend_now::<N, M>(cx)?;
    let sent = args.read::<N, M>(&mut to)?;
    Ok((lent, sent, to))
}

pub(super) fn lend_now<N: 'static, M: Method<N>>(cx: &Context) -> Lending<M::Lent<'_>> {
    match pin!(M::lend(cx)).poll(&mut task::Context::from_waker(Waker::noop())) {
        Poll::Ready(lent) => lent,
        Poll::Pending => {
            let error = format!("a context of `{}` is IMMEDIATE and has waited in `from_context`", cx.event());
            Err(Error::internal(error).into())
        }
    }
}

/// The context with the event's packet, if the method borrows the packet.
fn with_packet<N: 'static, M: Method<N>>(cx: &Context, args: &Arguments) -> Option<Context> {
    M::PACKET.then(|| cx.clone().with_packet(args.packet(cx)))
}

/// Runs an `async fn` that borrows the event's packet.
pub(super) fn later_with_packet<N: 'static, This, M: Method<N> + CallLater<This>>(
    this: This,
    cx: Context,
    args: Arguments,
) -> BoxFuture<Ending> {
    let packet = args.packet(&cx);
    M::call(this, cx.with_packet(packet), args)
}

/// Runs a `fn(&self, ..)`.
pub(super) fn now<N: 'static, M: Call<N>>(this: &N, cx: &Context, args: &Arguments) -> Ending {
    let with_packet = with_packet::<N, M>(cx, args);
    match begin_now::<N, M>(with_packet.as_ref().unwrap_or(cx), args) {
        Ok(begun) => M::call(this, begun),
        Err(failure) => Ending::failed(failure),
    }
}

/// Runs a `fn(&mut self, ..)`.
pub(super) fn now_mut<N: 'static, M: CallMut<N>>(this: &mut N, cx: &Context, args: &Arguments) -> Ending {
    let with_packet = with_packet::<N, M>(cx, args);
    match begin_now::<N, M>(with_packet.as_ref().unwrap_or(cx), args) {
        Ok(begun) => M::call(this, begun),
        Err(failure) => Ending::failed(failure),
    }
}

/// Runs a `fn(&self, ..)` whose contexts may wait.
pub(super) fn later<N: Send + Sync + 'static, M: Call<N>>(
    this: Shared<N>,
    cx: Context,
    args: Arguments,
) -> BoxFuture<Ending> {
    let cx = with_packet::<N, M>(&cx, &args).unwrap_or(cx);
    Box::pin(async move {
        match begin::<N, M>(&cx, args).await {
            Ok(begun) => M::call(&this, begun),
            Err(failure) => Ending::failed(failure),
        }
    })
}

/// Runs a `fn(&mut self, ..)` whose contexts may wait.
pub(super) fn later_mut<N: Send + Sync + 'static, M: CallMut<N>>(
    mut this: Exclusive<N>,
    cx: Context,
    args: Arguments,
) -> BoxFuture<Ending> {
    let cx = with_packet::<N, M>(&cx, &args).unwrap_or(cx);
    Box::pin(async move {
        match begin::<N, M>(&cx, args).await {
            Ok(begun) => M::call(&mut this, begun),
            Err(failure) => Ending::failed(failure),
        }
    })
}

/// Runs a `fn on_connect`.
pub(super) fn construct<N: 'static, M: Construct<N>>(cx: Context, args: Arguments) -> Result<N, Refusal> {
    let (lent, sent, _) = begin_now::<N, M>(&cx, &args)?;
    M::call(lent, sent)
}

/// Runs a `fn on_connect` whose contexts may wait.
pub(super) fn construct_later<N: 'static, M: Construct<N>>(
    cx: Context,
    args: Arguments,
) -> BoxFuture<Result<N, Refusal>> {
    Box::pin(async move {
        let (lent, sent, _) = begin::<N, M>(&cx, args).await?;
        M::call(lent, sent)
    })
}

/// Runs a `fn on_disconnect`.
pub(super) fn consume<N: 'static, M: Consume<N>>(this: N, cx: Context) {
    match lend_now::<N, M>(&cx) {
        Ok(lent) => M::call(this, lent),
        Err(failure) => lost(&cx, failure),
    }
}

/// Runs a `fn on_disconnect` whose contexts may wait.
pub(super) fn consume_later<N: Send + 'static, M: Consume<N>>(this: N, cx: Context) -> BoxFuture<()> {
    Box::pin(async move {
        match M::lend(&cx).await {
            Ok(lent) => M::call(this, lent),
            Err(failure) => lost(&cx, failure),
        }
    })
}

/// Logs that `on_disconnect` is not called, because a context that is not [`FALLIBLE`](super::FromContext::FALLIBLE) has failed.
pub fn lost(cx: &Context, failure: Failure) {
    let (namespace, socket) = (cx.socket().path(), cx.socket().id());
    tracing::error!(namespace, %socket, error = %failure, "`on_disconnect` was not run: a context that is not FALLIBLE has failed");
}
