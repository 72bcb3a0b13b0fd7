//! Builds and installs what a measurement needs, each part only when it is missing or has changed.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::Failure;
use crate::peers::{Peer, Source};

/// The folder of this package.
pub(crate) fn folder() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The folder of the workspace.
pub(crate) fn workspace() -> &'static Path {
    folder().parent().unwrap_or(folder())
}

/// Builds every server of `peers` and fills in its command. A program that does not exist for this machine is left out, which is said.
pub(crate) fn all(peers: &mut Vec<Peer>) -> Result<(), Failure> {
    for peer in peers.iter_mut() {
        eprintln!("preparing {}", peer.name);
        let environment = folder().join("peers");
        peer.command = match peer.source {
            Source::Given => continue,
            Source::Ours => {
                std::iter::once(ours(peer.jemalloc)?).chain(peer.arguments.iter().map(PathBuf::from)).collect()
            }
            Source::Socketioxide => {
                vec![executable(&environment.join("socketioxide"), &["--locked"], peer.jemalloc)?]
            }
            Source::Node => {
                vec![PathBuf::from("node"), npm(&environment.join("node"))?.join("node.js")]
            }
            Source::Bun => {
                let folder = npm(&environment.join("node"))?;
                vec![folder.join("node_modules/@oven/bun-linux-x64/bin/bun"), folder.join("bun.js")]
            }
            Source::Python => {
                let folder = environment.join("python");
                vec![python(&folder)?, PathBuf::from("-W"), PathBuf::from("ignore"), folder.join("server.py")]
            }
        };
    }
    peers.retain(|peer| {
        let there = peer.source != Source::Bun || peer.command.first().is_some_and(|program| program.exists());
        if !there {
            eprintln!("{} is left out: there is no program for it", peer.name);
        }
        there
    });
    Ok(())
}

/// Our server.
fn ours(jemalloc: bool) -> Result<PathBuf, Failure> {
    executable(workspace(), &["--package", "bench_server", "--example", "bench_server"], jemalloc)
}

/// Builds in `folder` for release, with jemalloc or without; gives a copy of the program that came
/// out, because both are built under one name.
fn executable(folder: &Path, arguments: &[&str], jemalloc: bool) -> Result<PathBuf, Failure> {
    let mut cargo = Command::new(std::env::var_os("CARGO").as_deref().unwrap_or(OsStr::new("cargo")));
    cargo
        .current_dir(folder)
        .args(["build", "--release", "--message-format", "json-render-diagnostics"])
        .args(arguments);
    if !jemalloc {
        cargo.arg("--no-default-features");
    }
    let output = cargo.stderr(Stdio::inherit()).output()?;
    if !output.status.success() {
        return Err(format!("{} does not build", folder.display()).into());
    }
    let messages = String::from_utf8(output.stdout)?;
    let built = messages.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
    let program = built.filter_map(|message| message["executable"].as_str().map(PathBuf::from)).next_back();
    let program = program.ok_or_else(|| format!("{} has no program", folder.display()))?;
    let copy = program.with_extension(if jemalloc { "jemalloc" } else { "default" });
    fs::copy(&program, &copy)?;
    Ok(copy)
}

/// Installs the packages of `package-lock.json` unless they are there.
fn npm(folder: &Path) -> Result<PathBuf, Failure> {
    let lock = fs::read(folder.join("package-lock.json"))?;
    let stamp = folder.join("node_modules/.installed");
    if fs::read(&stamp).is_ok_and(|installed| installed == lock) {
        return Ok(folder.to_owned());
    }
    run(Command::new("npm").current_dir(folder).args(["ci", "--ignore-scripts"]))?;
    fs::write(stamp, lock)?;
    Ok(folder.to_owned())
}

/// The interpreter of a virtual environment with the packages of `requirements.txt`.
fn python(folder: &Path) -> Result<PathBuf, Failure> {
    let wanted = fs::read(folder.join("requirements.txt"))?;
    let stamp = folder.join("venv/installed.txt");
    let program = folder.join("venv/bin/python");
    if fs::read(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(program);
    }
    run(Command::new("python3").current_dir(folder).args(["-m", "venv", "venv"]))?;
    run(Command::new(&program).current_dir(folder).args([
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "-r",
        "requirements.txt",
    ]))?;
    fs::write(stamp, wanted)?;
    Ok(program)
}

fn run(command: &mut Command) -> Result<(), Failure> {
    // Standard output is for the table alone.
    let output = command.stderr(Stdio::inherit()).output().map_err(|error| format!("{command:?}: {error}"))?;
    if output.status.success() { Ok(()) } else { Err(format!("{command:?}: {}", output.status).into()) }
}
