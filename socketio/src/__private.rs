//! Everything that generated code names, in one place. Not a public interface: it may change with every version, and the macros of
//! one version fit the runtime of the same version only.

pub use std::borrow::Cow;
pub use std::boxed::Box;
pub use std::option::Option::{self, None, Some};
pub use std::result::Result::{self, Err, Ok};

pub use inventory;
pub use serde;
pub use tokio::sync::{OwnedRwLockReadGuard as Shared, OwnedRwLockWriteGuard as Exclusive};

pub use crate::error::Error;
pub use crate::namespace::kinds::{ResultKind, ValueKind, probe};
pub use crate::namespace::{
    Arguments, Begun, BoxFuture, Call, CallLater, CallMut, Construct, ConstructLater, Consume, ConsumeLater, Context,
    Ending, Entry, ErrorHook, FromContext, FromPayload, FromServer, HasPath, Heard, Hook, HookFuture, HookLater,
    HookRow, Hooks, Initial, Is, Lending, Lent, Limit, MapError, Mapped, Method, Mount, Namespace, OnConnect,
    OnDisconnect, Otherwise, Program, ReadError, ReadOtherwise, Reader, Reading, Refusal, Requirements, Row, Sent,
    ServerEvent, ServerRow, Source, Table, begin, check, check_answer, check_auth, check_once, check_sent,
    check_server_event, lost,
};
pub use crate::packet::{EventWriter, WriteError};
pub use crate::socket::{EmittedBy, Event, Grant};
