//! One server under test: started for one run on a port of its own, and always ended.

use std::fs::File;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::Failure;
use crate::machine;
use crate::peers::Peer;

/// How long a server may take until it answers.
const START: Duration = Duration::from_secs(15);
/// How long it may take to end when it is asked to.
const END: Duration = Duration::from_secs(2);

pub(crate) struct Server {
    child: Child,
    pub(crate) address: SocketAddr,
}

impl Server {
    /// Starts `peer` on one core, or on all of them, and waits until it answers a handshake.
    pub(crate) fn start(peer: &Peer, core: Option<usize>) -> Result<Self, Failure> {
        let address = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?;
        let log = std::env::temp_dir().join(format!("benches-{}.log", peer.name));
        let log_file = File::create(&log)?;
        let [program, arguments @ ..] = &peer.command[..] else {
            return Err(format!("{} has no command", peer.name).into());
        };
        let mut command = Command::new(program);
        command.args(arguments).envs(peer.environment.iter().copied()).env("PORT", address.port().to_string());
        command.stdin(Stdio::null()).stdout(log_file.try_clone()?).stderr(log_file);
        // A thread of its own, because a child inherits the core of the thread that starts it.
        let spawned = std::thread::scope(|scope| {
            let spawning = scope.spawn(|| -> Result<Child, Failure> {
                core.map_or(Ok(()), machine::pin)?;
                Ok(command.spawn()?)
            });
            spawning.join().unwrap_or_else(|_| Err("cannot start a thread".into()))
        });
        let child = spawned.map_err(|error| format!("{}: {error}", peer.name))?;
        let mut server = Self { child, address };
        let began = Instant::now();
        while !answers(address) {
            if began.elapsed() > START || server.child.try_wait()?.is_some() {
                return Err(format!("{} does not answer; see {}", peer.name, log.display()).into());
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(server)
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let began = Instant::now();
        let asked = i32::try_from(self.child.id()).is_ok_and(|pid| kill(Pid::from_raw(pid), Signal::SIGTERM).is_ok());
        while asked && began.elapsed() < END {
            if !matches!(self.child.try_wait(), Ok(None)) {
                return;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        // Both fail only when the process has ended meanwhile.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Whether a polling handshake is answered. The session it leaves behind ends with its first ping.
fn answers(address: SocketAddr) -> bool {
    let ask = || -> std::io::Result<bool> {
        let mut stream = TcpStream::connect_timeout(&address, Duration::from_secs(1))?;
        stream.set_read_timeout(Some(Duration::from_secs(2)))?;
        let path = "/socket.io/?EIO=4&transport=polling";
        write!(stream, "GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n")?;
        let mut answer = [0; 12];
        stream.read_exact(&mut answer)?;
        Ok(answer.ends_with(b" 200"))
    };
    ask().unwrap_or(false)
}
