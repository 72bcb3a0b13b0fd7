#![allow(unused)]

use socketio::packet::Packet;
use socketio::prelude::*;

struct Chat;

#[namespace("/chat")]
impl Chat {
    fn on_connect(socket: &Socket, packet: &Packet) -> Self {
        Chat
    }
    fn on_perhaps(&self, packet: &Packet, maybe: &Option<Packet>) {}
    fn on_disconnect(self, maybe: &Option<Packet>, packet: &Packet) {}
}

fn main() {}
