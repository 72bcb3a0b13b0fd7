#![allow(unused)]

use socketio::prelude::*;

#[derive(Default)]
struct Chat;

#[namespace("/chat")]
impl Chat {
    fn on_connect(&mut self) -> u8 {
        1
    }
}

fn main() {}
