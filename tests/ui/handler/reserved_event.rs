#![allow(unused)]

use socketio::prelude::*;

#[derive(Default)]
struct Chat;

#[namespace("/chat")]
impl Chat {
    #[event("disconnecting")]
    fn on_leave(&self) {}
}

fn main() {}
