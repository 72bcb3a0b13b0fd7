//! `guard`: instructions per message of fixed workloads, which hardly depend on the machine's mood, against `guard.json`.
//!
//! Each workload runs twice under callgrind, once longer than the other time: the difference holds neither start nor end. One thread, no
//! kernel and no clock are involved, and the C library is kept from choosing its routines by the processor.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

use serde_json::{Value, json};

use crate::args::Options;
use crate::local::{Exchange, LocalServer, from_server, runtime};
use crate::{Failure, hooks, prepare, recovery, versions};

/// The command that valgrind runs.
pub(crate) const WORK: &str = "work";

/// By how many hundredths a count may differ from the known one.
const TOLERATED: u64 = 5;
/// Copying has many forms in glibc, and callgrind counts some of them (`rep movsb`) by the byte: all processors take the plain one here.
const PLAIN_LIBC: (&str, &str) =
    ("GLIBC_TUNABLES", "glibc.cpu.hwcaps=-AVX2,-AVX512F,-AVX512VL,-AVX_Fast_Unaligned_Load,-ERMS,-FSRM");
/// The counts are those of one instruction set.
const ARCHITECTURE: &str = "x86_64";
/// The entry of `guard.json` that says with what it was made.
const COMPILER: &str = "rustc";
/// How often each workload is run, the first and the second time.
const COUNTS: (u64, u64) = (100, 600);
const MEMBERS: usize = 100;

const WORKLOADS: [&str; 5] = ["echo-text", "echo-object", "echo-binary", "broadcast-100", "connect"];

pub(crate) fn run(options: &Options) -> Result<(), Failure> {
    if std::env::consts::ARCH != ARCHITECTURE {
        println!("guard.json has counts for {ARCHITECTURE} only: nothing is compared here");
        return Ok(());
    }
    let measured = measure()?;
    let compiler = versions::compiler();
    let path = prepare::folder().join("guard.json");
    if options.flag("update") {
        let mut all: BTreeMap<&str, Value> = measured.iter().map(|(name, count)| (&name[..], json!(count))).collect();
        all.insert(COMPILER, json!(compiler));
        fs::write(&path, serde_json::to_string_pretty(&all)? + "\n")?;
        return Ok(());
    }
    let text = fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    let mut known: BTreeMap<String, Value> = serde_json::from_str(&text)?;
    let other = known.remove(COMPILER).filter(|known| known.as_str() != Some(&compiler));
    let over = above(&measured, &known);
    if over.is_empty() {
        return Ok(());
    }
    let other = other.map_or_else(String::new, |other| {
        format!(
            "\nthe counts were made with rustc {other}, this is {compiler}: if nothing else has changed, guard --update"
        )
    });
    Err(format!("more instructions than guard.json allows: {}{other}", over.join(", ")).into())
}

/// The workloads that cost too much, or of which nothing is known.
fn above(measured: &BTreeMap<String, u64>, known: &BTreeMap<String, Value>) -> Vec<String> {
    let over = measured.iter().filter_map(|(name, count)| {
        let Some(known) = known.get(name).and_then(Value::as_u64) else { return Some(format!("{name} (unknown)")) };
        let change = *count as f64 / known as f64 - 1.0;
        let less =
            if count * 100 < known * (100 - TOLERATED) { "  less than known: guard --update, and say why" } else { "" };
        println!("{name:<14} {count:>9} instructions, {known:>9} in guard.json, {:>+6.1} %{less}", 100.0 * change);
        (count * 100 > known * (100 + TOLERATED)).then(|| format!("{name} {:+.1} %", 100.0 * change))
    });
    over.collect()
}

fn measure() -> Result<BTreeMap<String, u64>, Failure> {
    WORKLOADS.into_iter().map(|name| Ok((name.to_owned(), per_message(name)?))).collect()
}

/// Instructions of one message of a workload.
pub(crate) fn per_message(workload: &str) -> Result<u64, Failure> {
    per_message_of(workload, COUNTS)
}

