//! The arguments of a method, as the macro generates them. How methods are run is in `run`.

use std::future::Future;

use super::argument::{ReadError, Reader, Source};
use super::bucket::Limit;
use super::context::Context;
use super::refusal::Failure;
use super::reply_to::ReplyTo;
use super::requirements::Requirements;
use super::sent::Sent;

/// What is lent, or why nothing is.
pub type Lending<T> = Result<T, Failure>;

/// What is read, or that something does not fit.
pub type Reading<T> = Result<T, ReadError>;

/// What a method is called with: what is lent, what was sent, and where the answer goes.
pub type Begun<'c, N, M> = (<M as Method<N>>::Lent<'c>, <M as Method<N>>::Sent, ReplyTo<'c>);

/// A method of the namespace `N` that a packet calls: what it is lent, what it is sent, and who may call it.
pub trait Method<N: 'static>: 'static {
    /// A [`Lent`](super::Lent) for each `&T` argument.
    type Lent<'a>: Send;
    /// The by-value arguments.
    type Sent: Send;

    /// Its name.
    const NAME: &'static str;
    /// The by-value arguments, as the compiler's checks know them.
    const SENT: &'static [Sent];
    /// Whether lending never waits.
    const IMMEDIATE: bool;
    /// Whether lending needs the event's packet.
    const PACKET: bool = false;
    /// The field of the first argument with an event's id, for a method that runs once for each id.
    const ONCE: Option<&'static str> = None;
    /// How many of its events one client may send.
    const LIMIT: Option<Limit> = None;

    /// What must be there when the server starts.
    fn requires(requirements: &mut Requirements);

    /// Whether the socket has the grants that `#[acl]` asks for.
    fn granted(cx: &Context) -> bool {
        let _ = cx;
        true
    }

    /// Lends the `&T` arguments, in their order.
    ///
    /// # Errors
    /// The first that cannot be lent.
    fn lend(cx: &Context) -> impl Future<Output = Lending<Self::Lent<'_>>> + Send;

    /// Reads the by-value arguments, in their order.
    ///
    /// # Errors
    /// When one is missing or of another type.
    fn decode<S: Source>(args: &mut Reader<'_, S>) -> Reading<Self::Sent>;
}
