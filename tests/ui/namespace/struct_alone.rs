#![allow(unused)]

use socketio::prelude::*;

#[namespace("/lonely")]
struct Lonely;

fn main() {}
