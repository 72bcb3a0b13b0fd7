//! The figures as Markdown: one table of ratios, and what the other figures of interest are.

use crate::cells::{CPU, Cell, KEPT, KIB_EACH};
use crate::measure::Setting;
use crate::peers::{BASELINE, OURS, Peer};
use crate::results::Results;

/// What stands above the table.
pub(crate) struct Head(String);

impl Head {
    pub(crate) fn new(setting: &Setting, versions: &str) -> Self {
        Self(format!(
            "Processor time of the server per message, delivery or connection in microseconds, and in brackets the ratio to socketioxide's \
             better mode. {}; {} s per run after {} s of warming up; medians of {} interleaved rounds, ± half of their range for ours. {versions}.\n",
            capital(&setting.cores_text()),
            setting.measure.as_secs_f64(),
            setting.warmup.as_secs_f64(),
            setting.rounds,
        ))
    }
}

pub(crate) fn markdown(results: &Results, cells: &[&Cell], peers: &[Peer], head: &Head) -> String {
    let mut text = format!("{}\n", head.0);
    let mut titles = vec!["cell".to_owned()];
    titles.extend(peers.iter().map(|peer| peer.name.clone()));
    titles.extend(["±".to_owned(), "goal".to_owned()]);
    row(&mut text, &titles);
    row(
        &mut text,
        &(0..titles.len())
            .map(|column| if column == 0 { "---".to_owned() } else { "---:".to_owned() })
            .collect::<Vec<_>>(),
    );
    for cell in cells {
        let base = better(results, peers, BASELINE, cell).map(|(_, value)| value);
        let mut columns = vec![cell.title.to_owned()];
        columns.extend(peers.iter().map(|peer| entry(results, peer, cell, base)));
        let ours = better(results, peers, OURS, cell);
        let spread = ours.and_then(|(name, _)| results.spread(name, cell.name, cell.figure));
        columns.push(spread.map_or_else(|| "–".to_owned(), |spread| format!("{:.0} %", 100.0 * spread)));
        columns.push(goal(cell, ours.map(|(_, value)| value), base));
        row(&mut text, &columns);
    }
    notes(&mut text, results, cells, peers);
    text
}

/// The mode of a family that does better in a cell, and its figure.
fn better<'p>(results: &Results, peers: &'p [Peer], family: &str, cell: &Cell) -> Option<(&'p str, f64)> {
    let of_family = peers.iter().filter(|peer| peer.family == family);
    let figures =
        of_family.filter_map(|peer| Some((peer.name.as_str(), results.median(&peer.name, cell.name, cell.figure)?)));
    figures.min_by(|one, other| one.1.total_cmp(&other.1))
}

fn entry(results: &Results, peer: &Peer, cell: &Cell, base: Option<f64>) -> String {
    let Some(value) = results.median(&peer.name, cell.name, cell.figure) else { return "–".to_owned() };
    let mut entry = short(value);
    if let Some(base) = base.filter(|base| *base > 0.0 && cell.figure != KEPT) {
        entry += &format!(" ({:.2})", value / base);
    }
    if results.reordered(&peer.name, cell.name) {
        entry.push('*');
    }
    entry
}

/// What has to be reached, in bold when it is not.
fn goal(cell: &Cell, ours: Option<f64>, base: Option<f64>) -> String {
    let (text, reached) = match (cell.goal, cell.figure) {
        (Some(goal), _) => {
            let ratio = ours.zip(base).filter(|(_, base)| *base > 0.0).map(|(ours, base)| ours / base);
            (format!("{goal:.2}"), ratio.map(|ratio| ratio <= goal))
        }
        (None, KIB_EACH) => ("8 KiB".to_owned(), ours.map(|kib| kib <= 8.0)),
        _ => return "see below".to_owned(),
    };
    match reached {
        Some(true) => format!("{text} ✓"),
        Some(false) => format!("**{text}**"),
        None => text,
    }
}

