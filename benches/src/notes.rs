//! What stands around the tables: conditions, what does not fit into a cell, and what the signs mean.

use crate::cells::{CPU, Cell, KEPT, KIB_EACH};
use crate::peers::Peer;
use crate::results::Results;
use crate::table::{digits, peer_title};

/// Machine, times and versions.
pub(crate) fn conditions(results: &Results) -> String {
    let conditions = &results.conditions;
    let versions: Vec<_> = conditions.versions.iter().map(|(name, version)| format!("{name} {version}")).collect();
    format!(
        "{}, {}; {} s per run after {} s of warming up; medians of up to {} interleaved rounds. Versions: {}",
        conditions.machine,
        conditions.cores,
        conditions.seconds,
        conditions.warmup,
        results.rounds(),
        versions.join(", ")
    )
}

/// What does not fit into the table.
pub(crate) fn notes(text: &mut String, results: &Results, cells: &[&Cell], peers: &[Peer]) {
    for cell in cells {
        let what = match cell.figure {
            KIB_EACH => "Idle connections",
            KEPT => "The slow reader",
            _ => continue,
        };
        let lines: Vec<_> = peers
            .iter()
            .filter_map(|peer| {
                let median = |figure: &str| results.median(&peer.name, cell.name, figure);
                let note = if cell.figure == KEPT { slow(median) } else { idle(median) };
                Some(format!("{} {}", peer_title(peer), note?))
            })
            .collect();
        if !lines.is_empty() {
            *text += &format!("\n{what}: {}.\n", lines.join("; "));
        }
    }
    marks(text, results, cells, peers);
    let foreign = results.runs.iter().map(|run| run.foreign).fold(0.0, f64::max);
    *text += &format!("\nOther programs used at most {:.0} % of a core during a run.\n", 100.0 * foreign);
}

fn idle(median: impl Fn(&str) -> Option<f64>) -> Option<String> {
    let (open, ping, kernel) = (median(CPU)?, median("ping_us")?, median("kernel_kib_each")?);
    Some(format!("{} µs to open, {} µs a ping, {} KiB more in the kernel", digits(open), digits(ping), digits(kernel)))
}

fn slow(median: impl Fn(&str) -> Option<f64>) -> Option<String> {
    let (without, with) = (median("p99_without_us")?, median("p99_us")?);
    let (unread, grown) = (median("unread_mib")?, median("grown_mib")?);
    Some(format!(
        "+{} MiB of {}, the others' p99 {} → {} µs",
        digits(grown),
        digits(unread),
        digits(without),
        digits(with)
    ))
}

/// What the signs in the table mean, if there are any.
pub(crate) fn marks(text: &mut String, results: &Results, cells: &[&Cell], peers: &[Peer]) {
    if cells.iter().any(|cell| peers.iter().any(|peer| results.reordered(&peer.name, cell.name))) {
        *text += "\n\\* Some answers or events came out of order.\n";
    }
    let faults = results.faults();
    if !faults.is_empty() {
        *text += &format!("\n† Failed runs, left out of the medians:\n\n- {}\n", faults.join("\n- "));
    }
}
