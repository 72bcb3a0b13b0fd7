//! The options that only PostgreSQL has, and the names that they make.

use std::time::Duration;

/// The longest name of a channel in bytes; PostgreSQL cuts longer ones off.
const LONGEST_NAME: usize = 63;

/// The options of the adapter that only this link has.
#[derive(Clone, Debug)]
pub(super) struct Settings {
    pub(super) prefix: String,
    pub(super) table: String,
    pub(super) create_table: bool,
    pub(super) payload_threshold: usize,
    pub(super) cleanup_interval: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            prefix: "socket.io".to_owned(),
            table: "socket_io_attachments".to_owned(),
            create_table: false,
            payload_threshold: 8000,
            cleanup_interval: Duration::from_secs(30),
        }
    }
}

impl Settings {
    /// The name of a namespace's channel.
    pub(super) fn channel(&self, namespace: &str) -> Result<String, String> {
        let channel = format!("{}#{namespace}", self.prefix);
        if channel.contains('\0') {
            return Err(format!("the channel {channel:?} has a NUL, which PostgreSQL does not allow in names"));
        }
        match channel.len() {
            ..=LONGEST_NAME => Ok(channel),
            length => Err(format!(
                "the channel \"{channel}\" has {length} bytes, and a name in PostgreSQL has at most {LONGEST_NAME}\n\
                 help: shorten the path of the namespace, or `Postgres::channel_prefix`"
            )),
        }
    }

    /// The table as it stands in statements, each part of its name quoted.
    pub(super) fn quoted_table(&self) -> String {
        self.table.split('.').map(quoted).collect::<Vec<_>>().join(".")
    }
}

/// A name in quotes.
pub(super) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
