#![allow(unused)]

use socketio::prelude::*;

#[derive(Default)]
struct Chat;

trait Talk {
    fn on_x(&self);
}

#[namespace("/chat")]
impl Talk for Chat {
    fn on_x(&self) {}
}

fn main() {}
