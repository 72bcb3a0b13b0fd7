//! How instances come and go: every form of `on_connect` and `on_disconnect`.

#![deny(warnings)]

use socketio::prelude::*;

type Nothing = ();

#[derive(Default)]
struct BuiltNow;

#[namespace("/builtnow")]
impl BuiltNow {
    fn on_connect() -> Self {
        Self
    }
}

#[derive(Default)]
struct BuiltLater;

#[namespace("/builtlater")]
impl BuiltLater {
    async fn on_connect(socket: &Socket) -> Self {
        let _ = socket;
        Self
    }
}

#[derive(Default)]
struct BuiltOrNot;

#[namespace("/builtornot")]
impl BuiltOrNot {
    fn on_connect(auth: String) -> Result<Self, Refuse> {
        if auth.is_empty() { Err(Refuse::new("a", "b")) } else { Ok(Self) }
    }
}

#[derive(Default)]
struct BuiltWithError;

#[namespace("/builtwitherror")]
impl BuiltWithError {
    async fn on_connect(_: Option<u8>) -> Result<Self, Error> {
        Ok(Self)
    }
}

#[derive(Default)]
struct Greeted;

#[namespace("/greeted")]
impl Greeted {
    fn on_connect(&self) {}
}

#[derive(Default)]
struct Changed;

#[namespace("/changed")]
impl Changed {
    async fn on_connect(&mut self, socket: &Socket) {
        let _ = socket;
    }
}

#[derive(Default)]
struct GreetedOrNot;

#[namespace("/greetedornot")]
impl GreetedOrNot {
    fn on_connect(&self, _: &Socket) -> Result<(), Refuse> {
        Ok(())
    }
}

#[derive(Default)]
struct ChangedOrNot;

#[namespace("/changedornot")]
impl ChangedOrNot {
    async fn on_connect(&mut self) -> Result<(), Error> {
        Ok(())
    }
}

#[derive(Default)]
struct Consumed;

#[namespace("/consumed")]
impl Consumed {
    fn on_disconnect(self) {}
}

#[derive(Default)]
struct ConsumedLater(u8);

#[namespace("/consumedlater")]
impl ConsumedLater {
    async fn on_disconnect(mut self, _: &Socket) {
        self.0 = 1;
        let _ = self.0;
    }
}

#[derive(Default)]
struct Borrowed;

#[namespace("/borrowed")]
impl Borrowed {
    fn on_disconnect(&self, _: &Socket) -> Nothing {}
}

#[derive(Default)]
struct Mutated;

#[namespace("/mutated")]
impl Mutated {
    async fn on_disconnect(&mut self) {}
}

#[derive(Default)]
struct Silent;

#[namespace("/silent")]
impl Silent {
    fn on_x(&self) {}
}

#[derive(Default)]
struct Conditional;

#[namespace("/conditional")]
impl Conditional {
    #[cfg(any())]
    fn on_connect() -> Self {
        Self
    }
    #[cfg(not(any()))]
    fn on_connect(&self) {}
    #[cfg(any())]
    fn on_disconnect(self) {}
    #[cfg(any())]
    #[fallback]
    fn other(&self) {}
}

fn main() {}
