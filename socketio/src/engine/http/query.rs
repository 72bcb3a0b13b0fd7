//! The query parameters that the engine understands.

use crate::{
    engine::{id::Id, options::choices::Transport, request::query_pairs},
    packet::Generation,
};

/// Characters of a JSONP index.
const LONGEST_INDEX: usize = 32;

/// See the module. Of several parameters with the same name, the last counts.
#[derive(Default)]
pub(crate) struct Query {
    /// Of which session the request is; `Some(None)` if what stands there cannot be an id.
    pub(crate) sid: Option<Option<Id>>,
    pub(crate) transport: Option<Transport>,
    pub(crate) generation: Option<Generation>,
    /// The version is 2: see `Wire`.
    pub(crate) version2: bool,
    /// The client cannot take binary frames.
    pub(crate) base64: bool,
    /// What `j` says, if the client wants scripts.
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
}
