//! Sets of sockets: selecting them, sending to them, and changing their rooms.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;

use super::acks::{self, Acks};
use super::{Event, FromAck, Inner, Nsp, Socket, SocketId};
use crate::adapter::Reply;
use crate::adapter::{self, Room, Rooms};
use crate::packet::{Packet, WriteError, Written, forward};

/// Some sockets of one namespace: a value that can be refined, stored and used as often as needed.
///
/// Refining methods take and return the value: `socket.to("lobby").except("muted").volatile().send(..)`. A socket in several of the named
/// rooms is reached once. Emitting never blocks and never waits, and an empty room is not an error. An event that cannot be written (see
/// [`WriteError`](crate::WriteError)) is not sent: `send` and `emit` log the error, [`try_emit`](Self::try_emit) returns it.
///
/// ```
/// use std::time::Duration;
/// use socketio::prelude::*;
///
/// #[derive(Default)]
/// struct Quiz;
///
/// #[namespace("/quiz")]
/// impl Quiz {
///     fn on_join(&self, socket: &Socket, team: String) -> Result<(), Error> {
///         socket.try_join(format!("team:{team}"))?;
///         socket.to(format!("team:{team}")).except("muted").emit("joined", socket.id());
///         Ok(())
///     }
///
///     /// Asks a whole team: one answer for each client, as they come.
///     async fn on_vote(&self, socket: &Socket, team: String) -> usize {
///         let team = socket.within(format!("team:{team}")).timeout(Duration::from_secs(30));
///         let mut answers = team.emit_with_ack::<bool>("vote", ());
///         let mut yes = 0;
///         while let Some((_id, answer)) = answers.next().await {
///             yes += usize::from(answer == Ok(true));
///         }
///         yes
///     }
/// }
/// ```
#[derive(Clone)]
pub struct Target {
    nsp: Arc<Nsp>,
    scope: Scope,
    timeout: Option<Duration>,
}

#[derive(Clone)]
enum Scope {
    /// One socket, which needs no look-up, and whether messages to it are volatile.
    One(Arc<Inner>, bool),
    /// The sockets that a selection matches.
    Many(adapter::Target),
}

impl Target {
    pub(crate) fn many(nsp: Arc<Nsp>, target: adapter::Target) -> Self {
        Self { nsp, scope: Scope::Many(target), timeout: None }
    }

    pub(super) fn one(socket: Arc<Inner>) -> Self {
        Self { nsp: socket.nsp.clone(), scope: Scope::One(socket, false), timeout: None }
    }

    fn refine(mut self, refine: impl FnOnce(&mut adapter::Target)) -> Self {
        if let Scope::One(socket, volatile) = &self.scope {
            let target = adapter::Target { volatile: *volatile, ..socket.others() };
            self.scope = Scope::Many(target);
        }
        if let Scope::Many(target) = &mut self.scope {
            refine(target);
        }
        self
    }

    /// Adds the members of a room, or of several.
    #[must_use]
    pub fn to(self, rooms: impl Rooms) -> Self {
        self.refine(|target| rooms.for_each(&mut |room| target.rooms.push(room)))
    }

    /// Adds the members of a room, or of several, and the sender itself if it is one of them.
    #[must_use]
    pub fn within(self, rooms: impl Rooms) -> Self {
        self.to(rooms).refine(|target| target.skip = None)
    }

    /// Leaves out the members of a room, or of several.
    #[must_use]
    pub fn except(self, rooms: impl Rooms) -> Self {
        self.refine(|target| rooms.for_each(&mut |room| target.except.push(room)))
    }

    /// Only sockets of this process. Without an adapter (`Server::adapter`) this changes nothing.
    #[must_use]
    pub fn local(mut self) -> Self {
        if let Scope::Many(target) = &mut self.scope {
            target.local = true;
        }
        self
    }

    /// The message may be lost: it is dropped for a client whose connection cannot take more at the moment.
    #[must_use]
    pub fn volatile(mut self) -> Self {
        match &mut self.scope {
            Scope::One(_, volatile) => *volatile = true,
            Scope::Many(target) => target.volatile = true,
        }
        self
    }

    /// Whether the message may be compressed. A hint, as in the Node server: no transport compresses yet, so it changes nothing.
    #[must_use]
    pub fn compress(self, _compress: bool) -> Self {
        self
    }

