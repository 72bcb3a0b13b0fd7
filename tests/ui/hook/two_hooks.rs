#![allow(unused)]

use socketio::prelude::*;
use socketio::{EventName, Outcome};

#[derive(Default)]
struct Chat;

#[namespace("/chat")]
impl Chat {
    #[before]
    #[after]
    fn around(&self) {}

    fn on_a(&self) {}
}

fn main() {}