/// What does not fit into the table.
fn notes(text: &mut String, results: &Results, cells: &[&Cell], peers: &[Peer]) {
    let median = |peer: &Peer, cell: &Cell, figure| results.median(&peer.name, cell.name, figure);
    for cell in cells {
        let lines: Vec<String> = match cell.figure {
            KIB_EACH => peers
                .iter()
                .filter_map(|peer| {
                    let after = median(peer, cell, "kib_each_after")?;
                    let (open, ping) = (median(peer, cell, CPU)?, median(peer, cell, "ping_us")?);
                    Some(format!(
                        "{} {} KiB, {} µs to open, {} µs a ping",
                        peer.name,
                        short(after),
                        short(open),
                        short(ping)
                    ))
                })
                .collect(),
            KEPT => peers
                .iter()
                .filter_map(|peer| {
                    let (without, with) = (median(peer, cell, "p99_without_us")?, median(peer, cell, "p99_us")?);
                    let received = 100.0 * median(peer, cell, "slow_received")?;
                    let closed = median(peer, cell, "slow_closed")? > 0.5;
                    let fate = if closed { "closed" } else { "still connected" };
                    let grown = median(peer, cell, "grown_mib")?;
                    let name = &peer.name;
                    Some(format!(
                        "{name} +{} MiB, {fate} after {received:.0} %, the others' p99 {} → {} µs",
                        short(grown),
                        short(without),
                        short(with)
                    ))
                })
                .collect(),
            _ => continue,
        };
        let what = if cell.figure == KIB_EACH { "Kept for each after closing" } else { "The slow reader" };
        if !lines.is_empty() {
            *text += &format!("\n{what}: {}.\n", lines.join("; "));
        }
    }
    if cells.iter().any(|cell| peers.iter().any(|peer| results.reordered(&peer.name, cell.name))) {
        *text += "\n\\* Some answers or events came out of order.\n";
    }
    let faults = results.faults();
    if !faults.is_empty() {
        *text += &format!("\nFailed runs, left out of the medians:\n\n- {}\n", faults.join("\n- "));
    }
    let foreign = results.runs.iter().map(|run| run.foreign).fold(0.0, f64::max);
    *text += &format!("\nOther programs used at most {:.0} % of a core during a run.\n", 100.0 * foreign);
}

fn row(text: &mut String, columns: &[String]) {
    *text += &format!("| {} |\n", columns.join(" | "));
}

/// Three digits that matter.
pub(crate) fn short(value: f64) -> String {
    match value.abs() {
        0.0..10.0 => format!("{value:.2}"),
        10.0..100.0 => format!("{value:.1}"),
        _ => format!("{value:.0}"),
    }
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::args::Options;
    use crate::results::tests::run;
    use crate::{cells, peers};

    #[test]
    fn ratios_are_to_the_better_mode() {
        let line = "compare --peers ours,socketioxide,node --cells echo-1";
        let options = Options::parse(line.split(' ').map(str::to_owned)).unwrap();
        let peers = peers::select(&options).unwrap();
        let cells = cells::select(options.list("cells")).unwrap();
        let one = |peer: &str, value, reordered| run(peer, "echo-1", &[(CPU, value), ("reordered", reordered)], None);
        let mut runs = vec![
            one("ours-current", 5.0, 0.0),
            one("ours-multi", 6.0, 0.0),
            one("socketioxide-current", 10.0, 0.0),
            one("socketioxide-multi", 20.0, 3.0),
        ];
        runs.push(run("node", "echo-1", &[(CPU, 1.0)], Some("an answer is missing")));
        let text = markdown(&Results { runs }, &cells, &peers, &Head(String::new()));
        assert!(
            text.contains("| 5.00 (0.50) | 6.00 (0.60) | 10.0 (1.00) | 20.0 (2.00)* | – | 0 % | 0.93 ✓ |"),
            "{text}"
        );
        assert!(text.contains("an answer is missing") && text.contains("out of order"), "{text}");
    }

    #[test]
    fn a_goal_that_is_missed_stands_out() {
        let cell = &cells::ALL[0];
        assert_eq!(goal(cell, Some(9.0), Some(10.0)), "0.93 ✓");
        assert_eq!(goal(cell, Some(9.9), Some(10.0)), "**0.93**");
        assert_eq!(goal(cell, None, Some(10.0)), "0.93");
    }
}
