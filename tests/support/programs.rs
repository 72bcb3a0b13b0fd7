//! Examples run as processes of their own, as a user runs them. Each is built once per test binary,
//! announces its address on standard output and is killed when its guard is dropped, or at the latest
//! when this process ends, however it ends.

use std::collections::HashMap;
use std::env;
use std::ffi::OsString;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, PoisonError, mpsc};
use std::thread;
use std::time::Duration;

use crate::root_dir;

/// A command line that is run instead of the conformance example, with the same flags appended.
///
/// This is how the tests themselves are tested: they must pass against another implementation too.
pub const OTHER_SERVER: &str = "SOCKETIO_CONFORMANCE";

/// Whether the tests are aimed at another implementation, which need not be as strict as this one.
pub fn foreign() -> bool {
    env::var_os(OTHER_SERVER).is_some()
}

/// A running server; dropping it kills the process.
#[derive(Debug)]
pub struct Program {
    child: Child,
    addr: SocketAddr,
}

impl Program {
    /// The conformance example on a free port, with further flags (`["--ping-interval", "300"]`).
    ///
    /// # Panics
    /// When it does not build or does not announce an address.
    pub fn conformance(flags: &[&str]) -> Self {
        let program: Vec<OsString> = match env::var(OTHER_SERVER) {
            Ok(line) => line.split_whitespace().map(OsString::from).collect(),
            Err(_) => vec![built("conformance").into_os_string()],
        };
        let mut command = guarded(&program);
        command.args(["--port", "0"]).args(flags);
        Self::spawn(command)
    }

    /// Another example, on a port of the system's choice.
    ///
    /// # Panics
    /// When it does not build or does not announce an address.
    pub fn example(name: &str) -> Self {
        let mut command = guarded(&[built(name).into_os_string()]);
        command.env("PORT", "0");
        Self::spawn(command)
    }

    fn spawn(mut command: Command) -> Self {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("{command:?}: {error}"));
        let output = child.stdout.take().expect("a piped standard output");
        let (send, announced) = mpsc::channel();
        // Reads on to the end, so that a talkative program never blocks on a full pipe.
        thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                if let Some(addr) = address_in(&line) {
                    let _ = send.send(addr);
                }
            }
        });
        match announced.recv_timeout(Duration::from_secs(30)) {
            Ok(addr) => Self { child, addr },
            Err(_) => {
                drop(child.stdin.take());
                panic!("{command:?} announced no address: {:?}", child.wait());
            }
        }
    }

    /// Where it listens.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// The same as a base URL, without a slash at the end.
    pub fn url(&self) -> String {
        format!("http://{}", self.addr)
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        let _ = self.child.wait();
    }
}

/// A command that runs `program` for as long as its standard input stays open: even the servers that
/// statics of a test binary hold end with it.
fn guarded(program: &[OsString]) -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", r#""$@" & server=$!; read -r _; kill -9 "$server""#, "sh"]).args(program);
    command
}

/// The address in a line like `listening on http://127.0.0.1:3000`.
fn address_in(line: &str) -> Option<SocketAddr> {
    let (_, rest) = line.split_once("listening on http://")?;
    let end = rest.find(|c: char| !(c.is_ascii_digit() || ".:".contains(c))).unwrap_or(rest.len());
    rest[..end].parse().ok()
}

/// The executable of an example, built by the cargo that runs this test; once per process.
///
/// # Panics
/// When it does not build.
pub fn built(name: &str) -> PathBuf {
    static BUILT: Mutex<Option<HashMap<String, PathBuf>>> = Mutex::new(None);
    let mut built = BUILT.lock().unwrap_or_else(PoisonError::into_inner);
    let built = built.get_or_insert_default();
    if let Some(path) = built.get(name) {
        return path.clone();
    }
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root_dir()).args([
        "build",
        "--quiet",
        "--workspace",
        "--example",
        name,
        "--message-format=json-render-diagnostics",
    ]);
    if !cfg!(debug_assertions) {
        command.arg("--release");
    }
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let messages = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{command:?}\n{}", String::from_utf8_lossy(&output.stderr));
    let path = messages
        .lines()
        .filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok())
        .filter(|message| message["target"]["name"] == name)
        .find_map(|message| message["executable"].as_str().map(PathBuf::from))
        .unwrap_or_else(|| panic!("{command:?} named no executable"));
    built.insert(name.to_owned(), path.clone());
    path
}

#[cfg(test)]
mod tests {
    use super::address_in;

    #[test]
    fn an_announcement_is_found_in_its_line() {
        let addr = "127.0.0.1:4801".parse().ok();
        assert_eq!(address_in("listening on http://127.0.0.1:4801"), addr);
        assert_eq!(address_in("INFO listening on http://127.0.0.1:4801/ (2 namespaces)"), addr);
        assert_eq!(address_in("/chat  3 events"), None);
    }
}
