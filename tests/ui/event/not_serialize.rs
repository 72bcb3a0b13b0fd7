#![allow(unused)]

use socketio::Event;

struct Plain;

#[derive(Event)]
enum Said {
    A(Plain),
    B { plain: Plain },
}

fn main() {}
