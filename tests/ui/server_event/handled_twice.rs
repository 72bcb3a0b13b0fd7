#![allow(unused)]

use socketio::Handle;
use socketio::prelude::*;

#[derive(Default)]
struct Cache;

#[namespace("/cache")]
impl Cache {
    #[server_event]
    fn reload() {}
    #[server_event("reload")]
    fn again() {}
}

fn main() {}
