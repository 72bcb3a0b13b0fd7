#![allow(unused)]

use socketio::Grant;

#[derive(Grant)]
enum Role {
    Admin,
    Room(String),
}

#[derive(Grant)]
#[grant("a", crte = b)]
struct Owner {
    id: u8,
}

fn main() {}
