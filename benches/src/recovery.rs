//! `recovery`: what connection state recovery adds to a broadcast, in instructions, counted as `guard` counts.

use socketio::Recovery;
use socketio::prelude::*;

use crate::local::{LocalServer, from_server};
use crate::{Failure, guard};

/// What each workload of `guard`'s command `work` begins with.
pub(crate) const PREFIX: &str = "recovery-";

/// How often each workload is run, the first and the second time.
const COUNTS: (u64, u64) = (20, 120);
const MEMBERS: usize = 1_000;

#[derive(Default)]
struct News;

#[namespace("/", manual)]
impl News {}

/// The frame of the event with a number, as long as it is with the offset of that number.
fn delivery(with: bool, number: u64) -> Vec<u8> {
    let payload = "x".repeat(128);
    let offset = if with { format!(",\"abcd.{number}\"") } else { String::new() };
    from_server(0x81, format!("42[\"news\",\"{payload}\"{offset}]").as_bytes())
}

/// Does one workload so many times: an event of 128 bytes to 1,000 members of a namespace.
pub(crate) async fn work(workload: &str, count: u64) -> Result<(), Failure> {
    let with = match workload {
        "off" => false,
        "on" => true,
        other => return Err(format!("no workload {other:?}").into()),
    };
    let server = Server::empty().mount::<News>();
    let server = LocalServer::of(if with { server.recovery(Recovery::default()) } else { server })?;
    let mut members = Vec::new();
    for _ in 0..MEMBERS {
        members.push(server.connect(4_096).await?);
    }
    let payload = "x".repeat(128);
    for number in 1..=count {
        server.handle().of("/").emit("news", payload.as_str());
        let length = delivery(with, number).len();
        for member in &mut members {
            let come = member.receive(length).await?;
            if !come.ends_with(if with { b"\"]" } else { b"x\"]" }) {
                return Err("another event came".into());
            }
        }
    }
    Ok(())
}

pub(crate) fn run() -> Result<(), Failure> {
    let [off, on] = ["off", "on"].map(|workload| guard::per_message_of(&format!("{PREFIX}{workload}"), COUNTS));
    let (off, on) = (off?, on?);
    println!(
        "a broadcast to {MEMBERS}: {off} instructions, with recovery {on}, {:+.1} %",
        100.0 * (on as f64 / off as f64 - 1.0)
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_workload_works() {
        for workload in ["off", "on"] {
            crate::local::runtime().unwrap().block_on(work(workload, 12)).unwrap();
        }
    }
}
