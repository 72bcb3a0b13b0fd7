//! Echo over WebSocket: text, objects and binary, as fast as answers come or paced.

use std::io;
use std::rc::Rc;
use std::time::{Duration, Instant};

use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::flight::Flight;
use super::message::{Message, Shape, parse_ack};
use super::meter::{AFTER, Meter, Phase};
use super::wire::{Frame, Wire};
use super::{excerpt, session, wrong};

/// How many connections open at once.
pub(crate) const OPENING: usize = 64;

/// What the connections of a run have in common.
struct Run {
    meter: Rc<Meter>,
    message: Message,
    window: usize,
    /// Between two messages of one connection.
    every: Option<Duration>,
}

pub(crate) async fn run(meter: &Rc<Meter>, connections: usize, window: usize, shape: Shape, rate: Option<u32>) {
    let every = rate.map(|rate| Duration::from_secs(1) * u32::try_from(connections).unwrap_or(u32::MAX) / rate.max(1));
    let run = Rc::new(Run { meter: meter.clone(), message: Message::new(shape), window, every });
    let opening = Rc::new(Semaphore::new(OPENING));
    let mut tasks = JoinSet::new();
    for number in 0..connections {
        let (run, opening) = (run.clone(), opening.clone());
        // Paced connections do not all send at once.
        let offset = every.map_or(Duration::ZERO, |every| every.mul_f64(number as f64 / connections as f64));
        let life = async move {
            let permit = opening.acquire().await;
            let (wire, _) = session::websocket(run.meter.plan.address, number).await?;
            drop(permit);
            run.meter.ready();
            run.meter.reached(Phase::Warming).await;
            connection(&run, wire, Flight::new(number), Instant::now() + offset).await
        };
        tasks.spawn_local(meter.clone().connection(number, life));
    }
    meter.drive(connections, &mut tasks).await;
}

async fn connection(run: &Run, mut wire: Wire, mut flight: Flight, mut due: Instant) -> io::Result<()> {
    // The number of the binary ack whose attachment comes next.
    let mut attachment = None;
    let mut scratch = Vec::new();
    loop {
        if run.meter.phase() < Phase::Draining {
            while flight.len() < run.window && run.every.is_none_or(|_| due <= Instant::now()) {
                send(run, &mut wire, &mut flight, &mut scratch);
                due += run.every.unwrap_or_default();
            }
        } else if flight.is_empty() && attachment.is_none() {
            break;
        }
        wire.flush().await?;
        match run.every {
            None => wire.fill().await?,
            Some(_) => tokio::select! {
                read = wire.fill() => read?,
                () = tokio::time::sleep_until(due.into()) => {}
            },
        }
        while let Some(packet) = wire.next_packet()? {
            attachment = receive(run, &wire, &packet, &mut flight, attachment)?;
        }
    }
    // Whatever comes now was not asked for.
    match tokio::time::timeout(AFTER, wire.packet()).await {
        Ok(Ok(packet)) => Err(wrong(format!("after all answers: {}", excerpt(wire.bytes(&packet))))),
        Ok(Err(error)) => Err(error),
        Err(_) => Ok(()),
    }
}

fn send(run: &Run, wire: &mut Wire, flight: &mut Flight, scratch: &mut Vec<u8>) {
    let (id, number) = flight.send(Instant::now());
    run.message.write(id, number, scratch);
    wire.text(scratch);
    if run.message.is_binary() {
        run.message.write_attachment(number, scratch);
        wire.binary(scratch);
    }
}

/// An answer whose attachment has not come yet.
type Pending = Option<(u64, Instant)>;

fn receive(run: &Run, wire: &Wire, packet: &Frame, flight: &mut Flight, pending: Pending) -> io::Result<Pending> {
    let bytes = wire.bytes(packet);
    if let Some((number, began)) = pending {
        if !packet.binary || !run.message.is_attachment(bytes, number) {
            return Err(wrong("an attachment that was not sent"));
        }
        run.meter.done(Some(began));
        return Ok(None);
    }
    let ack = if packet.binary { None } else { parse_ack(bytes, run.message.is_binary()) };
    let (id, arguments) = ack.ok_or_else(|| wrong(format!("not an acknowledgement: {}", excerpt(bytes))))?;
    let answered = flight.answer(id)?;
    if !run.message.is_echo(arguments, answered.number) {
        return Err(wrong(format!("message {id} came back as {}", excerpt(arguments))));
    }
    if answered.early {
        run.meter.reordered();
    }
    if run.message.is_binary() {
        return Ok(Some((answered.number, answered.at)));
    }
    run.meter.done(Some(answered.at));
    Ok(None)
}
