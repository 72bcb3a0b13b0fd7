#![allow(unused)]

use socketio::Handle;
use socketio::prelude::*;

#[derive(Default)]
struct Cache;

#[namespace("/cache")]
impl Cache {
    #[server_event(name = "reload")]
    fn reload() {}
    #[server_event("a", "b")]
    fn several() {}
    #[server_event("")]
    fn nameless() {}
    #[server_event("disconnect")]
    fn reserved() {}
}

fn main() {}
