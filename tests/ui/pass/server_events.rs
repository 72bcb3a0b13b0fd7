//! Methods that other servers call.

#![deny(warnings)]

use serde::Deserialize;
use socketio::prelude::*;
use socketio::{Handle, Rest};

#[derive(Default)]
struct Cache;

#[derive(Deserialize)]
struct Cause {
    text: String,
}

#[namespace("/cache/{name}")]
impl Cache {
    #[server_event("re load")]
    fn reload(server: &Handle, names: &State<Vec<String>>, cause: Cause, more: Option<u32>) -> (usize, u32) {
        (names.len() + cause.text.len() + server.connections(), more.unwrap_or(0))
    }

    #[server_event]
    fn on_clear() {}

    #[server_event]
    fn count(_: Rest<u32>) -> Result<u32, Error> {
        Err(Error::new("none", "there is none"))
    }

    #[cfg(any())]
    #[server_event]
    fn never(missing: Missing) {}

    fn on_clear_all(&self) {}
}

struct Generic<T>(T);

#[namespace("/generic", manual)]
impl<T: Default + Send + Sync + 'static> Generic<T> {
    fn on_connect() -> Self {
        Generic(T::default())
    }

    #[server_event]
    fn reload(values: &State<T>, text: String) -> String {
        let _ = values;
        text
    }
}

fn main() {
    let _ = Server::empty().mount::<Generic<u8>>();
}
