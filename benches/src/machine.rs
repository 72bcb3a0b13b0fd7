//! What the kernel says of processes and of the whole machine, and what may be asked of it.

use std::fs;
use std::time::{Duration, Instant};

use nix::sched::{CpuSet, sched_setaffinity};
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use nix::unistd::Pid;

use crate::Failure;

/// Runs the calling thread, and everything it starts from now on, on one core only.
pub(crate) fn pin(core: usize) -> Result<(), Failure> {
    let mut cores = CpuSet::new();
    cores.set(core)?;
    sched_setaffinity(Pid::from_raw(0), &cores).map_err(|error| format!("cannot run on core {core}: {error}").into())
}

/// Raises the limit of open files as far as it goes, for this process and those it starts; gives the limit.
pub(crate) fn raise_open_files() -> Result<u64, Failure> {
    const WANTED: u64 = 1_000_000;
    if setrlimit(Resource::RLIMIT_NOFILE, WANTED, WANTED).is_err() {
        let (_, hard) = getrlimit(Resource::RLIMIT_NOFILE)?;
        setrlimit(Resource::RLIMIT_NOFILE, hard, hard)?;
    }
    Ok(getrlimit(Resource::RLIMIT_NOFILE)?.0)
}

/// Processor time of a process so far.
#[derive(Clone, Copy, Default)]
pub(crate) struct Cpu {
    /// Nanoseconds of the threads that live; exact.
    threads: u64,
    /// Nanoseconds of all threads that ever were, in steps of a clock tick.
    ticks: u64,
    /// Those of them that the kernel has worked for it.
    kernel: u64,
}

/// Nanoseconds of one tick in `/proc/*/stat`: `USER_HZ` is 100 on every Linux that is in use.
const TICK: u64 = 10_000_000;

impl Cpu {
    /// Of the process `pid`; nothing when it is gone.
    pub(crate) fn of(pid: u32) -> Self {
        let mut threads = 0;
        for task in fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten().flatten() {
            let schedstat = fs::read_to_string(task.path().join("schedstat")).unwrap_or_default();
            threads += first_number(&schedstat);
        }
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        // After the name, which may hold anything, come the state and then numbers: user and system time are the 12th and 13th.
        let after = stat.rsplit_once(')').map_or("", |(_, after)| after);
        let mut times = after.split_whitespace().skip(11).map(first_number);
        let (user, kernel) = (times.next().unwrap_or(0), times.next().unwrap_or(0));
        Self { threads, ticks: (user + kernel) * TICK, kernel: kernel * TICK }
    }

    /// Nanoseconds from `earlier` to this. Threads that ended in between take their time with them: then the ticks are the better figure.
    pub(crate) fn since(self, earlier: Self) -> u64 {
        let (threads, ticks) = (self.threads.saturating_sub(earlier.threads), self.ticks.saturating_sub(earlier.ticks));
        if ticks > threads + 3 * TICK { ticks } else { threads }
    }

    /// The share of the kernel in what was used from `earlier` to this; not worth much below a second.
    pub(crate) fn kernel_share(self, earlier: Self) -> f64 {
        let all = self.ticks.saturating_sub(earlier.ticks).max(TICK);
        self.kernel.saturating_sub(earlier.kernel) as f64 / all as f64
    }
}

fn first_number(text: &str) -> u64 {
    text.split_whitespace().next().and_then(|number| number.parse().ok()).unwrap_or(0)
}

/// KiB of memory that a process has resident.
pub(crate) fn resident_kib(pid: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    status.lines().find_map(|line| line.strip_prefix("VmRSS:")).map_or(0, first_number)
}

/// KiB that the kernel itself holds: its objects, and what is in the buffers of TCP sockets.
pub(crate) fn kernel_kib() -> u64 {
    const PAGE_KIB: u64 = 4;
    let memory = fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let objects = memory.lines().find_map(|line| line.strip_prefix("Slab:")).map_or(0, first_number);
    let sockets = fs::read_to_string("/proc/net/sockstat").unwrap_or_default();
    let tcp = sockets.lines().find_map(|line| line.strip_prefix("TCP:")?.split_once("mem "));
    objects + tcp.map_or(0, |(_, pages)| first_number(pages)) * PAGE_KIB
}

/// Nanoseconds that all cores together have been busy with anything.
pub(crate) fn busy() -> u64 {
    let stat = fs::read_to_string("/proc/stat").unwrap_or_default();
    let times: Vec<u64> = stat.lines().next().unwrap_or("").split_whitespace().skip(1).map(first_number).collect();
    // user, nice, system, idle, waiting, irq, softirq, stolen; the rest is part of the first two.
    [0, 1, 2, 5, 6].iter().filter_map(|&index| times.get(index)).sum::<u64>() * TICK
}

/// Waits until less than `cores` of the machine are busy, `limit` at most.
pub(crate) fn wait_until_quiet(cores: f64, limit: Duration) {
    const LOOK: Duration = Duration::from_millis(300);
    let began = Instant::now();
    while began.elapsed() < limit {
        let (before, at) = (busy(), Instant::now());
        std::thread::sleep(LOOK);
        if (busy() - before) as f64 / at.elapsed().as_nanos() as f64 <= cores {
            return;
        }
    }
}

/// How many cores there are.
pub(crate) fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}
