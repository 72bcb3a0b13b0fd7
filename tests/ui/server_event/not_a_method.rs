#![allow(unused)]

use socketio::Handle;
use socketio::prelude::*;

#[derive(Default)]
struct Cache;

#[namespace("/cache")]
impl Cache {
    #[server_event]
    const LIMIT: u32 = 1;
}

#[server_event]
fn reload(server: &Handle) {}

fn main() {}
