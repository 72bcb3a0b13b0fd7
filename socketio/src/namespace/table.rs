//! A namespace's handlers as data, which `#[namespace]` generates and the registry collects.

use tokio::sync::{OwnedRwLockReadGuard as Shared, OwnedRwLockWriteGuard as Exclusive};

use super::bucket::{Limit, Limited};
use super::call::Arguments;
use super::context::Context;
use super::event_name::EventName;
use super::hooks::Hooks;
use super::refusal::Refusal;
use super::reply::Ending;
use super::requirements::Requirements;
use super::run::{self, BoxFuture, Construct, ConstructLater, Consume, ConsumeLater};
use super::server_event::ServerRow;

/// How one event is run. A `fn` runs at once; an `async fn` returns a future that owns its access to the instance, and
/// its arguments.
pub(super) enum Run<N: 'static> {
    /// `fn(&self, ..)`
    Now(fn(&N, &Context, &Arguments) -> Ending),
    /// `fn(&mut self, ..)`
    NowMut(fn(&mut N, &Context, &Arguments) -> Ending),
    /// `async fn(&self, ..)`
    Later(fn(Shared<N>, Context, Arguments) -> BoxFuture<Ending>),
    /// `async fn(&mut self, ..)`
    LaterMut(fn(Exclusive<N>, Context, Arguments) -> BoxFuture<Ending>),
}

/// One row of the table; its constructors are in `row`.
pub struct Row<N: 'static> {
    /// The name on the wire, where spaces count as underscores.
    pub name: &'static str,
    /// The method's documentation.
    pub docs: &'static str,
    /// Where the method is, in the file of the namespace.
    pub line: u32,
    /// The method.
    pub(super) run: Run<N>,
    /// What the method needs from the server.
    pub(super) requires: fn(&mut Requirements),
    pub(super) limit: Option<Limited>,
}

/// How an instance is built when a client connects.
pub struct OnConnect<N: 'static> {
    pub(super) run: Connect<N>,
    /// What the method needs from the server.
    pub(super) requires: fn(&mut Requirements),
}

/// How `on_connect` is run.
pub(super) enum Connect<N: 'static> {
    /// There is no `on_connect`.
    Initial(fn() -> N),
    /// Without waiting.
    Now(fn(Context, Arguments) -> Result<N, Refusal>),
    /// As a future.
    Later(fn(Context, Arguments) -> BoxFuture<Result<N, Refusal>>),
}

impl<N: Namespace> OnConnect<N> {
    /// Without an `on_connect`.
    pub const fn initial(initial: fn() -> N) -> Self {
        Self { run: Connect::Initial(initial), requires: |_| {} }
    }

    /// A `fn on_connect`.
    pub const fn now<M: Construct<N>>() -> Self {
        let now = Connect::Now(run::construct::<N, M>);
        let run = if M::IMMEDIATE { now } else { Connect::Later(run::construct_later::<N, M>) };
        Self { run, requires: M::requires }
    }

    /// An `async fn on_connect`.
    pub const fn later<M: ConstructLater<N>>() -> Self {
        Self { run: Connect::Later(M::call), requires: M::requires }
    }
}

/// How an instance is consumed when its client has left.
pub struct OnDisconnect<N: 'static> {
    pub(super) run: Disconnect<N>,
    /// What the method needs from the server.
    pub(super) requires: fn(&mut Requirements),
}

/// How `on_disconnect` is run.
pub(super) enum Disconnect<N: 'static> {
    /// There is no `on_disconnect`: the instance is dropped.
    None,
    /// Without waiting.
    Now(fn(N, Context)),
    /// As a future.
    Later(fn(N, Context) -> BoxFuture<()>),
}

impl<N: Namespace> OnDisconnect<N> {
    /// Without an `on_disconnect`.
    pub const NONE: Self = Self { run: Disconnect::None, requires: |_| {} };

    /// A `fn on_disconnect`.
    pub const fn now<M: Consume<N>>() -> Self {
        let now = Disconnect::Now(run::consume::<N, M>);
        let run = if M::IMMEDIATE { now } else { Disconnect::Later(run::consume_later::<N, M>) };
        Self { run, requires: M::requires }
    }

    /// An `async fn on_disconnect`.
    pub const fn later<M: ConsumeLater<N>>() -> Self {
        Self { run: Disconnect::Later(M::call), requires: M::requires }
    }
}

/// The description of a namespace type for the runtime.
pub struct Table<N: 'static> {
    /// The row of `on_connect`.
    pub connect: OnConnect<N>,
    /// The row of `on_disconnect`.
    pub disconnect: OnDisconnect<N>,
    /// The handlers, in the order of the source. A handler with several names has a row for each name.
    pub events: &'static [Row<N>],
    /// The handler of all other events.
    pub fallback: Option<Row<N>>,
    /// Whether the namespace has an `acl`: an unknown event is then answered with `forbidden`, not `not_found`.
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

    /// The hooks.
    #[doc(hidden)]
    const HOOKS: Hooks<Self> = Hooks::NONE;

    /// The methods for events of other servers.
    #[doc(hidden)]
    const SERVER_EVENTS: &'static [ServerRow] = &[];

    /// How many events one client may send, not counting events whose handler has its own limit.
    #[doc(hidden)]
    const LIMIT: Option<Limit> = None;
}

/// A namespace type with a path.
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
    /// Sorted by length first, because few names have the same length and only those are compared byte by byte.
    pub(super) rows: Vec<Row<N>>,
    pub(super) fallback: Option<Row<N>>,
    /// Runs the hooks around an event without a handler; `None` in a namespace without hooks.
    pub(super) unknown: Option<Run<N>>,
    pub(super) connect: Connect<N>,
    pub(super) disconnect: Disconnect<N>,
    pub(super) locked: bool,
    /// The buckets that an instance has.
    pub(super) limits: Vec<Limited>,
}

impl<N> Sorted<N> {
    /// The handler of an event, and the event's name as it was sent; spaces in the name count as underscores.
    pub(super) fn find(&self, name: &str) -> Option<(Run<N>, EventName)> {
        if let Some(row) = self.row(name) {
            return Some((row.run, EventName::fixed(row.name)));
        }
        let run = self.otherwise(name).map(|row| row.run).or(self.unknown);
        run.map(|run| (run, EventName::sent(name)))
    }

    /// The row of an event, if any.
    pub(super) fn handler(&self, name: &str) -> Option<&Row<N>> {
        self.row(name).or_else(|| self.otherwise(name))
    }

    /// The row of an event if no row has exactly this name: with underscores for spaces, or the fallback.
    fn otherwise(&self, name: &str) -> Option<&Row<N>> {
        let spaced = if name.contains(' ') { self.row(&name.replace(' ', "_")) } else { None };
        spaced.or(self.fallback.as_ref())
    }

    fn row(&self, name: &str) -> Option<&Row<N>> {
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
