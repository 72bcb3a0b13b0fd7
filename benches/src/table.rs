//! The figures as Markdown: a whole table with every server, its goals and what else was measured, and a short one of families.

use crate::cells::{CPU, Cell, KEPT, KIB_AFTER, KIB_EACH, SHORT};
use crate::notes::{conditions, marks, notes};
use crate::peers::{self, BASELINE, BASELINE_DEFAULT, OURS, OURS_DEFAULT, Peer};
use crate::results::Results;

/// KiB that an idle connection may take.
const KIB_GOAL: f64 = 8.0;
const NOTHING: &str = "–";

/// One server, or all modes of it, of which the better counts.
struct Column<'p> {
    title: String,
    peers: Vec<&'p str>,
    ours: bool,
}

/// One line: a figure of a cell.
struct Row {
    title: String,
    figure: &'static str,
}

fn rows(cell: &Cell) -> Vec<Row> {
    let own = Row { title: cell.title.to_owned(), figure: cell.figure };
    let after = Row { title: "the same, 15 s after all have closed".to_owned(), figure: KIB_AFTER };
    if cell.figure == KIB_EACH { vec![own, after] } else { vec![own] }
}

/// Every server with its ratio to the better mode of socketioxide with the same allocator, and whether the goals are met.
pub(crate) fn whole(results: &Results, cells: &[&Cell], peers: &[Peer]) -> String {
    let of_peer = |peer| Column { title: peer_title(peer), peers: vec![&peer.name[..]], ours: peer.is_ours() };
    let columns: Vec<_> = peers.iter().map(|peer| (of_peer(peer), family(peers, peer.baseline()))).collect();
    let mut text = head(results);
    title(&mut text, "cell", columns.iter().map(|(column, _)| column.title.as_str()).chain(["±", "goal"]));
    for cell in cells {
        let base_of = |column: &Column<'_>| better(results, column, cell, cell.figure).map(|(_, value)| value);
        let base = base_of(&family(peers, BASELINE));
        for Row { title, figure } in rows(cell) {
            let own = figure == cell.figure;
            let ours = better(results, &family(peers, OURS), cell, figure);
            let mut line = vec![title];
            line.extend(columns.iter().map(|(column, base)| {
                let base = base_of(base);
                let ratio = |value| base.filter(|base| own && *base > 0.0 && figure != KEPT).map(|base| value / base);
                let ratio = better(results, column, cell, figure).and_then(|(_, value)| ratio(value));
                entry(results, column, cell, figure) + &ratio.map_or_else(String::new, |ratio| format!(" ({ratio:.2})"))
            }));
            line.push(spread(results, ours, cell, figure));
            line.push(if own { goal(cell, ours.map(|(_, value)| value), base) } else { NOTHING.to_owned() });
            row(&mut text, &line);
        }
    }
    notes(&mut text, results, cells, peers);
    text
}

/// Some cells: ours beside socketioxide, with the default allocator and with jemalloc, and beside others; the better mode of each.
pub(crate) fn short(results: &Results, cells: &[&Cell], peers: &[Peer]) -> String {
    let pairs = [(OURS_DEFAULT, BASELINE_DEFAULT), (OURS, BASELINE)];
    let others: Vec<_> = ["node", "python"].into_iter().map(|name| family(peers, name)).collect();
    let mut text = String::new();
    let titles = ["**socketio**", "socketioxide", "ratio", "with jemalloc: **socketio**", "socketioxide", "ratio"];
    let others_titles = others.iter().map(|column| column.title.as_str());
    title(&mut text, "µs of server CPU per message", titles.into_iter().chain(others_titles));
    for cell in cells.iter().filter(|cell| SHORT.contains(&cell.name)) {
        let mut line = vec![cell.title.to_owned()];
        for (ours, base) in pairs.map(|(ours, base)| (family(peers, ours), family(peers, base))) {
            let values = [&ours, &base].map(|column| better(results, column, cell, cell.figure));
            let ratio = values[0].zip(values[1]).filter(|(_, base)| base.1 > 0.0);
            line.extend([&ours, &base].map(|column| entry(results, column, cell, cell.figure)));
            line.push(ratio.map_or_else(|| NOTHING.to_owned(), |(ours, base)| format!("**{:.2}**", ours.1 / base.1)));
        }
        line.extend(others.iter().map(|column| entry(results, column, cell, cell.figure)));
        row(&mut text, &line);
    }
    let shown: Vec<_> = cells.iter().copied().filter(|cell| SHORT.contains(&cell.name)).collect();
    marks(&mut text, results, &shown, peers);
    text + &format!("\nMeasured on {}.\n", conditions(results))
}

