//! `scale`: what a message costs as connections grow, as a table and as a plot.

use std::path::PathBuf;

use crate::args::Options;
use crate::load::meter::Meter;
use crate::load::{Plan, block_on, turns};
use crate::measure::Setting;
use crate::peers::{self, Peer};
use crate::plot::{Line, Plot};
use crate::results::{Results, Run};
use crate::table::short;
use crate::{Failure, machine, prepare, versions};

/// Messages under way, the same at every size.
const UNDER_WAY: usize = 10;
/// How many send when there are idle ones beside them.
const ACTIVE: usize = 1_000;
/// Files that a server and the load generator need besides their connections.
const OTHER_FILES: usize = 200;
/// The cost may grow this much.
const FLAT: f64 = 1.5;

/// One size.
#[derive(Clone, Copy)]
struct Size {
    connections: usize,
    active: usize,
}

impl Size {
    fn title(self) -> String {
        let idle = self.connections - self.active;
        if idle == 0 {
            thousands(self.connections)
        } else {
            format!("{} + {} idle", thousands(self.active), thousands(idle))
        }
    }
}

pub(crate) fn run(options: &Options) -> Result<(), Failure> {
    let setting = Setting::new(options)?;
    let mut peers = peers::select(options)?;
    if options.list("peers").is_none() && options.all("with").is_empty() {
        peers.retain(|peer| peer.name == "ours-current");
    }
    let sizes = sizes(options)?;
    prepare::all(&mut peers)?;

    let mut results = Results::default();
    for round in 0..setting.rounds {
        for size in &sizes {
            for peer in &peers {
                let (outcome, foreign) = setting.run(peer, |plan| one(*size, plan));
                let cell = name(*size);
                eprintln!(
                    "round {} {cell} {}: {:?} {:?}",
                    round + 1,
                    peer.name,
                    outcome.figures.get("cpu_us"),
                    outcome.faults
                );
                results.runs.push(Run { peer: peer.name.clone(), cell, round, outcome, foreign });
            }
        }
    }

    println!("{}", markdown(&results, &peers, &sizes));
    println!("{}; {}.", setting.cores_text(), versions::all(&peers));
    let path = options.text("out").map_or_else(|| prepare::workspace().join("docs/scale.svg"), PathBuf::from);
    std::fs::write(path, plot(&results, &peers, &sizes).svg())?;
    let faults = results.faults();
    if faults.is_empty() { Ok(()) } else { Err(faults.join("\n").into()) }
}

fn one(size: Size, plan: Plan) -> crate::load::Outcome {
    block_on(async move {
        let meter = Meter::new(plan);
        turns::run(&meter, size.connections, size.active, UNDER_WAY).await;
        meter.outcome()
    })
}

/// The sizes that were asked for, as far as files may be opened.
fn sizes(options: &Options) -> Result<Vec<Size>, Failure> {
    let limit = usize::try_from(machine::raise_open_files()?).unwrap_or(usize::MAX).saturating_sub(OTHER_FILES);
    let mut sizes = Vec::new();
    for text in options.list("sizes").unwrap_or_else(|| vec!["10", "100", "1000", "10000"]) {
        let connections = text.parse().ok().filter(|connections| *connections > 0);
        let connections = connections.ok_or_else(|| format!("--sizes: {text:?} is not a number of connections"))?;
        sizes.push(Size { connections, active: connections });
    }
    let idle: usize = options.number("idle", 50_000)?;
    if idle > 0 {
        sizes.push(Size { connections: idle + ACTIVE, active: ACTIVE });
    }
    for size in &mut sizes {
        if size.connections > limit {
            eprintln!("only {limit} of {} connections: no more files may be opened here (ulimit -n)", size.connections);
            size.connections = limit;
            size.active = size.active.min(limit);
        }
    }
    Ok(sizes)
}

/// A name for the results, which keep names that live as long as the program; there are a handful.
fn name(size: Size) -> &'static str {
    Box::leak(size.title().into_boxed_str())
}

fn markdown(results: &Results, peers: &[Peer], sizes: &[Size]) -> String {
    let mut text = "| connections | server | µs per message | × the cheapest size | ± | KiB each | p99 µs |\n|---|---|---:|---:|---:|---:|---:|\n".to_owned();
    for peer in peers {
        let costs: Vec<_> = sizes.iter().map(|size| results.median(&peer.name, name(*size), "cpu_us")).collect();
        let least = costs.iter().flatten().copied().fold(f64::INFINITY, f64::min);
        for (size, cost) in sizes.iter().zip(&costs) {
            let figure = |figure| results.median(&peer.name, name(*size), figure).map_or_else(|| "–".to_owned(), short);
            let ratio = cost.map_or_else(
                || "–".to_owned(),
                |cost| {
                    let ratio = cost / least;
                    if ratio > FLAT { format!("**{ratio:.2}**") } else { format!("{ratio:.2}") }
                },
            );
            let spread = results
                .spread(&peer.name, name(*size), "cpu_us")
                .map_or_else(|| "–".to_owned(), |spread| format!("{:.0} %", 100.0 * spread));
            text += &format!(
                "| {} | {} | {} | {ratio} | {spread} | {} | {} |\n",
                size.title(),
                peer.name,
                figure("cpu_us"),
                figure("kib_each"),
                figure("p99_us")
            );
        }
    }
    text
}

fn plot(results: &Results, peers: &[Peer], sizes: &[Size]) -> Plot {
    let lines = peers.iter().map(|peer| {
        let cost = |size: &Size| results.median(&peer.name, name(*size), "cpu_us");
        Line { name: peer.name.clone(), values: sizes.iter().map(cost).collect() }
    });
    Plot {
        title: format!("Processor time of the server per echoed message, {UNDER_WAY} under way"),
        across: "connections".to_owned(),
        up: "µs per message".to_owned(),
        places: sizes.iter().map(|size| size.title()).collect(),
        lines: lines.collect(),
        band: FLAT,
    }
}

fn thousands(number: usize) -> String {
    let digits = number.to_string();
    let groups: Vec<&str> =
        digits.as_bytes().rchunks(3).rev().filter_map(|group| std::str::from_utf8(group).ok()).collect();
    groups.join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_named() {
        assert_eq!(Size { connections: 100, active: 100 }.title(), "100");
        assert_eq!(Size { connections: 51_000, active: 1_000 }.title(), "1,000 + 50,000 idle");
    }
}