    /// How long [`call`](Self::call) and [`emit_with_ack`](Self::emit_with_ack) wait instead of `Server::ack_timeout`, and how long
    /// [`fetch_sockets`](Self::fetch_sockets), [`fetch_count`](Self::fetch_count) and
    /// [`server_side_emit_with_ack`](Self::server_side_emit_with_ack) wait for other nodes instead of the adapter's own limit.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// Sends a typed event.
    pub fn send(&self, event: impl Event) {
        match acks::write_event(&self.nsp, None, &event) {
            Ok(message) => self.deliver(message),
            Err(error) => tracing::error!(namespace = %self.nsp.path, event = event.name(), %error, "event not sent"),
        }
    }

    /// Sends an event by name. A tuple is several arguments, `()` none, anything else one.
    pub fn emit(&self, event: &str, args: impl Serialize) {
        if let Err(error) = self.try_emit(event, args) {
            tracing::error!(namespace = %self.nsp.path, event, %error, "event not sent");
        }
    }

    /// Sends an event by name, as [`emit`](Self::emit) does, and returns the error that `emit` logs.
    ///
    /// `Ok` means that the event was written and handed to the connections, not that a client has received it.
    ///
    /// # Errors
    /// [`WriteError`]: the value cannot be written as JSON, the name is reserved, or there are more attachments than
    /// `Server::max_sent_attachments`. Nothing was sent.
    pub fn try_emit(&self, event: &str, args: impl Serialize) -> Result<(), WriteError> {
        self.deliver(acks::write_named(&self.nsp, None, event, &args)?);
        Ok(())
    }

    /// Sends a typed event and returns the clients' acknowledgements, one result per client.
    pub fn call<E: Event>(&self, event: E) -> Acks<E::Ack> {
        self.ask(event.name(), |id| acks::write_event(&self.nsp, Some(id), &event))
    }

    /// Sends an event by name and returns the clients' acknowledgements, one result per client.
    ///
    /// `R` is what a client answers with: a tuple for several arguments, `()` for none, else the first.
    pub fn emit_with_ack<R: FromAck>(&self, event: &str, args: impl Serialize) -> Acks<R> {
        self.ask(event, |id| acks::write_named(&self.nsp, Some(id), event, &args))
    }

    fn ask<R: FromAck>(&self, event: &str, write: impl FnOnce(u64) -> Result<Written, WriteError>) -> Acks<R> {
        let id = self.nsp.next_ack_id();
        let message = match write(id) {
            Ok(message) => message,
            Err(error) => {
                tracing::error!(namespace = %self.nsp.path, event, %error, "event not sent");
                return Acks::none();
            }
        };
        self.nsp.watched(&message, || self.clone());
        let remote = self.selected().and_then(|target| self.nsp.ask_packet(target, &message, self.patience()));
        Acks::ask(id, &self.sockets(), &message, self.patience()).with_remote(remote)
    }

    /// Makes the sockets join a room, or several. A refused room is logged; see [`Socket::join`].
    pub fn join(&self, rooms: impl Rooms) {
        let all = adapter::listed(rooms);
        self.publish_rooms(&all, true);
        self.each(|socket| {
            for room in &all {
                // The refusal is logged.
                let _ = socket.join(room.clone());
            }
        });
    }

    /// Makes the sockets leave a room, or several.
    pub fn leave(&self, rooms: impl Rooms) {
        let all = adapter::listed(rooms);
        self.publish_rooms(&all, false);
        self.each(|socket| all.iter().for_each(|room| socket.leave_room(room)));
    }

    /// The sockets that are connected now.
    pub fn sockets(&self) -> Vec<Socket> {
        let mut sockets = Vec::new();
        self.each(|socket| {
            if socket.is_connected() {
                sockets.push(Socket::new(socket.clone()));
            }
        });
        sockets
    }

    /// How many sockets are connected now.
    pub fn count(&self) -> usize {
        let mut count = 0;
        self.each(|socket| count += usize::from(socket.is_connected()));
        count
    }

    /// The path of the namespace, such as `/chat`.
    pub fn path(&self) -> &str {
        &self.nsp.path
    }

