//! Fan-out: one of the subscribers publishes, all of them have to receive every publication once.

use std::cell::Cell;
use std::io;
use std::rc::Rc;
use std::time::{Duration, Instant};

use tokio::sync::{Notify, Semaphore};
use tokio::task::JoinSet;

use super::echo::OPENING;
use super::message::{TAG, filler, is_tagged, tag};
use super::meter::{AFTER, Meter, Phase};
use super::sequence::Sequence;
use super::wire::Wire;
use super::{excerpt, session, wrong};

/// A publication under way.
struct Slot {
    /// Deliveries that are still missing.
    left: Cell<usize>,
    at: Cell<Instant>,
}

/// What the subscribers of a run have in common.
pub(crate) struct Fan {
    meter: Rc<Meter>,
    subscribers: usize,
    room: bool,
    every: Option<Duration>,
    filler: Vec<u8>,
    /// Publication `n` is in slot `n % len`.
    slots: Vec<Slot>,
    published: Cell<u64>,
    completed: Cell<u64>,
    /// A publication has arrived everywhere.
    wake: Notify,
}

pub(crate) async fn run(meter: &Rc<Meter>, subscribers: usize, window: usize, room: bool) {
    let fan = Fan::new(meter, subscribers, window, room, 128, None);
    let mut tasks = fan.start();
    meter.drive(subscribers, &mut tasks).await;
}

impl Fan {
    /// `rate` is publications a second; without it, as many as the window allows.
    pub(crate) fn new(
        meter: &Rc<Meter>,
        subscribers: usize,
        window: usize,
        room: bool,
        payload: usize,
        rate: Option<u32>,
    ) -> Rc<Self> {
        let empty = || Slot { left: Cell::new(0), at: Cell::new(Instant::now()) };
        Rc::new(Self {
            meter: meter.clone(),
            subscribers,
            room,
            every: rate.map(|rate| Duration::from_secs(1) / rate.max(1)),
            filler: filler(payload.saturating_sub(TAG)),
            slots: std::iter::repeat_with(empty).take(window).collect(),
            published: Cell::new(0),
            completed: Cell::new(0),
            wake: Notify::new(),
        })
    }

    /// Opens the subscribers; the first of them publishes while the run is warming up and measuring.
    pub(crate) fn start(self: &Rc<Self>) -> JoinSet<()> {
        let opening = Rc::new(Semaphore::new(OPENING));
        let mut tasks = JoinSet::new();
        for number in 0..self.subscribers {
            let (fan, opening) = (self.clone(), opening.clone());
            let life = async move {
                let permit = opening.acquire().await;
                let (mut wire, _) = session::websocket(fan.meter.plan.address, number).await?;
                if fan.room {
                    join(&mut wire).await?;
                }
                drop(permit);
                fan.meter.ready();
                if number == 0 { fan.publish(wire).await } else { fan.subscribe(wire).await }
            };
            tasks.spawn_local(self.meter.clone().connection(number, life));
        }
        tasks
    }

    pub(crate) fn published(&self) -> u64 {
        self.published.get()
    }

    /// Bytes of one delivery.
    pub(crate) fn delivery_bytes(&self) -> usize {
        br#"42["news",""]"#.len() + TAG + self.filler.len()
    }

    async fn subscribe(&self, mut wire: Wire) -> io::Result<()> {
        let over = self.meter.reached(Phase::Over);
        tokio::pin!(over);
        let mut seen = Sequence::default();
        loop {
            self.receive(&mut wire, &mut seen)?;
            if wire.has_output() {
                wire.flush().await?;
            }
            tokio::select! {
                biased;
                read = wire.fill() => read?,
                () = &mut over => return self.all_seen(&seen),
            }
        }
    }

    async fn publish(&self, mut wire: Wire) -> io::Result<()> {
        self.meter.reached(Phase::Warming).await;
        let mut seen = Sequence::default();
        let mut due = Instant::now();
        let mut packet = Vec::new();
        loop {
            if self.meter.phase() < Phase::Draining {
                while self.slot(self.published.get()).left.get() == 0
                    && self.every.is_none_or(|_| due <= Instant::now())
                {
                    self.write(&mut packet);
                    wire.text(&packet);
                    due += self.every.unwrap_or_default();
                }
            } else if self.completed == self.published {
                break;
            }
            wire.flush().await?;
            tokio::select! {
                biased;
                read = wire.fill() => {
                    read?;
                    self.receive(&mut wire, &mut seen)?;
                }
                () = self.wake.notified() => {}
                () = tokio::time::sleep_until(due.into()), if self.every.is_some() => {}
            }
        }
        // Whatever comes now comes twice, and the subscribers notice.
        tokio::time::sleep(AFTER).await;
        self.meter.set(Phase::Over);
        self.all_seen(&seen)
    }

    fn slot(&self, number: u64) -> &Slot {
        &self.slots[(number % self.slots.len() as u64) as usize]
    }

    /// Writes the next publication.
    fn write(&self, packet: &mut Vec<u8>) {
        let number = self.published.get();
        self.published.set(number + 1);
        let slot = self.slot(number);
        slot.left.set(self.subscribers);
        slot.at.set(Instant::now());
        packet.clear();
        packet.extend_from_slice(if self.room { br#"42["say","room",""# } else { br#"42["bcast",""# });
        packet.extend_from_slice(&tag(number));
        packet.extend_from_slice(&self.filler);
        packet.extend_from_slice(b"\"]");
    }

    /// Takes every delivery that has been read.
    fn receive(&self, wire: &mut Wire, seen: &mut Sequence) -> io::Result<()> {
        let head: &[u8] = if self.room { br#"42["said",""# } else { br#"42["news",""# };
        while let Some(frame) = wire.next_packet()? {
            let packet = wire.bytes(&frame);
            let payload = packet.strip_prefix(head).and_then(|rest| rest.strip_suffix(b"\"]"));
            let number = payload.and_then(|payload| number(payload, &self.filler));
            let number = number.filter(|number| *number < self.published.get());
            let number = number.ok_or_else(|| wrong(format!("never published: {}", excerpt(packet))))?;
            if seen.take(number)? {
                self.meter.reordered();
            }
            self.delivered(number);
        }
        Ok(())
    }

    fn delivered(&self, number: u64) {
        self.meter.done(None);
        let slot = self.slot(number);
        slot.left.set(slot.left.get() - 1);
        if slot.left.get() == 0 {
            self.meter.time(slot.at.get());
            self.completed.set(self.completed.get() + 1);
            self.wake.notify_one();
        }
    }

    fn all_seen(&self, seen: &Sequence) -> io::Result<()> {
        if seen.count() == self.published.get() {
            return Ok(());
        }
        Err(wrong(format!("{} of {} publications received", seen.count(), self.published.get())))
    }
}

/// Joins the room, and waits until the server has come past that.
async fn join(wire: &mut Wire) -> io::Result<()> {
    wire.text(br#"42["join","room"]"#);
    wire.text(br#"420["echo",1]"#);
    let packet = wire.packet().await?;
    if wire.bytes(&packet) == b"430[1]" { Ok(()) } else { Err(wrong("no answer after joining")) }
}

/// The number that a payload carries, if the rest of it is right.
fn number(payload: &[u8], filler: &[u8]) -> Option<u64> {
    let digits = std::str::from_utf8(payload.get(..TAG)?).ok()?;
    let number = u64::from_str_radix(digits, 16).ok()?;
    is_tagged(payload, number, filler).then_some(number)
}
