#![allow(unused)]

use socketio::prelude::*;
use socketio::{EventName, Outcome};

#[derive(Default)]
struct Chat;

#[namespace("/chat")]
impl Chat {
    #[after]
    fn seen(&self, outcome: &Outcome) -> Result<(), Error> {
        Ok(())
    }

    fn on_a(&self) {}
}

fn main() {}
