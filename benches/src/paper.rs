//! Scale on paper: what a larger machine should hold, derived from the measured figures and from what is assumed of machine and load.

use crate::Failure;
use crate::cells::{CPU, KIB_EACH};
use crate::results::Results;
use crate::table::{digits, row, thousands};

/// The server whose figures are used: one thread, because those of more depend on the machine.
const SERVER: &str = "ours-current";
const CORES: f64 = 16.0;
const MEMORY_GIB: f64 = 64.0;
/// What is left for peaks, the system and the application.
const CPU_USED: f64 = 0.5;
const MEMORY_USED: f64 = 0.75;
/// How much more a message may cost where cores share caches and queues.
const SHARED: f64 = 1.5;
/// Packets that go out each second through a network card of the usual kind, in software.
const PACKETS: f64 = 2e6;

/// What one connection does in a second.
struct Load {
    title: &'static str,
    /// Events that it sends.
    events: f64,
    /// Events that it receives because someone has sent one.
    deliveries: f64,
}

const ROOM: f64 = 100.0;
const LOADS: [Load; 3] = [
    Load { title: "idle: pings only", events: 0.0, deliveries: 0.0 },
    Load { title: "chat: rooms of 100, a message a minute from each", events: 1.0 / 60.0, deliveries: ROOM / 60.0 },
    Load { title: "ticker: 5 updates a second to everyone", events: 0.0, deliveries: 5.0 },
];

/// What has been measured, of which everything else follows.
struct Figures {
    ping_us: f64,
    ping_interval_s: f64,
    event_us: f64,
    delivery_us: f64,
    upgrade_us: f64,
    kib: f64,
    kernel_kib: f64,
}

impl Figures {
    fn of(results: &Results) -> Result<Self, Failure> {
        let get = |cell: &str, figure: &str| {
            let median = results.median(SERVER, cell, figure);
            median.ok_or_else(|| format!("{SERVER} has no {figure} in {cell}, which docs/performance.md needs"))
        };
        Ok(Self {
            ping_us: get("idle", "ping_us")?,
            ping_interval_s: get("idle", "ping_interval_s")?,
            event_us: get("echo-paced", CPU)?,
            delivery_us: get("fanout-1", CPU)?,
            upgrade_us: get("connect-upgrade", CPU)?,
            kib: get("idle", KIB_EACH)?,
            kernel_kib: get("idle", "kernel_kib_each")?,
        })
    }
}

/// What the machine holds of one load, by each limit.
struct Held {
    us_per_second: f64,
    limits: [(&'static str, f64); 3],
}

impl Held {
    fn new(load: &Load, figures: &Figures) -> Self {
        let us_per_second = SHARED
            * (figures.ping_us / figures.ping_interval_s
                + load.events * figures.event_us
                + load.deliveries * figures.delivery_us);
        let packets = load.deliveries + load.events + 1.0 / figures.ping_interval_s;
        let kib = figures.kib + figures.kernel_kib;
        let limits = [
            ("CPU", CORES * CPU_USED * 1e6 / us_per_second),
            ("memory", MEMORY_GIB * MEMORY_USED * 1024.0 * 1024.0 / kib),
            ("packets", PACKETS / packets),
        ];
        Self { us_per_second, limits }
    }

    fn first(&self) -> (&'static str, f64) {
        self.limits.into_iter().min_by(|one, other| one.1.total_cmp(&other.1)).unwrap_or_default()
    }
}

pub(crate) fn markdown(results: &Results) -> Result<String, Failure> {
    let figures = Figures::of(results)?;
    let mut text = format!(
        "From the table: {} µs for a ping and its answer every {} s, {} µs for an event and its acknowledgement on a server that is not \
         busy, {} µs for a delivery when one publication is under way, {} µs for a client that comes with an upgrade and goes; {} KiB \
         resident and {} KiB in the kernel for an idle connection.\n\n",
        digits(figures.ping_us),
        figures.ping_interval_s,
        digits(figures.event_us),
        digits(figures.delivery_us),
        digits(figures.upgrade_us),
        digits(figures.kib),
        digits(figures.kernel_kib),
    );
    text += &format!(
        "Assumed: {CORES} cores used to {:.0} %, {MEMORY_GIB} GiB used to {:.0} %, {SHARED} times the cost of a message on one core, and {} \
         million packets a second out of the machine.\n\n",
        100.0 * CPU_USED,
        100.0 * MEMORY_USED,
        PACKETS / 1e6,
    );
    text += "| load | µs per connection and second | connections by CPU | by memory | by packets | first limit |\n";
    text += "|---|---:|---:|---:|---:|---|\n";
    for load in &LOADS {
        let held = Held::new(load, &figures);
        let (name, connections) = held.first();
        let mut line = vec![load.title.to_owned(), digits(held.us_per_second)];
        line.extend(held.limits.iter().map(|(_, connections)| rough(*connections)));
        line.push(format!("{name}, {}", rough(connections)));
        row(&mut text, &line);
    }
    text += &format!(
        "\nA million clients that all come back at once cost {} s of the whole machine.\n",
        digits(1e6 * SHARED * figures.upgrade_us / 1e6 / CORES)
    );
    Ok(text)
}

/// Two digits that matter, rounded down.
fn rough(value: f64) -> String {
    let unit = 10_f64.powf(value.max(1.0).log10().floor() - 1.0).max(1.0);
    thousands((value / unit).floor() * unit)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::tests::{results, run};

    #[test]
    fn the_first_limit_is_the_least() {
        let figures = Figures {
            ping_us: 10.0,
            ping_interval_s: 25.0,
            event_us: 10.0,
            delivery_us: 4.0,
            upgrade_us: 50.0,
            kib: 8.0,
            kernel_kib: 4.0,
        };
        assert_eq!(Held::new(&LOADS[0], &figures).first().0, "memory");
        assert_eq!(Held::new(&LOADS[2], &figures).first().0, "CPU");
        assert_eq!([1_234_567.0, 987.0, 3.0].map(rough), ["1,200,000", "980", "3"]);
    }

    #[test]
    fn a_missing_figure_is_told() {
        let idle = run(SERVER, "idle", &[("ping_us", 1.0), ("ping_interval_s", 25.0)], None);
        let error = markdown(&results(vec![idle])).unwrap_err().to_string();
        assert!(error.contains("echo-paced"), "{error}");
    }
}
