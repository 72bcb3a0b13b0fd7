//! The namespaces of a server: checked when the server starts, looked up for every CONNECT.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, Location, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use super::middleware::Chain;
use super::mount::{Mount, Mounted};
use super::pattern::{Captures, Pattern};
use super::server_event::{Heard, ServerRow, guarded};
use super::table::{Namespace, OnConnect, OnDisconnect, Table};
use crate::adapter::PresenceReport;
use crate::error::{Error, panic_text};
use crate::packet::Packet;
use crate::socket::{Inner, Nsp, OnError, Shared, SocketId};

/// All namespaces of a server.
pub(crate) struct Registry {
    fixed: HashMap<Box<str>, Fixed>,
    // In the order in which patterns are tried.
    patterns: Vec<Dynamic>,
    /// The namespaces of patterns, by concrete path. Each exists as long as a client is connected to it.
    children: Mutex<HashMap<Box<str>, Weak<Nsp>>>,
    shared: Arc<Shared>,
    middlewares: Option<Arc<Chain>>,
    on_namespace: Option<OnNamespace>,
    /// Another node has reported users, so that a namespace which begins to exist here asks for those that it has there.
    knows_users: AtomicBool,
}

/// The functions of `Server::on_namespace`.
pub(crate) type OnNamespace = Arc<dyn Fn(&str) + Send + Sync>;

struct Fixed {
    namespace: Arc<dyn Mounted>,
    server_events: &'static [ServerRow],
    nsp: Arc<Nsp>,
}

struct Dynamic {
    pattern: Pattern,
    mount: Mount,
}

/// A namespace that a client may ask to enter.
pub(crate) struct Resolved {
    pub(crate) namespace: Arc<dyn Mounted>,
    pub(crate) nsp: Arc<Nsp>,
    pub(crate) captures: Captures,
}

/// A namespace without handlers: for the paths of `Server::open`, and for `/` if the program has no namespace `/`.
struct Open;

impl Namespace for Open {
    const TABLE: Table<Self> = Table {
        connect: OnConnect::initial(|| Open),
        disconnect: OnDisconnect::NONE,
        events: &[],
        fallback: None,
        locked: false,
        emits: None,
        file: file!(),
        line: line!(),
    };
}

impl Mount {
    /// A namespace without handlers, opened by the program at `place`.
    pub(crate) fn open(place: &'static Location<'static>) -> Self {
        Self { file: place.file(), line: place.line(), ..Self::of::<Open>() }
    }
}

impl Registry {
    /// Checks the namespaces of a program and logs one line for each.
    pub(crate) fn new(
        mut mounts: Vec<(String, Mount)>,
        shared: Arc<Shared>,
        middlewares: Option<Arc<Chain>>,
        on_namespace: Option<OnNamespace>,
    ) -> Result<Self, Error> {
        mounts.sort_by(|(a, left), (b, right)| (a, left.file, left.line).cmp(&(b, right.file, right.line)));
        let mut registry = Self {
            fixed: HashMap::new(),
            patterns: Vec::new(),
            children: Mutex::default(),
            shared: shared.clone(),
            middlewares,
            on_namespace,
            knows_users: AtomicBool::new(false),
        };
        let mut seen: HashMap<String, String> = HashMap::new();
        for (path, mount) in mounts {
            let pattern = Pattern::parse(&path).map_err(Error::start)?;
            let place = format!("\"{path}\" ({}:{})", mount.file, mount.line);
            if !path.starts_with('/') {
                return Err(Error::start(format!("a namespace path begins with `/`: {place}")));
            }
            // The macro refuses such paths too, but `open` and `mount_at` take paths at run time.
            if path.contains([',', '?']) {
                let why = "in a packet `,` ends the path, and `?` begins a query";
                return Err(Error::start(format!("no client can reach {place}: {why}")));
            }
            mount.requirements.check(&place, pattern.is_some(), &shared.states)?;
            check_events(&place, &mount)?;
            let shape = pattern.as_ref().map_or_else(|| path.clone(), Pattern::shape);
            if let Some(first) = seen.insert(shape, place.clone()) {
                return Err(Error::start(format!("two namespaces for one path: {first} and {place}")));
            }
            let events = mount.events.len();
            let plural = if events == 1 { "" } else { "s" };
            tracing::info!("{path}  {events} event{plural}  {}:{}", mount.file, mount.line);
            match pattern {
                Some(pattern) => registry.patterns.push(Dynamic { pattern, mount }),
                None => registry.fix(&path, mount),
            }
        }
        if !registry.fixed.contains_key("/") {
            registry.fix("/", Mount::of::<Open>());
        }
        registry.patterns.sort_by_cached_key(|dynamic| dynamic.pattern.rank());
        Ok(registry)
    }

