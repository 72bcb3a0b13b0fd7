//! Namespaces that the registry is built from: found at link time or mounted by the program.

use std::sync::Arc;

use super::call::Arguments;
use super::instance::Instance;
use super::limits;
use super::middleware::Chain;
use super::requirements::Requirements;
use super::row;
use super::server_event::ServerRow;
use super::table::{HasPath, Namespace, Row, Sorted, Table};
use super::turns::Turns;
use crate::socket::{OnError, Socket};

/// A namespace with its type erased, as the registry keeps it.
pub(crate) trait Mounted: Send + Sync {
    /// Builds the instance for a client that has sent CONNECT.
    fn connect(&self, socket: Socket, auth: Arguments, middlewares: Option<Arc<Chain>>) -> Box<dyn Instance>;
}

struct Typed<N: 'static>(Arc<Sorted<N>>);

impl<N: Namespace> Mounted for Typed<N> {
    fn connect(&self, socket: Socket, auth: Arguments, middlewares: Option<Arc<Chain>>) -> Box<dyn Instance> {
        Box::new(Turns::new(self.0.clone(), socket, auth, middlewares))
    }
}

/// A namespace for the registry, with the data that the start-up checks read.
pub struct Mount {
    pub(crate) namespace: Arc<dyn Mounted>,
    pub(crate) requirements: Requirements,
    /// The event names; equal ones are neighbours.
    pub(crate) events: Vec<&'static str>,
    pub(crate) server_events: &'static [ServerRow],
    pub(crate) file: &'static str,
    pub(crate) line: u32,
    pub(crate) on_error: Option<OnError>,
}

impl Mount {
    pub(crate) fn of<N: Namespace>() -> Self {
        let (hooks, table) = (N::HOOKS, N::TABLE);
        let Table { connect, disconnect, events, fallback, locked, file, line, .. } = table;
        let mut requirements = Requirements::default();
        requirements.of("on_connect", connect.requires);
        requirements.of("on_disconnect", disconnect.requires);
        let mut rows: Vec<Row<N>> = Vec::with_capacity(events.len());
        for row in events {
            requirements.of(row.name, row.requires);
            rows.push(Row { ..*row });
        }
        if let Some(row) = &fallback {
            requirements.of("fallback", row.requires);
        }
        N::SERVER_EVENTS.iter().for_each(|row| requirements.of(row.name, row.requires));
        hooks.requires(&mut requirements);
        rows.sort_unstable_by_key(|row| (row.name.len(), row.name));
        let events = rows.iter().map(|row| row.name).collect();
        let unknown = row::unknown();
        let limits = limits::of_namespace(rows.iter().chain(&fallback));
        let (connect, disconnect) = (connect.run, disconnect.run);
        let sorted = Sorted { rows, fallback, unknown, connect, disconnect, locked, limits };
        Self {
            namespace: Arc::new(Typed(Arc::new(sorted))),
            requirements,
            events,
            server_events: N::SERVER_EVENTS,
            file,
            line,
            on_error: hooks.on_error.map(|hook| hook.run),
        }
    }
}

/// The entry of a namespace in the list that the linker collects and `Server::new` reads.
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
