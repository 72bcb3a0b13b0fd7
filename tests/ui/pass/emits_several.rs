//! `emits` with several types, one of them borrowed and one generic, in a namespace with parameters.

use socketio::prelude::*;
use socketio::{EmittedBy, TypedSocket};

#[derive(Event)]
struct Said<'a>(&'a str);

#[derive(Event)]
#[event("confirm", ack = bool)]
struct Confirm<T: serde::Serialize>(T);

#[derive(Event)]
struct Other;

#[derive(Default)]
struct Chat<D>(std::marker::PhantomData<fn() -> D>);

#[namespace("/chat", manual, emits = (Said<'_>, Confirm<u8>))]
impl<D: Default + 'static> Chat<D> {
    async fn on_say(&self, socket: &TypedSocket<Self>, plain: &Socket, text: String) -> Result<bool, Error> {
        socket.to("room").except("muted").volatile().send(Said(&text));
        plain.send(Other);
        Ok(socket.timeout(std::time::Duration::from_secs(1)).call(Confirm(7)).await?)
    }
}

fn from_outside(handle: &socketio::Handle) {
    handle.of("/chat").to("room").typed::<Chat<u8>>().send(Said("news"));
}

fn emitted<N, E: EmittedBy<N>>() {}

fn main() {
    emitted::<Chat<u8>, Confirm<u8>>();
    let _ = from_outside;
}
