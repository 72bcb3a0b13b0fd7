//! The crate under another name.

#![deny(warnings)]

extern crate socketio as sio;

/// So that `::socketio` would be wrong, were it named.
mod reexport {
    pub use sio::*;
}

#[derive(Default)]
struct Chat;

#[sio::namespace("/chat", crate = sio, emits = Said)]
impl Chat {
    fn on_x(&self, _: &sio::Socket, n: u8) -> u8 {
        n
    }
}

#[derive(Default)]
#[sio::namespace("/other", crate = crate::reexport)]
struct Other;

#[sio::namespace(crate = crate::reexport)]
impl Other {
    async fn on_x(&mut self, n: u8) -> u8 {
        n
    }
}

#[derive(sio::Event)]
#[event(crate = sio)]
enum Said {
    A { b: u8 },
}

#[derive(sio::Grant)]
#[grant(crate = sio)]
struct Owner;

fn main() {
    let _ = (Said::A { b: 1 }, Owner);
}
