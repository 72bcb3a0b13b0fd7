#![allow(unused)]

use socketio::prelude::*;

#[derive(Default)]
struct Chat;

#[namespace("/chat")]
impl Chat {
    #[fallback]
    #[event("rest")]
    fn rest(&self) {}
}

fn main() {}
