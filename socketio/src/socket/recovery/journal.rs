//! Numbers the events of one namespace and delivers them in the order of their numbers.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::Sessions;
use crate::adapter::{Adapter, Local, Log, Target};
use crate::engine::Id;
use crate::packet::{Outgoing, Written};
use crate::socket::Inner;

/// The log of one namespace, or the last position in the log of the adapter.
///
/// Its lock is held while an event is delivered: a client that has received an event has received all before it. It is taken before
/// `Inner::held` and the locks of the members and outboxes.
pub(crate) struct Journal {
    /// A part of each offset that distinguishes this log from others, such as that of another process before a restart.
    epoch: Id,
    /// The adapter, if it keeps the log.
    adapter: Option<Arc<dyn Adapter>>,
    state: Mutex<State>,
}

pub(super) struct State {
    pub(super) log: Log,
    /// The offset of the last event that the adapter has delivered.
    last: Option<Arc<str>>,
}

impl Journal {
    pub(crate) fn new(sessions: &Sessions) -> Self {
        let state = State { log: Log::new(sessions.options().log()), last: None };
        // Without random numbers no socket gets an id, so that the offsets do not matter.
        let epoch = Id::random().unwrap_or(Id::UNKNOWN);
        Self { epoch, adapter: sessions.adapter().cloned(), state: Mutex::new(state) }
    }

    /// The adapter that keeps the log and hands back what it is given to publish; `None` if the log is here.
    pub(crate) fn adapter(&self) -> Option<&Arc<dyn Adapter>> {
        self.adapter.as_ref()
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The number of an event in this log; `None` if the offset is not one of this log.
    pub(super) fn number(&self, offset: &str) -> Option<u64> {
        offset.strip_prefix(self.epoch.hint())?.strip_prefix('.')?.parse().ok()
    }

    fn offset(&self, number: u64) -> String {
        format!("{}.{number}", self.epoch.hint())
    }

    /// The offset up to which every event of the namespace is delivered. `None`: the adapter has not told one yet.
    pub(super) fn position(&self, state: &State, path: &Arc<str>) -> Option<Arc<str>> {
        match &self.adapter {
            None => Some(self.offset(state.log.last()).into()),
            Some(adapter) => state.last.clone().or_else(|| adapter.position(path)),
        }
    }

    /// Delivers an event of this process, or of another node with an adapter that keeps no log, to members of this process. It enters the
    /// log, unless it is volatile.
    #[inline(never)]
    pub(crate) fn record(
        &self,
        members: &Local<Inner>,
        to: &Target,
        packet: &Written,
        mut deliver: impl FnMut(&Arc<Inner>, &Outgoing<'_>),
    ) {
        self.append(to, packet, |number, packet| {
            members.each(to, |member| {
                member.note_sent(number);
                deliver(member, packet);
            });
        });
    }

    /// The same for one member, which need not be looked up.
    #[inline(never)]
    pub(crate) fn record_one(&self, member: &Inner, volatile: bool, packet: &Written) {
        let to = Target { volatile, ..member.own_room() };
        self.append(&to, packet, |number, packet| {
            member.note_sent(number);
            member.receive(packet, volatile);
        });
    }

    fn append(&self, to: &Target, packet: &Written, deliver: impl FnOnce(Option<u64>, &Outgoing<'_>)) {
        let mut state = self.lock();
        if to.volatile || self.adapter.is_some() {
            // Without an offset of their own. They carry the last one, because official clients take any string in its place for an offset.
            let offset = match &self.adapter {
                None => Some(self.offset(state.log.last()).into()),
                Some(_) => state.last.clone(),
            };
            let packet = offset.as_deref().map_or(Outgoing::new(packet), |offset: &str| Outgoing::at(packet, offset));
            return deliver(None, &packet);
        }
        let number = state.log.last() + 1;
        let offset = self.offset(number);
        let packet = Outgoing::at(packet, &offset);
        state.log.append(to, packet.with_offset().clone());
        deliver(Some(number), &packet);
    }

    /// Delivers an event from the log of the adapter to members of this process.
    #[inline(never)]
    pub(crate) fn deliver_logged(&self, members: &Local<Inner>, to: &Target, packet: &Written, offset: Arc<str>) {
        let mut state = self.lock();
        let packet = Outgoing::at(packet, &offset);
        members.each(to, |member| {
            if !member.has_caught(&offset, &packet) {
                member.receive(&packet, to.volatile);
            }
        });
        state.last = Some(offset);
    }
}
