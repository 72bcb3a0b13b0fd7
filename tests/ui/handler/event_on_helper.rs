#![allow(unused)]

use socketio::prelude::*;

#[derive(Default)]
struct Chat;

#[namespace("/chat")]
impl Chat {
    #[event("a")]
    fn a(&self) {}

    fn on_b(&self) {}
}

fn main() {}
