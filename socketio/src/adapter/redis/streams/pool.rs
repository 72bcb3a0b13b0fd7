//! One connection to each server that has keys of this adapter, for commands that are answered at once.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use redis::aio::MultiplexedConnection;
use redis::{Pipeline, Value};

use super::super::link::{Address, Link};
use crate::adapter::AdapterError;

/// How long a server may take to answer.
const PATIENCE: Duration = Duration::from_secs(2);

/// The connections, opened when they are needed and dropped when they fail.
pub(super) struct Pool {
    link: Arc<Link>,
    connections: Mutex<HashMap<Option<Address>, MultiplexedConnection>>,
}

impl Pool {
    pub(super) fn new(link: Arc<Link>) -> Self {
        Self { link, connections: Mutex::default() }
    }

    fn connections(&self) -> MutexGuard<'_, HashMap<Option<Address>, MultiplexedConnection>> {
        self.connections.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sends commands to the server that has this key, and returns their answers.
    ///
    /// # Errors
    /// If the server cannot be reached, or refuses one of the commands.
    pub(super) async fn run(&self, key: &str, commands: &Pipeline) -> Result<Vec<Value>, AdapterError> {
        let server = self.link.server_of(key);
        let kept = self.connections().get(&server).cloned();
        let mut connection = match kept {
            Some(connection) => connection,
            None => {
                let opened = self.link.open(key, Some(PATIENCE)).await?;
                self.connections().insert(server.clone(), opened.clone());
                opened
            }
        };
        commands.query_async::<Vec<Value>>(&mut connection).await.map_err(|error| {
            self.connections().remove(&server);
            self.link.look_again();
            AdapterError::Other(error.to_string())
        })
    }

    /// Closes the connections.
    pub(super) fn close(&self) {
        self.connections().clear();
    }
}
