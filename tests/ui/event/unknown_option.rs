#![allow(unused)]

use socketio::Event;

#[derive(Event)]
#[event("a", "b")]
struct A;

#[derive(Event)]
#[event(rename = "a")]
struct B;

#[derive(Event)]
#[event("c")]
enum C {
    #[event(rename_all = "snake_case")]
    D {
        #[event("e")]
        e: u8,
    },
}

fn main() {}
