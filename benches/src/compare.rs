//! `compare`: every server in every cell, in interleaved rounds.

use std::path::PathBuf;
use std::time::Instant;

use crate::args::Options;
use crate::cells;
use crate::measure::Setting;
use crate::peers;
use crate::results::{Results, Run};
use crate::{Failure, check, load, prepare, readme, table, versions};

pub(crate) fn run(options: &Options) -> Result<(), Failure> {
    let cells = cells::select(options.list("cells"))?;
    let mut peers = peers::select(options)?;
    let setting = Setting::new(options)?;
    prepare::all(&mut peers)?;
    for peer in &peers {
        check::contract(peer)?;
    }

    let began = Instant::now();
    let mut results = Results::default();
    let raw = options.text("raw").map(PathBuf::from);
    for round in 0..setting.rounds {
        for cell in cells.iter().filter(|cell| round < cell.rounds(setting.rounds)) {
            // Each round begins with another server, so that none is always the first on a cool machine.
            for peer in (0..peers.len()).map(|index| &peers[(index + round) % peers.len()]) {
                let (outcome, foreign) = setting.run(peer, |plan| load::run(cell.load, plan));
                let run = Run { peer: peer.name.clone(), cell: cell.name, round, outcome, foreign };
                eprintln!("{}", line(&run, cell, setting.rounds, began));
                results.runs.push(run);
                raw.as_deref().map_or(Ok(()), |path| results.write(path))?;
            }
        }
    }

    let text = table::markdown(&results, &cells, &peers, &table::Head::new(&setting, &versions::all(&peers)));
    println!("{text}");
    if options.flag("update-readme") {
        readme::replace(&prepare::workspace().join("README.md"), &text)?;
    }
    match results.faults().len() {
        0 => Ok(()),
        faults => Err(format!("{faults} runs failed").into()),
    }
}

/// One run, for whoever watches.
fn line(run: &Run, cell: &cells::Cell, rounds: usize, began: Instant) -> String {
    let figure = |name| run.outcome.figures.get(name).copied().unwrap_or(0.0);
    let mut line = format!(
        "[{:>5.0} s] round {}/{rounds} {:<16} {:<22} {:>9.3} {:>10.0}/s  server {:>3.0} %  load {:>3.0} %  foreign {:>2.0} %",
        began.elapsed().as_secs_f64(),
        run.round + 1,
        cell.name,
        run.peer,
        figure(cell.figure),
        figure("per_second"),
        100.0 * figure("server_busy"),
        100.0 * figure("own_busy"),
        100.0 * run.foreign,
    );
    if figure("reordered") > 0.0 {
        line += &format!("  {} out of order", figure("reordered"));
    }
    if let Some(fault) = run.outcome.faults.first() {
        line += &format!("  FAILED: {fault}");
    }
    line
}
