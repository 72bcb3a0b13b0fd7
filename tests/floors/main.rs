//! The architecture as a test: a floor of `socketio/src` names only the floors below it, no files of a crate use each other in a
//! circle, and every file of the workspace says what it is and stays readable in length.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod circles;
mod source;

use std::fs;
use std::path::{Path, PathBuf};

use source::{Names, Use};
use tests::root_dir;

/// Modules at the root of the crate, lowest floor first.
const FLOORS: &[&str] = &["packet", "engine", "adapter", "socket", "namespace", "connection", "server"];

/// Modules of a floor that has floors itself, lowest first. The floor's own file, which exports their items, may use all of them.
const INNER: &[(&str, &[&str])] = &[(
    "engine",
    &["budget", "worker", "error", "id", "request", "options", "protocol", "transport", "session", "http"],
)];

/// Files that may use every floor. They are the crate's front door, and what generated code names.
const FREE: &[&str] = &["lib", "prelude", "error", "bounds", "fuzz", "log", "utc", "__private"];

/// Modules at the root that every floor may use; `fuzz` is there for tests only.
const SHARED: &[&str] = &["bounds", "error", "fuzz", "log", "utc"];

/// Lines of a file at most.
const LINES: usize = 400;

/// Where a floor names something it must not.
#[derive(Debug, PartialEq, Eq)]
struct Fault {
    line: usize,
    path: String,
    why: String,
}

#[test]
fn floors_use_only_the_floors_below_them() {
    let modules = source::read(&root_dir().join("socketio/src"));
    assert!(modules.len() > 20, "only {} files found", modules.len());
    let mut faults = Vec::new();
    for (path, module) in &modules {
        for Fault { line, path, why } in faults_in(path, &module.uses) {
            faults.push(format!("{}:{line}: {path}: {why}", module.file.display()));
        }
    }
    assert!(faults.is_empty(), "\n{}\n", faults.join("\n"));
}

#[test]
fn no_files_use_each_other_in_a_circle() {
    for source in ["socketio/src", "socketio-macros/src"] {
        let modules = source::read(&root_dir().join(source));
        let circles = circles::circles(&modules, circles::MAY_STAY);
        assert!(circles.is_empty(), "{source}\n{}\n", circles.join("\n"));
    }
}

#[test]
fn inner_floors_use_only_those_below_them() {
    let modules = source::read(&root_dir().join("socketio/src"));
    for (floor, inner) in INNER {
        let faults = circles::inner_faults(&modules, floor, inner);
        assert!(faults.is_empty(), "the order is {}\n{}\n", inner.join(" < "), faults.join("\n"));
    }
}

#[test]
fn every_file_opens_by_saying_what_it_is_and_is_no_longer_than_readable() {
    let mut files = Vec::new();
    for folder in ["socketio", "socketio-macros", "examples", "tests"] {
        rust_files(&root_dir().join(folder), &mut files);
    }
    // Cases for the compiler, and what it expands them to, are not files to read.
    files.retain(|file| !file.components().any(|part| matches!(part.as_os_str().to_str(), Some("ui" | "expansion"))));
    let mut faults = Vec::new();
    for file in &files {
        let text = fs::read_to_string(file).unwrap();
        if !opens_with_documentation(&text) {
            faults.push(format!("{}: does not open with `//!`", file.display()));
        }
        let lines = text.lines().count();
        if lines > LINES {
            faults.push(format!("{}: {lines} lines, which usually means two ideas", file.display()));
        }
    }
    assert!(faults.is_empty(), "\n{}\n", faults.join("\n"));
}

/// A crate's front door may open with its README instead.
fn opens_with_documentation(text: &str) -> bool {
    ["//!", "#![doc = include_str!("].iter().any(|opening| text.starts_with(opening))
}

