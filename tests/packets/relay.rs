//! A proxy on the engine alone: what a client of `/left` sends goes to the client of `/right`, and back. No namespace, handler or room is
//! involved; each packet is decoded within limits, readdressed and sent on.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use serde_json::json;
use socketio::engine::{CloseReason, Engine, Handler, Options, Session, Socket, Text};
use socketio::packet::{Decoder, Kind, Limits, Packet, PacketError};
use tokio::runtime::Runtime;

type Sides = Arc<Mutex<HashMap<&'static str, Socket>>>;

struct Relay {
    limits: Limits,
    sides: Sides,
}

impl Handler for Relay {
    type Session = Side;

    fn open(&self, socket: Socket) -> Side {
        Side { socket, decoder: Decoder::new(self.limits), sides: self.sides.clone() }
    }
}

/// The connection of one client.
struct Side {
    socket: Socket,
    decoder: Decoder,
    sides: Sides,
}

impl Side {
    fn received(&self, packet: Result<Option<Packet>, PacketError>) {
        match packet {
            Ok(Some(packet)) => self.packet(&packet),
            Ok(None) => {}
            Err(_) => self.socket.close(),
        }
    }

    fn packet(&self, packet: &Packet) {
        let (here, there) = match packet.namespace() {
            "/left" => ("/left", "/right"),
            "/right" => ("/right", "/left"),
            _ => return self.socket.close(),
        };
        match packet.kind() {
            Kind::Connect => {
                self.sides.lock().unwrap().insert(here, self.socket.clone());
                send(&self.socket, &Packet::connect(here, &json!({ "sid": "0123456789abcdefghij" })).unwrap());
            }
            Kind::Event | Kind::BinaryEvent | Kind::Ack | Kind::BinaryAck => {
                if let Some(peer) = self.sides.lock().unwrap().get(there) {
                    send(peer, &packet.readdressed(there, packet.id()));
                }
            }
            Kind::Disconnect | Kind::ConnectError => self.socket.close(),
        }
    }
}

fn send(to: &Socket, packet: &Packet) {
    // A peer that has left loses the packet.
    let _ = to.send_text(packet.text());
    for attachment in packet.attachments() {
        let _ = to.send_binary(attachment.clone());
    }
}

impl Session for Side {
    fn text(&mut self, text: Text) {
        let packet = self.decoder.text(text);
        self.received(packet);
    }

    fn binary(&mut self, data: Bytes) {
        let packet = self.decoder.binary(data);
        self.received(packet);
    }

    fn close(&mut self, _: CloseReason) {}
}

/// A relay on a port of its own, until it is dropped.
pub(crate) struct Running {
    address: SocketAddr,
    _runtime: Runtime,
}

impl Running {
    pub(crate) fn start(limits: Limits) -> Self {
        let runtime = Runtime::new().unwrap();
        let engine = Engine::new(Relay { limits, sides: Sides::default() }, Options::new().path("/socket.io")).unwrap();
        let bound = runtime.block_on(engine.bind("127.0.0.1:0")).unwrap();
        let address = bound.local_addr().unwrap();
        runtime.spawn(bound.serve());
        Self { address, _runtime: runtime }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}
