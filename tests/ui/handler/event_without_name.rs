#![allow(unused)]

use socketio::prelude::*;

#[derive(Default)]
struct Chat;

#[namespace("/chat")]
impl Chat {
    #[event]
    fn on_a(&self) {}

    #[event()]
    fn on_b(&self) {}

    #[event("")]
    fn on_c(&self) {}
}

fn main() {}
