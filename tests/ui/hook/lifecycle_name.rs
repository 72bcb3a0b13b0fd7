#![allow(unused)]

use socketio::prelude::*;
use socketio::{EventName, Outcome};

#[derive(Default)]
struct Chat;

#[namespace("/chat")]
impl Chat {
    #[before]
    fn on_connect(&self) {}

    fn on_a(&self) {}
}

fn main() {}
