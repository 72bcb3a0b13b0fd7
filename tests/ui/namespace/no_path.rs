#![allow(unused)]

use socketio::prelude::*;

#[derive(Default)]
struct NoPath;

#[namespace()]
impl NoPath {
    fn on_x(&self) {}
}

fn main() {}
