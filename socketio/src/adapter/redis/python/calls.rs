//! The acknowledgements that this node waits for from servers that do not tell how many sockets they ask.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::stream;
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout_at};

use crate::adapter::cluster::new_uid;
use crate::adapter::{AckFailure, AdapterError, Answer, BoxStream, Reply};
use crate::engine::Id;
use crate::log::warn_rarely;

/// How many requests may be open at once.
const OPEN: usize = 10_000;

/// How many acknowledgements of one request wait to be read at most.
const UNREAD: usize = 65_536;

type Answers = BoxStream<'static, Result<Answer, AdapterError>>;

/// The open requests of this node.
#[derive(Default)]
pub(super) struct Calls(Mutex<HashMap<Arc<str>, mpsc::Sender<Reply>>>);

/// Ends a request when its stream is dropped.
struct Open {
    calls: Arc<Calls>,
    request: Arc<str>,
    replies: mpsc::Receiver<Reply>,
    /// The only socket that is asked, if it is one.
    socket: Option<Id>,
    until: Instant,
    over: bool,
}

impl Drop for Open {
    fn drop(&mut self) {
        self.calls.open().remove(&self.request);
    }
}

impl Open {
    /// The next answer. A single socket has one; other requests end at the deadline, because it is not known how many sockets there are.
    async fn next(mut self) -> Option<(Result<Answer, AdapterError>, Self)> {
        if self.over {
            return None;
        }
        let reply = timeout_at(self.until, self.replies.recv()).await.ok().flatten();
        self.over = self.socket.is_some() || reply.is_none();
        let answer = match (reply, self.socket) {
            (Some(reply), socket) => Ok(Answer::Acknowledged { socket, reply: Ok(reply) }),
            (None, Some(id)) => Ok(Answer::Acknowledged { socket: Some(id), reply: Err(AckFailure::Timeout) }),
            (None, None) => Err(AdapterError::NoAnswer("python".to_owned())),
        };
        Some((answer, self))
    }
}

impl Calls {
    fn open(&self) -> MutexGuard<'_, HashMap<Arc<str>, mpsc::Sender<Reply>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Opens a request, which ends when its stream is dropped.
    ///
    /// # Errors
    /// Too many requests are open.
    pub(super) fn begin(
        self: &Arc<Self>,
        socket: Option<Id>,
        timeout: Duration,
    ) -> Result<(Arc<str>, Answers), AdapterError> {
        let request = new_uid();
        // The channel takes memory only for what waits in it.
        let (sender, replies) = mpsc::channel(UNREAD);
        {
            let mut open = self.open();
            if open.len() >= OPEN {
                return Err(AdapterError::Full);
            }
            open.insert(request.clone(), sender);
        }
        let now = Instant::now();
        // A timeout that overflows the clock becomes one year.
        let until = now.checked_add(timeout).unwrap_or_else(|| now + Duration::from_secs(31_536_000));
        let open = Open { calls: self.clone(), request: request.clone(), replies, socket, until, over: false };
        Ok((request, Box::pin(stream::unfold(open, Open::next))))
    }

    /// Takes the acknowledgement of a socket. Those that nobody waits for are ignored.
    pub(super) fn answer(&self, request: &str, reply: Reply) {
        let Some(sender) = self.open().get(request).cloned() else { return };
        if sender.try_send(reply).is_err() {
            warn_rarely!(limit = UNREAD, "acknowledgements are not read: one is dropped");
        }
    }
}
