#![allow(unused)]

use socketio::prelude::*;

#[derive(Default)]
struct Files;

#[namespace("/{*a}/{b}")]
impl Files {
    fn on_x(&self) {}
}

fn main() {}
