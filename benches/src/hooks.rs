//! `hooks`: what hooks and middleware cost per event, in instructions; the workloads of `guard` with a small event, which changes none of
//! its counts. `--update-readme` writes the table into `docs/performance.md`.

use std::fmt::Write as _;

use socketio::prelude::*;
use socketio::{Context, EventName, Middleware, Outcome};

use crate::args::Options;
use crate::local::{Exchange, LocalServer};
use crate::{Failure, guard, readme, versions};

/// What each workload of `guard`'s command `work` begins with.
pub(crate) const PREFIX: &str = "hooks-";

/// The name of a workload, and what is between an event and its handler there.
const WORKLOADS: [(&str, &str); 9] = [
    ("none", "neither hooks nor middleware"),
    ("on-error", "an `#[on_error]`, and no error"),
    ("before", "a `#[before]` that borrows nothing"),
    ("before-lent", "a `#[before]` that borrows `&Socket` and `&EventName`, and returns a `Result`"),
    ("after", "an `#[after]` that borrows `&Outcome`"),
    ("before-async", "an `async` `#[before]` that does not wait"),
    ("async", "no hook, and an `async` handler that does not wait"),
    ("both-async", "an `async` `#[before]` and an `async` handler"),
    ("middleware", "a middleware whose methods do nothing"),
];

/// Declares a namespace whose only event adds two numbers.
macro_rules! namespace {
    ($name:ident { $($hooks:tt)* }) => {
        namespace!($name { $($hooks)* } fn on_add(&self, a: i64, b: i64) -> i64 { a.saturating_add(b) });
    };
    ($name:ident { $($hooks:tt)* } $($handler:tt)*) => {
        #[derive(Default)]
        struct $name;

        #[namespace("/", manual)]
        impl $name {
            $($hooks)*
            $($handler)*
        }
    };
}

namespace!(Plain {});
namespace!(OnError { #[on_error] fn told(error: &Error) -> Error { error.clone() } });
namespace!(Before { #[before] fn may(&self) {} });
namespace!(Lent {
    #[before]
    fn may(&self, socket: &Socket, event: &EventName) -> Result<(), Error> {
        if socket.path() == "/" && event.len() == 3 { Ok(()) } else { Err(Error::new("no", "not this event")) }
    }
});
namespace!(After {
    #[after]
    fn seen(&self, outcome: &Outcome) { std::hint::black_box(outcome.elapsed()); }
});
namespace!(BeforeAsync { #[before] async fn may(&self) {} });
namespace!(Async {} async fn on_add(&self, a: i64, b: i64) -> i64 { a.saturating_add(b) });
namespace!(BothAsync { #[before] async fn may(&self) {} } async fn on_add(&self, a: i64, b: i64) -> i64 { a.saturating_add(b) });

/// A middleware that lets everything pass.
struct Passing;

impl Middleware for Passing {
    fn finished(&self, _: &Context, outcome: &Outcome) {
        std::hint::black_box(outcome);
    }
}

fn server(workload: &str) -> Result<Server, Failure> {
    let server = Server::empty();
    Ok(match workload {
        "none" => server.mount::<Plain>(),
        "on-error" => server.mount::<OnError>(),
        "before" => server.mount::<Before>(),
        "before-lent" => server.mount::<Lent>(),
        "after" => server.mount::<After>(),
        "before-async" => server.mount::<BeforeAsync>(),
        "async" => server.mount::<Async>(),
        "both-async" => server.mount::<BothAsync>(),
        "middleware" => server.mount::<Plain>().middleware(Passing),
        other => return Err(format!("no workload {other:?}").into()),
    })
}

/// Does one workload so many times.
pub(crate) async fn work(workload: &str, count: u64) -> Result<(), Failure> {
    let server = LocalServer::of(server(workload)?)?;
    let (mut client, exchange) = (server.connect(16_384).await?, Exchange::add());
    for _ in 0..count {
        exchange.run(&mut client).await?;
    }
    Ok(())
}

pub(crate) fn run(options: &Options) -> Result<(), Failure> {
    let mut counts = Vec::new();
    for (name, what) in WORKLOADS {
        counts.push((what, guard::per_message(&format!("{PREFIX}{name}"))?));
    }
    let table = table(&counts);
    println!("{table}");
    if options.flag("update-readme") { readme::HOOKS.write(&table) } else { Ok(()) }
}

/// The counts as a table; the first line is what the others are compared with.
fn table(counts: &[(&str, u64)]) -> String {
    let plain = counts.first().map_or(0, |(_, count)| *count);
    let mut table = "| an event with | instructions | more than without |\n|---|---:|---:|\n".to_owned();
    for (what, count) in counts {
        // Writing to a string does not fail.
        let _ = writeln!(table, "| {what} | {count} | {} |", *count as i64 - plain as i64);
    }
    let _ = write!(
        table,
        "\nOne event with two numbers, acknowledged with their sum, from the bytes of a WebSocket to the bytes of the answer; {}, rustc {}.",
        std::env::consts::ARCH,
        versions::compiler()
    );
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_workload_works() {
        for (workload, _) in WORKLOADS {
            crate::local::runtime().unwrap().block_on(work(workload, 3)).unwrap();
        }
    }

    #[test]
    fn lines_are_compared_with_the_first() {
        let table = table(&[("nothing", 100), ("more", 107), ("less", 98)]);
        assert!(table.contains("| nothing | 100 | 0 |\n| more | 107 | 7 |\n| less | 98 | -2 |\n"), "{table}");
    }
}
