//! The arguments of a method, as the macro generates them. How methods are run is in `run`.

use std::future::Future;

use super::argument::{ReadError, Reader, Source};
use super::bucket::Limit;
use super::context::Context;
use super::refusal::Failure;
use super::reply_to::ReplyTo;
use super::requirements::Requirements;
use super::sent::Sent;

/// The lent arguments, or why the method is not run.
pub type Lending<T> = Result<T, Failure>;

/// The by-value arguments, or that one of them does not fit.
pub type Reading<T> = Result<T, ReadError>;

/// The parameters of a call: the lent arguments, the by-value arguments, and where the answer goes.
pub type Begun<'c, N, M> = (<M as Method<N>>::Lent<'c>, <M as Method<N>>::Sent, ReplyTo<'c>);

/// A method of the namespace `N` that a packet calls: its lent arguments, its by-value arguments, and its grants.
pub trait Method<N: 'static>: 'static {
    /// A [`Lent`](super::Lent) for each `&T` argument.
    type Lent<'a>: Send;
    /// The by-value arguments.
    type Sent: Send;

    /// Its name.
    const NAME: &'static str;
    /// The descriptions of the by-value arguments, for the checks at compile time.
    const SENT: &'static [Sent];
    /// Whether lending never waits.
    const IMMEDIATE: bool;
    /// Whether lending needs the event's packet.
    const PACKET: bool = false;
    /// The field of the first argument with an event's id, for a method that runs once for each id.
    const ONCE: Option<&'static str> = None;
    /// How many of its events one client may send.
    const LIMIT: Option<Limit> = None;

    /// Collects what the method needs from the server.
    fn requires(requirements: &mut Requirements);

    /// Whether the socket has the grants that `#[acl]` asks for.
    fn granted(cx: &Context) -> bool {
        let _ = cx;
        true
    }

    /// Lends the `&T` arguments, in their order.
    ///
    /// # Errors
    /// The error of the first argument that cannot be lent.
    fn lend(cx: &Context) -> impl Future<Output = Lending<Self::Lent<'_>>> + Send;

    /// Reads the by-value arguments, in their order.
    ///
    /// # Errors
    /// When one is missing or of another type.
    fn decode<S: Source>(args: &mut Reader<'_, S>) -> Reading<Self::Sent>;
}
