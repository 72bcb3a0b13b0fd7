//! The architecture as a test: a floor of `socketio/src` names only the floors below it, and every file of the workspace
//! says what it is and stays readable in length.
//!
//! It reads Rust as text: comments and literals are taken out, then every path from `crate::` or up through `super::` is
//! followed to the floor it names. It understands modules by their files and inline `mod x { … }`, nothing more.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use std::fs;
use std::path::{Path, PathBuf};

use tests::root_dir;

/// Modules at the root of the crate, lowest floor first.
const FLOORS: &[&str] = &["packet", "engine", "adapter", "socket", "namespace", "client", "server"];

/// Files that may use every floor. They are the crate's front door, and what generated code names.
const FREE: &[&str] = &["lib", "prelude", "error", "fuzz", "log", "__private"];

/// Modules at the root that every floor may use; `fuzz` is there for tests only.
const SHARED: &[&str] = &["error", "fuzz", "log"];

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
    let source = root_dir().join("socketio/src");
    let mut files = Vec::new();
    rust_files(&source, &mut files);
    assert!(files.len() > 20, "only {} files found in {}", files.len(), source.display());
    let mut faults = Vec::new();
    for file in files {
        let module = module_of(file.strip_prefix(&source).unwrap());
        let text = fs::read_to_string(&file).unwrap();
        for Fault { line, path, why } in faults_in(&module, &text) {
            faults.push(format!("{}:{line}: {path}: {why}", file.display()));
        }
    }
    assert!(faults.is_empty(), "\n{}\n", faults.join("\n"));
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

/// The module that a file is, from its path below `src`.
fn module_of(file: &Path) -> Vec<String> {
    let mut module: Vec<String> =
        file.with_extension("").components().map(|part| part.as_os_str().to_str().unwrap().to_owned()).collect();
    if module.last().is_some_and(|last| last == "mod") {
        module.pop();
    }
    module
}

fn floor_of(module: &str) -> Option<usize> {
    FLOORS.iter().position(|floor| *floor == module)
}

/// Everything in a file of `module` that names a floor above its own.
fn faults_in(module: &[String], text: &str) -> Vec<Fault> {
    let Some(root) = module.first() else { return Vec::new() };
    if module.len() == 1 && FREE.contains(&root.as_str()) {
        return Vec::new();
    }
    let Some(own) = floor_of(root) else {
        let why = format!("`{root}` is on no floor; say which one in tests/floors.rs");
        return vec![Fault { line: 1, path: root.clone(), why }];
    };
    let mut faults = Vec::new();
    for (line, path) in paths_in(module, text) {
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
        faults.push(Fault { line, path: format!("crate::{}", path.join("::")), why });
    }
    faults
}

/// Names at the root that code may use as such, with their floors.
const REEXPORTED: &[(&str, usize)] = &[("Error", 0), ("Refuse", 0)];

/// Every path in the text that begins at the crate's root, directly or through `super`, without the `crate`.
fn paths_in(module: &[String], text: &str) -> Vec<(usize, Vec<String>)> {
    let tokens = tokens(&without_comments_and_literals(text));
    let word = |at: usize| tokens.get(at).map_or("", |(_, token)| token.as_str());
    let mut paths = Vec::new();
    // Inline modules, each with the number of braces open around it.
    let mut inline: Vec<usize> = Vec::new();
    let mut depth = 0;
    let mut at = 0;
    while at < tokens.len() {
        match word(at) {
            "{" => depth += 1,
            "}" => {
                depth -= 1;
                inline.retain(|outer| *outer < depth);
            }
            "mod" if word(at + 2) == "{" => inline.push(depth),
            // `$crate` is a path too; `pub(crate)` and `pub(super)` are none.
            "crate" | "super" | "self" if word(at + 1) == "::" && (at == 0 || word(at - 1) != "::") => {
                let up = tokens[at..].iter().step_by(2).take_while(|(_, token)| token == "super").count();
                let mut start = at + 2 * up;
                let base = match word(at) {
                    "crate" => Some(0),
                    "super" => (module.len() + inline.len()).checked_sub(up),
                    _ => None,
                };
                if up == 0 {
                    start = at + 2;
                }
                // What stays below the root stays on its floor.
                if base == Some(0) {
                    tree(&tokens, &mut start, &[], &mut paths);
                    at = start;
                    continue;
                }
            }
            _ => {}
        }
        at += 1;
    }
    paths
}

