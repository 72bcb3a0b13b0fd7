#![allow(unused)]

use socketio::prelude::*;

#[namespace("/chat")]
enum Chat {
    Open,
}

fn main() {}
