//! The documents outside of rustdoc: every relative link leads to a file and a heading that exist, and what the README says of
//! versions and features is what the manifests say, and every test that a document names exists. The links of rustdoc are checked by
//! rustdoc itself.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use std::fs;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// All Markdown files at the top, in `docs` and beside examples and benchmarks.
fn documents() -> Vec<PathBuf> {
    let mut folders = vec![root(), root().join("docs"), root().join("benches"), root().join("tests/ui")];
    let examples = fs::read_dir(root().join("examples")).unwrap().map(|entry| entry.unwrap().path());
    folders.extend(examples.filter(|path| path.is_dir()));
    let files = folders.iter().flat_map(|folder| fs::read_dir(folder).unwrap()).map(|entry| entry.unwrap().path());
    files.filter(|path| path.extension().is_some_and(|extension| extension == "md")).collect()
}

/// The lines outside of code blocks.
fn prose(text: &str) -> impl Iterator<Item = &str> {
    let mut code = false;
    text.lines().filter(move |line| {
        let fence = line.trim_start().starts_with("```");
        code ^= fence;
        !code && !fence
    })
}

/// The targets of `[text](target)`, except where they stand in `code`.
fn links(line: &str) -> Vec<String> {
    let prose: String = line.split('`').enumerate().map(|(at, part)| if at % 2 == 0 { part } else { "code" }).collect();
    let targets = prose.split("](").skip(1);
    targets.filter_map(|rest| rest.split_once(')')).map(|(target, _)| target.to_owned()).collect()
}

/// The anchor that GitHub gives a heading.
fn anchor(heading: &str) -> String {
    let text = heading.trim_start_matches('#').trim().to_lowercase();
    let kept = text.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    kept.map(|c| if c == ' ' { '-' } else { c }).collect()
}

fn has_anchor(file: &Path, wanted: &str) -> bool {
    prose(&read(file)).any(|line| line.starts_with('#') && anchor(line) == wanted)
}

#[test]
fn every_relative_link_leads_somewhere() {
    let mut checked = 0;
    let mut dead = Vec::new();
    for document in documents() {
        for target in prose(&read(&document)).flat_map(links).filter(|target| !target.contains("://")) {
            let (path, anchor) = target.split_once('#').unwrap_or((&target, ""));
            let file = if path.is_empty() { document.clone() } else { document.parent().unwrap().join(path) };
            checked += 1;
            if !file.exists() || !anchor.is_empty() && !has_anchor(&file, anchor) {
                dead.push(format!("{}: {target}", document.display()));
            }
        }
    }
    assert!(dead.is_empty(), "dead links:\n{}", dead.join("\n"));
    assert!(checked > 15, "only {checked} links were found");
}

#[test]
fn a_dead_link_is_found() {
    let line = "See [a](docs/none.md#x), `[not](this)` and [b](#no-such-heading).";
    assert_eq!(links(line), ["docs/none.md#x", "#no-such-heading"]);
    assert_eq!(prose("```md\n[a](b)\n```\n# Two *Words*, `code`").collect::<Vec<_>>(), ["# Two *Words*, `code`"]);
    assert_eq!(anchor("## HTTP: Engine.IO"), "http-engineio");
    assert!(!has_anchor(&root().join("README.md"), "no-such-heading"));
}

/// What stands in backquotes in a line.
fn quoted(line: &str) -> impl Iterator<Item = &str> {
    line.split('`').skip(1).step_by(2)
}

/// The tests that a line names: a file of `tests`, `name` in such a file or folder, or a path such as `dispatch::acks::name`. Each with
/// whether it exists.
fn tests_in(line: &str, binaries: &[String]) -> Vec<(String, bool)> {
    let quoted: Vec<&str> = quoted(line).collect();
    let mut found = Vec::new();
    for (at, text) in quoted.iter().enumerate() {
        let mut parts: Vec<&str> = text.split("::").collect();
        if let Some(path) = text.strip_prefix("tests/") {
            let name = quoted[..at].last().filter(|name| line.contains(&format!("`{name}` in `{text}`")));
            found.push(((*text).to_owned(), has_test(&root().join("tests").join(path), name.copied())));
        } else if parts.len() > 1 && binaries.iter().any(|binary| binary == parts[0]) {
            let name = parts.pop();
            let folder = root().join("tests").join(parts.join("/"));
            let file = if folder.is_dir() { folder.join("main.rs") } else { folder.with_extension("rs") };
            found.push(((*text).to_owned(), has_test(&file, name)));
        }
    }
    found
}

