//! The two connections to PostgreSQL: one listens, the other publishes and reads rows.

use std::error::Error as _;
use std::future::poll_fn;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_postgres::error::SqlState;
use tokio_postgres::tls::NoTlsStream;
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{AsyncMessage, Client, Config, Connection, NoTls, Notification, Socket};

use super::settings::Settings;
use crate::log::warn_rarely;

/// Takes what arrives on a channel.
pub(super) type Inbox = Arc<dyn Fn(&str, &Bytes) + Send + Sync>;

/// A parameter of a statement and its type.
pub(super) type Parameter<'a> = (&'a (dyn ToSql + Sync), Type);

/// How long reading a row may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// Two connections to one server. Ends when it is dropped.
pub(super) struct Connections {
    /// Has the `LISTEN`s.
    pub(super) listener: Client,
    pub(super) notifier: Arc<Client>,
    tasks: [JoinHandle<()>; 2],
}

impl Drop for Connections {
    fn drop(&mut self) {
        self.tasks.iter().for_each(JoinHandle::abort);
    }
}

/// An error in full: the cause of a connection that fails is not in its own text.
pub(super) fn reason(error: &tokio_postgres::Error) -> String {
    match error.as_db_error() {
        Some(database) => format!("{} ({})", database.message(), database.code().code()),
        None => error.source().map_or_else(|| error.to_string(), |cause| format!("{error}: {cause}")),
    }
}

impl Connections {
    /// Connects twice, and sees to the table. `application` names the connection that listens. When one of the connections ends, `lost` says why.
    pub(super) async fn open(
        config: &Config,
        application: &str,
        settings: &Settings,
        inbox: Option<Inbox>,
        lost: Arc<watch::Sender<Option<String>>>,
        uid: Arc<str>,
    ) -> Result<Self, String> {
        let (notifier, connection) = config.connect(NoTls).await.map_err(|error| reason(&error))?;
        let notifier = Arc::new(notifier);
        let ended = lost.clone();
        let publishing = tokio::spawn(async move {
            let result = connection.await;
            ended.send_replace(Some(result.err().map_or_else(|| "closed".to_owned(), |error| reason(&error))));
        });
        let named = config.clone().application_name(application).clone();
        let connected = named.connect(NoTls).await.map_err(|error| reason(&error));
        let (listener, connection) = connected.inspect_err(|_| publishing.abort())?;
        let receiver = Receiver { uid, inbox, notifier: notifier.clone(), table: settings.quoted_table() };
        let listening = tokio::spawn(async move {
            let reason = receiver.receive_all(connection).await;
            lost.send_replace(Some(reason));
        });
        let connections = Self { listener, notifier, tasks: [publishing, listening] };
        connections.see_to_table(settings).await?;
        Ok(connections)
    }

    /// Creates the table if that is wanted; else it must be there.
    async fn see_to_table(&self, settings: &Settings) -> Result<(), String> {
        let table = settings.quoted_table();
        let statement = if settings.create_table {
            format!(
                "CREATE TABLE IF NOT EXISTS {table} (id bigserial UNIQUE, created_at timestamptz DEFAULT NOW(), payload bytea)"
            )
        } else {
            format!("SELECT id, created_at, payload FROM {table} LIMIT 0")
        };
        let Err(error) = self.notifier.batch_execute(&statement).await else { return Ok(()) };
        match error.code() {
            // Another node has created it at the same moment.
            Some(&SqlState::UNIQUE_VIOLATION | &SqlState::DUPLICATE_TABLE | &SqlState::DUPLICATE_OBJECT)
                if settings.create_table =>
            {
                Ok(())
            }
            Some(&SqlState::UNDEFINED_TABLE) => {
                Err(format!("the table {table} does not exist\nhelp: `Postgres::create_table(true)` creates it"))
            }
            _ => Err(reason(&error)),
        }
    }
}

/// What names a row instead of carrying the message.
#[derive(serde::Deserialize)]
#[serde(rename_all = "camelCase")]
struct Header {
    #[serde(default)]
    uid: String,
    attachment_id: Option<serde_json::Value>,
}

/// Hands over what arrives, in its order.
struct Receiver {
    /// The rows of this node are not read.
    uid: Arc<str>,
    inbox: Option<Inbox>,
    notifier: Arc<Client>,
    table: String,
}

impl Receiver {
    /// Receives until the connection ends, and says why. While a row is read nothing else is received: the server keeps it.
    async fn receive_all(self, mut connection: Connection<Socket, NoTlsStream>) -> String {
        loop {
            match poll_fn(|cx| connection.poll_message(cx)).await {
                Some(Ok(AsyncMessage::Notification(notification))) => self.receive(&notification).await,
                Some(Ok(_)) => {}
                Some(Err(error)) => return reason(&error),
                None => return "closed".to_owned(),
            }
        }
    }

    async fn receive(&self, notification: &Notification) {
        let Some(inbox) = &self.inbox else { return };
        let payload = notification.payload();
        // Only the messages of rows are small and have this key.
        if payload.contains("\"attachmentId\"")
            && let Some((uid, row)) = row_number(payload)
        {
            if *uid != *self.uid
                && let Some(payload) = self.row(row).await
            {
                inbox(notification.channel(), &payload);
            }
            return;
        }
        inbox(notification.channel(), &Bytes::copy_from_slice(payload.as_bytes()));
    }

    async fn row(&self, number: i64) -> Option<Bytes> {
        let statement = format!("SELECT payload FROM {} WHERE id = $1", self.table);
        let parameters: [Parameter<'_>; 1] = [(&number, Type::INT8)];
        let row = self.notifier.query_typed_opt(&statement, &parameters);
        match tokio::time::timeout(PATIENCE, row).await {
            Ok(Ok(Some(row))) => row.try_get::<_, Vec<u8>>(0).ok().map(Bytes::from),
            Ok(Ok(None)) => {
                warn_rarely!(row = number, "the row of a message was removed before it was read");
                None
            }
            Ok(Err(error)) => {
                warn_rarely!(row = number, error = reason(&error), "the row of a message is not read");
                None
            }
            Err(_) => {
                warn_rarely!(row = number, "the row of a message is not read: PostgreSQL does not answer");
                None
            }
        }
    }
}

/// Who sends the row that a notification names, and its number: text, because JavaScript has no integers of 64 bits.
fn row_number(payload: &str) -> Option<(String, i64)> {
    let header: Header = serde_json::from_str(payload).ok()?;
    let number = match header.attachment_id? {
        serde_json::Value::String(text) => text.parse().ok()?,
        number => number.as_i64()?,
    };
    Some((header.uid, number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_named_by_text_or_number() {
        assert_eq!(row_number(r#"{"uid":"a","type":3,"attachmentId":"42"}"#), Some(("a".to_owned(), 42)));
        assert_eq!(row_number(r#"{"attachmentId":7}"#), Some((String::new(), 7)));
        for other in [r#"{"attachmentId":"x"}"#, r#"{"uid":"attachmentId"}"#, "{", r#"{"attachmentId":null}"#] {
            assert_eq!(row_number(other), None, "{other}");
        }
    }
}
