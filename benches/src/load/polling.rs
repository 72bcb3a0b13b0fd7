//! Echo by long polling. As a browser does, a client has one connection to poll with and another to post with.

use std::cell::{Cell, RefCell};
use std::io;
use std::rc::Rc;
use std::time::Instant;

use tokio::sync::{Notify, Semaphore};
use tokio::task::JoinSet;

use super::echo::OPENING;
use super::flight::Flight;
use super::http::Http;
use super::message::{Message, Shape, parse_ack};
use super::meter::{Meter, Phase};
use super::session::SEPARATOR;
use super::wire::dial;
use super::{excerpt, session, wrong};

/// One client, whose polling and posting go on beside each other.
struct Client {
    meter: Rc<Meter>,
    message: Message,
    query: String,
    window: usize,
    flight: RefCell<Flight>,
    pong: Cell<bool>,
    /// There is something to post, or nothing more to do.
    wake: Notify,
}

pub(crate) async fn run(meter: &Rc<Meter>, connections: usize, window: usize) {
    let opening = Rc::new(Semaphore::new(OPENING));
    let mut tasks = JoinSet::new();
    for number in 0..connections {
        let (meter, opening) = (meter.clone(), opening.clone());
        let life = life(meter.clone(), opening, number, window);
        tasks.spawn_local(meter.connection(number, life));
    }
    meter.drive(connections, &mut tasks).await;
}

async fn life(meter: Rc<Meter>, opening: Rc<Semaphore>, number: usize, window: usize) -> io::Result<()> {
    let permit = opening.acquire().await;
    let address = meter.plan.address;
    let (polling, open) = session::polling(address, number).await?;
    let posting = Http::new(dial(address, number, None).await?);
    drop(permit);
    let client = Client {
        meter,
        message: Message::new(Shape::Text(64)),
        query: format!("&sid={}", open.sid),
        window,
        flight: RefCell::new(Flight::new(number)),
        pong: Cell::new(false),
        wake: Notify::new(),
    };
    client.meter.ready();
    client.meter.reached(Phase::Warming).await;
    // Posting ends when all is answered, and the poll that hangs then is given up.
    tokio::select! {
        posted = client.post(posting) => posted,
        polled = client.poll(polling) => polled,
    }
}

impl Client {
    async fn post(&self, mut http: Http) -> io::Result<()> {
        let (mut payload, mut packet) = (Vec::new(), Vec::new());
        loop {
            payload.clear();
            if self.pong.take() {
                payload.extend_from_slice(b"3");
            }
            if self.meter.phase() < Phase::Draining {
                let mut flight = self.flight.borrow_mut();
                while flight.len() < self.window {
                    let (id, number) = flight.send(Instant::now());
                    self.message.write(id, number, &mut packet);
                    if !payload.is_empty() {
                        payload.push(SEPARATOR);
                    }
                    payload.extend_from_slice(&packet);
                }
            } else if payload.is_empty() && self.flight.borrow().is_empty() {
                return Ok(());
            }
            if payload.is_empty() {
                self.wake.notified().await;
            } else {
                http.post(&self.query, &payload).await?;
            }
        }
    }

    async fn poll(&self, mut http: Http) -> io::Result<()> {
        loop {
            let payload = http.get(&self.query).await?;
            for packet in payload.split(|byte| *byte == SEPARATOR) {
                if packet == b"2" {
                    self.pong.set(true);
                } else {
                    self.receive(packet)?;
                }
            }
            self.wake.notify_one();
        }
    }

    fn receive(&self, packet: &[u8]) -> io::Result<()> {
        let ack = parse_ack(packet, false);
        let (id, arguments) = ack.ok_or_else(|| wrong(format!("not an acknowledgement: {}", excerpt(packet))))?;
        let answered = self.flight.borrow_mut().answer(id)?;
        if !self.message.is_echo(arguments, answered.number) {
            return Err(wrong(format!("message {id} came back as {}", excerpt(arguments))));
        }
        if answered.early {
            self.meter.reordered();
        }
        self.meter.done(Some(answered.at));
        Ok(())
    }
}
