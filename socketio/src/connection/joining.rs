//! CONNECT packets of clients that come back to a session: their socket is found first, which may take a while.

use std::sync::Arc;
use std::task::{Context as Task, Poll};

use crate::adapter::BoxFuture;
use crate::namespace::{Arguments, Mounted};
use crate::socket::Entered;

type Found = Result<Entered, getrandom::Error>;

/// A CONNECT whose socket is looked for.
pub(super) struct Joining {
    pub(super) path: Arc<str>,
    pub(super) namespace: Arc<dyn Mounted>,
    pub(super) auth: Arguments,
    pub(super) socket: BoxFuture<'static, Found>,
}

/// The CONNECTs of one client whose sockets are looked for.
#[derive(Default)]
pub(super) struct Joinings(Vec<Joining>);

impl Joinings {
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn push(&mut self, joining: Joining) {
        self.0.push(joining);
    }

    pub(super) fn contains(&self, path: &str) -> bool {
        self.0.iter().any(|joining| *joining.path == *path)
    }

    /// The client has left a namespace before its socket was found. False if none was looked for.
    pub(super) fn remove(&mut self, path: &str) -> bool {
        let before = self.0.len();
        self.0.retain(|joining| *joining.path != *path);
        self.0.len() < before
    }

    /// The next CONNECT whose socket was found. Ready with `None` when no socket is looked for.
    pub(super) fn poll_next(&mut self, task: &mut Task<'_>) -> Poll<Option<(Joining, Found)>> {
        for at in 0..self.0.len() {
            if let Poll::Ready(found) = self.0[at].socket.as_mut().poll(task) {
                return Poll::Ready(Some((self.0.swap_remove(at), found)));
            }
        }
        if self.0.is_empty() { Poll::Ready(None) } else { Poll::Pending }
    }
}