    fn fix(&mut self, path: &str, mount: Mount) {
        let nsp = Nsp::new(path, self.shared.clone(), mount.on_error);
        let (namespace, server_events) = (mount.namespace, mount.server_events);
        self.fixed.insert(path.into(), Fixed { namespace, server_events, nsp });
    }

    /// Whether the registry has this path, or a pattern of the same shape.
    pub(crate) fn knows(&self, path: &str) -> bool {
        self.fixed.contains_key(path)
            || matches!(Pattern::parse(path), Ok(Some(asked)) if self.patterns.iter().any(|known| known.pattern.shape() == asked.shape()))
    }

    /// The namespace of a path. A path without a namespace takes no memory.
    pub(crate) fn resolve(&self, path: &str) -> Option<Resolved> {
        if let Some(fixed) = self.fixed.get(path) {
            return Some(Resolved {
                namespace: fixed.namespace.clone(),
                nsp: fixed.nsp.clone(),
                captures: Box::default(),
            });
        }
        // A name has no query. In protocols whose names have queries, the query was removed before.
        if path.contains('?') {
            return None;
        }
        let (at, captures) = self.serves(path)?;
        let mount = &self.patterns.get(at)?.mount;
        Some(Resolved { namespace: mount.namespace.clone(), nsp: self.child(path, mount.on_error), captures })
    }

    fn child(&self, path: &str, on_error: Option<OnError>) -> Arc<Nsp> {
        let mut children = self.children.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(child) = children.get(path).and_then(Weak::upgrade) {
            return child;
        }
        // Removes namespaces without clients whenever the table would grow: the table is at most twice as large as its
        // live peak.
        if children.len() == children.capacity() {
            children.retain(|_, child| child.strong_count() > 0);
        }
        let child = Nsp::child(path, self.shared.clone(), on_error);
        children.insert(path.into(), Arc::downgrade(&child));
        drop(children);
        if self.knows_users.load(Ordering::Relaxed) {
            child.ask_for_users();
        }
        if let Some(on_namespace) = &self.on_namespace
            && let Err(panic) = catch_unwind(AssertUnwindSafe(|| on_namespace(path)))
        {
            let text = panic_text(&*panic);
            tracing::error!(namespace = path, text, "the function given to `Server::on_namespace` panicked");
        }
        child
    }

    /// The namespace of a path that is no pattern, or the namespaces of a pattern that exist now.
    pub(crate) fn all(&self, pattern: &str) -> Vec<Arc<Nsp>> {
        let Ok(Some(asked)) = Pattern::parse(pattern) else { return self.existing(pattern).into_iter().collect() };
        let Some(at) = self.patterns.iter().position(|known| known.pattern.shape() == asked.shape()) else {
            return Vec::new();
        };
        let children = self.children.lock().unwrap_or_else(PoisonError::into_inner);
        let served = |path: &str| self.serves(path).is_some_and(|(serving, _)| serving == at);
        children.iter().filter(|(path, _)| served(path)).filter_map(|(_, child)| child.upgrade()).collect()
    }

