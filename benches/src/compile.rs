//! `compile`: what a handler costs when the program is compiled, for this version of the crate or beside another one.
//!
//! Two packages are generated for each version: one with a namespace of many handlers, and one with an empty namespace. Each is compiled
//! alone, its dependencies being there already, and the processor time of the compiler is compared. It depends less on what else the machine
//! does than the time on the clock does, though not on nothing; so the versions are measured in turns.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike as _;

use crate::args::Options;
use crate::machine::wait_until_quiet;
use crate::readme;
use crate::table::row;
use crate::{Failure, prepare, versions};

const HANDLERS: usize = 100;
const ROUNDS: usize = 5;

/// How many cores may be busy with something else, and how long is waited for that.
const FOREIGN: f64 = 0.1;
const QUIET: Duration = Duration::from_secs(20);

/// The package with handlers, and the one without.
const FULL: &str = "full";
const EMPTY: &str = "empty";

/// What is done, and what cargo is told.
const TASKS: [(&str, &str, bool); 4] = [
    ("`cargo check`, clean", "check", true),
    ("`cargo check`, one handler changed", "check", false),
    ("`cargo build`, clean", "build", true),
    ("`cargo build`, one handler changed", "build", false),
];

/// A version of the crate.
struct Version {
    name: String,
    /// The workspace with the generated packages.
    folder: PathBuf,
}

pub(crate) fn run(options: &Options) -> Result<(), Failure> {
    let rounds = options.number("rounds", ROUNDS)?;
    let handlers = options.number("count", HANDLERS)?.max(1);
    let work = prepare::workspace().join("target/compile");
    let mut all = Vec::new();
    if let Some(commit) = options.text("against") {
        let source = work.join(commit).join("source");
        unpack(commit, &source)?;
        all.push(Version::new(commit, &source, &work.join(commit), handlers)?);
    }
    all.push(Version::new("this version", prepare::workspace(), &work.join("this"), handlers)?);

    // The tasks of one version, in seconds of processor time for one handler.
    let mut figures: BTreeMap<(usize, usize), Vec<f64>> = BTreeMap::new();
    for _ in 0..rounds {
        for (at, version) in all.iter().enumerate() {
            for (task, &(what, command, clean)) in TASKS.iter().enumerate() {
                if !options.flag("impatient") {
                    wait_until_quiet(FOREIGN, QUIET);
                }
                let full = version.measure(FULL, command, clean)?;
                let empty = version.measure(EMPTY, command, clean)?;
                let each = (full - empty) / handlers as f64;
                eprintln!("{}: {what}: {full:.2} s, without handlers {empty:.2} s", version.name);
                figures.entry((task, at)).or_default().push(each);
            }
        }
    }
    let text = table(&all, &mut figures, handlers, rounds);
    println!("{text}");
    if options.flag("update-readme") { readme::COMPILE.write(&text) } else { Ok(()) }
}

impl Version {
    /// Generates the packages for the crate in `source`, and builds everything once.
    fn new(name: &str, source: &Path, folder: &Path, handlers: usize) -> Result<Self, Failure> {
        eprintln!("preparing {name}");
        let folder = folder.join("packages");
        for (package, handlers) in [(FULL, handlers), (EMPTY, 0)] {
            let place = folder.join(package);
            fs::create_dir_all(place.join("src"))?;
            fs::write(place.join("Cargo.toml"), manifest(package, source))?;
            fs::write(place.join("src/main.rs"), program(handlers))?;
        }
        let workspace = format!("[workspace]\nmembers = [{FULL:?}, {EMPTY:?}]\nresolver = \"3\"\n");
        fs::write(folder.join("Cargo.toml"), workspace)?;
        fs::copy(source.join("Cargo.lock"), folder.join("Cargo.lock"))?;
        let version = Self { name: name.to_owned(), folder };
        for command in ["check", "build"] {
            version.cargo(&[command, "--workspace", "--offline"])?;
        }
        Ok(version)
    }

    /// Compiles one of the packages, and gives the seconds of processor time.
    fn measure(&self, package: &str, command: &str, clean: bool) -> Result<f64, Failure> {
        let path = self.folder.join(package).join("src/main.rs");
        let text = fs::read_to_string(&path)?;
        if clean {
            self.cargo(&["clean", "--offline", "--package", package])?;
        } else {
            // What is there must be of the version before the change.
            self.cargo(&[command, "--offline", "--package", package])?;
            let change = marked(&text);
            let (before, after) = (format!("CHANGE{change}\""), format!("CHANGE{}\"", change + 1));
            fs::write(&path, text.replace(&before, &after))?;
        }
        let before = children()?;
        self.cargo(&[command, "--offline", "--package", package])?;
        Ok(children()? - before)
    }

    fn cargo(&self, arguments: &[&str]) -> Result<(), Failure> {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let mut cargo = Command::new(cargo);
        cargo
            .current_dir(&self.folder)
            .args(arguments)
            .arg("--quiet")
            .env("CARGO_TARGET_DIR", self.folder.join("target"));
        let status = cargo.env("CARGO_INCREMENTAL", "1").stdout(Stdio::null()).status()?;
        if status.success() { Ok(()) } else { Err(format!("{}: cargo {}", self.name, arguments.join(" ")).into()) }
    }
}

/// The processor time of all processes that this one has waited for, in seconds.
fn children() -> Result<f64, Failure> {
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN)?;
    Ok((usage.user_time() + usage.system_time()).num_microseconds() as f64 / 1e6)
}