/// What the kernel and what the process does of a message, in our better mode and socketioxide's.
pub(crate) fn split(results: &Results, cells: &[&Cell], peers: &[Peer]) -> String {
    let mut text = String::new();
    title(
        &mut text,
        "cell",
        ["ours: kernel", "process", "socketioxide: kernel", "process", "process, ratio"].into_iter(),
    );
    for cell in cells.iter().filter(|cell| cell.figure == CPU) {
        let parts = |name| {
            let (peer, cost) = better(results, &family(peers, name), cell, CPU)?;
            let kernel = cost * results.median(peer, cell.name, "kernel_share")?;
            Some((kernel, cost - kernel))
        };
        let (ours, base) = (parts(OURS), parts(BASELINE));
        let shown = |value: Option<f64>| value.map_or_else(|| NOTHING.to_owned(), digits);
        let ratio = ours.zip(base).filter(|(_, base)| base.1 > 0.0).map(|(ours, base)| ours.1 / base.1);
        let mut line = vec![cell.title.to_owned()];
        line.extend(
            [ours, base]
                .into_iter()
                .flat_map(|parts| [parts.map(|parts| parts.0), parts.map(|parts| parts.1)].map(shown)),
        );
        line.push(shown(ratio));
        row(&mut text, &line);
    }
    text + &format!("\nMicroseconds. Measured on {}.\n", conditions(results))
}

pub(crate) fn peer_title(peer: &Peer) -> String {
    peer.name.strip_prefix(OURS).map_or_else(|| peer.name.clone(), |mode| format!("socketio{mode}"))
}

fn family<'p>(peers: &'p [Peer], family: &str) -> Column<'p> {
    let modes = peers.iter().filter(|peer| peer.family == family);
    Column {
        title: peers::title(family).to_owned(),
        peers: modes.map(|peer| &peer.name[..]).collect(),
        ours: [OURS, OURS_DEFAULT].contains(&family),
    }
}

/// The mode that does better in a cell, and its figure. A mode of ours that answers out of order does not count.
fn better<'p>(results: &Results, column: &Column<'p>, cell: &Cell, figure: &str) -> Option<(&'p str, f64)> {
    let counts = |peer: &&&str| !(column.ours && results.reordered(peer, cell.name));
    let figures = column.peers.iter().filter(counts);
    let figures = figures.filter_map(|peer| Some((*peer, results.median(peer, cell.name, figure)?)));
    figures.min_by(|one, other| one.1.total_cmp(&other.1))
}

fn entry(results: &Results, column: &Column<'_>, cell: &Cell, figure: &str) -> String {
    let failed = column.peers.iter().any(|peer| results.failed(peer, cell.name));
    let reordered = column.peers.iter().any(|peer| results.reordered(peer, cell.name));
    let Some((peer, value)) = better(results, column, cell, figure) else {
        return if failed {
            "failed†".to_owned()
        } else if reordered {
            "out of order*".to_owned()
        } else {
            NOTHING.to_owned()
        };
    };
    let median = |figure| results.median(peer, cell.name, figure).unwrap_or_default();
    let mut entry = match figure {
        KEPT if median("slow_closed") > 0.5 => format!("{value:.2}, closed"),
        KEPT if median("slow_received") > 0.99 => format!("{value:.2}, kept"),
        KEPT => format!("{value:.2}, {:.0} % lost", 100.0 * (1.0 - median("slow_received"))),
        _ => digits(value),
    };
    if !results.conditions.pinned && figure == CPU {
        entry += &format!(", {}/s", thousands(median("per_second")));
    }
    if results.reordered(peer, cell.name) {
        entry.push('*');
    }
    if failed {
        entry.push('†');
    }
    entry
}

fn spread(results: &Results, ours: Option<(&str, f64)>, cell: &Cell, figure: &str) -> String {
    let spread = ours.and_then(|(name, _)| results.spread(name, cell.name, figure));
    spread.map_or_else(|| NOTHING.to_owned(), |spread| format!("{:.0} %", 100.0 * spread))
}

/// What has to be reached, in bold when it is not.
fn goal(cell: &Cell, ours: Option<f64>, base: Option<f64>) -> String {
    let (text, reached) = match (cell.goal, cell.figure) {
        (Some(goal), _) => {
            let ratio = ours.zip(base).filter(|(_, base)| *base > 0.0).map(|(ours, base)| ours / base);
            (format!("{goal:.2}"), ratio.map(|ratio| ratio <= goal))
        }
        (None, KIB_EACH) => (format!("{KIB_GOAL} KiB"), ours.map(|kib| kib <= KIB_GOAL)),
        _ => return "closed".to_owned(),
    };
    match reached {
        Some(true) => format!("{text} ✓"),
        Some(false) => format!("**{text}**"),
        None => text,
    }
}

