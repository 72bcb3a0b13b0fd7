#![allow(unused)]

use socketio::Handle;
use socketio::prelude::*;

#[derive(Default)]
struct Cache;

#[namespace("/cache")]
impl Cache {
    #[server_event]
    fn reload(server: &Handle, socket: &Socket) {}
}

fn main() {}
