//! [`Nats`]: connects servers through NATS.

mod link;

use std::sync::{Arc, OnceLock};

use self::link::NatsLink;
use super::cluster::{Engine, Options, cluster_options, new_uid};
use super::remote::{Action, Adapter, AdapterError, Answer, BoxFuture, BoxStream, Health, Node, Question};
use crate::error::Error;

/// Connects servers through NATS. All of them are servers of this crate, because Socket.IO has no adapter of its own for NATS.
///
/// The messages are those of Node's cluster adapters: JSON, and MessagePack where they have binary values. Each namespace has a subject,
/// `<prefix>.nsp.<path>`, in whose path characters beside `A-Z`, `a-z`, `0-9`, `-` and `_` are written as `%2F`; each node has one, `<prefix>.node.<id>`.
/// A message has at most the server's `max_payload` (1 MiB by default): a larger one is refused and logged.
///
/// Events arrive at most once: what other nodes send while the connection is lost does not arrive here. What this node sends meanwhile waits in a bounded
/// queue. Events of one node keep their order.
///
/// ```no_run
/// use socketio::adapter::Nats;
/// use socketio::prelude::*;
///
/// # async fn example() -> Result<(), Error> {
/// Server::new().adapter(Nats::new("nats://localhost:4222")).listen("0.0.0.0:3000").await
/// # }
/// ```
pub struct Nats {
    urls: String,
    prefix: String,
    options: Options,
    engine: OnceLock<Engine<NatsLink>>,
}

impl std::fmt::Debug for Nats {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The URL may have a password.
        f.debug_struct("Nats").field("prefix", &self.prefix).field("options", &self.options).finish_non_exhaustive()
    }
}

impl Nats {
    /// The server of a URL such as `nats://user:password@host:4222`, or of several with commas between them; `tls://` for encrypted
    /// connections. A URL that cannot be read is an error at start.
    #[must_use]
    pub fn new(urls: impl Into<String>) -> Self {
        let prefix = "socketio".to_owned();
        Self { urls: urls.into(), prefix, options: Options::default(), engine: OnceLock::new() }
    }

    /// What the subjects begin with; the same on all nodes. It has one part or several with dots between them, without spaces and wildcards.
    /// Default: `socketio`.
    #[must_use]
    pub fn subject_prefix(mut self, prefix: impl Into<String>) -> Self {
        self.prefix = prefix.into();
        self
    }

    cluster_options!();

    fn engine(&self) -> &Engine<NatsLink> {
        self.engine.get_or_init(|| {
            let uid = new_uid();
            let link = NatsLink::new(self.urls.clone(), self.prefix.clone(), uid.clone());
            Engine::new(Arc::new(link), uid, self.options.clone())
        })
    }

    fn check(&self) -> Result<(), Error> {
        link::servers(&self.urls).map_err(Error::start)?;
        let is_part =
            |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_graphic() && !b"*>".contains(&byte));
        if !self.prefix.split('.').all(is_part) {
            return Err(Error::start(format!(
                "`subject_prefix` is {:?}; it must be parts with dots between them, of characters of ASCII without spaces, `*` and `>`",
                self.prefix
            )));
        }
        self.options.check()
    }
}

impl Adapter for Nats {
    fn start(&self, node: Node) -> BoxFuture<'static, Result<(), Error>> {
        let checked = self.check();
        let engine = self.engine().clone();
        Box::pin(async move {
            checked?;
            engine.link().deliver_to(&engine);
            engine.start(node).await.map_err(|reason| Error::start(format!("NATS: {reason}")))
        })
    }

    fn publish(&self, action: Action) -> Result<(), AdapterError> {
        self.engine().publish(action)
    }

    fn ask(&self, question: Question) -> BoxStream<'static, Result<Answer, AdapterError>> {
        self.engine().ask(question)
    }

    fn stop(&self) -> BoxFuture<'static, ()> {
        let engine = self.engine().clone();
        Box::pin(async move {
            engine.stop().await;
            engine.link().close();
        })
    }

    fn health(&self) -> Health {
        self.engine().health()
    }

    fn open_namespace(&self, path: &Arc<str>) {
        self.engine().link().open(path);
        self.engine().open_namespace(path);
    }

    fn close_namespace(&self, path: &Arc<str>) {
        self.engine().close_namespace(path);
        self.engine().link().shut(path);
    }

    fn settled(&self) -> Option<BoxFuture<'static, ()>> {
        self.engine().link().settled()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mistakes_are_found_before_the_start() {
        let url = "nats://127.0.0.1:4222";
        assert!(Nats::new(url).subject_prefix("app.socketio").check().is_ok());
        assert!(Nats::new(format!("{url},{url}")).check().is_ok());
        for prefix in ["", "a..b", "a b", "a.*", ">", "a.\u{e9}"] {
            let error = Nats::new(url).subject_prefix(prefix).check().unwrap_err().to_string();
            assert!(error.contains("`subject_prefix` is"), "{error}");
        }
        let error = Nats::new("nats://u:secret@[").check().unwrap_err().to_string();
        assert!(error.contains("not a URL such as") && !error.contains("secret"), "{error}");
        assert!(Nats::new(url).queue_bytes(0).check().is_err());
    }
}
