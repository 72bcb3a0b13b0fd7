#![allow(unused)]

use socketio::prelude::*;

#[derive(Default)]
struct Chat;

#[namespace("/chat")]
impl Chat {
    fn on_x(&self, a: Ack<u8>, b: Ack<u8>) {}
}

fn main() {}
