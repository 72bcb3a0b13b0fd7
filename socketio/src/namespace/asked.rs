//! What generated code asks of types at compile time: constants that are `true` for some types, and the instance that is not built by
//! `on_connect`. Nothing here runs for a packet, except [`Initial::initial`] and [`lost`].

use std::marker::PhantomData;

use serde::de::SeqAccess;

use super::argument::{Ack, FromPayload, ReadError, Reader};
use super::call::Failure;
use super::context::{Context, FromContext};

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
}

impl<T: FromPayload> Is<T> {
    /// It takes all remaining arguments.
    pub const REST: bool = T::REST;
    /// It is the acknowledgement.
    pub const ACK: bool = T::ACK;
    /// It takes one argument, which must be there unless it is also an [`Is::OPTION`].
    pub const REQUIRED: bool = !T::REST && !T::ACK;
}

impl<T> Is<Option<T>> {
    /// It may be missing.
    pub const OPTION: bool = true;
}

impl<R> Is<Option<Ack<R>>> {
    /// It is an acknowledgement that is asked for as if it could be missing.
    pub const OPTIONAL_ACK: bool = true;

    /// Stands in for [`FromPayload`], which `Option<Ack<R>>` does not implement: the compile error about it is enough.
    pub fn read<'de, A: SeqAccess<'de>>(
        args: &mut Reader<'_, A>,
        name: &'static str,
    ) -> Result<Option<Ack<R>>, ReadError> {
        Ack::from_payload(args, name).map(Some)
    }
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
    /// See [`Is::REST`].
    const REST: bool = false;
    /// See [`Is::ACK`].
    const ACK: bool = false;
    /// See [`Is::REQUIRED`].
    const REQUIRED: bool = false;
    /// See [`Is::OPTION`].
    const OPTION: bool = false;
    /// See [`Is::OPTIONAL_ACK`].
    const OPTIONAL_ACK: bool = false;
    /// See [`Is::UNIT`].
    const UNIT: bool = false;
}

impl<T: ?Sized> Otherwise for Is<T> {}

/// Reads an argument of any other type than those with a [`Is::read`] of their own.
pub trait ReadOtherwise<T> {
    /// See [`FromPayload::from_payload`].
    fn read<'de, A: SeqAccess<'de>>(args: &mut Reader<'_, A>, name: &'static str) -> Result<T, ReadError>
    where
        T: FromPayload,
    {
        T::from_payload(args, name)
    }
}

impl<T> ReadOtherwise<T> for Is<T> {}

/// Ends the compilation with `message`, underlining the caller.
#[track_caller]
#[expect(clippy::panic, reason = "evaluated by the compiler only: the panic is the compile error")]
pub const fn check(right: bool, message: &'static str) {
    if !right {
        panic!("{}", message);
    }
}

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

/// Logs that `on_disconnect` is not called, because a context that is not [`FALLIBLE`](FromContext::FALLIBLE) has failed.
pub fn lost(cx: &Context, failure: Failure) {
    let (namespace, socket) = (cx.socket().path(), cx.socket().id());
    let error = match failure {
        Failure::Refused(error) => error.to_string(),
        Failure::Malformed(text) => text,
    };
    tracing::error!(namespace, %socket, error, "`on_disconnect` was not run: a context that is not FALLIBLE has failed");
}
