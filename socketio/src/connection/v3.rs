//! Clients from 1.0 to 2.5: what is different for them about entering namespaces. Everything else about their packets is
//! the same, or is translated on the way out.

use std::borrow::Cow;

use super::Client;
use super::packets::ClientError;
use crate::engine::query_pairs;
use crate::namespace::Arguments;
use crate::packet::socket::v3;
use crate::packet::{Limits, PacketError, Payload, Text, write};

/// Query parameters that belong to the engine, not to the user.
const ENGINE: [&str; 7] = ["EIO", "transport", "sid", "t", "b64", "j", "jsonp"];

impl Client {
    /// These clients are in `/` without asking; their query is what they would have asked with.
    pub(super) fn greet(&mut self) {
        let request = self.link.engine.request().clone();
        let auth = auth(request.query_pairs().filter(|(name, _)| !ENGINE.contains(&&**name)));
        // Every server has this namespace, and they are not in it yet: there is no such error.
        let _ = self.connect("/", auth, None);
    }

    /// A CONNECT packet: the namespace with a query, and no payload.
    pub(super) fn connect_v3(&mut self, namespace: &str) -> Result<(), ClientError> {
        let (path, query) = v3::split_query(namespace);
        let longest = Limits::default().namespace_len;
        if path.len() > longest {
            return Err(PacketError::NamespaceTooLong(longest).into());
        }
        self.obey();
        if let Some(membership) = self.memberships.get(path) {
            // Clients of 1.0 say it twice. While the first has no answer, that answer will do for both.
            if membership.socket.is_connected() {
                self.link.answer(write::connect(path, ""));
            }
            return Ok(());
        }
        self.connect(path, auth(query_pairs(query)), (!query.is_empty()).then(|| query.into()))
    }
}

/// The parameters of a query as the payload of a CONNECT: an object of strings, or nothing.
fn auth<'q>(pairs: impl Iterator<Item = (Cow<'q, str>, Cow<'q, str>)>) -> Arguments {
    let object: serde_json::Map<_, _> = pairs.map(|(name, value)| (name.into(), value.into())).collect();
    let text = if object.is_empty() { String::new() } else { serde_json::Value::Object(object).to_string() };
    Arguments::connect(Payload::new(Text::from(text), 0))
}