/// Reads `a::b`, `{a, b::c}` or `a::{…}` at `at`, and collects the paths in it.
fn tree(tokens: &[(usize, String)], at: &mut usize, prefix: &[String], paths: &mut Vec<(usize, Vec<String>)>) {
    let word = |at: usize| tokens.get(at).map_or("", |(_, token)| token.as_str());
    let line = tokens.get(*at).map_or(0, |(line, _)| *line);
    if word(*at) == "{" {
        *at += 1;
        while *at < tokens.len() && word(*at) != "}" {
            tree(tokens, at, prefix, paths);
            // `as name`, and the comma.
            while *at < tokens.len() && !matches!(word(*at), "," | "}") {
                *at += 1;
            }
            if word(*at) == "," {
                *at += 1;
            }
        }
        *at += 1;
        return;
    }
    let mut path = prefix.to_vec();
    path.push(word(*at).to_owned());
    *at += 1;
    if word(*at) == "::" && (word(*at + 1) == "{" || is_name(word(*at + 1))) {
        *at += 1;
        tree(tokens, at, &path, paths);
    } else {
        paths.push((line, path));
    }
}

fn is_name(token: &str) -> bool {
    token.starts_with(|c: char| c == '_' || c == '*' || c.is_alphabetic())
}

/// Words, `::` and single characters, each with its line.
fn tokens(text: &str) -> Vec<(usize, String)> {
    let mut tokens = Vec::new();
    let mut line = 1;
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let name = |c: char| c == '_' || c.is_alphanumeric();
        let length = if name(first) {
            rest.find(|c| !name(c)).unwrap_or(rest.len())
        } else if rest.starts_with("::") {
            2
        } else {
            first.len_utf8()
        };
        if first == '\n' {
            line += 1;
        }
        if !first.is_whitespace() {
            tokens.push((line, rest[..length].to_owned()));
        }
        rest = &rest[length..];
    }
    tokens
}

/// The text with comments, strings and characters blanked out; lines stay where they are.
fn without_comments_and_literals(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let length = literal(rest, out.chars().next_back());
        if length == 0 {
            out.push(first);
            rest = &rest[first.len_utf8()..];
            continue;
        }
        out.extend(rest[..length].chars().map(|c| if c == '\n' { '\n' } else { ' ' }));
        rest = &rest[length..];
    }
    out
}

/// The length of the comment or literal that `text` begins with, 0 if it begins with none.
fn literal(text: &str, before: Option<char>) -> usize {
    let until = |end: &str, from: usize| text[from..].find(end).map_or(text.len(), |at| from + at + end.len());
    if text.starts_with("//") {
        return text.find('\n').unwrap_or(text.len());
    }
    if text.starts_with("/*") {
        return until("*/", 2);
    }
    if text.starts_with('"') {
        return quoted(text, '"');
    }
    if let Some(inside) = text.strip_prefix('\'') {
        // `'a` without a second quote is a lifetime.
        let is_char = inside.starts_with('\\') || inside.chars().nth(1) == Some('\'');
        return if is_char { quoted(text, '\'') } else { 0 };
    }
    if text.starts_with('r') && !before.is_some_and(|c| c == '_' || (c.is_alphanumeric() && c != 'b')) {
        let hashes = text[1..].bytes().take_while(|byte| *byte == b'#').count();
        if text[1 + hashes..].starts_with('"') {
            return until(&format!("\"{}", "#".repeat(hashes)), 2 + hashes);
        }
    }
    0
}

fn quoted(text: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            c if c == quote => return at + 1,
            _ => {}
        }
    }
    text.len()
}

#[cfg(test)]
mod it_can_fail {
    use super::{Path, faults_in, module_of, opens_with_documentation};

    fn faults(module: &str, text: &str) -> Vec<(usize, String)> {
        let module: Vec<String> = module.split("::").map(str::to_owned).collect();
        faults_in(&module, text).into_iter().map(|fault| (fault.line, fault.path)).collect()
    }

    fn fault(line: usize, path: &str) -> Vec<(usize, String)> {
        vec![(line, path.to_owned())]
    }

    #[test]
    fn going_down_is_allowed_and_staying_is() {
        assert_eq!(faults("server::listen", "use crate::packet::Frame; use crate::{engine, client::Clients};"), []);
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
        assert_eq!(faults("client", "use crate::{packet, server::{Server, Core as C}};").len(), 2);
        assert_eq!(faults("socket", "use crate::namespace::*;"), fault(1, "crate::namespace::*"));
    }

    #[test]
    fn paths_in_code_count_like_those_in_imports() {
        let text = "fn f() -> u8 {\n    let x = crate::server::Server::new(); g::<crate::client::Clients>(x)\n}";
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
            const A: &str = \"crate::server \\\" crate::client\"; const B: &str = r#\"crate::server\"\"#; const C: char = '\"';\n\
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
        assert_eq!(module_of(Path::new("lib.rs")), ["lib"]);
    }

    #[test]
    fn a_file_must_open_with_its_documentation() {
        assert!(opens_with_documentation("//! What it is.\n"));
        assert!(!opens_with_documentation("use std::fs;\n//! Late.\n"));
    }
}
