//! [`Postgres`]: connects servers through PostgreSQL, beside those with Node's `@socket.io/postgres-adapter`.

mod connection;
mod link;
mod settings;

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use tokio_postgres::Config;

use self::link::PostgresLink;
use self::settings::Settings;
use super::cluster::{Engine, Options, cluster_options, new_uid};
use super::remote::{Action, Adapter, AdapterError, Answer, BoxFuture, BoxStream, Health, Node, Question};
use crate::bounds;
use crate::error::Error;

/// Connects servers through PostgreSQL's `LISTEN` and `NOTIFY`, also with servers that have Node's `@socket.io/postgres-adapter` 0.5 and
/// programs that have `@socket.io/postgres-emitter`.
///
/// Each node has two connections, and opens them again when they are lost. Messages that are binary, or as long as
/// [`payload_threshold`](Self::payload_threshold), are rows of a table, from which they are removed after
/// [`cleanup_interval`](Self::cleanup_interval); Node's name for it is `socket_io_attachments`. [`create_table`](Self::create_table) makes it.
///
/// Events arrive at most once: what other nodes send while the connection is lost does not arrive here. What this node sends meanwhile waits
/// in a bounded queue. Events of one node keep their order. A namespace's path and the prefix have at most 62 bytes together, because the
/// names of channels in PostgreSQL have at most 63.
///
/// Connections are not encrypted. Use a socket of the system, a private network, or a proxy for TLS on this machine. A pooler
/// must keep sessions (`pool_mode = session`), because `LISTEN` belongs to a session.
///
/// ```no_run
/// use socketio::adapter::Postgres;
/// use socketio::prelude::*;
///
/// # async fn example() -> Result<(), Error> {
/// let adapter = Postgres::new("postgres://app:secret@localhost/app").create_table(true);
/// Server::new().adapter(adapter).listen("0.0.0.0:3000").await
/// # }
/// ```
pub struct Postgres {
    /// The text of the error does not repeat the URL, which may have a password.
    config: Result<Config, String>,
    settings: Settings,
    options: Options,
    engine: OnceLock<Engine<PostgresLink>>,
}

impl std::fmt::Debug for Postgres {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Postgres")
            .field("settings", &self.settings)
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}

impl Postgres {
    /// The database of a URL such as `postgres://user:password@host:5432/database`, or of a list such as `host=localhost user=app dbname=app`.
    /// Connecting takes at most 5 s, unless the URL has `connect_timeout`. A URL that cannot be read is an error at start.
    #[must_use]
    pub fn new(url: impl AsRef<str>) -> Self {
        let config = url.as_ref().parse::<Config>().map_err(|error| {
            let cause = std::error::Error::source(&error).map_or_else(String::new, |cause| format!(": {cause}"));
            format!("not a URL such as \"postgres://user@localhost/database\": {error}{cause}")
        });
        Self { config, settings: Settings::default(), options: Options::default(), engine: OnceLock::new() }
    }

    /// The beginning of the names of channels, before `#` and the namespace's path. The same on all nodes. Default: `socket.io`.
    #[must_use]
    pub fn channel_prefix(mut self, prefix: impl Into<String>) -> Self {
        self.settings.prefix = prefix.into();
        self
    }

    /// The table for messages that are too long for `NOTIFY`; with a schema: `schema.table`. The same on all nodes. The name is quoted, so that upper
    /// case stays. Default: `socket_io_attachments`.
    #[must_use]
    pub fn table(mut self, table: impl Into<String>) -> Self {
        self.settings.table = table.into();
        self
    }

    /// Whether the table is created at the start if it is not there. Without it, a missing table is an error at start. Default: `false`.
    #[must_use]
    pub fn create_table(mut self, create: bool) -> Self {
        self.settings.create_table = create;
        self
    }

    /// From which number of bytes on a message is a row of the table. Default: 8,000, from which on PostgreSQL refuses to notify. From 100 to 8,000.
    #[must_use]
    pub fn payload_threshold(mut self, bytes: usize) -> Self {
        self.settings.payload_threshold = bytes;
        self
    }

    /// How often rows are removed, and how old they are then. Default: 30 s. From 1 ms to 1 day. A node that is behind by more misses the
    /// messages in these rows.
    #[must_use]
    pub fn cleanup_interval(mut self, interval: Duration) -> Self {
        self.settings.cleanup_interval = interval;
        self
    }

    cluster_options!();

    fn engine(&self) -> &Engine<PostgresLink> {
        self.engine.get_or_init(|| {
            let uid = new_uid();
            let link = PostgresLink::new(self.config.clone().unwrap_or_default(), self.settings.clone(), uid.clone());
            Engine::new(Arc::new(link), uid, self.options.clone())
        })
    }

    fn check(&self) -> Result<(), Error> {
        if let Err(mistake) = &self.config {
            return Err(Error::start(mistake.clone()));
        }
        self.options.check()?;
        bounds::number("payload_threshold", self.settings.payload_threshold, 100, 8000)?;
        bounds::time("cleanup_interval", self.settings.cleanup_interval)?;
        for namespace in self.engine().namespaces() {
            self.settings.channel(&namespace).map_err(Error::start)?;
        }
        Ok(())
    }
}

impl Adapter for Postgres {
    fn start(&self, node: Node) -> BoxFuture<'static, Result<(), Error>> {
        let checked = self.check();
        let engine = self.engine().clone();
        Box::pin(async move {
            checked?;
            let link = engine.link().clone();
            link.deliver_to(&engine);
            engine.start(node).await.map_err(|reason| Error::start(format!("PostgreSQL: {reason}")))?;
            link.clean_up(Arc::downgrade(&link));
            Ok(())
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

    fn error(postgres: &Postgres) -> String {
        postgres.check().unwrap_err().to_string()
    }

    #[test]
    fn mistakes_are_found_before_the_start() {
        let url = "postgres://localhost/app";
        assert!(Postgres::new(url).check().is_ok());
        let wrong = error(&Postgres::new("postgres://u:secret@[/x"));
        assert!(wrong.contains("not a URL such as") && !wrong.contains("secret"), "{wrong}");
        assert!(error(&Postgres::new(url).payload_threshold(8001)).contains("`payload_threshold` is 8001"));
        assert!(error(&Postgres::new(url).cleanup_interval(Duration::ZERO)).contains("`cleanup_interval`"));
        assert!(error(&Postgres::new(url).queue_messages(0)).contains("`queue_messages` is 0"));
    }

    #[test]
    fn a_channel_name_that_is_too_long_is_refused_with_its_length() {
        let postgres = Postgres::new("postgres://localhost/app");
        let path = |bytes: usize| Arc::from(format!("/{}", "x".repeat(bytes - 1)));
        // "socket.io#" and 53 bytes are 63.
        postgres.engine().open_namespace(&path(53));
        assert!(postgres.check().is_ok());
        postgres.engine().open_namespace(&path(54));
        let error = error(&postgres);
        assert!(error.contains("64 bytes") && error.contains("channel_prefix"), "{error}");
    }
}
