#![allow(unused)]

use socketio::prelude::*;

struct Plain;

#[derive(Default)]
struct Chat;

#[namespace("/chat")]
impl Chat {
    fn on_x(&self, plain: &Plain) {}
}

fn main() {}
