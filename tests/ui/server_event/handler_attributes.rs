#![allow(unused)]

use socketio::Handle;
use socketio::prelude::*;

#[derive(Default)]
struct Cache;

#[namespace("/cache")]
impl Cache {
    #[server_event]
    #[event("reload")]
    fn reload() {}
    #[acl("admin")]
    #[server_event]
    fn guarded() {}
    #[server_event]
    #[before]
    fn hook() {}
    #[server_event]
    #[server_event]
    fn twice() {}
}

fn main() {}
