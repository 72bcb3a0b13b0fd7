#![allow(unused)]

use socketio::prelude::*;

#[derive(serde::Serialize)]
struct Plain;

fn say(socket: &Socket) {
    socket.send(Plain);
}

fn main() {}
