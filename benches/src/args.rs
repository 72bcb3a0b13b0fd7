//! The command line. Only what it says, not what it means.

use std::collections::BTreeMap;

use crate::Failure;

pub(crate) const HELP: &str = "\
cargo run --release -p benches -- compare   the server beside its peers, as a Markdown table
    --cells a,b       only these cells                     --peers a,b     only these servers or families
    --rounds 3        how often each cell is measured      --secs 2        seconds of one measurement
    --warmup 0.7      seconds before it                    --with n=cmd    one more server; PORT tells it where to listen
    --server-core 0   where the server runs                --load-core 1   where the load generator runs
    --unpinned        both on every core                   --impatient     do not wait for a quiet machine
    --out f.json      write every run to a file            --resume f.json the same, and leave out what is there already
    --minutes 30      begin no run after so many           --render f.json measure nothing, print what is there (repeatable)
    --update-readme   write the tables into README.md and docs/performance.md; with --unpinned only into the latter
cargo run --release -p benches -- scale     the cost per message as connections grow; writes docs/scale.svg and docs/performance.md
    --sizes 10,100    the numbers of connections           --svg f.svg     write only this plot, no docs
    and --peers, --with, --secs, --warmup, --rounds, --out, --resume, --minutes, --render and the cores as above
cargo run --release -p benches -- guard     instructions per message against benches/guard.json
    --update          write that file instead
cargo run --release -p benches -- compile   what a handler costs when a program is compiled
    --against c0ffee  another version beside this one      --count 100     how many handlers the program has
    and --rounds (5), --impatient, --update-readme (only docs/performance.md) as above
cargo run --release -p benches -- hooks     instructions that hooks and middleware add to an event
cargo run --release -p benches -- recovery  instructions that connection state recovery adds to a broadcast
    --update-readme   write the table into docs/performance.md";

/// Options that stand alone; all others have a value.
const FLAGS: [&str; 4] = ["unpinned", "impatient", "update-readme", "update"];
const VALUES: [&str; 17] = [
    "cells",
    "rounds",
    "peers",
    "secs",
    "warmup",
    "server-core",
    "load-core",
    "with",
    "out",
    "resume",
    "render",
    "minutes",
    "sizes",
    "svg",
    "work",
    "count",
    "against",
];

pub(crate) struct Options {
    pub(crate) command: String,
    given: BTreeMap<String, Vec<String>>,
}

impl Options {
    pub(crate) fn parse(mut arguments: impl Iterator<Item = String>) -> Result<Self, Failure> {
        let command = arguments.next().ok_or(HELP)?;
        let mut given: BTreeMap<String, Vec<String>> = BTreeMap::new();
        while let Some(argument) = arguments.next() {
            let name = argument.strip_prefix("--").ok_or_else(|| format!("unexpected {argument:?}\n\n{HELP}"))?;
            let value = if FLAGS.contains(&name) {
                String::new()
            } else if VALUES.contains(&name) {
                arguments.next().ok_or_else(|| format!("--{name} needs a value"))?
            } else {
                return Err(format!("no option --{name}\n\n{HELP}").into());
            };
            given.entry(name.to_owned()).or_default().push(value);
        }
        Ok(Self { command, given })
    }

    pub(crate) fn flag(&self, name: &str) -> bool {
        self.given.contains_key(name)
    }

    /// Every value given for an option.
    pub(crate) fn all(&self, name: &str) -> &[String] {
        self.given.get(name).map_or(&[], Vec::as_slice)
    }

    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.all(name).last().map(String::as_str)
    }

    /// A comma-separated list; `None` when it is not given.
    pub(crate) fn list(&self, name: &str) -> Option<Vec<&str>> {
        Some(self.text(name)?.split(',').map(str::trim).filter(|part| !part.is_empty()).collect())
    }

    pub(crate) fn number<T: std::str::FromStr>(&self, name: &str, default: T) -> Result<T, Failure> {
        let Some(text) = self.text(name) else { return Ok(default) };
        text.parse().map_err(|_| format!("--{name} {text:?} is not a number of the right kind").into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Options, Failure> {
        Options::parse(line.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn options_are_read() {
        let options = parse("compare --cells a,b --unpinned --rounds 5 --with x=y --with z=w").unwrap();
        assert_eq!(options.command, "compare");
        assert_eq!(options.list("cells").unwrap(), ["a", "b"]);
        assert!(options.flag("unpinned") && !options.flag("impatient"));
        assert_eq!(options.number("rounds", 3).unwrap(), 5);
        assert_eq!(options.number("secs", 3.0).unwrap(), 3.0);
        assert_eq!(options.all("with"), ["x=y", "z=w"]);
    }

    #[test]
    fn mistakes_are_told() {
        assert!(parse("compare --cell a").is_err());
        assert!(parse("compare --cells").is_err());
        assert!(parse("compare cells").is_err());
        assert!(parse("").is_err());
        assert!(parse("compare --rounds x").unwrap().number("rounds", 3).is_err());
    }
}
