#![allow(unused)]

use socketio::prelude::*;

#[derive(Default)]
struct Chat;

#[namespace("/chat")]
impl Chat {
    fn on_a(&self, a: u8,, b: u8) {}
}

fn main() {}
