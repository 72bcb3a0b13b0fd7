//! From messages to bytes and back: JSON, or MessagePack where a message has binary values.

use bytes::Bytes;

use super::message::{Body, Message};
use super::read::Garbage;
use crate::packet::{Value, arguments, msgpack};

impl Message {
    /// JSON if the message has no binary values, else MessagePack.
    ///
    /// # Errors
    /// If the message is no JSON that a client could read, such as one with numbers beyond all types.
    pub(crate) fn encode(&self) -> Result<Bytes, String> {
        if self.body.is_binary() { self.msgpack() } else { Ok(self.json().into()) }
    }

    /// The whole message as MessagePack.
    ///
    /// # Errors
    /// As [`encode`](Self::encode).
    pub(crate) fn msgpack(&self) -> Result<Bytes, String> {
        to_msgpack(&self.json(), self.body.attachments())
    }

    /// Reads what [`encode`](Self::encode) writes, and what Node's adapters and emitters do. `channel` is the namespace of the channel, for
    /// messages that name none. `None` if the type is not known.
    ///
    /// # Errors
    /// If it is none of these.
    pub(crate) fn decode(bytes: &Bytes, channel: Option<&str>) -> Result<Option<Self>, Garbage> {
        let (json, attachments) = to_json(bytes)?;
        Self::read(&json, attachments, channel)
    }
}

impl Body {
    /// The field `data` as MessagePack; `None` for messages without one.
    ///
    /// # Errors
    /// As [`Message::encode`].
    pub(crate) fn msgpack(&self) -> Option<Result<Bytes, String>> {
        Some(to_msgpack(&self.json()?, self.attachments()))
    }
}

/// Text that begins with a brace is JSON: no message or packet in MessagePack begins with that byte.
pub(crate) fn to_json(bytes: &Bytes) -> Result<(String, Vec<Bytes>), Garbage> {
    if bytes.first() == Some(&b'{') {
        let text = std::str::from_utf8(bytes).map_err(Garbage::new)?;
        return Ok((text.to_owned(), Vec::new()));
    }
    msgpack::read(bytes).map_err(Garbage::new)
}

/// JSON, in which placeholders stand for the attachments, as MessagePack with the bytes in their place.
pub(crate) fn to_msgpack(json: &str, attachments: &[Bytes]) -> Result<Bytes, String> {
    let list = format!("[{json}]");
    let value: Value = arguments::read_first(&list, attachments, false).map_err(|error| error.to_string())?;
    let mut out = Vec::with_capacity(json.len() + attachments.iter().map(Bytes::len).sum::<usize>());
    msgpack::value(&mut out, &value);
    Ok(out.into())
}

#[cfg(test)]
#[path = "codec_tests.rs"]
mod tests;
