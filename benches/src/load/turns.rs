//! Echo in turns: however many connections there are, the same few messages are under way, and every answer makes the next connection
//! send. So nothing differs between two runs but the number of connections.

use std::cell::Cell;
use std::io;
use std::rc::Rc;
use std::time::Instant;

use tokio::sync::{Notify, Semaphore};
use tokio::task::JoinSet;

use super::echo::OPENING;
use super::flight::Flight;
use super::message::{Message, Shape, parse_ack};
use super::meter::{Meter, Phase};
use super::wire::Wire;
use super::{excerpt, session, wrong};
use crate::machine::resident_kib;

/// What the connections of a run have in common.
struct Turns {
    meter: Rc<Meter>,
    message: Message,
    /// The connections that send: how many messages each has to send now.
    active: Vec<(Cell<usize>, Notify)>,
    /// Whose turn is next.
    next: Cell<usize>,
    under_way: Cell<usize>,
}

/// Opens `connections`, of which the first `active` send in turns, `under_way` messages at a time.
pub(crate) async fn run(meter: &Rc<Meter>, connections: usize, active: usize, under_way: usize) {
    let turns = Rc::new(Turns {
        meter: meter.clone(),
        message: Message::new(Shape::Text(64)),
        active: std::iter::repeat_with(|| (Cell::new(0), Notify::new())).take(active).collect(),
        next: Cell::new(0),
        under_way: Cell::new(0),
    });
    let before = resident_kib(meter.plan.pid);
    let opening = Rc::new(Semaphore::new(OPENING));
    let mut tasks = JoinSet::new();
    for number in 0..connections {
        let (turns, opening) = (turns.clone(), opening.clone());
        let life = async move {
            let permit = opening.acquire().await;
            let (wire, _) = session::websocket(turns.meter.plan.address, number).await?;
            drop(permit);
            turns.meter.ready();
            turns.connection(number, wire).await
        };
        tasks.spawn_local(meter.clone().connection(number, life));
    }
    if !meter.opened(connections).await {
        return;
    }
    let kib = resident_kib(meter.plan.pid).saturating_sub(before);
    meter.figure("kib_each", kib as f64 / connections as f64);
    for _ in 0..under_way {
        turns.pass();
    }
    meter.drive(connections, &mut tasks).await;
}

impl Turns {
    /// Makes the next connection send.
    fn pass(&self) {
        let next = self.next.replace((self.next.get() + 1) % self.active.len());
        let (turns, wake) = &self.active[next];
        turns.set(turns.get() + 1);
        self.under_way.set(self.under_way.get() + 1);
        wake.notify_one();
    }

    async fn connection(&self, number: usize, mut wire: Wire) -> io::Result<()> {
        let over = self.meter.reached(Phase::Over);
        tokio::pin!(over);
        let mut flight = Flight::new(number);
        let mut packet = Vec::new();
        // Those that never have a turn wait for one all the same.
        let rest = (Cell::new(0), Notify::new());
        let (turns, wake) = self.active.get(number).unwrap_or(&rest);
        loop {
            for _ in 0..turns.take() {
                let (id, number) = flight.send(Instant::now());
                self.message.write(id, number, &mut packet);
                wire.text(&packet);
            }
            while let Some(frame) = wire.next_packet()? {
                self.receive(wire.bytes(&frame), &mut flight)?;
            }
            wire.flush().await?;
            tokio::select! {
                biased;
                read = wire.fill() => read?,
                () = wake.notified() => {}
                () = &mut over => return Ok(()),
            }
        }
    }

    fn receive(&self, packet: &[u8], flight: &mut Flight) -> io::Result<()> {
        let ack = parse_ack(packet, false);
        let (id, arguments) = ack.ok_or_else(|| wrong(format!("not an acknowledgement: {}", excerpt(packet))))?;
        let answered = flight.answer(id)?;
        if !self.message.is_echo(arguments, answered.number) {
            return Err(wrong(format!("message {id} came back as {}", excerpt(arguments))));
        }
        self.meter.done(Some(answered.at));
        self.under_way.set(self.under_way.get() - 1);
        if self.meter.phase() < Phase::Draining {
            self.pass();
        } else if self.under_way.get() == 0 {
            self.meter.set(Phase::Over);
        }
        Ok(())
    }
}
