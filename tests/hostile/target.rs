//! The server under attack, as a process: its address, its commands, and what it costs.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::SocketAddr;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

use tests::PATIENCE;

/// A running `hostile_server`; it ends when this is dropped, or with this process.
#[derive(Debug)]
pub(crate) struct Target {
    pub(crate) addr: SocketAddr,
    child: Child,
    pipe: Mutex<Pipe>,
}

#[derive(Debug)]
struct Pipe {
    commands: ChildStdin,
    answers: Receiver<String>,
}

impl Target {
    /// Starts the server with options such as `["--max-turns", "4"]`; the others have their defaults.
    pub(crate) fn start(options: &[&str]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_hostile_server"));
        command.args(options).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap_or_else(|error| panic!("{command:?}: {error}"));
        let output = child.stdout.take().expect("a standard output");
        let (send, answers) = channel();
        thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                if send.send(line).is_err() {
                    return;
                }
            }
        });
        let first = answers.recv_timeout(Duration::from_secs(30)).unwrap_or_else(|_| panic!("{command:?}: no address"));
        let addr = first.strip_prefix("listening on http://").and_then(|addr| addr.parse().ok());
        let commands = child.stdin.take().expect("a standard input");
        Self {
            addr: addr.unwrap_or_else(|| panic!("no address: {first}")),
            child,
            pipe: Mutex::new(Pipe { commands, answers }),
        }
    }

    /// Gives the server a command and waits for its answer; `server.rs` has the list.
    pub(crate) fn command(&self, line: &str) -> String {
        let mut pipe = self.pipe.lock().expect("the pipe");
        writeln!(pipe.commands, "{line}").expect("a server that runs");
        let answer = pipe.answers.recv_timeout(PATIENCE).expect("an answer to a command");
        answer.strip_prefix("= ").unwrap_or_else(|| panic!("{line}: {answer}")).to_owned()
    }

    /// A command whose answer is a number.
    pub(crate) fn number(&self, line: &str) -> i64 {
        let answer = self.command(line);
        answer.parse().unwrap_or_else(|_| panic!("{line}: {answer}"))
    }

    /// Waits until a command answers this number.
    pub(crate) async fn until(&self, line: &str, wanted: i64) {
        let reached = async {
            while self.number(line) != wanted {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        if tokio::time::timeout(PATIENCE, reached).await.is_err() {
            panic!("{line}: {} instead of {wanted}", self.number(line));
        }
    }

    /// Bytes of memory that the process has resident.
    pub(crate) fn resident(&self) -> usize {
        self.status("VmRSS:")
    }

    /// The most that it has had since [`Target::reset_peak`].
    pub(crate) fn peak(&self) -> usize {
        self.status("VmHWM:")
    }

    /// Lets [`Target::peak`] begin again; gives the bytes that are resident now.
    pub(crate) fn reset_peak(&self) -> usize {
        fs::write(format!("/proc/{}/clear_refs", self.child.id()), "5").expect("a peak that can be reset");
        self.resident()
    }

    fn status(&self, key: &str) -> usize {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).expect("the process");
        let line = status.lines().find_map(|line| line.strip_prefix(key)).expect(key);
        line.trim().trim_end_matches(" kB").parse::<usize>().expect(key) * 1024
    }

    /// File descriptors that it has open.
    pub(crate) fn descriptors(&self) -> usize {
        fs::read_dir(format!("/proc/{}/fd", self.child.id())).expect("the process").count()
    }

    /// What the kernel has of the server's connections.
    pub(crate) fn connections(&self) -> Connections {
        let table = fs::read_to_string(format!("/proc/{}/net/tcp", self.child.id())).expect("the kernel's table");
        let port = format!(":{:04X}", self.addr.port());
        let mut found = Connections::default();
        for line in table.lines().skip(1) {
            let columns: Vec<&str> = line.split_ascii_whitespace().collect();
            let [_, local, _, state, queues, ..] = columns[..] else { continue };
            // Listeners have other things in these columns.
            if !local.ends_with(&port) || state == "0A" {
                continue;
            }
            let (unsent, unread) = queues.split_once(':').expect("two queues");
            found.open += usize::from(state == "01");
            found.unsent += usize::from_str_radix(unsent, 16).expect("a number");
            found.unread += usize::from_str_radix(unread, 16).expect("a number");
        }
        found
    }
}

/// The server's ends of its TCP connections.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Connections {
    /// How many are established.
    pub(crate) open: usize,
    /// Bytes that were written and that the other side has not taken.
    pub(crate) unsent: usize,
    /// Bytes that have come and that were not read.
    pub(crate) unread: usize,
}

impl Drop for Target {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