    /// The pattern that serves a path, by its index, and the captures.
    fn serves(&self, path: &str) -> Option<(usize, Captures)> {
        self.patterns.iter().enumerate().find_map(|(at, Dynamic { pattern, mount })| {
            let captures = pattern.matches(path)?;
            if let Some(error) = mount.requirements.paths().iter().find_map(|need| (need.parses)(&captures).err()) {
                tracing::debug!(namespace = path, %error, "a capture does not parse");
                return None;
            }
            Some((at, captures))
        })
    }

    /// Applies what another node reports of its users. Those of a namespace that does not exist here are asked for when it does.
    pub(crate) fn apply_presence(&self, report: PresenceReport) {
        self.knows_users.store(true, Ordering::Relaxed);
        if let Some(nsp) = self.existing(&report.namespace) {
            nsp.apply_presence(report);
        }
    }

    /// Calls the method with `#[server_event]` for an event of another server; `None` if the namespace of its path has no such method. The
    /// namespace of a pattern need not have a client here.
    pub(crate) fn server_event(&self, event: &str, packet: &Packet) -> Option<Heard> {
        let row = self.server_row(packet.namespace(), event)?;
        Some(guarded(|| row.hear(&self.shared.states, packet)))
    }

    /// Whether a method with `#[server_event]` handles an event of a path.
    pub(crate) fn has_server_event(&self, path: &str, event: &str) -> bool {
        self.server_row(path, event).is_some()
    }

    fn server_row(&self, path: &str, event: &str) -> Option<&'static ServerRow> {
        let rows = match self.fixed.get(path) {
            Some(fixed) => fixed.server_events,
            None => self.patterns.get(self.serves(path)?.0)?.mount.server_events,
        };
        rows.iter().find(|row| row.name == event)
    }

    /// A socket by its id.
    pub(crate) fn socket(&self, id: SocketId) -> Option<Arc<Inner>> {
        let fixed = self.fixed.values().find_map(|fixed| fixed.nsp.members.member(id));
        fixed.or_else(|| self.shared.in_pattern(id))
    }

    /// A namespace that exists now. A namespace of a pattern exists only while a client is connected to it.
    pub(crate) fn existing(&self, path: &str) -> Option<Arc<Nsp>> {
        if let Some(fixed) = self.fixed.get(path) {
            return Some(fixed.nsp.clone());
        }
        self.children.lock().unwrap_or_else(PoisonError::into_inner).get(path).and_then(Weak::upgrade)
    }

    /// All namespaces that exist now.
    pub(crate) fn nsps(&self) -> Vec<Arc<Nsp>> {
        let children = self.children.lock().unwrap_or_else(PoisonError::into_inner);
        let fixed = self.fixed.values().map(|fixed| fixed.nsp.clone());
        fixed.chain(children.values().filter_map(Weak::upgrade)).collect()
    }

    /// The middlewares, if there are any.
    pub(crate) fn middlewares(&self) -> Option<&Arc<Chain>> {
        self.middlewares.as_ref()
    }

    /// What is shared by all namespaces.
    pub(crate) fn shared(&self) -> &Arc<Shared> {
        &self.shared
    }
}

impl Drop for Registry {
    /// Ends the kept sessions, because they keep their namespaces, which keep the sessions.
    fn drop(&mut self) {
        if let Some(recovery) = &self.shared.recovery {
            recovery.clear();
        }
    }
}

/// Fails if two handlers have the same event, which the macro does not see for handlers under `#[cfg]`.
fn check_events(place: &str, mount: &Mount) -> Result<(), Error> {
    let twice = mount.events.windows(2).find_map(|pair| match pair {
        [a, b] if a == b => Some(a),
        _ => None,
    });
    if let Some(event) = twice {
        return Err(Error::start(format!("namespace {place} handles the event `{event}` twice")));
    }
    let mut names: Vec<_> = mount.server_events.iter().map(|row| row.name).collect();
    names.sort_unstable();
    let twice = names.windows(2).find_map(|pair| match pair {
        [a, b] if a == b => Some(a),
        _ => None,
    });
    twice.map_or(Ok(()), |event| {
        Err(Error::start(format!("namespace {place} handles the server event `{event}` twice")))
    })
}
