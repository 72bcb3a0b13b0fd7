//! Circles of files: files that use each other in a loop can only be read, changed and tested together.

use std::collections::{BTreeMap, BTreeSet};

use crate::source::{Modules, Names};

/// Who uses whom, with one name that shows it.
type Arrows = BTreeMap<Names, BTreeMap<Names, String>>;

/// Circles that may stay, by their members: types that contain each other, whatever file they are in.
pub(crate) const MAY_STAY: &[&[&str]] = &[
    // An object contains values, and a value may be an object.
    &["packet::value", "packet::value::map"],
    // What looks like a placeholder may be an object, whose values are read with the attachments again.
    &["packet::arguments::binary", "packet::arguments::placeholder"],
    // An array contains whatever the serialiser writes, and the serialiser begins arrays.
    &[
        "packet::write",
        "packet::write::serializer",
        "packet::write::serializer::compound",
        "packet::write::serializer::key",
    ],
    // A socket makes targets, a target finds sockets, here and on other nodes, and all give acknowledgements of sockets. A session that may be
    // recovered keeps its namespace, which keeps the sessions.
    &[
        "socket::acks",
        "socket::cluster",
        "socket::handle",
        "socket::inner",
        "socket::link",
        "socket::nsp",
        "socket::recovery::journal",
        "socket::recovery::member",
        "socket::recovery::sessions",
        "socket::target",
        "socket::turn",
    ],
];

/// Every circle but those in `except`, as the arrows that it consists of.
pub(crate) fn circles(modules: &Modules, except: &[&[&str]]) -> Vec<String> {
    let arrows = arrows(modules);
    let reach: BTreeMap<&Names, BTreeSet<&Names>> =
        arrows.keys().map(|from| (from, reachable(&arrows, from))).collect();
    let mut seen = BTreeSet::new();
    let mut circles = Vec::new();
    for from in arrows.keys() {
        let circle: BTreeSet<&Names> =
            reach[from].iter().copied().filter(|to| reach.get(to).is_some_and(|back| back.contains(from))).collect();
        let listed = |one: &Names, members: &[&str]| members.contains(&&*one.join("::"));
        let allowed = |members: &&[&str]| circle.iter().all(|one| listed(one, members));
        if !circle.contains(from) || !seen.insert(circle.clone()) || except.iter().any(allowed) {
            continue;
        }
        let mut lines = vec![format!("{} files use each other in a circle:", circle.len())];
        for one in &circle {
            for (other, name) in arrows[*one].iter().filter(|(other, _)| circle.contains(other)) {
                lines.push(format!("    {} uses `{name}` of {}", one.join("::"), other.join("::")));
            }
        }
        circles.push(lines.join("\n"));
    }
    circles
}

fn reachable<'a>(arrows: &'a Arrows, from: &Names) -> BTreeSet<&'a Names> {
    let mut reached = BTreeSet::new();
    let mut next: Vec<&Names> = arrows[from].keys().collect();
    while let Some(one) = next.pop() {
        if reached.insert(one) {
            next.extend(arrows.get(one).into_iter().flat_map(BTreeMap::keys));
        }
    }
    reached
}

/// Every arrow between two files of `floor` that does not go down, or stays, in the order of its inner floors.
pub(crate) fn inner_faults(modules: &Modules, floor: &str, inner: &[&str]) -> Vec<String> {
    let mut faults = Vec::new();
    for (from, to, name) in
        arrows(modules).iter().flat_map(|(from, to)| to.iter().map(move |(to, name)| (from, to, name)))
    {
        let ([root, own, ..], Some(other)) = (&from[..], to.first()) else { continue };
        if root != floor || other != floor {
            continue;
        }
        let place = |module: Option<&String>| inner.iter().position(|one| module.is_some_and(|module| module == one));
        match (place(Some(own)), place(to.get(1))) {
            (Some(own), Some(other)) if other <= own => {}
            _ => faults.push(format!("{} uses `{name}` of {}", from.join("::"), to.join("::"))),
        }
    }
    faults
}

/// The arrows between files. A name that is handed on by a `pub use` belongs to the file that defines it.
fn arrows(modules: &Modules) -> Arrows {
    let mut arrows = Arrows::new();
    for (path, module) in modules {
        // A file of tests is none of the house's.
        let to = arrows.entry(path.clone()).or_default();
        if is_test(path) {
            continue;
        }
        for one in module.uses.iter().filter(|one| !one.reexport) {
            if let Some(file) = defined_in(modules, &one.path, 0).filter(|file| file != path) {
                to.entry(file).or_insert_with(|| one.path.last().cloned().unwrap_or_default());
            }
        }
    }
    arrows
}

/// Whether a module is one of tests, by the name of its file.
pub(crate) fn is_test(path: &[String]) -> bool {
    path.iter().any(|part| part == "tests" || part.ends_with("_tests"))
}

/// The file that defines what a path names; `None` for a module, or what cannot be followed.
pub(crate) fn defined_in(modules: &Modules, path: &[String], depth: usize) -> Option<Names> {
    // The longest part of the path that is a file.
    let length = (0..=path.len()).rev().find(|length| modules.contains_key(&path[..*length]))?;
    let (module, rest) = (&modules[&path[..length]], &path[length..]);
    let name = rest.first().filter(|name| *name != "*")?;
    if module.items.contains(name) || depth > 8 {
        return Some(path[..length].to_vec());
    }
    if let Some(behind) = module.imports.get(name) {
        return defined_in(modules, &[behind, &rest[1..]].concat(), depth + 1);
    }
    let globs = module.globs.iter().find_map(|glob| defined_in(modules, &[glob, rest].concat(), depth + 1));
    globs.or_else(|| Some(path[..length].to_vec()))
}
