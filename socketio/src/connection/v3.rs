//! Clients of 1.0 to 2.5: how they connect to namespaces. Their other packets are those of Socket.IO 5, or are written in another form
//! (`packet::socket::v3`).

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
    /// Connects the client to `/`, for which these clients send no CONNECT. The query of the handshake takes the place of its payload.
    pub(super) fn connect_root(&mut self) {
        let request = self.link.engine.request().clone();
        let auth = auth(request.query_pairs().filter(|(name, _)| !ENGINE.contains(&&**name)));
        // The only error is a second CONNECT, and this is the first.
        let _ = self.connect("/", auth, None);
    }

    /// A CONNECT packet: the namespace with a query, and no payload.
    pub(super) fn connect_v3(&mut self, namespace: &str) -> Result<(), ClientError> {
        let (path, query) = v3::split_query(namespace);
        let longest = Limits::default().namespace_len;
        if path.len() > longest {
            return Err(PacketError::NamespaceTooLong(longest).into());
        }
        self.run_commands();
        if let Some(membership) = self.memberships.get(path) {
            // Clients of 1.0 send CONNECT twice. If the first has not been answered yet, its answer serves for both.
            if membership.socket.is_connected() {
                self.link.answer(write::connect(path, "", None));
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
