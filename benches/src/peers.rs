//! Who takes part: our server and its peers, and which name stands for which.

use std::collections::BTreeSet;
use std::path::PathBuf;

use crate::Failure;
use crate::args::Options;

/// What has to be built or installed before a server can start.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Source {
    /// The example `bench_server` of this workspace.
    Ours,
    /// `peers/socketioxide`.
    Socketioxide,
    /// `peers/node`, run by Node.js.
    Node,
    /// `peers/node`, run by Bun.
    Bun,
    /// `peers/python`.
    Python,
    /// Given on the command line; nothing is built.
    Given,
}

/// The threads of a server.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Threads {
    One,
    /// One for each core, between which connections move; or what the server has where it is not in Rust.
    Pool,
    /// One for each core, and each connection stays on one. Measured on every core only, because on one core it is one thread.
    Workers,
}

/// One server.
#[derive(Clone)]
pub(crate) struct Peer {
    pub(crate) name: String,
    /// The modes of one server are one family, of which the better counts.
    pub(crate) family: String,
    pub(crate) source: Source,
    /// Whether it has jemalloc; the system's allocator otherwise. Only of the servers in Rust.
    pub(crate) jemalloc: bool,
    /// What the program is started with.
    pub(crate) arguments: &'static [&'static str],
    /// The program and its arguments; filled in by `prepare`.
    pub(crate) command: Vec<PathBuf>,
    pub(crate) environment: Vec<(&'static str, &'static str)>,
}

impl Peer {
    /// Slower than the others by so much that fewer rounds tell enough.
    pub(crate) fn is_slow(&self) -> bool {
        matches!(self.source, Source::Bun | Source::Node | Source::Python)
    }

    pub(crate) fn is_ours(&self) -> bool {
        [OURS, OURS_DEFAULT].contains(&self.family.as_str())
    }

    /// The family that its figures are compared with: socketioxide with the same allocator.
    pub(crate) fn baseline(&self) -> &'static str {
        if [OURS_DEFAULT, BASELINE_DEFAULT].contains(&self.family.as_str()) { BASELINE_DEFAULT } else { BASELINE }
    }
}

/// Ours with jemalloc.
pub(crate) const OURS: &str = "ours";
/// Ours with the system's allocator.
pub(crate) const OURS_DEFAULT: &str = "ours-default";
pub(crate) const BASELINE: &str = "socketioxide";
pub(crate) const BASELINE_DEFAULT: &str = "socketioxide-default";
const CURRENT: (&str, &str) = ("RT", "current");

/// Names of families in tables, where they are not their own.
const TITLES: [(&str, &str); 4] =
    [(OURS, "**socketio**"), ("bun", "bun engine"), ("node", "node `ws`"), ("python", "python-socketio")];

/// The name of a family for people.
pub(crate) fn title(family: &str) -> &str {
    TITLES.iter().find(|(name, _)| *name == family).map_or(family, |(_, title)| title)
}

/// Name, family, source and threads.
const KNOWN: [(&str, &str, Source, Threads); 12] = [
    ("ours-current", OURS, Source::Ours, Threads::One),
    ("ours-multi", OURS, Source::Ours, Threads::Pool),
    ("ours-workers", OURS, Source::Ours, Threads::Workers),
    ("socketioxide-current", BASELINE, Source::Socketioxide, Threads::One),
    ("socketioxide-multi", BASELINE, Source::Socketioxide, Threads::Pool),
    ("ours-default-current", OURS_DEFAULT, Source::Ours, Threads::One),
    ("ours-default-multi", OURS_DEFAULT, Source::Ours, Threads::Pool),
    ("socketioxide-default-current", BASELINE_DEFAULT, Source::Socketioxide, Threads::One),
    ("socketioxide-default-multi", BASELINE_DEFAULT, Source::Socketioxide, Threads::Pool),
    ("bun", "bun", Source::Bun, Threads::Pool),
    ("node", "node", Source::Node, Threads::Pool),
    ("python", "python", Source::Python, Threads::Pool),
];

/// The servers that `--peers` and `--with` name, all known ones without `--peers`. A family's name means all of its modes; workers are
/// among them with `--unpinned` only.
pub(crate) fn select(options: &Options) -> Result<Vec<Peer>, Failure> {
    let wanted = options.list("peers");
    if let Some(unknown) = wanted.iter().flatten().find(|name| !known(name)) {
        return Err(format!("no server {unknown:?}; there are {}", KNOWN.map(|entry| entry.0).join(", ")).into());
    }
    let mut peers: Vec<Peer> = KNOWN
        .iter()
        .filter(|(name, family, _, threads)| {
            let named = wanted.as_ref().is_some_and(|wanted| wanted.contains(name));
            let in_family = wanted.as_ref().is_none_or(|wanted| wanted.contains(family));
            named || in_family && (*threads != Threads::Workers || options.flag("unpinned"))
        })
        .map(peer)
        .collect();
    for given in options.all("with") {
        let (name, command) = given.split_once('=').ok_or_else(|| format!("--with {given:?} is not name=command"))?;
        peers.push(other(name, command));
    }
    Ok(peers)
}

/// The servers of these names, without anything to start them with: for tables.
pub(crate) fn named<'n>(names: impl Iterator<Item = &'n str>) -> Vec<Peer> {
    let names: BTreeSet<&str> = names.collect();
    let of_known = KNOWN.iter().filter(|entry| names.contains(entry.0)).map(peer);
    let others = names.iter().filter(|name| KNOWN.iter().all(|entry| entry.0 != **name));
    of_known.chain(others.map(|name| other(name, ""))).collect()
}

fn peer(&(name, family, source, threads): &(&str, &str, Source, Threads)) -> Peer {
    Peer {
        name: name.to_owned(),
        family: family.to_owned(),
        source,
        jemalloc: ![OURS_DEFAULT, BASELINE_DEFAULT].contains(&family),
        arguments: if threads == Threads::Workers { &["--workers", "0"] } else { &[] },
        command: Vec::new(),
        environment: if threads == Threads::One { vec![CURRENT] } else { Vec::new() },
    }
}

fn other(name: &str, command: &str) -> Peer {
    Peer {
        name: name.to_owned(),
        family: name.to_owned(),
        source: Source::Given,
        jemalloc: false,
        arguments: &[],
        command: command.split_whitespace().map(PathBuf::from).collect(),
        environment: vec![CURRENT],
    }
}

fn known(wanted: &str) -> bool {
    KNOWN.iter().any(|(name, family, ..)| *name == wanted || *family == wanted)
}
