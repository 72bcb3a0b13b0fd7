//! Handlers with `#[event(once)]`: reads the id of an event, and answers a repeat as the first event with that id.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Value as Json;

use super::call::Arguments;
use super::context::Context;
use super::refusal::{Earlier, Failure};
use crate::adapter::Recipient as _;
use crate::error::Error;
use crate::packet::arguments::{Pass, ReadFailure};
use crate::socket::{Arrived, Name, Sender, Ticket};

/// The longest id, in bytes.
const LONGEST: usize = 128;

/// Registers an event with a new id, or waits for the answer to the first event with the same id.
///
/// # Errors
/// `Malformed` or `Refused` if the id cannot be read, `Answered` if the event is a repeat.
pub(super) async fn arrive(
    cx: &Context,
    args: &Arguments,
    handler: &'static str,
    field: &str,
) -> Result<Ticket, Failure> {
    let inner = cx.socket().inner();
    let name = Name { namespace: inner.nsp.path.clone(), handler, id: id(args, field)?.into() };
    // The repeat of a named user may arrive on another connection. Without a user, repeats count on one connection
    // only.
    let sender = match inner.user() {
        Some(user) => Sender::User(user),
        None => Sender::Connection(inner.link.engine.id().into()),
    };
    loop {
        match inner.nsp.shared.once.arrive(&sender, &name) {
            Arrived::First(ticket) => return Ok(ticket),
            Arrived::Answered(answer) => {
                tracing::debug!(namespace = cx.socket().path(), handler, "repeated event, answered as the first");
                let ack = cx.id.map(|id| answer.write(cx.socket().path(), id));
                return Err(Failure::Answered(Earlier(ack)));
            }
            Arrived::Running(mut done) => {
                // `changed` ends with an error when the first event has ended, because the channel is closed without a
                // message.
                let _ = done.changed().await;
            }
        }
    }
}

/// The id in the first argument.
fn id(args: &Arguments, field: &str) -> Result<String, Failure> {
    let refused = || {
        let wanted =
            format!("argument 0: `{field}` must be a text of 1 to {LONGEST} bytes, because the event is handled once");
        Failure::Refused(Error::bad_request(wanted))
    };
    let found = args.read_with(Field { name: field }).map_err(|failure| match failure {
        ReadFailure::Malformed(text) => Failure::Malformed(text),
        ReadFailure::Data(_) => refused(),
    })?;
    match found {
        Some(Json::String(id)) if (1..=LONGEST).contains(&id.len()) => Ok(id),
        _ => Err(refused()),
    }
}

/// Reads a field of the first argument, which is an object. If the field is repeated, the last value counts, as in
/// JavaScript.
struct Field<'a> {
    name: &'a str,
}

impl Pass for Field<'_> {
    type Output = Option<Json>;

    fn arguments<'de, A: SeqAccess<'de>>(self, mut arguments: A) -> Result<Option<Json>, A::Error> {
        Ok(arguments.next_element_seed(self)?.flatten())
    }
}

impl<'de> DeserializeSeed<'de> for Field<'_> {
    type Value = Option<Json>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Option<Json>, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Field<'_> {
    type Value = Option<Json>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Option<Json>, A::Error> {
        let mut found = None;
        while let Some(key) = map.next_key::<String>()? {
            if key == self.name {
                found = Some(map.next_value()?);
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(found)
    }
}
