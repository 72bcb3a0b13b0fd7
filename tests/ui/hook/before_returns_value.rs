#![allow(unused)]

use socketio::prelude::*;
use socketio::{EventName, Outcome};

#[derive(Default)]
struct Chat;

#[namespace("/chat")]
impl Chat {
    #[before]
    fn may(&self) -> bool {
        true
    }

    fn on_a(&self) {}
}

fn main() {}