/// Whether a file or folder is there and, if a name is given, has the test of that name.
fn has_test(path: &Path, name: Option<&str>) -> bool {
    let Some(name) = name else { return path.exists() };
    if path.is_dir() {
        return path.join(name).with_extension("rs").is_file();
    }
    let text = fs::read_to_string(path).unwrap_or_default();
    if path.extension().is_some_and(|extension| extension == "mjs") {
        return text.contains(&format!("\"{name}\"")) || text.contains(&format!("`{name}`"));
    }
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    let begins = |line: &str| ["fn ", "async fn "].iter().any(|start| line.starts_with(&format!("{start}{name}(")));
    let test = lines.iter().position(|line| begins(line));
    test.is_some_and(|at| lines[at.saturating_sub(4)..at].iter().any(|line| line.contains("test")))
}

fn binaries() -> Vec<String> {
    let manifest = read(&root().join("tests/Cargo.toml"));
    let tests = manifest.split("[[test]]\nname = \"").skip(1);
    tests.filter_map(|rest| rest.split('"').next()).map(str::to_owned).collect()
}

#[test]
fn every_test_that_is_named_exists() {
    let binaries = binaries();
    let mut missing = Vec::new();
    let mut checked = 0;
    for document in documents() {
        for (test, exists) in prose(&read(&document)).flat_map(|line| tests_in(line, &binaries)) {
            checked += 1;
            if !exists {
                missing.push(format!("{}: {test}", document.display()));
            }
        }
    }
    assert!(missing.is_empty(), "no such tests:\n{}", missing.join("\n"));
    assert!(checked > 100, "only {checked} tests were found");
}

#[test]
fn a_test_that_does_not_exist_is_found() {
    let binaries = binaries();
    let named = |line: &str| tests_in(line, &binaries).into_iter().map(|(_, exists)| exists).collect::<Vec<_>>();
    assert_eq!(named("`docs::quoted`, `docs::every_test_that_is_named_exists`, `docs::none`"), [false, true, false]);
    assert_eq!(named("`dispatch::acks::every_row_of_the_table`, `std::fs`, `socket.emit`"), [true]);
    assert_eq!(
        named("`every_row_of_the_table` in `tests/dispatch/acks.rs`, `x` in `tests/dispatch/acks.rs`"),
        [true, false]
    );
    assert_eq!(named("`duplicate_event` in `tests/ui/handler`, `none` in `tests/ui/handler`"), [true, false]);
    assert_eq!(named("`tests/js/rooms.test.mjs`, `tests/js/none.test.mjs`"), [true, false]);
}

/// The value of `key = "value"` in a manifest.
fn value(manifest: &str, key: &str) -> String {
    let line = manifest.lines().find_map(|line| line.strip_prefix(&format!("{key} = \""))).expect("the key");
    line.split('"').next().unwrap().to_owned()
}

#[test]
fn the_readme_names_the_version_and_the_oldest_compiler() {
    let manifest = read(&root().join("Cargo.toml"));
    let (version, compiler) = (value(&manifest, "version"), value(&manifest, "rust-version"));
    let minor = version.rsplit_once('.').unwrap().0;
    let front = read(&root().join("socketio/src/docs/crate.md"));
    let readme = read(&root().join("README.md"));
    for text in [&readme, &front] {
        assert!(text.contains(&format!("socketio = \"{minor}\"")), "the dependency line is not for {version}");
    }
    assert!(readme.contains(&format!("needs Rust {compiler} or newer")), "the README does not say {compiler}");
}

#[test]
fn the_feature_tables_are_complete() {
    let manifest = read(&root().join("socketio/Cargo.toml"));
    let features = manifest.split("\n[features]\n").nth(1).unwrap().split("\n[").next().unwrap();
    let default = features.lines().find(|line| line.starts_with("default = ")).unwrap();
    let names = features.lines().filter_map(|line| line.split_once(" = ")).map(|(name, _)| name);
    let rows: Vec<String> = names
        .filter(|name| !name.starts_with('#') && *name != "default")
        .map(|name| format!("| `{name}` | {} |", if default.contains(&format!("\"{name}\"")) { "yes" } else { "no" }))
        .collect();
    for document in ["README.md", "socketio/src/docs/crate.md"] {
        let text = read(&root().join(document));
        let table: Vec<&str> =
            text.lines().skip_while(|line| !line.starts_with("| feature | default |")).skip(2).collect();
        let table: Vec<&str> = table.into_iter().take_while(|line| line.starts_with('|')).collect();
        assert_eq!(table.len(), rows.len(), "{document}: {table:#?}");
        for row in &rows {
            assert!(table.iter().any(|line| line.starts_with(row.as_str())), "{document} lacks {row}");
        }
    }
}
