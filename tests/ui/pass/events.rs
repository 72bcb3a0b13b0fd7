//! Typed events, with what serde's attributes make of their fields.

#![deny(warnings, missing_docs, clippy::pedantic)]

use serde::Serialize;
use socketio::Event;

mod hex {
    pub(super) fn serialize<S: serde::Serializer>(bytes: &Vec<u8>, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&format!("{bytes:02x?}"))
    }
}

/// Names of all kinds.
#[derive(Event)]
#[event(rename_all = "camelCase")]
pub enum Said<'a, T: Serialize> {
    /// No arguments.
    NothingAtAll,
    /// One argument that is a tuple.
    Pair((u8, u8)),
    /// Two arguments.
    Two(&'a str, T),
    /// No fields is no object.
    #[event("user message")]
    Line {
        /// Left out.
        #[serde(skip_serializing_if = "Option::is_none")]
        from: Option<&'a str>,
        /// Renamed.
        #[serde(rename = "body")]
        text: T,
        /// Written by a function.
        #[serde(serialize_with = "hex::serialize")]
        bytes: Vec<u8>,
        /// Not written.
        #[serde(skip)]
        secret: u8,
        /// Raw.
        r#type: bool,
    },
}

/// Has an answer.
#[derive(Event)]
#[event("confirm", ack = Option<bool>)]
#[serde(rename_all = "camelCase")]
pub struct Confirm {
    /// Renamed.
    pub the_question: String,
    /// Itself.
    pub next: Option<Vec<Inner<Self>>>,
}

/// Something generic.
#[derive(Serialize)]
pub struct Inner<T>(std::marker::PhantomData<T>);

/// No arguments.
#[derive(Event)]
pub struct Tick;

/// No kinds.
#[derive(Event)]
pub enum Never {}

/// Also `Serialize`.
#[derive(Serialize, Event)]
#[serde(rename_all = "lowercase", tag = "t")]
#[allow(missing_docs)]
pub enum Both {
    #[serde(rename_all = "UPPERCASE")]
    One { a_b: u8 },
}

fn main() {
    let line = Said::Line { from: None, text: 1, bytes: vec![1], secret: 2, r#type: true };
    assert_eq!(line.name(), "user message");
    assert_eq!(Said::Two("a", 1).name(), "two");
    assert_eq!(Said::<u8>::NothingAtAll.name(), "nothingAtAll");
    assert_eq!(Tick.name(), "Tick");
    assert_eq!(Confirm { the_question: String::new(), next: None }.name(), "confirm");
    let _ = (Said::<u8>::Pair((1, 2)), Both::One { a_b: 1 });
}
