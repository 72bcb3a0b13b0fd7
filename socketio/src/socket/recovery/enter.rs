//! Builds the socket of a client that enters a namespace: a new one, or the one that it has lost.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::timeout;

use super::asked::{Asked, start_of, with_start};
use super::journal::Journal;
use super::member::Member;
use super::sessions::{Claim, Kept};
use crate::adapter::remote::{Action, Missed, Saved, Selection};
use crate::adapter::{Adapter, BoxFuture, Membership, Room};
use crate::engine::{CloseReason, Id};
use crate::log::warn_rarely;
use crate::packet::{Generation, Message, Outgoing, forward};
use crate::socket::{DisconnectReason, Entry, Inner, Link, Nsp};

/// How long a client waits, past the grace of its handlers, until its lost socket has left.
const PATIENCE: Duration = Duration::from_secs(1);

/// A client that enters a namespace.
pub(crate) struct Entering {
    pub(crate) nsp: Arc<Nsp>,
    pub(crate) link: Arc<Link>,
    pub(crate) captures: Box<[(Box<str>, Box<str>)]>,
    pub(crate) entry: Entry,
}

/// The socket of a client, now or when its session was found.
pub(crate) enum Enter {
    Now(Arc<Inner>),
    Later(BoxFuture<'static, Result<Entered, getrandom::Error>>),
}

/// A socket that is in its namespace and not in the hands of a connection yet. It leaves if this is dropped.
pub(crate) struct Entered(Option<Arc<Inner>>);

impl Entered {
    /// The socket, for a connection that makes it leave.
    pub(crate) fn into_inner(mut self) -> Option<Arc<Inner>> {
        self.0.take()
    }
}

impl Drop for Entered {
    fn drop(&mut self) {
        if let Some(socket) = self.0.take() {
            socket.note_leaving(DisconnectReason::Connection(CloseReason::TransportClose));
            socket.leave();
        }
    }
}

impl Entering {
    pub(crate) fn enter(self, asked: Option<Asked>) -> Result<Enter, getrandom::Error> {
        let (Some(sessions), Some(journal)) = (&self.nsp.shared.recovery, &self.nsp.journal) else {
            return self.plain().map(Enter::Now);
        };
        if self.link.generation != Generation::V4 {
            return self.plain().map(Enter::Now);
        }
        let Some(asked) = asked else { return self.begin().map(Enter::Now) };
        let claim = sessions.claim(&asked.secret, &self.nsp.path, &self.link);
        if journal.adapter().is_some() {
            return Ok(Enter::Later(Box::pin(self.restore(asked, claim))));
        }
        match claim {
            Claim::Nothing => self.begin().map(Enter::Now),
            Claim::Kept(kept) => self.resume_or_begin(kept, asked.offset.as_deref()).map(Enter::Now),
            Claim::Leaving(_) => Ok(Enter::Later(Box::pin(async move {
                match self.inherit(claim).await {
                    Some(kept) => self.resume_or_begin(kept, asked.offset.as_deref()),
                    None => self.begin(),
                }
                .map(|socket| Entered(Some(socket)))
            }))),
        }
    }

    /// A socket without recovery.
    fn plain(self) -> Result<Arc<Inner>, getrandom::Error> {
        let id = Id::random()?;
        Ok(reported(self.build(id, None)))
    }

    fn build(self, id: Id, recovery: Option<Member>) -> Arc<Inner> {
        Inner::new(id, self.nsp, self.link, self.captures, self.entry, recovery.map(Box::new))
    }

    /// A new session.
    fn begin(self) -> Result<Arc<Inner>, getrandom::Error> {
        let (id, secret) = (Id::random()?, Id::random()?);
        let nsp = self.nsp.clone();
        let (Some(sessions), Some(journal)) = (&nsp.shared.recovery, &nsp.journal) else {
            return Ok(reported(self.build(id, None)));
        };
        // Under the lock of the journal, so that an event is either before the session or sent to the socket.
        let log = journal.lock();
        let secret: Arc<str> = match journal.adapter() {
            None => secret.as_str().into(),
            Some(_) => with_start(secret, journal.position(&log, &nsp.path).as_deref()),
        };
        let last = log.log.last();
        let member = Member::new(secret.clone(), false, last, last, journal.adapter().is_some());
        let socket = self.build(id, Some(member));
        drop(log);
        sessions.begin(&secret, &socket);
        Ok(reported(socket))
    }

    /// Waits until the lost socket has left. `None` if there is no session.
    async fn inherit(&self, claim: Claim) -> Option<Box<Kept>> {
        match claim {
            Claim::Nothing => None,
            Claim::Kept(kept) => Some(kept),
            Claim::Leaving(left) => {
                let patience = self.nsp.shared.settings.disconnect_grace + PATIENCE;
                match timeout(patience, left).await {
                    Ok(kept) => kept.ok(),
                    Err(_) => {
                        warn_rarely!(namespace = %self.nsp.path, "a session was not recovered: its handlers have not ended");
                        None
                    }
                }
            }
        }
    }

    fn resume_or_begin(self, kept: Box<Kept>, offset: Option<&str>) -> Result<Arc<Inner>, getrandom::Error> {
        match self.resume(kept, offset) {
            Ok(socket) => Ok(socket),
            Err(entering) => entering.begin(),
        }
    }

