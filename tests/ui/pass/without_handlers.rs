//! Namespaces without handlers: clients may connect, and are sent what the server emits.

#![deny(warnings)]

use socketio::prelude::*;

#[derive(Default)]
struct Empty;

#[namespace("/empty")]
impl Empty {}

#[derive(Default)]
struct Helpers(u8);

#[namespace("/helpers")]
impl Helpers {
    fn number(&self) -> u8 {
        self.0
    }
}

#[derive(Default)]
struct Anywhere;

#[namespace(manual)]
impl Anywhere {
    fn on_ping(&self) {}
}

struct Closed;

#[namespace("/closed")]
impl Closed {
    fn on_connect(user: String) -> Result<Self, Refuse> {
        if user == "ada" { Ok(Closed) } else { Err(Refuse::new("unknown", "who are you?")) }
    }
}

fn main() {
    let _ = Helpers(7).number();
    let _ = Server::new().open(["/ticker", "/ticker/{symbol}"]).mount_at::<Anywhere>("/anywhere");
}
