//! What nearly every program with a namespace uses: `use socketio::prelude::*;`.

pub use crate::{Ack, Error, Event, Grant, Handshake, Refuse, Rest, Server, Session, Socket, State, namespace};
