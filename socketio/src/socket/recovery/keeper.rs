//! Hands sessions to an adapter that keeps them, while their clients are connected: so they outlive a process that is killed.

use std::sync::{Arc, Weak};
use std::time::Duration;

use futures_util::FutureExt as _;
use tokio::sync::Notify;
use tokio::time::{Instant, sleep};

use super::member::Member;
use crate::socket::Inner;

/// Changes of the rooms and of the data within this time are handed over together. The first change after a quiet second waits 1 ms,
/// because the process may be killed; the time doubles while changes go on, so that many of them cost one write per second.
const SHORTEST: Duration = Duration::from_millis(1);
const LONGEST: Duration = Duration::from_secs(1);

impl Inner {
    /// The client has its secret: the adapter keeps the session from now on.
    pub(in crate::socket) fn keep_session(self: &Arc<Self>) {
        let (Some(member), Some(sessions)) = (&self.recovery, &self.nsp.shared.recovery) else { return };
        let Some(changed) = &member.changed else { return };
        self.save(member);
        if member.recovered {
            // Again after a second, the longest time: the node of the lost socket may have ended the session meanwhile, which has the same secret.
            changed.notify_one();
        }
        let first = if member.recovered { LONGEST } else { SHORTEST };
        let task = keep(Arc::downgrade(self), changed.clone(), sessions.max_disconnection() / 2, first);
        member.set_keeper(self.link.runtime.spawn(task).abort_handle());
    }

    fn save(&self, member: &Member) {
        let adapter = self.nsp.shared.recovery.as_ref().and_then(|sessions| sessions.adapter());
        if let (Some(adapter), Some(saved)) = (adapter, self.saved(member)) {
            member.unless_released(|| adapter.persist(saved));
        }
    }
}

/// Keeps the session of one socket until the task is aborted: soon after each change, and before its time to live is over.
async fn keep(socket: Weak<Inner>, changed: Arc<Notify>, refresh: Duration, first: Duration) {
    let (mut pause, mut saved) = (first, Instant::now());
    loop {
        tokio::select! {
            () = changed.notified() => {
                if saved.elapsed() > LONGEST {
                    pause = SHORTEST;
                }
                sleep(pause.min(refresh)).await;
                pause = (pause * 2).min(LONGEST);
            }
            () = sleep(refresh) => {}
        }
        saved = Instant::now();
        // What has changed until now is saved now.
        let _ = changed.notified().now_or_never();
        let Some(socket) = socket.upgrade() else { return };
        if let Some(member) = &socket.recovery {
            socket.save(member);
        }
    }
}
