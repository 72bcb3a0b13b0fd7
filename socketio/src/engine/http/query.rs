//! The query parameters that the engine understands.

use crate::{
    engine::{id::Id, options::choices::Transport, protocol::Protocol, request::query_pairs},
    packet::Generation,
};

/// Characters of a JSONP index.
const LONGEST_INDEX: usize = 32;

/// The parameters of a request. Of several with the same name, the last counts.
#[derive(Default)]
pub(crate) struct Query {
    /// The session of the request; `Some(None)` if the value is no id.
    pub(crate) sid: Option<Option<Id>>,
    pub(crate) transport: Option<Transport>,
    generation: Option<Generation>,
    /// The version is 2: see `Protocol::only_bytes`.
    version2: bool,
    /// The client cannot take binary frames.
    pub(crate) base64: bool,
    /// The index of the JSONP callback, if the client wants scripts.
    pub(crate) jsonp: Option<String>,
}

impl Query {
    pub(crate) fn read(query: &str) -> Self {
        let mut read = Self::default();
        for (name, value) in query_pairs(query) {
            match &*name {
                "sid" => read.sid = (!value.is_empty()).then(|| Id::parse(&value)),
                "transport" => {
                    read.transport = [Transport::Polling, Transport::WebSocket].into_iter().find(|t| t.name() == value);
                }
                "EIO" => (read.generation, read.version2) = (Generation::from_query(&value), value == "2"),
                "b64" => read.base64 = !value.is_empty(),
                // A number; it is kept while a GET is held.
                "j" => read.jsonp = Some(value.chars().take(LONGEST_INDEX).collect()),
                _ => {}
            }
        }
        read
    }

    /// The protocol of a session that the request opens, if its version is one of `accepted`.
    pub(crate) fn protocol(&self, accepted: &[u8], transport: Transport) -> Option<Protocol> {
        let generation = self.generation.filter(|generation| accepted.contains(&generation.protocol()))?;
        let jsonp = transport == Transport::Polling && self.jsonp.is_some();
        Some(Protocol { generation, base64: self.base64, jsonp, only_bytes: self.version2 })
    }

    /// Whether the request names the version of a session.
    pub(crate) fn is_for(&self, session: Protocol) -> bool {
        self.generation == Some(session.generation)
    }
}
