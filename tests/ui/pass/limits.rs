//! Limits of handlers and of a namespace.

use socketio::prelude::*;

#[derive(Default)]
struct Chat;

#[namespace("/chat")]
#[limit("100/s")]
impl Chat {
    #[limit("10/s", burst = 20)]
    fn on_say(&self) {}

    #[limit("1/500ms")]
    async fn on_slow(&mut self) {}

    #[limit("100/min", burst = 1,)]
    #[event("a", "b")]
    fn on_both(&self) {}

    #[limit("1/24h")]
    #[fallback]
    fn other(&self) {}
}

fn main() {}
