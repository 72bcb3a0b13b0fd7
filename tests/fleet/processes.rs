//! Processes of the tests: brokers, servers, the driver of the clients. Each is killed when its guard is dropped, or at the latest when this
//! process ends, however it ends: a shell that reads this process's pipe kills what is left and removes the temporary folder.

use std::fs::{self, File};
use std::io::Write as _;
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::{LazyLock, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tests::PATIENCE;

/// Reads `+ PID` and `- PID`; at the end of its input it kills what is left.
const REAPER: &str = r#"
trap '' INT TERM
dir=$1
while read -r verb pid; do
  left=
  for p in $pids; do [ "$p" = "$pid" ] || left="$left $p"; done
  [ "$verb" = + ] && left="$left $pid"
  pids=$left
done
[ -n "$pids" ] && kill -9 $pids 2>/dev/null
sleep 0.3
rm -rf "$dir"
"#;

/// The folder of this test process.
static FOLDER: LazyLock<PathBuf> = LazyLock::new(|| {
    let folder = std::env::temp_dir().join(format!("socketio-fleet-{}", std::process::id()));
    fs::create_dir_all(&folder).expect("a temporary folder");
    // PostgreSQL runs as another user.
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o755)).expect("permissions of the temporary folder");
    folder
});

/// The shell; it ends when this process does.
static REAPED: LazyLock<Mutex<Child>> = LazyLock::new(|| {
    let mut reaper = Command::new("sh");
    reaper.args(["-c", REAPER, "sh"]).arg(&*FOLDER).stdin(Stdio::piped());
    Mutex::new(reaper.spawn().expect("sh"))
});

fn reaper(verb: char, pid: u32) {
    let mut reaper = REAPED.lock().unwrap_or_else(PoisonError::into_inner);
    writeln!(reaper.stdin.as_mut().expect("a pipe"), "{verb} {pid}").expect("the reaper");
}

/// A folder of its own below that of this process, removed at the end.
pub(crate) fn folder(name: &str) -> PathBuf {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let folder = FOLDER.join(format!("{name}-{}", NEXT.fetch_add(1, Ordering::Relaxed)));
    fs::create_dir_all(&folder).expect("a temporary folder");
    folder
}

/// A port that no other caller in this process is given, below the range from which the system takes ports for outgoing connections. The port
/// 10,000 above is free too: nodes of a Redis cluster use it.
pub(crate) fn free_port() -> u16 {
    static NEXT: LazyLock<AtomicU16> = LazyLock::new(|| AtomicU16::new((std::process::id() % 97) as u16 * 100));
    loop {
        let port = 10_000 + NEXT.fetch_add(1, Ordering::Relaxed) % 10_000;
        if [port, port + 10_000].iter().all(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok()) {
            return port;
        }
    }
}

/// A running process.
#[derive(Debug)]
pub(crate) struct Process {
    child: Child,
    log: PathBuf,
}

impl Process {
    /// Starts `command`, whose output goes to a file that [`Process::log`] reads.
    pub(crate) fn start(name: &str, command: &mut Command) -> Self {
        let log = folder(name).join("log");
        let file = File::create(&log).expect("a log file");
        command.stderr(file.try_clone().expect("the log file")).stdout(file).stdin(Stdio::null());
        Self::spawn(command, log)
    }

    /// The same with both standard streams as pipes, for [`Process::pipes`].
    pub(crate) fn piped(name: &str, command: &mut Command) -> Self {
        let log = folder(name).join("log");
        command.stderr(File::create(&log).expect("a log file")).stdout(Stdio::piped()).stdin(Stdio::piped());
        Self::spawn(command, log)
    }

    fn spawn(command: &mut Command, log: PathBuf) -> Self {
        let child = command.spawn().unwrap_or_else(|error| panic!("{command:?}: {error}"));
        reaper('+', child.id());
        Self { child, log }
    }

    /// Its standard input and output.
    pub(crate) fn pipes(&mut self) -> (ChildStdin, std::process::ChildStdout) {
        (self.child.stdin.take().expect("a pipe"), self.child.stdout.take().expect("a pipe"))
    }

    /// What it has printed.
    pub(crate) fn log(&self) -> String {
        fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// Waits until `port` accepts connections.
    pub(crate) fn listens(&mut self, port: u16) {
        let begin = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            let ended = self.child.try_wait().expect("the state of a child");
            let late = begin.elapsed() > PATIENCE;
            assert!(ended.is_none() && !late, "port {port}, {ended:?}:\n{}", self.log());
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// SIGSTOP: the process keeps its connections and does nothing.
    pub(crate) fn freeze(&self) {
        self.signal("STOP");
    }

    /// SIGCONT.
    pub(crate) fn thaw(&self) {
        self.signal("CONT");
    }

    fn signal(&self, signal: &str) {
        let sent = Command::new("kill").args([format!("-{signal}"), self.child.id().to_string()]).status();
        assert!(sent.is_ok_and(|status| status.success()), "kill -{signal} {}", self.child.id());
    }

    /// SIGKILL; returns when the process is gone.
    pub(crate) fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        reaper('-', self.child.id());
    }

    /// SIGTERM; gives whether the process ended with status 0 within [`PATIENCE`].
    pub(crate) fn end(&mut self) -> bool {
        self.signal("TERM");
        let begin = Instant::now();
        while begin.elapsed() < PATIENCE {
            if let Some(status) = self.child.try_wait().expect("the state of a child") {
                reaper('-', self.child.id());
                return status.success();
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        false
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if matches!(self.child.try_wait(), Ok(None)) {
            self.kill();
        }
    }
}

/// A program's output; fails when it fails.
pub(crate) fn run(command: &mut Command) -> String {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{command:?}\n{text}{}", String::from_utf8_lossy(&output.stderr));
    text
}

/// Whether this process may do everything.
pub(crate) fn is_root() -> bool {
    run(Command::new("id").arg("-u")).trim() == "0"
}

/// Gives `path` to the user `nobody`.
pub(crate) fn to_nobody(path: &Path) {
    std::os::unix::fs::chown(path, Some(NOBODY), Some(NOBODY)).expect("a folder's owner");
}

/// The user under which PostgreSQL runs when the tests run as root, which it refuses.
pub(crate) const NOBODY: u32 = 65_534;