/// Another version of the workspace, out of its history.
fn unpack(commit: &str, folder: &Path) -> Result<(), Failure> {
    fs::create_dir_all(folder)?;
    let mut archive = Command::new("git")
        .current_dir(prepare::workspace())
        .args(["archive", "--format=tar", commit])
        .stdout(Stdio::piped())
        .spawn()?;
    let tar = archive.stdout.take().ok_or("no output of git")?;
    let unpacked = Command::new("tar").args(["-x", "-C"]).arg(folder).stdin(tar).status()?;
    if archive.wait()?.success() && unpacked.success() { Ok(()) } else { Err(format!("no commit {commit}").into()) }
}

fn manifest(package: &str, source: &Path) -> String {
    format!(
        "[package]\nname = {package:?}\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[dependencies]\n\
         serde = {{ version = \"1\", features = [\"derive\"] }}\nsocketio = {{ path = {:?} }}\n\
         tokio = {{ version = \"1\", features = [\"rt\", \"macros\"] }}\n",
        source.join("socketio")
    )
}

/// The number of the change that a program has.
fn marked(program: &str) -> usize {
    let digits = program.split_once("CHANGE").map_or("", |(_, rest)| rest);
    digits.bytes().take_while(u8::is_ascii_digit).fold(0, |number, digit| number * 10 + usize::from(digit - b'0'))
}

/// A program with that many handlers in one impl: of five kinds, with one to three arguments.
fn program(handlers: usize) -> String {
    let mut text = "#![allow(unused)]\n\nuse std::sync::atomic::{AtomicU64, Ordering};\n\nuse serde::{Deserialize, Serialize};\nuse socketio::prelude::*;\n\n\
        #[derive(Deserialize, Serialize)]\nstruct Entry {\n    name: String,\n    size: u32,\n}\n\n\
        #[derive(Default)]\nstruct Many {\n    total: u64,\n}\n\n#[namespace(\"/many\")]\nimpl Many {\n"
        .to_owned();
    text += "    fn on_first(&self) -> &'static str {\n        \"CHANGE0\"\n    }\n";
    for n in 0..handlers {
        let handler = match n % 5 {
            0 => format!(
                "fn on_add_{n}(&mut self, n: u64) -> u64 {{\n        self.total += n;\n        self.total\n    }}"
            ),
            1 => format!(
                "fn on_say_{n}(&self, socket: &Socket, room: String, text: String) {{\n        socket.to(room).emit(\"said\", text);\n    }}"
            ),
            2 => format!(
                "async fn on_store_{n}(&self, session: &Session, entry: Entry) -> Result<Entry, Error> {{\n        \
                 session.insert(entry.size);\n        Ok(entry)\n    }}"
            ),
            3 => format!(
                "async fn on_next_{n}(&mut self, count: &State<AtomicU64>, step: Option<u64>) -> (u64, u64) {{\n        \
                 (self.total, count.fetch_add(step.unwrap_or(1), Ordering::Relaxed))\n    }}"
            ),
            _ => format!(
                "#[acl(\"moderator\")]\n    fn on_kick_{n}(&self, socket: &Socket, name: String) -> Result<(), Error> {{\n        \
                 socket.within(name).disconnect();\n        Ok(())\n    }}"
            ),
        };
        let _ = write!(text, "\n    {handler}\n");
    }
    text += "}\n\n#[tokio::main(flavor = \"current_thread\")]\nasync fn main() -> Result<(), Error> {\n    \
        let entry = Entry { name: String::new(), size: 0 };\n    println!(\"{} {}\", entry.name, entry.size);\n    \
        Server::new().state(AtomicU64::new(0)).listen(\"127.0.0.1:3000\").await\n}\n";
    text
}

/// Medians in milliseconds for one handler, and their ratios to the first version.
fn table(all: &[Version], figures: &mut BTreeMap<(usize, usize), Vec<f64>>, handlers: usize, rounds: usize) -> String {
    let mut text = format!(
        "Milliseconds of processor time for one handler: a program with {handlers} handlers in one `impl`, less the same program without them, \
         divided by {handlers}; in brackets the ratio to the first column. {}, rustc {}, {rounds} interleaved rounds, medians; ± is half of the range.\n\n",
        versions::machine(),
        versions::compiler()
    );
    let names = all.iter().map(|version| version.name.clone());
    row(&mut text, &std::iter::once(String::new()).chain(names).collect::<Vec<_>>());
    text += &format!("|---|{}\n", "---:|".repeat(all.len()));
    for (task, &(what, ..)) in TASKS.iter().enumerate() {
        let mut columns = vec![what.to_owned()];
        let mut first = None;
        for at in 0..all.len() {
            let Some(each) = figures.get_mut(&(task, at)) else { continue };
            each.sort_by(f64::total_cmp);
            let (median, range) = (each[each.len() / 2], each[each.len() - 1] - each[0]);
            let ratio = median / *first.get_or_insert(median);
            columns.push(format!("{:.2} ± {:.2} ({ratio:.2})", median * 1e3, range * 5e2));
        }
        row(&mut text, &columns);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{marked, program};

    #[test]
    fn a_program_has_its_handlers_and_a_change() {
        let text = program(7);
        assert_eq!(text.matches("fn on_").count(), 8);
        assert_eq!((marked(&text), marked(&text.replace("CHANGE0", "CHANGE12")), marked("")), (0, 12, 0));
        assert_eq!(program(0).matches("fn on_").count(), 1);
    }
}
