//! `scale`: what a message costs as connections grow, as a table and as a plot.
//!
//! The load is the same at every size: ten messages are under way, and each answer makes the next connection send. So batches do not
//! grow with the connections, and what differs is only how many there are: once all of them send in turns, once no more than a thousand
//! do and the rest are idle.

use std::path::PathBuf;

use crate::args::Options;
use crate::load::meter::Meter;
use crate::load::{Plan, block_on, turns};
use crate::measure::Setting;
use crate::notes::conditions;
use crate::peers::{self, BASELINE, OURS, Peer};
use crate::plot::{Line, Plot};
use crate::results::{Results, Run};
use crate::store::{self, Store};
use crate::table::{digits, row, thousands};
use crate::{Failure, cells, machine, prepare, readme, versions};

/// Messages under way, the same at every size.
const UNDER_WAY: usize = 10;
/// How many send at most, where the rest are idle.
const ACTIVE: usize = 1_000;
const SIZES: [usize; 5] = [10, 100, 1_000, 10_000, 50_000];
/// Files that a server and the load generator need besides their connections.
const OTHER_FILES: usize = 200;
/// The cost may grow this much.
const FLAT: f64 = 1.5;

/// One measurement: so many connections, of which so many send.
#[derive(Clone, Copy, PartialEq)]
struct Size {
    connections: usize,
    active: usize,
}

/// The two lines of each server.
const CURVES: [(&str, usize); 2] = [("all active", usize::MAX), ("1,000 active", ACTIVE)];

impl Size {
    fn of(connections: usize, most_active: usize) -> Self {
        Self { connections, active: connections.min(most_active) }
    }

    fn cell(self) -> String {
        format!("scale-{}-{}", self.connections, self.active)
    }

    fn parse(cell: &str) -> Option<Self> {
        let (connections, active) = cell.strip_prefix("scale-")?.split_once('-')?;
        Some(Self { connections: connections.parse().ok()?, active: active.parse().ok()? })
    }
}

pub(crate) fn run(options: &Options) -> Result<(), Failure> {
    let results = match store::rendered(options)? {
        Some(results) => results,
        None => measure(options)?,
    };
    let peers = peers::named(results.runs.iter().map(|run| run.peer.as_str()));
    let mut sizes: Vec<usize> =
        results.runs.iter().filter_map(|run| Some(Size::parse(&run.cell)?.connections)).collect();
    sizes.sort_unstable();
    sizes.dedup();
    let text = markdown(&results, &peers, &sizes);
    println!("{text}");
    let svg = options.text("svg").map(PathBuf::from);
    std::fs::write(
        svg.clone().unwrap_or_else(|| prepare::workspace().join("docs/scale.svg")),
        plot(&results, &peers, &sizes).svg(),
    )?;
    if svg.is_none() {
        readme::GROWTH.write(&text)?;
    }
    let faults = results.faults();
    if faults.is_empty() { Ok(()) } else { Err(faults.join("\n").into()) }
}

fn measure(options: &Options) -> Result<Results, Failure> {
    let setting = Setting::new(options)?;
    let mut peers = peers::select(options)?;
    if options.list("peers").is_none() && options.all("with").is_empty() {
        let one_thread = |peer: &Peer| [OURS, BASELINE].contains(&&peer.family[..]) && peer.name.ends_with("current");
        peers.retain(one_thread);
    }
    let sizes = sizes(options)?;
    prepare::all(&mut peers)?;
    let mut store = Store::open(options, setting.conditions(versions::machine(), versions::all(&peers)))?;
    for round in 0..setting.rounds {
        for size in &sizes {
            for peer in &peers {
                if store.results.has(&peer.name, &size.cell(), round) {
                    continue;
                }
                if setting.is_over() {
                    eprintln!("the time is over in round {}", round + 1);
                    return Ok(store.results);
                }
                let (outcome, foreign) = setting.run(peer, |plan| one(*size, plan));
                let figure = |name| outcome.figures.get(name).copied().unwrap_or_default();
                eprintln!(
                    "round {}/{} {:<18} {:<22} {:>7.3} µs  {:>8.0}/s  server {:>3.0} %  foreign {:>2.0} %  {}",
                    round + 1,
                    setting.rounds,
                    size.cell(),
                    peer.name,
                    figure(cells::CPU),
                    figure("per_second"),
                    100.0 * figure("server_busy"),
                    100.0 * foreign,
                    outcome.faults.first().map_or("", String::as_str),
                );
                store.push(Run { peer: peer.name.clone(), cell: size.cell(), round, outcome, foreign })?;
            }
        }
    }
    Ok(store.results)
}

/// Each size once, however many curves go through it; none beyond what may be open here, which is said.
fn sizes(options: &Options) -> Result<Vec<Size>, Failure> {
    let most = usize::try_from(machine::raise_open_files()?)?.saturating_sub(OTHER_FILES);
    let wanted = match options.list("sizes") {
        Some(wanted) => wanted.iter().map(|size| size.parse().map_err(|_| format!("--sizes has {size:?}"))).collect(),
        None => Ok(SIZES.to_vec()),
    };
    let mut sizes = Vec::new();
    for wanted in wanted? {
        if wanted > most {
            eprintln!("{wanted} connections are cut to {most}, for which the limit of open files has room (ulimit -n)");
        }
        for (_, active) in CURVES {
            let size = Size::of(wanted.clamp(1, most), active);
            if !sizes.contains(&size) {
                sizes.push(size);
            }
        }
    }
    Ok(sizes)
}

