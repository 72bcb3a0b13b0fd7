//! `compare`: every server in every cell, in interleaved rounds.

use std::time::Instant;

use crate::args::Options;
use crate::cells::{self, Cell};
use crate::measure::Setting;
use crate::results::{Results, Run};
use crate::store::{self, Store};
use crate::{Failure, check, load, paper, peers, prepare, readme, table, versions};

pub(crate) fn run(options: &Options) -> Result<(), Failure> {
    let mut cells = cells::select(options.list("cells"))?;
    if options.flag("unpinned") && options.list("cells").is_none() {
        // What is kept in memory is not a matter of cores.
        cells.retain(|cell| cell.figure == cells::CPU);
    }
    let results = match store::rendered(options)? {
        Some(results) => results,
        None => measure(options, &cells)?,
    };
    let peers = peers::named(results.runs.iter().map(|run| run.peer.as_str()));
    let whole = table::whole(&results, &cells, &peers);
    println!("{whole}");
    if options.flag("update-readme") {
        if results.conditions.pinned {
            readme::README.write(&table::short(&results, &cells, &peers))?;
            readme::CELLS.write(&whole)?;
            readme::SPLIT.write(&table::split(&results, &cells, &peers))?;
            readme::PAPER.write(&paper::markdown(&results)?)?;
        } else {
            readme::UNPINNED.write(&whole)?;
        }
    }
    match results.faults().len() {
        0 => Ok(()),
        faults => Err(format!("{faults} runs failed").into()),
    }
}

fn measure(options: &Options, cells: &[&Cell]) -> Result<Results, Failure> {
    let mut peers = peers::select(options)?;
    let setting = Setting::new(options)?;
    prepare::all(&mut peers)?;
    for peer in &peers {
        check::contract(peer)?;
    }
    let mut store = Store::open(options, setting.conditions(versions::machine(), versions::all(&peers)))?;

    let began = Instant::now();
    for round in 0..setting.rounds {
        for cell in cells {
            // Each round begins with another server, so that none is always the first on a cool machine.
            for peer in (0..peers.len()).map(|index| &peers[(index + round) % peers.len()]) {
                let wanted = round < cell.rounds(setting.rounds, peer);
                if !wanted || store.results.has(&peer.name, cell.name, round) {
                    continue;
                }
                if setting.is_over() {
                    eprintln!("the time is over in round {}", round + 1);
                    return Ok(store.results);
                }
                let (outcome, foreign) = setting.run(peer, |plan| load::run(cell.load, plan));
                let run = Run { peer: peer.name.clone(), cell: cell.name.to_owned(), round, outcome, foreign };
                eprintln!("{}", line(&run, cell, setting.rounds, began));
                store.push(run)?;
            }
        }
    }
    Ok(store.results)
}

/// One run, for whoever watches.
fn line(run: &Run, cell: &Cell, rounds: usize, began: Instant) -> String {
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
