#![allow(unused)]

use socketio::prelude::*;
use socketio::{EventName, Outcome};

#[derive(Default)]
struct Chat;

#[namespace("/chat")]
impl Chat {
    #[before]
    #[event("x")]
    fn may(&self) {}
    #[after]
    #[acl("admin")]
    fn seen(&self) {}
    #[fallback]
    #[before]
    fn other(&self) {}
    #[before(late)]
    fn late(&self) {}

    fn on_a(&self) {}
}

fn main() {}
