//! Which versions of what have been measured.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::peers::{Peer, Source};
use crate::prepare::{folder, workspace};

/// A sentence that names the machine and everything that took part.
pub(crate) fn all(peers: &[Peer]) -> String {
    let mut parts = vec![
        processor(),
        format!("Linux {}", first_line(Path::new("/proc/sys/kernel/osrelease"))),
        said("rustc", "--version"),
    ];
    let has = |source| peers.iter().any(|peer| peer.source == source);
    if has(Source::Ours) {
        let lock = fs::read_to_string(workspace().join("Cargo.lock")).unwrap_or_default();
        parts.push(format!("socketio {}{}", locked(&lock, "socketio"), revision()));
    }
    if has(Source::Socketioxide) {
        let lock = fs::read_to_string(folder().join("peers/socketioxide/Cargo.lock")).unwrap_or_default();
        parts.push(format!("socketioxide {}", locked(&lock, "socketioxide")));
    }
    if has(Source::Node) || has(Source::Bun) {
        parts.push(format!("socket.io {}", npm("socket.io")));
    }
    if has(Source::Node) {
        parts.push(format!("Node.js {} with ws {}", said("node", "--version"), npm("ws")));
    }
    if has(Source::Bun) {
        parts.push(format!("Bun {} with bun-engine {}", npm("@oven/bun-linux-x64"), npm("@socket.io/bun-engine")));
    }
    if has(Source::Python) {
        let requirements = fs::read_to_string(folder().join("peers/python/requirements.txt")).unwrap_or_default();
        let of = |name: &str| {
            requirements.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix("==")).unwrap_or("?").to_owned()
        };
        let python = said(&folder().join("peers/python/venv/bin/python").to_string_lossy(), "--version");
        parts.push(format!(
            "{python} with python-socketio {}, uvicorn {}, uvloop {}",
            of("python-socketio"),
            of("uvicorn"),
            of("uvloop")
        ));
    }
    parts.join("; ")
}

/// What a program says of itself.
fn said(program: &str, argument: &str) -> String {
    let output = Command::new(program).arg(argument).output();
    output.map_or_else(|_| format!("{program} ?"), |output| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

fn first_line(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_default().lines().next().unwrap_or("?").to_owned()
}

fn processor() -> String {
    let info = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = info.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    let cores = info.lines().filter(|line| line.starts_with("processor")).count();
    format!("{}, {cores} cores", model.map_or("processor ?", |(_, name)| name))
}

/// The commit, with a note if something is not committed.
fn revision() -> String {
    let git = |arguments: &[&str]| {
        let output = Command::new("git").current_dir(workspace()).args(arguments).output().ok()?;
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
    };
    let Some(commit) = git(&["rev-parse", "--short", "HEAD"]) else { return String::new() };
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
