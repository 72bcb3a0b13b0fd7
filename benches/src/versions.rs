//! Which versions of what have been measured.

use std::collections::BTreeMap;
use std::fs;
use std::process::Command;

use crate::peers::{Peer, Source};
use crate::prepare::{folder, workspace};

/// The version of everything that takes part, by name.
pub(crate) fn all(peers: &[Peer]) -> BTreeMap<String, String> {
    let mut versions = BTreeMap::from([("rustc".to_owned(), compiler())]);
    let mut add = |name: &str, version: String| {
        versions.insert(name.to_owned(), version);
    };
    for peer in peers {
        match peer.source {
            Source::Given => {}
            Source::Ours => {
                let lock = fs::read_to_string(workspace().join("Cargo.lock")).unwrap_or_default();
                add("socketio", format!("{}{}", locked(&lock, "socketio"), revision()));
            }
            Source::Socketioxide => {
                let lock = fs::read_to_string(folder().join("peers/socketioxide/Cargo.lock")).unwrap_or_default();
                add("socketioxide", locked(&lock, "socketioxide"));
            }
            Source::Node => {
                add("socket.io", npm("socket.io"));
                add("Node.js", said("node", "--version"));
                add("ws", npm("ws"));
            }
            Source::Bun => {
                add("socket.io", npm("socket.io"));
                add("Bun", npm("@oven/bun-linux-x64"));
                add("bun-engine", npm("@socket.io/bun-engine"));
            }
            Source::Python => {
                add("Python", said(&folder().join("peers/python/venv/bin/python").to_string_lossy(), "--version"));
                let lock = fs::read_to_string(folder().join("peers/python/requirements.txt")).unwrap_or_default();
                for name in ["python-socketio", "uvicorn", "uvloop"] {
                    let version = lock.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix("=="));
                    add(name, version.unwrap_or("?").to_owned());
                }
            }
        }
    }
    versions
}

pub(crate) fn compiler() -> String {
    said("rustc", "--version")
}

/// The processor and the kernel.
pub(crate) fn machine() -> String {
    let info = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = info.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    let cores = info.lines().filter(|line| line.starts_with("processor")).count();
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    format!("{}, {cores} cores, Linux {}", model.map_or("processor ?", |(_, name)| name), kernel.trim())
}

/// What a program says of itself, without its name.
fn said(program: &str, argument: &str) -> String {
    let output = Command::new(program).arg(argument).output();
    let text = output.map_or_else(|_| "?".to_owned(), |output| String::from_utf8_lossy(&output.stdout).into_owned());
    let words = text
        .split_whitespace()
        .find(|word| word.trim_start_matches('v').starts_with(|letter: char| letter.is_ascii_digit()));
    words.unwrap_or("?").trim_start_matches('v').to_owned()
}

/// The last commit that changed what is measured, with a note if something of that is not committed.
fn revision() -> String {
    const MEASURED: [&str; 5] = ["--", "socketio", "socketio-macros", "examples/bench_server", "Cargo.lock"];
    let git = |arguments: &[&str]| {
        let output = Command::new("git").current_dir(workspace()).args(arguments).args(MEASURED).output().ok()?;
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
    };
    let Some(commit) = git(&["log", "-1", "--format=%h"]) else { return String::new() };
    let changed = git(&["status", "--porcelain", "--untracked-files=no"]).is_some_and(|changes| !changes.is_empty());
    format!(" at {commit}{}", if changed { " with changes" } else { "" })
}

/// The version of a package in a `Cargo.lock`.
fn locked(lock: &str, name: &str) -> String {
    let entry = format!("name = \"{name}\"\nversion = \"");
    let version = lock.split_once(&entry).and_then(|(_, rest)| rest.split_once('"'));
    version.map_or("?", |(version, _)| version).to_owned()
}

/// The version of an installed npm package.
fn npm(name: &str) -> String {
    let path = folder().join("peers/node/node_modules").join(name).join("package.json");
    let package: serde_json::Value =
        fs::read(path).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default();
    package["version"].as_str().unwrap_or("?").to_owned()
}

#[cfg(test)]
mod tests {
    #[test]
    fn versions_are_found_in_a_lock() {
        let lock =
            "[[package]]\nname = \"a-b\"\nversion = \"1.0.0\"\n\n[[package]]\nname = \"a\"\nversion = \"2.3.4\"\n";
        assert_eq!(super::locked(lock, "a"), "2.3.4");
        assert_eq!(super::locked(lock, "c"), "?");
    }
}
