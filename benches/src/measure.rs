//! One run: a fresh server, the load generator in this process, and a look at what else the machine was doing.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use crate::Failure;
use crate::args::Options;
use crate::load::{Outcome, Plan};
use crate::machine::{self, Cpu};
use crate::peers::Peer;
use crate::results::Conditions;
use crate::server::Server;

/// How the runs of one command are made.
pub(crate) struct Setting {
    pub(crate) rounds: usize,
    pub(crate) measure: Duration,
    pub(crate) warmup: Duration,
    /// The cores of the server and of the load generator; `None` when both may run anywhere.
    pub(crate) cores: Option<(usize, usize)>,
    quiet: Duration,
    /// When no run begins any more.
    end: Option<Instant>,
}

/// Other programs may use this much of a core during a run; beyond it the run is repeated.
const FOREIGN: f64 = 0.10;
const REPEATS: usize = 2;

impl Setting {
    pub(crate) fn new(options: &Options) -> Result<Self, Failure> {
        let seconds = |name, default: f64| -> Result<Duration, Failure> {
            Ok(Duration::try_from_secs_f64(options.number(name, default)?)?)
        };
        let cores = (options.number("server-core", 0)?, options.number("load-core", 1)?);
        let pinned = !options.flag("unpinned") && machine::cores() > 1;
        machine::raise_open_files()?;
        Ok(Self {
            rounds: options.number("rounds", 3)?,
            measure: seconds("secs", 2.0)?,
            warmup: seconds("warmup", 0.7)?,
            cores: pinned.then_some(cores),
            end: options
                .text("minutes")
                .is_some()
                .then(|| seconds("minutes", 0.0))
                .transpose()?
                .map(|minutes| Instant::now() + minutes * 60),
            quiet: Duration::from_secs(if options.flag("impatient") { 0 } else { 20 }),
        })
    }

    /// How the cores are used, for people.
    fn cores_text(&self) -> String {
        match self.cores {
            Some((server, load)) => format!("server on core {server}, load generator on core {load}"),
            None => "server and load generator on all cores".to_owned(),
        }
    }

    /// What goes with the results.
    pub(crate) fn conditions(&self, machine: String, versions: BTreeMap<String, String>) -> Conditions {
        Conditions {
            machine,
            cores: self.cores_text(),
            pinned: self.cores.is_some(),
            seconds: self.measure.as_secs_f64(),
            warmup: self.warmup.as_secs_f64(),
            versions,
        }
    }

    /// Whether the time that was given is over.
    pub(crate) fn is_over(&self) -> bool {
        self.end.is_some_and(|end| Instant::now() >= end)
    }

    /// Runs `load` against a fresh server; gives what came of it and the cores that other programs used.
    pub(crate) fn run<L>(&self, peer: &Peer, load: L) -> (Outcome, f64)
    where
        L: Fn(Plan) -> Outcome + Send + Sync,
    {
        let mut last = self.once(peer, &load);
        for _ in 0..REPEATS {
            if last.1 <= FOREIGN || self.quiet.is_zero() {
                break;
            }
            last = self.once(peer, &load);
        }
        last
    }

    fn once<L: Fn(Plan) -> Outcome + Sync>(&self, peer: &Peer, load: &L) -> (Outcome, f64) {
        machine::wait_until_quiet(FOREIGN, self.quiet);
        let server = match Server::start(peer, self.cores.map(|cores| cores.0)) {
            Ok(server) => server,
            Err(error) => return (Outcome::fault(error.to_string()), 0.0),
        };
        let plan = Plan { address: server.address, pid: server.pid(), warmup: self.warmup, measure: self.measure };
        let own = std::process::id();
        let look = || (machine::busy(), Cpu::of(own), Cpu::of(server.pid()), Instant::now());
        let before = look();
        let (outcome, own_ns) = std::thread::scope(|scope| {
            let running = scope.spawn(|| {
                if let Err(error) = self.cores.map_or(Ok(()), |cores| machine::pin(cores.1)) {
                    return (Outcome::fault(error.to_string()), 0);
                }
                let outcome = load(plan);
                // Here, because a thread that has ended is not counted.
                (outcome, Cpu::of(own).since(before.1))
            });
            running.join().unwrap_or_else(|_| (Outcome::fault("the load generator has panicked".to_owned()), 0))
        });
        let after = look();
        let known = own_ns + after.2.since(before.2);
        let foreign = (after.0 - before.0).saturating_sub(known) as f64 / (after.3 - before.3).as_nanos() as f64;
        (outcome, foreign)
    }
}
