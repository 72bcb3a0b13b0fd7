#![allow(unused)]

use socketio::prelude::*;

struct Said;

#[derive(Default)]
struct Chat;

#[namespace("/chat", emits = Said)]
impl Chat {
    fn on_x(&self) {}
}

fn main() {}
