//! Properties of a method's types, as constants that the compiler evaluates. The messages about them are in `checks`.
//! No packet runs this code, except that a CONNECT calls [`Initial::initial`], and arguments are read with `read`.

use std::marker::PhantomData;

use super::argument::{Ack, FromPayload, ReadError, Reader, Source};
use super::context::FromContext;
use crate::packet::Packet;

/// Which of a packet's arguments a type takes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Takes {
    /// None, because the type is no [`FromPayload`]; rustc reports that by itself.
    Nothing,
    /// One, which is required unless [`Is::OPTION`] is `true`.
    One,
    /// One, or none.
    Optional,
    /// All that remain.
    Rest,
    /// None, because the type is the acknowledgement.
    Ack,
}

/// Properties of `T`: `<Is<T>>::LENT` is an inherent constant where one of the `impl` blocks below applies to `T`. For
/// any other `T` the name resolves to the constant of the trait [`Otherwise`], which is `false`.
pub struct Is<T: ?Sized>(PhantomData<T>);

impl<T: FromContext + FromPayload> Is<T> {
    /// `T` can be both lent and sent, so a by-value argument would be read from the client's packet.
    pub const LENT: bool = true;
}

impl<T: FromContext> Is<T> {
    /// Whether `T` is a context whose `from_context` may fail.
    pub const FALLIBLE: bool = T::FALLIBLE;
    /// Whether `T` is a context whose `from_context` never waits.
    pub const IMMEDIATE: bool = T::IMMEDIATE;
}

impl<T: FromPayload> Is<T> {
    /// Which arguments `T` takes.
    pub const TAKES: Takes = if T::ACK {
        Takes::Ack
    } else if T::REST {
        Takes::Rest
    } else if T::OPTIONAL {
        Takes::Optional
    } else {
        Takes::One
    };
}

impl<T> Is<Option<T>> {
    /// `T` is an `Option`, so its argument may be missing.
    pub const OPTION: bool = true;
}

impl<R> Is<Option<Ack<R>>> {
    /// `T` is `Option<Ack<R>>`, which the compiler's checks refuse.
    pub const OPTIONAL_ACK: bool = true;

    /// Stands in for [`FromPayload`], which `Option<Ack<R>>` does not implement: the compile error about it is enough.
    pub fn read<S: Source>(args: &mut Reader<'_, S>, name: &'static str) -> Result<Option<Ack<R>>, ReadError> {
        Ack::from_payload(args, name).map(Some)
    }
}

impl Is<Packet> {
    /// `T` is the packet, which exists for events only.
    pub const EVENT_ONLY: bool = true;
}

impl Is<()> {
    /// `T` is `()`.
    pub const UNIT: bool = true;
}

/// The constants of every `T` to which no `impl` block of [`Is`] applies.
pub trait Otherwise {
    /// See [`Is::LENT`].
    const LENT: bool = false;
    /// See [`Is::FALLIBLE`].
    const FALLIBLE: bool = false;
    /// See [`Is::IMMEDIATE`]. `true`, because rustc reports a type that is no context by itself.
    const IMMEDIATE: bool = true;
    /// See [`Is::TAKES`].
    const TAKES: Takes = Takes::Nothing;
    /// See [`Is::OPTION`].
    const OPTION: bool = false;
    /// See [`Is::OPTIONAL_ACK`].
    const OPTIONAL_ACK: bool = false;
    /// See [`Is::EVENT_ONLY`].
    const EVENT_ONLY: bool = false;
    /// See [`Is::UNIT`].
    const UNIT: bool = false;
}

impl<T: ?Sized> Otherwise for Is<T> {}

/// Reads an argument of every type without an inherent [`Is::read`].
pub trait ReadOtherwise<T> {
    /// See [`FromPayload::from_payload`].
    fn read<S: Source>(args: &mut Reader<'_, S>, name: &'static str) -> Result<T, ReadError>
    where
        T: FromPayload,
    {
        T::from_payload(args, name)
    }
}

impl<T> ReadOtherwise<T> for Is<T> {}

/// An instance for a client whose `on_connect` does not build one.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be built when a client connects",
    label = "there is no `on_connect` that builds it, and no `Default`",
    note = "add `async fn on_connect(..) -> Result<Self, Refuse>`, or derive `Default`"
)]
pub trait Initial: Sized {
    /// The instance.
    fn initial() -> Self;
}

#[diagnostic::do_not_recommend]
impl<T: Default> Initial for T {
    fn initial() -> Self {
        T::default()
    }
}
