#![allow(unused)]

use socketio::prelude::*;

#[derive(Default)]
struct Chat;

#[namespace("/org/{id")]
impl Chat {
    fn on_x(&self) {}
}

fn main() {}
