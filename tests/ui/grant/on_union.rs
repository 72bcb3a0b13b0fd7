#![allow(unused)]

use socketio::Grant;

#[derive(Grant)]
union Either {
    a: u8,
    b: u8,
}

fn main() {}
