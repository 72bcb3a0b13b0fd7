#![allow(unused)]

use socketio::Event;

#[derive(Event)]
enum Said {
    A,
    #[event("A")]
    B,
}

fn main() {}
