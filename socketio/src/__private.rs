//! Everything that generated code names, in one place. Not a public interface: it may change with every version, and the macros of
//! one version fit the runtime of the same version only.

pub use std::borrow::Cow;
pub use std::boxed::Box;

pub use inventory;
pub use serde;
pub use tokio::sync::{OwnedRwLockReadGuard as Shared, OwnedRwLockWriteGuard as Exclusive};

pub use crate::namespace::kinds::{ResultKind, ValueKind, probe};
pub use crate::namespace::{
    Arguments, Connect, Context, Decode, Disconnect, Entry, Event, Failure, FromContext, FromPayload, HasPath, Initial,
    Is, Lent, Mount, Namespace, Otherwise, Outcome, ReadError, ReadOtherwise, Reader, Refusal, ReplyTo, Requirements,
    Run, Table, check, lost,
};
pub use crate::packet::{EventWriter, WriteError};
pub use crate::socket::{Event as TypedEvent, Grant};

/// A future of a handler that waits.
pub type BoxFuture<'a, T> = std::pin::Pin<Box<dyn Future<Output = T> + Send + 'a>>;
