#![allow(unused)]

use socketio::prelude::*;
use socketio::{EventName, Outcome};

#[derive(Default)]
struct Chat;

#[namespace("/chat")]
impl Chat {
    #[cfg_attr(all(), before)]
    fn may(&self) {}

    fn on_a(&self) {}
}

fn main() {}
