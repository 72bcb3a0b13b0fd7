#![allow(unused)]

use socketio::Ack;
use socketio::prelude::*;

#[derive(Default)]
struct Shop;

#[namespace("/shop")]
impl Shop {
    #[event(once)]
    fn on_buy(&self, item: String, done: Ack<u32>) {}
}

fn main() {}
