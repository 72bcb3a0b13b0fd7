#![allow(unused)]

use socketio::Event;

#[derive(Event)]
#[event(rename_all = "snake_case")]
enum Said {
    ConnectError,
    #[event("newListener")]
    A,
}

fn main() {}