fn head(results: &Results) -> String {
    format!(
        "Microseconds of the server's processor time per message, delivery or connection, and in brackets the ratio to the better \
         mode of socketioxide with the same allocator; ± is half of the range of ours, and the goal is for it, with jemalloc. `default` is the \
         system's allocator. {}.\n\n",
        capital(&conditions(results))
    )
}

fn title<'t>(text: &mut String, first: &'t str, others: impl Iterator<Item = &'t str>) {
    let titles: Vec<_> = std::iter::once(first).chain(others).map(str::to_owned).collect();
    row(text, &titles);
    *text += &format!("|---{}|\n", "|---:".repeat(titles.len() - 1));
}

pub(crate) fn row(text: &mut String, columns: &[String]) {
    *text += &format!("| {} |\n", columns.join(" | "));
}

/// Three digits that matter.
pub(crate) fn digits(value: f64) -> String {
    match value.abs() {
        0.0..9.995 => format!("{value:.2}"),
        9.995..99.95 => format!("{value:.1}"),
        _ => thousands(value),
    }
}

/// A whole number with its thousands apart.
pub(crate) fn thousands(value: f64) -> String {
    let digits = format!("{:.0}", value.max(0.0));
    let groups: Vec<&str> =
        digits.as_bytes().rchunks(3).rev().filter_map(|group| std::str::from_utf8(group).ok()).collect();
    groups.join(",")
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cells;
    use crate::results::tests::{results, run};

    const ONE: &str = "echo-50";

    fn one(peer: &str, value: f64, reordered: f64) -> crate::results::Run {
        run(peer, ONE, &[(CPU, value), ("reordered", reordered)], None)
    }

    fn measured() -> Results {
        let mut results = results(vec![
            one("ours-current", 5.0, 0.0),
            one("ours-multi", 6.0, 0.0),
            one("socketioxide-current", 10.0, 0.0),
            one("socketioxide-multi", 20.0, 3.0),
            one("ours-default-current", 4.0, 0.0),
            one("socketioxide-default-current", 5.0, 0.0),
            run("node", ONE, &[(CPU, 1.0)], Some("an answer is missing")),
        ]);
        results.conditions.pinned = true;
        results
    }

    fn known(results: &Results) -> (Vec<&'static Cell>, Vec<Peer>) {
        let peers = peers::named(results.runs.iter().map(|run| run.peer.as_str()));
        (cells::select(Some(vec![ONE])).unwrap(), peers)
    }

    #[test]
    fn ratios_are_to_the_better_mode() {
        let results = measured();
        let (cells, peers) = known(&results);
        let text = whole(&results, &cells, &peers);
        assert!(
            text.contains("| 5.00 (0.50) | 6.00 (0.60) | 10.0 (1.00) | 20.0* (2.00) | 4.00 (0.80) | 5.00 (1.00) | failed† | – | 0.78 ✓ |"),
            "{text}"
        );
        assert!(text.contains("an answer is missing") && text.contains("out of order"), "{text}");
        let text = short(&results, &cells, &peers);
        assert!(
            text.contains(
                "| ratio | with jemalloc: **socketio** | socketioxide | ratio | node `ws` | python-socketio |"
            ),
            "{text}"
        );
        assert!(
            text.contains("| echo, 50 × 1 in flight | 4.00 | 5.00 | **0.80** | 5.00 | 10.0 | **0.50** | failed† | – |"),
            "{text}"
        );
        let slow = cells::select(Some(vec!["slow"])).unwrap();
        assert!(!short(&results, &slow, &peers).contains("one reader"), "not one of the short table");
    }

    #[test]
    fn out_of_order_does_not_count_for_us() {
        let results = results(vec![one("ours-current", 5.0, 1.0), one("ours-multi", 6.0, 0.0), one("bun", 3.0, 1.0)]);
        let (cells, peers) = known(&results);
        assert_eq!(better(&results, &family(&peers, OURS), cells[0], CPU), Some(("ours-multi", 6.0)));
        assert_eq!(better(&results, &family(&peers, "bun"), cells[0], CPU), Some(("bun", 3.0)));
    }

    #[test]
    fn a_goal_that_is_missed_stands_out() {
        let cell = &cells::ALL[0];
        assert_eq!(goal(cell, Some(9.0), Some(10.0)), "0.93 ✓");
        assert_eq!(goal(cell, Some(9.9), Some(10.0)), "**0.93**");
        assert_eq!(goal(cell, None, Some(10.0)), "0.93");
    }

    #[test]
    fn numbers_are_short() {
        assert_eq!([0.5, 9.999, 12.34, 1_234.5].map(digits), ["0.50", "10.0", "12.3", "1,234"]);
        assert_eq!([0.0, 999.0, 1_234_567.0].map(thousands), ["0", "999", "1,234,567"]);
    }
}
