#![allow(unused)]

use socketio::prelude::*;

#[derive(Default)]
struct Chat;

#[namespace("/chat")]
impl Chat {
    #[event("a")]
    fn on_connect(&mut self) {}

    #[fallback]
    fn on_disconnect(self) {}
}

fn main() {}
