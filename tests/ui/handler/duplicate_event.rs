#![allow(unused)]

use socketio::prelude::*;

#[derive(Default)]
struct Chat;

#[namespace("/chat")]
impl Chat {
    #[event("twice")]
    fn on_first(&self) {}

    fn on_twice(&self) {}
}

fn main() {}
