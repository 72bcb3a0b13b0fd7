//! The users of a namespace: those of this process, counted by socket, and those of other nodes, as these report them.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::super::presence::{Change, Presence, Report};
use super::{Local, State};
use crate::adapter::{Recipient, Room};
use crate::engine::Id;

impl<M: Recipient> Local<M> {
    /// Whether users are counted: somebody learns of them, and there has been one.
    pub(crate) fn counts_users(&self) -> bool {
        self.counts_users.load(Ordering::Relaxed)
    }

    /// The counts of users, which are made here; `None` if nobody learns of them.
    fn counted<'s>(&self, state: &'s mut State<M>) -> Option<&'s mut Presence> {
        if state.presence.is_none() && self.watch.is_anybody() {
            state.presence = Some(Box::new(Presence::new(self.watch)));
            // Under the lock, so that a thread which counts a user sees it afterwards.
            self.counts_users.store(true, Ordering::Relaxed);
        }
        state.presence.as_deref_mut()
    }

    /// Says to which user a member belongs. The user that it replaces loses this member in all of its rooms.
    pub(crate) fn identify(&self, id: Id, user: Arc<str>) {
        let before = self.write(|state| {
            self.counted(state);
            let member = state.members.get(&id).filter(|member| !member.leaving)?;
            let before = member.recipient.set_user(user.clone());
            if let Some(presence) = &mut state.presence
                && before.as_ref() != Some(&user)
            {
                let rooms = member.rooms.iter().flat_map(|rooms| rooms.keys().map(Some));
                for room in std::iter::once(None).chain(rooms) {
                    if let Some(before) = &before {
                        presence.leave(room, before);
                    }
                    presence.enter(room, &user);
                }
            }
            before
        });
        drop(before);
    }

    /// The next change of a user to report to the program; see [`Presence::next`].
    pub(crate) fn next_change(&self, first: bool) -> Option<Change> {
        self.write(|state| state.presence.as_mut()?.next(first))
    }

    /// Whether a report to the other nodes is to be sent, which [`take_report`](Self::take_report) makes, and nobody is about to send it.
    pub(crate) fn begins_report(&self) -> bool {
        self.write(|state| state.presence.as_mut().is_some_and(|presence| presence.begins_report()))
    }

    /// The report to the other nodes. `None`: there is nothing to report any more.
    pub(crate) fn take_report(&self) -> Option<Report> {
        self.write(|state| state.presence.as_mut()?.take_report())
    }

    /// The next report has all users of this node.
    pub(crate) fn report_all(&self) {
        self.write(|state| {
            if let Some(presence) = &mut state.presence {
                presence.report_all();
            }
        });
    }

    /// The report that was taken could not be sent.
    pub(crate) fn report_failed(&self) {
        self.write(|state| {
            if let Some(presence) = &mut state.presence {
                presence.report_failed();
            }
        });
    }

    /// Applies the report of another node.
    pub(crate) fn apply_report(&self, node: &Arc<str>, report: Report) {
        self.write(|state| {
            if let Some(presence) = self.counted(state) {
                presence.apply(node, report);
            }
        });
    }

    /// The users of a node are absent from now on.
    pub(crate) fn forget_node(&self, node: &str) {
        self.write(|state| {
            if let Some(presence) = &mut state.presence {
                presence.forget(node);
            }
        });
    }

    /// Calls `each` for the users that other nodes have in any of these rooms; in the namespace, if the list is empty.
    pub(crate) fn each_remote_user(&self, rooms: &[Room], mut each: impl FnMut(&Arc<str>)) {
        if !self.counts_users() {
            return;
        }
        self.read(|state| {
            let Some(presence) = &state.presence else { return };
            if rooms.is_empty() {
                presence.remote_users(None).for_each(&mut each);
            }
            rooms.iter().for_each(|room| presence.remote_users(Some(room)).for_each(&mut each));
        });
    }
}