    /// The session that was kept, if the log has what the client has missed.
    fn resume(self, kept: Box<Kept>, offset: Option<&str>) -> Result<Arc<Inner>, Self> {
        let nsp = self.nsp.clone();
        let (Some(sessions), Some(journal)) = (&nsp.shared.recovery, &nsp.journal) else { return Err(self) };
        let kept = *kept;
        let log = journal.lock();
        // Without an offset, or with one of another session, the client has received nothing in this one.
        let received = offset.and_then(|offset| journal.number(offset)).filter(|number| *number <= log.log.last());
        let received = received.unwrap_or(0).max(kept.start);
        // If it has received everything that was sent to it, what the log had then need not be there any more.
        let from = if received >= kept.sent { received.max(kept.ended) } else { received };
        let missed = log.log.since(from, &Membership { id: kept.id, rooms: &kept.rooms });
        let Some(missed) = missed.filter(|missed| self.has_room(missed.iter().map(|(_, message)| message))) else {
            drop(log);
            warn_rarely!(namespace = %nsp.path, "a session was not recovered: too much was missed");
            return Err(self);
        };
        let sent = missed.last().map_or(kept.sent, |(number, _)| *number);
        let member = Member::new(kept.secret.clone(), true, kept.start, sent, false);
        {
            let mut state = member.lock();
            state.replay = missed.into_iter().map(|(_, message)| message).collect();
            state.joined.clone_from(&kept.rooms);
        }
        let socket = self.build(kept.id, Some(member));
        for room in kept.rooms.into_keys() {
            // It was in it before, so that the limits allow it, and the socket is new.
            let _ = nsp.members.join(kept.id, room);
        }
        drop(log);
        socket.grants(|grants| *grants = kept.grants);
        socket.link.session.restore(kept.values);
        socket.values.restore(&kept.data);
        sessions.begin(&kept.secret, &socket);
        Ok(reported(socket))
    }

    /// Whether the outbox of the new connection can take the events and the CONNECT reply.
    fn has_room<'m>(&self, missed: impl Iterator<Item = &'m Message>) -> bool {
        const REPLY: (usize, usize) = (1, 512);
        let (packets, bytes) = missed.fold(REPLY, |(packets, bytes), message| {
            (packets + message.frames().len(), bytes.saturating_add(message.size()))
        });
        self.link.engine.has_room(packets, bytes)
    }

    /// The session that the adapter has kept, or a new one.
    async fn restore(self, asked: Asked, claim: Claim) -> Result<Entered, getrandom::Error> {
        // Grants and values, if the session was lost on this node.
        let kept = self.inherit(claim).await;
        let offset = asked.offset.as_deref().or_else(|| start_of(&asked.secret));
        let adapter = self.nsp.journal.as_ref().and_then(Journal::adapter).cloned();
        if let (Some(adapter), Some(offset)) = (adapter, offset)
            && let Some(saved) = adapter.restore(&self.nsp.path, &asked.secret, offset).await
            && let Some(entered) = self.catch_up(&adapter, saved, kept, offset).await
        {
            return Ok(entered);
        }
        self.begin().map(|socket| Entered(Some(socket)))
    }

    /// Joins the rooms of a session of the adapter, and looks up what its client has missed. `None` if that cannot be found.
    async fn catch_up(
        &self,
        adapter: &Arc<dyn Adapter>,
        saved: Saved,
        kept: Option<Box<Kept>>,
        offset: &str,
    ) -> Option<Entered> {
        let (nsp, sessions, journal) = (&self.nsp, self.nsp.shared.recovery.as_ref()?, self.nsp.journal.as_ref()?);
        if nsp.members.member(saved.id).is_some() {
            warn_rarely!(namespace = %nsp.path, "a session was not recovered: its socket has not left");
            return None;
        }
        // The socket may be on another node, which has not noticed that its connection is lost.
        let own = Selection { rooms: vec![Room::from(saved.id)], ..Selection::default() };
        let end = Action::Disconnect { namespace: nsp.path.clone(), sockets: own, close: false };
        if let Err(error) = adapter.publish(end) {
            tracing::warn!(namespace = %nsp.path, %error, "the lost socket of a recovered session is not ended");
        }
        let member = Member::new(saved.secret.clone(), true, 0, 0, true);
        member.begin_catching();
        let copy = Self {
            nsp: nsp.clone(),
            link: self.link.clone(),
            captures: self.captures.clone(),
            entry: self.entry.clone(),
        };
        let socket = reported(copy.build(saved.id, Some(member)));
        socket.values.restore(&saved.data);
        sessions.begin(&saved.secret, &socket);
        let entered = Entered(Some(socket.clone()));
        for room in saved.rooms.iter().filter(|room| ***room != *saved.id.as_str()) {
            // It was in it before.
            let _ = socket.join(room.clone());
        }
        if let Some(kept) = kept {
            let kept = *kept;
            socket.grants(|grants| *grants = kept.grants);
            socket.link.session.restore(kept.values);
        }
        let missed = adapter.missed(&nsp.path, offset, &saved.rooms).await.map(with_offsets);
        let Some(missed) = missed.filter(|missed| self.has_room(missed.iter().map(|(_, message)| message))) else {
            warn_rarely!(namespace = %nsp.path, "a session was not recovered: too much was missed");
            return None;
        };
        let log = journal.lock();
        let caught = socket.recovery.as_ref().is_some_and(|member| member.end_catching(missed));
        drop(log);
        if caught { Some(entered) } else { None }
    }
}

/// A socket that has entered its namespace, when no lock is held.
fn reported(socket: Arc<Inner>) -> Arc<Inner> {
    socket.nsp.report();
    socket
}

/// Missed events as their clients read them.
fn with_offsets(missed: Vec<Missed>) -> Vec<(Arc<str>, Message)> {
    let event = |missed: Missed| {
        let packet = forward::event(&missed.packet, None)?;
        let message = Outgoing::at(&packet, &missed.offset).with_offset().clone();
        Some((missed.offset, message))
    };
    missed.into_iter().filter_map(event).collect()
}
