#![allow(unused)]

use socketio::prelude::*;

#[derive(Default)]
struct Chat<T>(T);

#[namespace("/chat")]
impl<T> Chat<T> {
    fn on_x(&self) {}
}

fn main() {}
