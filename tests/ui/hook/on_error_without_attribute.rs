#![allow(unused)]

use socketio::prelude::*;
use socketio::{EventName, Outcome};

#[derive(Default)]
struct Chat;

#[namespace("/chat")]
impl Chat {
    fn on_error(&self, error: &Error) {}
    fn on_finish(&self, event: &EventName) {}

    fn on_a(&self) {}
}

fn main() {}