fn one(size: Size, plan: Plan) -> crate::load::Outcome {
    block_on(async move {
        let meter = Meter::new(plan);
        turns::run(&meter, size.connections, size.active, UNDER_WAY).await;
        meter.outcome()
    })
}

fn markdown(results: &Results, peers: &[Peer], sizes: &[usize]) -> String {
    let mut text =
        "| connections | active | server | µs per message | to the least | ± | of it in the kernel | KiB each | p99 µs |\n|---:|---:|---|---:|---:|---:|---:|---:|---:|\n"
            .to_owned();
    for peer in peers {
        let mut shown = Vec::new();
        for (_, active) in CURVES {
            let curve: Vec<_> = sizes.iter().map(|connections| Size::of(*connections, active)).collect();
            let cost = |size: &Size| results.median(&peer.name, &size.cell(), cells::CPU);
            let least = curve.iter().filter_map(cost).fold(f64::INFINITY, f64::min);
            for size in curve {
                if !shown.contains(&size) {
                    row(&mut text, &line(results, peer, size, least));
                    shown.push(size);
                }
            }
        }
    }
    let largest = sizes.last().map_or(0, |size| *size);
    let asked = SIZES[SIZES.len() - 1];
    if largest < asked {
        text += &format!(
            "\nThe last size is {} and not {}: the limit of open files on this machine (`ulimit -n`) has room for no more.\n",
            thousands(largest as f64),
            thousands(asked as f64)
        );
    }
    text += &format!("\n{UNDER_WAY} messages under way at every size; {}.\n", conditions(results));
    text
}

fn line(results: &Results, peer: &Peer, size: Size, least: f64) -> Vec<String> {
    let cell = size.cell();
    let figure = |figure| results.median(&peer.name, &cell, figure);
    let shown = |value: Option<f64>| value.map_or_else(|| "–".to_owned(), digits);
    let ratio = figure(cells::CPU).map(|cost| cost / least).map_or_else(
        || "–".to_owned(),
        |ratio| if ratio > FLAT { format!("**{ratio:.2}**") } else { format!("{ratio:.2}") },
    );
    let spread = results.spread(&peer.name, &cell, cells::CPU);
    vec![
        thousands(size.connections as f64),
        thousands(size.active as f64),
        peers::title(&peer.family).to_owned(),
        shown(figure(cells::CPU)),
        ratio,
        spread.map_or_else(|| "–".to_owned(), |spread| format!("{:.0} %", 100.0 * spread)),
        shown(figure(cells::CPU).zip(figure("kernel_share")).map(|(cost, share)| cost * share)),
        shown(figure(cells::KIB_EACH)),
        shown(figure("p99_us")),
    ]
}

fn plot(results: &Results, peers: &[Peer], sizes: &[usize]) -> Plot {
    let lines = peers.iter().enumerate().flat_map(|(color, peer)| {
        CURVES.map(|(name, active)| {
            let cost =
                |connections: &usize| results.median(&peer.name, &Size::of(*connections, active).cell(), cells::CPU);
            let server = peers::title(&peer.family).trim_matches('*');
            let dashed = active != usize::MAX;
            Line { name: format!("{server}, {name}"), values: sizes.iter().map(cost).collect(), color, dashed }
        })
    });
    Plot {
        title: format!("Processor time of the server per echoed message, {UNDER_WAY} under way"),
        across: "connections".to_owned(),
        up: "µs per message".to_owned(),
        places: sizes.iter().map(|size| thousands(*size as f64)).collect(),
        lines: lines.collect(),
        band: FLAT,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::tests::{results, run};

    #[test]
    fn sizes_have_names() {
        let size = Size::of(10_000, ACTIVE);
        assert_eq!(size.cell(), "scale-10000-1000");
        assert!(Size::parse(&size.cell()) == Some(size) && Size::parse("echo-1").is_none());
    }

    #[test]
    fn growth_is_told_for_each_curve() {
        let one = |cell: &str, cost| run("ours-current", cell, &[(cells::CPU, cost)], None);
        let results =
            results(vec![one("scale-10-10", 4.0), one("scale-10000-10000", 7.0), one("scale-10000-1000", 5.0)]);
        let peers = peers::named(["ours-current"].into_iter());
        let text = markdown(&results, &peers, &[10, 10_000]);
        assert!(text.contains("| 10,000 | 10,000 | **socketio** | 7.00 | **1.75** |"), "{text}");
        assert!(text.contains("| 10,000 | 1,000 | **socketio** | 5.00 | 1.25 |"), "{text}");
        assert!(text.contains("and not 50,000"), "{text}");
        assert_eq!(plot(&results, &peers, &[10, 10_000]).lines[1].values, [Some(4.0), Some(5.0)]);
    }
}
