#![allow(unused)]

use socketio::packet::Packet;
use socketio::prelude::*;

#[derive(Default)]
struct Chat;

#[namespace("/chat")]
impl Chat {
    fn on_a(&self, packet: Packet) {}
}

fn main() {}
