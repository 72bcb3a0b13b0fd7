#![allow(unused)]

use socketio::prelude::*;

type Maybe = Option<u8>;

#[derive(Default)]
struct Chat;

#[namespace("/chat")]
impl Chat {
    fn on_x(&self, a: Option<u8>, b: u8) {}

    fn on_y(&self, a: Maybe, ack: Ack<u8>, b: u8) {}
}

fn main() {}
