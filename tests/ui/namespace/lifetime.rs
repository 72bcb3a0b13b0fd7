#![allow(unused)]

use socketio::prelude::*;

struct Chat<'a>(&'a str);

#[namespace("/chat", manual)]
impl<'a> Chat<'a> {
    fn on_x(&self) {}
}

fn main() {}
