//! Reports what has changed in a namespace since the last report: rooms to the adapter, and users to the program and to the other nodes.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use super::Nsp;
use super::presence::PresenceChange;
use crate::adapter::{Action, Change, PresenceChanged, PresenceReport, Report, Room};
use crate::error::panic_text;

/// The time between two reports of users to the other nodes, for each namespace, at least.
const INTERVAL: Duration = Duration::from_millis(50);

impl Nsp {
    /// Reports changes of rooms and users. To be called after each change of members and rooms, without a lock.
    pub(crate) fn report(self: &Arc<Self>) {
        self.report_rooms();
        if self.members.counts_users() {
            self.report_users();
        }
    }

    fn report_users(self: &Arc<Self>) {
        self.report_to_program();
        if let Some((_, runtime)) = &self.shared.node
            && self.members.begins_report()
        {
            // The namespace stays until its last report is sent.
            runtime.spawn(self.clone().report_to_nodes());
        }
    }

    fn report_to_program(&self) {
        let Some(report) = &self.shared.on_presence else { return };
        let mut next = self.members.next_change(true);
        while let Some(Change { room, user, present }) = next {
            let change = PresenceChange { namespace: self.path.clone(), room: room.map(Room::from), user, present };
            if let Err(panic) = catch_unwind(AssertUnwindSafe(|| report(&change))) {
                let text = panic_text(&*panic);
                tracing::error!(namespace = %self.path, text, "the function given to `Server::on_presence` panicked");
            }
            next = self.members.next_change(false);
        }
    }

    async fn report_to_nodes(self: Arc<Self>) {
        let (Some((node, _)), Some(adapter)) = (&self.shared.node, &self.shared.adapter) else { return };
        loop {
            tokio::time::sleep(INTERVAL).await;
            let Some(Report { all, changes }) = self.members.take_report() else { return };
            let changed =
                |Change { room, user, present }| PresenceChanged { room: room.map(Room::from), user, present };
            let changes = changes.into_iter().map(changed).collect();
            let report = presence(node.clone(), self.path.clone(), all, changes);
            if let Err(error) = adapter.publish(report) {
                tracing::debug!(namespace = %self.path, %error, "the other nodes do not learn of users yet");
                return self.members.report_failed();
            }
        }
    }

    /// Asks the other nodes for their users, because this node has not had the namespace before. The question is a report of all users,
    /// without users.
    pub(crate) fn ask_for_users(&self) {
        if let (Some((node, _)), Some(adapter)) = (&self.shared.node, &self.shared.adapter) {
            // Without the other nodes, each user of theirs is known with its next change.
            let _ = adapter.publish(presence(node.clone(), self.path.clone(), true, Vec::new()));
        }
    }

    /// Applies what another node reports of its users.
    pub(crate) fn apply_presence(self: &Arc<Self>, report: PresenceReport) {
        let PresenceReport { node, all, changes, .. } = report;
        if self.shared.node.as_ref().is_some_and(|(own, _)| *own == node) {
            return;
        }
        // A node that has begun to count asks for the users of the others by a report without users.
        if all && changes.is_empty() {
            self.members.report_all();
        }
        let room = |room: Room| Arc::from(&*room);
        let change = |PresenceChanged { room: at, user, present }| Change { room: at.map(room), user, present };
        self.members.apply_report(&node, Report { all, changes: changes.into_iter().map(change).collect() });
        self.report();
    }

    /// Tells all users of this node again, because another node has joined the cluster.
    pub(crate) fn node_joined(self: &Arc<Self>) {
        if self.members.counts_users() {
            self.members.report_all();
            self.report();
        }
    }

    /// The users of another node are absent from now on.
    pub(crate) fn node_left(self: &Arc<Self>, node: &str) {
        if self.members.counts_users() {
            self.members.forget_node(node);
            self.report();
        }
    }
}

fn presence(node: Arc<str>, namespace: Arc<str>, all: bool, changes: Vec<PresenceChanged>) -> Action {
    Action::Presence(PresenceReport { node, namespace, all, changes })
}
