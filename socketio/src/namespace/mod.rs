//! Floor 4: user code meets packets. The table of a namespace's handlers, what they are lent and what they are sent, what they
//! answer, and in which order they run. How packets come and go is the matter of the floor above.

mod argument;
mod asked;
mod call;
mod context;
mod instance;
mod lent;
mod lifecycle;
mod path;
mod pattern;
mod refusal;
mod registry;
mod reply;
mod requirements;
mod table;
mod turn;
mod turns;

pub use argument::{Ack, Decode, FromPayload, ReadError, Reader};
pub use asked::{Initial, Is, Otherwise, ReadOtherwise, check, lost};
pub use call::{Arguments, Failure, ReplyTo};
pub use context::{Context, FromContext, Lent};
pub use lent::{AckWanted, EventName, State};
pub use path::Path;
pub use refusal::Refusal;
pub(crate) use registry::Registry;
pub use reply::Outcome;
pub(crate) use reply::kinds;
pub use requirements::Requirements;
pub use table::{Connect, Disconnect, Entry, Event, HasPath, Mount, Namespace, Run, Table};
pub(crate) use turns::Instance;