/// The same for a workload that is run so often, the first and the second time.
pub(crate) fn per_message_of(workload: &str, counts: (u64, u64)) -> Result<u64, Failure> {
    let (few, many) = (instructions(workload, counts.0)?, instructions(workload, counts.1)?);
    let count = many.saturating_sub(few) / (counts.1 - counts.0);
    eprintln!("{workload}: {count} instructions");
    Ok(count)
}

/// Instructions of a whole run with so many messages.
fn instructions(workload: &str, count: u64) -> Result<u64, Failure> {
    let program: PathBuf = std::env::current_exe()?;
    let mut valgrind = Command::new("valgrind");
    valgrind.env(PLAIN_LIBC.0, PLAIN_LIBC.1);
    valgrind.args(["--tool=callgrind", "--callgrind-out-file=/dev/null"]).arg(program);
    valgrind.args([WORK, "--work", workload, "--count", &count.to_string()]);
    let output = valgrind.output().map_err(|error| format!("valgrind: {error}"))?;
    let said = String::from_utf8_lossy(&output.stderr);
    if !output.status.success() {
        return Err(format!("{workload} under valgrind: {said}").into());
    }
    let collected = said.lines().find_map(|line| line.split_once("Collected : ")).map(|(_, count)| count.trim());
    collected.and_then(|count| count.parse().ok()).ok_or_else(|| format!("no count in {said}").into())
}

/// Does one workload so many times.
pub(crate) fn work(options: &Options) -> Result<(), Failure> {
    let count: u64 = options.number("count", COUNTS.0)?;
    runtime()?.block_on(async {
        let workload = options.text("work").unwrap_or_default();
        if let Some(workload) = workload.strip_prefix(hooks::PREFIX) {
            return hooks::work(workload, count).await;
        }
        if let Some(workload) = workload.strip_prefix(recovery::PREFIX) {
            return recovery::work(workload, count).await;
        }
        let server = LocalServer::new()?;
        match workload {
            "echo-text" => exchange(&server, &Exchange::echo(64), count).await,
            "echo-object" => exchange(&server, &Exchange::object(512), count).await,
            "echo-binary" => exchange(&server, &Exchange::binary(1_024), count).await,
            "broadcast-100" => broadcast(&server, count).await,
            "connect" => connect(&server, count).await,
            other => Err(format!("no workload {other:?}").into()),
        }
    })
}

async fn exchange(server: &LocalServer, exchange: &Exchange, count: u64) -> Result<(), Failure> {
    let mut client = server.connect(16_384).await?;
    for _ in 0..count {
        exchange.run(&mut client).await?;
    }
    Ok(())
}

async fn broadcast(server: &LocalServer, count: u64) -> Result<(), Failure> {
    let payload = "x".repeat(128);
    let delivery = from_server(0x81, format!("42[\"news\",\"{payload}\"]").as_bytes());
    let mut members = Vec::new();
    for _ in 0..MEMBERS {
        members.push(server.connect(4_096).await?);
    }
    for _ in 0..count {
        server.handle().of("/").emit("news", payload.as_str());
        for member in &mut members {
            if member.receive(delivery.len()).await? != delivery {
                return Err("another event came".into());
            }
        }
    }
    Ok(())
}

async fn connect(server: &LocalServer, count: u64) -> Result<(), Failure> {
    for _ in 0..count {
        server.connect(4_096).await?.leave().await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_workload_works() {
        for workload in WORKLOADS {
            let line = [WORK, "--work", workload, "--count", "3"];
            work(&Options::parse(line.into_iter().map(str::to_owned)).unwrap()).unwrap();
        }
    }

    #[test]
    fn more_than_the_tolerance_is_told() {
        let counts = |echo, connect| BTreeMap::from([("echo".to_owned(), echo), ("connect".to_owned(), connect)]);
        let known = BTreeMap::from([("echo".to_owned(), json!(1_000)), ("connect".to_owned(), json!(1_000))]);
        assert_eq!(above(&counts(1_050, 900), &known), Vec::<String>::new());
        assert_eq!(above(&counts(1_051, 1_000), &known), ["echo +5.1 %"]);
        assert_eq!(above(&counts(1, 1), &BTreeMap::from([("echo".to_owned(), json!(1))])), ["connect (unknown)"]);
    }
}
