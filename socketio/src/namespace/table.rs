//! A namespace's handlers as data: what `#[namespace]` generates and the registry collects.

use std::pin::Pin;
use std::sync::Arc;

use tokio::sync::{OwnedRwLockReadGuard, OwnedRwLockWriteGuard};

use super::call::Arguments;
use super::context::Context;
use super::lent::EventName;
use super::refusal::Refusal;
use super::reply::Outcome;
use super::requirements::Requirements;
use super::turns::{Instance, Turns};
use crate::socket::Socket;

type BoxFuture<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// How one event is run. A `fn` runs at once; an `async fn` gives a future that owns its access to the instance, and what it is given.
pub enum Run<N: 'static> {
    /// `fn(&self, ..)`
    Now(fn(&N, &Context, &Arguments) -> Outcome),
    /// `fn(&mut self, ..)`
    NowMut(fn(&mut N, &Context, &Arguments) -> Outcome),
    /// `async fn(&self, ..)`
    Later(fn(OwnedRwLockReadGuard<N>, Context, Arguments) -> BoxFuture<Outcome>),
    /// `async fn(&mut self, ..)`
    LaterMut(fn(OwnedRwLockWriteGuard<N>, Context, Arguments) -> BoxFuture<Outcome>),
}

/// One row of the table.
pub struct Event<N: 'static> {
    /// The name on the wire; spaces count as underscores.
    pub name: &'static str,
    /// The method's documentation.
    pub docs: &'static str,
    /// The method.
    pub run: Run<N>,
    /// What the method needs from the server.
    pub requires: fn(&mut Requirements),
    /// Where the method is, in the file of the namespace.
    pub line: u32,
}

/// How an instance comes into being.
pub enum Connect<N: 'static> {
    /// Without waiting.
    Now(fn(Context, Arguments) -> Result<N, Refusal>),
    /// With an `async fn on_connect`.
    Later(fn(Context, Arguments) -> BoxFuture<Result<N, Refusal>>),
}

/// What happens to an instance when its client has left.
pub enum Disconnect<N: 'static> {
    /// It is dropped.
    None,
    /// `fn on_disconnect`
    Now(fn(N, Context)),
    /// `async fn on_disconnect`
    Later(fn(N, Context) -> BoxFuture<()>),
}

/// Everything the runtime knows of a namespace type.
pub struct Table<N: 'static> {
    /// The constructor.
    pub connect: Connect<N>,
    /// What the constructor needs from the server.
    pub connect_requires: fn(&mut Requirements),
    /// The farewell.
    pub disconnect: Disconnect<N>,
    /// What the farewell needs from the server.
    pub disconnect_requires: fn(&mut Requirements),
    /// The handlers, in the order of the source; aliases are rows of their own.
    pub events: &'static [Event<N>],
    /// The handler of everything else.
    pub fallback: Option<Event<N>>,
    /// Whether everything is locked until granted: unknown events are then `forbidden`, not `not_found`.
    pub locked: bool,
    /// The type of the events that the namespace emits.
    pub emits: Option<&'static str>,
    /// Where the namespace is.
    pub file: &'static str,
    /// Where the namespace is.
    pub line: u32,
}

/// A type whose `on_*` methods handle the events of a namespace. Implemented by `#[namespace]`, never by hand.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has a namespace path but no events",
    label = "nothing will ever be dispatched to this namespace",
    note = "add `#[namespace]` to the `impl {Self}` block that holds its `on_*` methods"
)]
pub trait Namespace: Sized + Send + Sync + 'static {
    /// The handlers.
    #[doc(hidden)]
    const TABLE: Table<Self>;
}

/// A namespace type that knows its path.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is a namespace without a path",
    label = "this namespace has no path",
    note = "write the path on the impl, `#[namespace(\"/chat\")] impl {Self}`, or on the struct"
)]
pub trait HasPath {
    /// The path or pattern.
    const PATH: &'static str;
}

/// A table whose rows are sorted for look-up.
pub(crate) struct Sorted<N: 'static> {
    /// By length first: few names have the same, and only those are compared letter by letter.
    rows: Vec<Event<N>>,
    fallback: Option<Event<N>>,
    pub(super) connect: Connect<N>,
    pub(super) disconnect: Disconnect<N>,
    pub(super) locked: bool,
}

impl<N> Sorted<N> {
    /// Who takes an event, and the event's name as it was sent; spaces in it count as underscores.
    pub(super) fn find(&self, name: &str) -> Option<(Run<N>, EventName)> {
        if let Some(row) = self.row(name) {
            return Some((row.run, EventName::fixed(row.name)));
        }
        let spaced = if name.contains(' ') { self.row(&name.replace(' ', "_")) } else { None };
        spaced.or(self.fallback.as_ref()).map(|row| (row.run, EventName::sent(name)))
    }

    fn row(&self, name: &str) -> Option<&Event<N>> {
        let longer = self.rows.partition_point(|row| row.name.len() < name.len());
        let rows = self.rows.get(longer..)?;
        rows.iter().take_while(|row| row.name.len() == name.len()).find(|row| row.name == name)
    }
}

impl<N> Clone for Run<N> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<N> Copy for Run<N> {}

/// A namespace type without its type: what the registry holds.
pub(crate) trait Mounted: Send + Sync {
    /// Builds the instance for a client that has sent CONNECT.
    fn connect(&self, socket: Socket, auth: Arguments) -> Box<dyn Instance>;
}

struct Typed<N: 'static>(Arc<Sorted<N>>);

impl<N: Namespace> Mounted for Typed<N> {
    fn connect(&self, socket: Socket, auth: Arguments) -> Box<dyn Instance> {
        Box::new(Turns::new(self.0.clone(), socket, auth))
    }
}

/// A namespace type ready for the registry, with what the start-up checks want to know.
pub struct Mount {
    pub(crate) namespace: Arc<dyn Mounted>,
    pub(crate) requirements: Requirements,
    /// The event names; equal ones are neighbours.
    pub(crate) events: Vec<&'static str>,
    pub(crate) file: &'static str,
    pub(crate) line: u32,
}

impl Mount {
    pub(crate) fn of<N: Namespace>() -> Self {
        let Table {
            connect,
            connect_requires,
            disconnect,
            disconnect_requires,
            events,
            fallback,
            locked,
            file,
            line,
            ..
        } = N::TABLE;
        let mut requirements = Requirements::default();
        requirements.of("on_connect", connect_requires);
        requirements.of("on_disconnect", disconnect_requires);
        let mut rows: Vec<Event<N>> = Vec::with_capacity(events.len());
        for event in events {
            requirements.of(event.name, event.requires);
            rows.push(Event { ..*event });
        }
        if let Some(event) = &fallback {
            requirements.of("fallback", event.requires);
        }
        rows.sort_unstable_by_key(|row| (row.name.len(), row.name));
        let events = rows.iter().map(|row| row.name).collect();
        let sorted = Sorted { rows, fallback, connect, disconnect, locked };
        Self { namespace: Arc::new(Typed(Arc::new(sorted))), requirements, events, file, line }
    }
}

/// What a namespace leaves at link time for `Server::new` to discover.
pub struct Entry {
    pub(crate) path: &'static str,
    pub(crate) mount: fn() -> Mount,
}

impl Entry {
    /// The entry of a namespace type.
    pub const fn new<N: Namespace + HasPath>() -> Self {
        Self { path: N::PATH, mount: Mount::of::<N> }
    }
}

inventory::collect!(Entry);

impl std::fmt::Debug for Mount {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Mount").field("events", &self.events).field("file", &self.file).finish_non_exhaustive()
    }
}