    /// The id of the socket, if the target is that one socket and not a selection; what is sent to it needs no look-up.
    pub fn socket_id(&self) -> Option<SocketId> {
        match &self.scope {
            Scope::One(socket, _) => Some(socket.id),
            Scope::Many(_) => None,
        }
    }

    /// The rooms whose members the target selects. Empty for a single socket, and for the whole namespace.
    pub fn rooms(&self) -> &[Room] {
        self.selected().map_or(&[], |target| &target.rooms)
    }

    /// The rooms that the sockets have joined, by name, with the number of these sockets in each; own rooms are left out. Only sockets of this
    /// process count, as with [`sockets`](Self::sockets). It takes time in proportion to the sockets and their rooms.
    ///
    /// ```
    /// use socketio::Handle;
    ///
    /// fn print_rooms(handle: &Handle) {
    ///     for (room, sockets) in handle.of("/chat").room_sizes() {
    ///         println!("{room}: {sockets}");
    ///     }
    /// }
    /// ```
    #[must_use]
    pub fn room_sizes(&self) -> Vec<(Room, usize)> {
        let mut sizes = BTreeMap::new();
        self.each(|socket| {
            for room in socket.nsp.members.rooms(socket.id).into_iter().skip(1) {
                *sizes.entry(room).or_insert(0) += 1;
            }
        });
        sizes.into_iter().collect()
    }

    /// What [`timeout`](Self::timeout) was called with.
    pub(super) fn own_timeout(&self) -> Option<Duration> {
        self.timeout
    }

    fn patience(&self) -> Duration {
        self.timeout.unwrap_or(self.nsp.shared.settings.ack_timeout)
    }

    pub(super) fn deliver(&self, packet: Written) {
        self.nsp.watched(&packet, || self.clone());
        self.deliver_unwatched(packet);
    }

    fn deliver_unwatched(&self, packet: Written) {
        match &self.scope {
            Scope::One(socket, volatile) => socket.send_unwatched(packet, *volatile),
            Scope::Many(target) => {
                // `publish_packet` logs its errors.
                let _ = self.nsp.spread(target, &packet, |member, packet| member.receive(packet, target.volatile));
            }
        }
    }

    pub(super) fn nsp(&self) -> &Arc<Nsp> {
        &self.nsp
    }

    /// The selection; `None` if the target is a single socket of this process.
    pub(super) fn selected(&self) -> Option<&adapter::Target> {
        match &self.scope {
            Scope::One(..) => None,
            Scope::Many(target) => Some(target),
        }
    }

    pub(super) fn is_volatile(&self) -> bool {
        match &self.scope {
            Scope::One(_, volatile) => *volatile,
            Scope::Many(target) => target.volatile,
        }
    }

    /// Delivers a packet that another node has published, or this one to an adapter that keeps a log, where it is at `offset`. Middlewares are
    /// not called, because those of that node were.
    pub(crate) fn deliver_packet(&self, packet: &Packet, offset: Option<Arc<str>>) {
        let Some(packet) = forward::event(packet, None) else { return };
        match (&self.nsp.journal, &self.scope, offset) {
            (Some(journal), Scope::Many(target), Some(offset)) if journal.adapter().is_some() => {
                journal.deliver_logged(&self.nsp.members, target, &packet, offset);
            }
            _ => self.deliver_unwatched(packet),
        }
    }

    /// Asks for acknowledgements on behalf of another node.
    pub(crate) fn call_packet(self, packet: &Packet, timeout: Duration) -> Acks<Reply> {
        let id = self.nsp.next_ack_id();
        match forward::event(packet, Some(id)) {
            Some(packet) => Acks::ask(id, &self.sockets(), &packet, timeout),
            None => Acks::none(),
        }
    }

    pub(super) fn each(&self, mut each: impl FnMut(&Arc<Inner>)) {
        match &self.scope {
            Scope::One(socket, _) => each(socket),
            Scope::Many(target) => self.nsp.members.each(target, each),
        }
    }
}

impl fmt::Debug for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = f.debug_struct("Target");
        out.field("namespace", &self.nsp.path);
        match &self.scope {
            Scope::One(socket, _) => out.field("socket", &socket.id),
            Scope::Many(target) => out.field("rooms", &target.rooms).field("except", &target.except),
        };
        out.finish()
    }
}
