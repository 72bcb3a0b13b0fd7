//! What the compiler knows of a method's types: constants that differ between types. The messages are in `checks`.
//! Nothing here runs for a packet, except [`Initial::initial`].

use std::marker::PhantomData;

use super::argument::{Ack, FromPayload, ReadError, Reader, Source};
use super::context::FromContext;
use crate::packet::Packet;

/// Which of a packet's arguments a type takes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Takes {
    /// It cannot be sent at all: the compiler says so by itself.
    Nothing,
    /// One, which must be there unless the type is an [`Is::OPTION`].
    One,
    /// One, or none.
    Optional,
    /// All that remain.
    Rest,
    /// None: it is the acknowledgement.
    Ack,
}

/// Questions about `T`: `<Is<T>>::ACK` is an inherent constant where one of the blocks below applies to `T`; where none does, the name
/// falls through to [`Otherwise`], which says `false`.
pub struct Is<T: ?Sized>(PhantomData<T>);

impl<T: FromContext + FromPayload> Is<T> {
    /// It can be lent and it can be sent: by value it would be taken from the client.
    pub const LENT: bool = true;
}

impl<T: FromContext> Is<T> {
    /// It is a context that may be missing.
    pub const FALLIBLE: bool = T::FALLIBLE;
    /// It is a context that never waits.
    pub const IMMEDIATE: bool = T::IMMEDIATE;
}

impl<T: FromPayload> Is<T> {
    /// Which arguments it takes.
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
    /// It may be missing.
    pub const OPTION: bool = true;
}

impl<R> Is<Option<Ack<R>>> {
    /// It is an acknowledgement that is asked for as if it could be missing.
    pub const OPTIONAL_ACK: bool = true;

    /// Stands in for [`FromPayload`], which `Option<Ack<R>>` does not implement: the compile error about it is enough.
    pub fn read<S: Source>(args: &mut Reader<'_, S>, name: &'static str) -> Result<Option<Ack<R>>, ReadError> {
        Ack::from_payload(args, name).map(Some)
    }
}

impl Is<Packet> {
    /// There is one for events only.
    pub const EVENT_ONLY: bool = true;
}

impl Is<()> {
    /// It is nothing.
    pub const UNIT: bool = true;
}

/// The answer where `T` is not such a type.
pub trait Otherwise {
    /// See [`Is::LENT`].
    const LENT: bool = false;
    /// See [`Is::FALLIBLE`].
    const FALLIBLE: bool = false;
    /// See [`Is::IMMEDIATE`]. That it is no context is an error of its own.
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

/// Reads an argument of any other type than those with a [`Is::read`] of their own.
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
