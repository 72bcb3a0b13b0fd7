#![allow(unused)]

use socketio::prelude::*;

struct Chat;

#[namespace("/chat")]
impl Chat {
    fn on_connect(&mut self) {}
}

fn main() {}
