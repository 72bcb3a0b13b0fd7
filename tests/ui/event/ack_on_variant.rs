#![allow(unused)]

use socketio::Event;

#[derive(Event)]
enum Said {
    #[event("a", ack = bool)]
    A,
}

#[derive(Event)]
#[event(ack = bool)]
enum Asked {
    A,
}

fn main() {}