fn rust_files(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let path = entry.path();
        let name = entry.file_name();
        if path.is_dir() && !matches!(name.to_str(), Some("target" | "node_modules" | "venv")) {
            rust_files(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

fn floor_of(module: &str) -> Option<usize> {
    FLOORS.iter().position(|floor| *floor == module)
}

/// Everything in a file of `module` that names a floor above its own.
fn faults_in(module: &[String], uses: &[Use]) -> Vec<Fault> {
    let Some(root) = module.first() else { return Vec::new() };
    if module.len() == 1 && FREE.contains(&root.as_str()) {
        return Vec::new();
    }
    let Some(own) = floor_of(root) else {
        let why = format!("`{root}` is on no floor; say which one in tests/floors.rs");
        return vec![Fault { line: 1, path: root.clone(), why }];
    };
    let mut faults = Vec::new();
    for Use { line, path, .. } in uses {
        let why = match path.first().map(String::as_str) {
            None => continue,
            Some(first) if SHARED.contains(&first) => continue,
            Some(first) => match floor_of(first) {
                Some(floor) if floor <= own => continue,
                Some(floor) => format!("floor {own} (`{root}`) uses floor {floor} (`{first}`)"),
                // A re-export hides which floor it comes from, so it is looked at by its own name.
                None => match REEXPORTED.iter().find(|(name, _)| *name == first) {
                    Some((_, floor)) if *floor <= own => continue,
                    Some((_, floor)) => format!("floor {own} (`{root}`) uses `{first}` of floor {floor}"),
                    None => format!("`{first}` hides a floor behind a name at the root; write the module it is in"),
                },
            },
        };
        faults.push(Fault { line: *line, path: format!("crate::{}", path.join("::")), why });
    }
    faults
}

/// Names at the root that code may use as such, with their floors.
const REEXPORTED: &[(&str, usize)] = &[("Error", 0), ("Refuse", 0)];

#[cfg(test)]
mod it_can_fail {
    use super::circles::circles;
    use super::source::{Modules, module_of, parse};
    use super::{Names, Path, faults_in, opens_with_documentation};

    fn names(module: &str) -> Names {
        module.split("::").map(str::to_owned).collect()
    }

    fn faults(module: &str, text: &str) -> Vec<(usize, String)> {
        let module = names(module);
        faults_in(&module, &parse(&module, text, "x.rs".into()).uses)
            .into_iter()
            .map(|fault| (fault.line, fault.path))
            .collect()
    }

    fn fault(line: usize, path: &str) -> Vec<(usize, String)> {
        vec![(line, path.to_owned())]
    }

    #[test]
    fn going_down_is_allowed_and_staying_is() {
        assert_eq!(faults("server::listen", "use crate::packet::Frame; use crate::{engine, connection::Clients};"), []);
        assert_eq!(
            faults("engine", "use crate::engine::socket::Socket; use crate::error::Error; use crate::Error;"),
            []
        );
        assert_eq!(faults("engine::service", "use super::{shared, table}; use super::super::packet::Frame;"), []);
    }

    #[test]
    fn going_up_is_not() {
        assert_eq!(faults("packet", "use crate::engine::Engine;"), fault(1, "crate::engine::Engine"));
        assert_eq!(faults("adapter::room", "\n\nuse crate::socket;"), fault(3, "crate::socket"));
        assert_eq!(faults("connection", "use crate::{packet, server::{Server, Core as C}};").len(), 2);
        assert_eq!(faults("socket", "use crate::namespace::*;"), fault(1, "crate::namespace::*"));
    }

    #[test]
    fn paths_in_code_count_like_those_in_imports() {
        let text = "fn f() -> u8 {\n    let x = crate::server::Server::new(); g::<crate::connection::Clients>(x)\n}";
        assert_eq!(faults("engine", text).len(), 2);
        assert_eq!(faults("engine", "pub(in crate::engine) fn f() {} pub(crate) fn g() {}"), []);
    }

    #[test]
    fn super_is_followed_to_the_root() {
        assert_eq!(faults("packet::frame", "use super::super::server::Core;"), fault(1, "crate::server::Core"));
        assert_eq!(faults("packet", "use super::engine::Engine;"), fault(1, "crate::engine::Engine"));
        let inline = "mod tests {\n use super::super::server;\n fn f() { if true { super::super::server::x() } }\n}";
        assert_eq!(faults("packet::frame", inline), []);
        assert_eq!(faults("packet", inline).len(), 2);
        assert_eq!(faults("packet", &format!("{inline}\nuse super::server;")).len(), 3);
    }

    #[test]
    fn names_at_the_root_do_not_hide_floors() {
        assert_eq!(faults("packet", "use crate::Socket;"), fault(1, "crate::Socket"));
        assert_eq!(faults("packet", "use crate::prelude::*;"), fault(1, "crate::prelude::*"));
        assert_eq!(faults("packet", "use crate::__private::v1;"), fault(1, "crate::__private::v1"));
    }

    #[test]
    fn comments_and_literals_are_no_code() {
        let text = "//! crate::server\n/* crate::server */ /// [`Server`](crate::server::Server)\n\
            const A: &str = \"crate::server \\\" crate::connection\"; const B: &str = r#\"crate::server\"\"#; const C: char = '\"';\n\
            fn f<'a>(x: &'a str) {} // 'crate::server\n";
        assert_eq!(faults("packet", text), []);
        assert_eq!(faults("packet", &format!("{text}use crate::server;")), fault(5, "crate::server"));
    }

    #[test]
    fn a_module_on_no_floor_is_noticed() {
        assert_eq!(faults("attic", ""), fault(1, "attic"));
        assert_eq!(faults("prelude", "pub use crate::server::Server;"), []);
    }

    #[test]
    fn modules_are_named_by_their_files() {
        assert_eq!(module_of(Path::new("packet/write.rs")), ["packet", "write"]);
        assert_eq!(module_of(Path::new("engine/session/mod.rs")), ["engine", "session"]);
        assert!(module_of(Path::new("lib.rs")).is_empty());
    }

    fn crate_of(files: &[(&str, &str)]) -> Modules {
        files.iter().map(|(path, text)| (names(path), parse(&names(path), text, "x.rs".into()))).collect()
    }

    #[test]
    fn a_circle_is_found_through_what_hands_its_names_on() {
        let files = [
            ("engine", "mod a; mod b; pub(crate) use a::A; pub(crate) use b::B;"),
            ("engine::a", "use super::B; pub(crate) struct A(B);"),
            ("engine::b", "pub(crate) struct B; fn f() { crate::engine::A::new() }"),
        ];
        let found = circles(&crate_of(&files), &[]);
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].contains("engine::a uses `B` of engine::b"), "{found:?}");
        assert!(circles(&crate_of(&files), &[&["engine::a", "engine::b"]]).is_empty());
        let straight = [files[0], files[1], ("engine::b", "pub(crate) struct B;")];
        assert!(circles(&crate_of(&straight), &[]).is_empty());
    }

    #[test]
    fn inner_floors_go_down_too() {
        let files = [
            ("engine", "mod high; mod low; pub use high::H; pub use low::L;"),
            ("engine::high", "pub struct H; fn f() { crate::engine::low::deep::g(); }"),
            ("engine::low", "pub struct L;"),
            ("engine::low::deep", "pub fn g() {} use crate::engine::L;"),
        ];
        let order: &[&str] = &["low", "high"];
        assert_eq!(super::circles::inner_faults(&crate_of(&files), "engine", order), Vec::<String>::new());
        let wrong = [files[0], files[1], files[2], ("engine::low::deep", "pub fn g() {} use crate::engine::H;")];
        let faults = super::circles::inner_faults(&crate_of(&wrong), "engine", order);
        assert_eq!(faults, ["engine::low::deep uses `H` of engine::high"]);
        assert_eq!(super::circles::inner_faults(&crate_of(&files), "engine", &["low"]).len(), 1, "on no inner floor");
    }

    #[test]
    fn tests_may_look_at_anything() {
        let files = [
            ("packet::a", "pub(crate) struct A; #[cfg(test)] mod tests { use super::super::b::B; }"),
            ("packet::b", "use super::a::A; pub(crate) struct B;"),
        ];
        assert!(circles(&crate_of(&files), &[]).is_empty());
        assert_eq!(faults("packet", "#[cfg(test)] mod tests { use crate::server::Server; }"), []);
    }

    #[test]
    fn a_module_is_used_where_something_of_it_is_named() {
        let files = [
            ("packet::a", "use super::b; fn f() { b::g(|| tracing::debug!(x = b::h())) }"),
            ("packet::b", "pub(crate) fn g() {} pub(crate) fn h() { super::a::f() }"),
        ];
        assert_eq!(circles(&crate_of(&files), &[]).len(), 1);
        assert!(circles(&crate_of(&[("packet::a", "use super::b;"), files[1]]), &[]).is_empty());
    }

    #[test]
    fn a_file_must_open_with_its_documentation() {
        assert!(opens_with_documentation("//! What it is.\n"));
        assert!(!opens_with_documentation("use std::fs;\n//! Late.\n"));
    }
}
