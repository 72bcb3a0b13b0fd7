#![allow(unused)]

use socketio::Handle;
use socketio::prelude::*;

#[derive(Default)]
struct Cache;

#[namespace("/cache")]
impl Cache {
    #[server_event]
    fn by_value(server: State<u32>, ack: Ack<u32>) {}
    #[server_event]
    fn answers(ack: Ack<u32>) {}
}

fn main() {}
