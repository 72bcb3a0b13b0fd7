//! Measures the server: beside its peers, as it grows, in instructions, and when it is compiled.
//!
//! `README.md` says how to use it and what the figures mean. From the top: `args` reads the command line; `compare`, `scale`,
//! `guard`, `hooks`, `recovery` and `compile` are the commands; `cells` says what is measured, `peers` who takes part; `load` is the load generator; `server` and
//! `machine` know processes; `results` and `store` keep the figures; `table`, `notes`, `paper`, `readme` and `plot` write. `local` runs
//! the server inside this process.

#![warn(missing_docs)]

mod args;
mod cells;
mod check;
mod compare;
mod compile;
mod guard;
mod hooks;
mod load;
pub mod local;
mod machine;
mod measure;
mod notes;
mod paper;
mod peers;
mod plot;
mod prepare;
mod readme;
mod recovery;
mod results;
mod scale;
mod server;
mod store;
mod table;
mod versions;

/// Why a command could not be carried out, for people.
type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Carries out the command that `arguments` (without the program's name) give.
///
/// # Errors
/// With a sentence for the user: an unknown option, a peer that does not build, a wrong answer, a cost above its guard.
pub fn run(arguments: impl Iterator<Item = String>) -> Result<(), Failure> {
    let options = args::Options::parse(arguments)?;
    match options.command.as_str() {
        "compare" => compare::run(&options),
        "scale" => scale::run(&options),
        "compile" => compile::run(&options),
        "guard" => guard::run(&options),
        "hooks" => hooks::run(&options),
        "recovery" => recovery::run(),
        guard::WORK => guard::work(&options),
        other => Err(format!("no command {other:?}\n\n{}", args::HELP).into()),
    }
}
