//! Options that bound what one client, or all clients together, may take.

use std::time::Duration;

use super::Server;
use crate::engine::Overflow;
use crate::socket::Unknown;

impl Server {
    /// How long a client may be connected without joining a namespace. Default 45 s; at least 1 ms, at most a day.
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.settings.connect_timeout = timeout;
        self
    }

    /// The largest message and the largest polling request in bytes, on every transport. Default 1,000,000; at least
    /// 1, at most 1 GiB.
    ///
    /// It also bounds what one polling answer carries, counted before base64: the rest stays in the [`outbox`](Self::outbox)
    /// for the next request. A message that is larger by itself has an answer of its own.
    pub fn max_payload(mut self, bytes: usize) -> Self {
        self.options.max_payload = bytes;
        self
    }

    /// How much may wait to be sent to one client: packets and bytes. Past either, volatile messages are dropped, and for any other
    /// [`overflow`](Self::overflow) decides. Default 16,384 packets and 16 MiB; at least 16 packets and
    /// 64 KiB.
    pub fn outbox(mut self, packets: usize, bytes: usize) -> Self {
        (self.options.outbox_packets, self.options.outbox_bytes) = (packets, bytes);
        self
    }

    /// How much may be sent to a socket before its CONNECT reply, that is while its `on_connect` runs: packets and bytes. It is held, and
    /// goes out behind the reply. Past either, volatile messages are dropped; for any other the CONNECT is refused with `disconnected`, and the
    /// client's other namespaces go on. Default 1,024 packets and 16 MiB; at least 1 packet and 64 KiB. A message that is larger by itself is
    /// held when no other one is.
    ///
    /// ```
    /// use socketio::prelude::*;
    ///
    /// let server = Server::new().max_held(128, 1 << 20);
    /// ```
    pub fn max_held(mut self, packets: usize, bytes: usize) -> Self {
        (self.settings.held_packets, self.settings.held_bytes) = (packets, bytes);
        self
    }

    /// What happens when more waits for a client than [`outbox`](Self::outbox) allows. Default [`Overflow::Close`]: the client is
    /// disconnected with "slow consumer". [`Overflow::DropNewest`] drops the event and keeps the client; an event that asks for an
    /// acknowledgement is dropped too, and its future ends with [`AckError::Timeout`](crate::AckError::Timeout).
    ///
    /// ```
    /// use socketio::Overflow;
    /// use socketio::prelude::*;
    ///
    /// let server = Server::new().outbox(1_000, 1 << 20).overflow(Overflow::DropNewest);
    /// ```
    pub fn overflow(mut self, overflow: Overflow) -> Self {
        self.options.overflow = overflow;
        self
    }

    /// How many connections there may be at once, on all transports. Default 100,000, which take one to two gigabytes when they are
    /// idle; at least 1. Past it a handshake is answered with 503.
    pub fn max_connections(mut self, connections: usize) -> Self {
        self.options.max_sessions = connections;
        self
    }

    /// How many handshakes a second are accepted, of all clients together. Default: any number; at least 1. Past it a handshake is answered
    /// with 503, code 4 `Too many handshakes`, before anything is stored for it, and the official client tries again after a while.
    ///
    /// It is for a server whose connections are expensive to begin (an `on_connect` that asks a database): after a restart, all its clients
    /// reconnect within seconds. After a second without handshakes, that many are accepted at once.
    ///
    /// ```
    /// use socketio::prelude::*;
    ///
    /// let server = Server::new().max_handshakes_per_second(200);
    /// ```
    pub fn max_handshakes_per_second(mut self, handshakes: u32) -> Self {
        self.options.max_handshakes_per_second = Some(handshakes);
        self
    }

    /// How many connections one client address may have at once: an IPv4 address, or an IPv6 network of 64 bits. Past it a
    /// handshake is answered with 429. Default 10,000: one machine cannot take all of [`max_connections`](Self::max_connections), and an office
    /// or a mobile network behind one address, or a proxy that is missing in [`trust_proxies`](Self::trust_proxies), stays below.
    /// At least 1.
    ///
    /// Where this crate accepts the connections, an address that is no trusted proxy may also have twice as many TCP connections that serve
    /// HTTP; past it they are reset. Handshakes whose address is not known, as in another HTTP server that does not pass it on, are not
    /// counted.
    pub fn max_connections_per_address(mut self, connections: usize) -> Self {
        self.options.max_connections_per_address = connections;
        self
    }

    /// How many TCP connections may serve HTTP at once; one that has become a WebSocket counts in
    /// [`max_connections`](Self::max_connections) instead. Default 200,000, two for each session that polls; at least 1. Past it a new
    /// one is reset.
    ///
    /// In force where this crate accepts the connections.
    pub fn max_tcp_connections(mut self, connections: usize) -> Self {
        self.options.max_tcp_connections = connections;
        self
    }

    /// The size in bytes of a request's path, query and headers. Default 16 KiB, as in Node; at least 8 KiB, at most 1 MiB. Past it the
    /// request is answered with 431. In another HTTP server, which reads the headers, a handshake that is larger is refused, because
    /// what a handshake says is kept as long as its session.
    pub fn max_header_size(mut self, bytes: usize) -> Self {
        self.options.max_header_size = bytes;
        self
    }

    /// How long a polling client may take from the handshake to its next request. Past it the session is closed with "ping timeout".
    /// Default 10 s; at least 1 ms, at most a day.
    pub fn handshake_timeout(mut self, timeout: Duration) -> Self {
        self.options.handshake_timeout = timeout;
        self
    }

    /// How many namespaces one client may be in at once. Default 64; at least 1. Past it CONNECT is refused with `too_many_namespaces`.
    pub fn max_namespaces(mut self, namespaces: usize) -> Self {
        self.settings.max_namespaces = namespaces;
        self
    }

    /// How many bytes the `auth` payload of a CONNECT may have, as JSON. Default 64 KiB; 0 allows none. It is kept for as long as the
    /// client is in the namespace ([`Handshake::auth`](crate::Handshake::auth)). Past it CONNECT is refused with `auth_too_large`.
    pub fn max_auth(mut self, bytes: usize) -> Self {
        self.settings.max_auth = bytes;
        self
    }

    /// How many rooms one socket may be in, without that of its own id. Default 1,024; 0 allows none. Past it a room is not joined:
    /// [`Socket::join`](crate::Socket::join) logs `too_many_rooms`, [`Socket::try_join`](crate::Socket::try_join) returns it.
    pub fn max_rooms(mut self, rooms: usize) -> Self {
        self.settings.rooms.rooms = rooms;
        self
    }

    /// How many bytes [`Socket::data`](crate::Socket::data) of one socket may have: names, and values as JSON. Default 64 KiB; at least 1. Past
    /// it a value is not stored: `data_too_large`.
    pub fn max_data(mut self, bytes: usize) -> Self {
        self.settings.max_data = bytes;
        self
    }

    /// How many bytes the name of a room may have, and the id of a user ([`Socket::identify`](crate::Socket::identify)). Default 1,024. A longer room
    /// is not joined: `room_name_too_long`, as with [`max_rooms`](Self::max_rooms). A longer user is not stored.
    pub fn max_room_name(mut self, bytes: usize) -> Self {
        self.settings.rooms.name_bytes = bytes;
        self
    }

    /// How many events of one client may run or wait for their turn, in all of its namespaces. Default 256; 0 is an error at start. Past it
    /// the client is not read, so that TCP makes it wait.
    ///
    /// While the server waits for an acknowledgement of the client, it goes on reading, because the acknowledgement follows the events that
    /// were sent before it. At most this many handlers run even then; further events wait, within [`max_turn_bytes`](Self::max_turn_bytes).
    pub fn max_turns(mut self, turns: usize) -> Self {
        if turns == 0 {
            self.refuse("`Server::max_turns` must be at least 1");
        }
        self.settings.max_turns = turns;
        self
    }

    /// How many bytes the events of one client may take that run or wait for their turn, in all of its namespaces and in those that it has
    /// just left. Default 16 MiB; 0 is an error at start. Past it the client is not read, so that TCP makes it wait. One packet may exceed
    /// the bound.
    ///
    /// Counted are the packets with their attachments, the futures of `async` handlers and 256 bytes for each event. An event counts until
    /// its handler ends, also when the handler has dropped its arguments. Values that a handler builds of its arguments are not counted.
    ///
    /// While the server waits for an acknowledgement of the client, the client is read a quarter further. An acknowledgement that the
    /// client has sent behind still more events is not reached before some of these end: if the handler that waits for it holds them
    /// up, the wait ends with [`AckError::Timeout`](crate::AckError::Timeout). Choose a bound of several times the largest event.
    pub fn max_turn_bytes(mut self, bytes: usize) -> Self {
        if bytes == 0 {
            self.refuse("`Server::max_turn_bytes` must be at least 1");
        }
        self.settings.max_turn_bytes = bytes;
        self
    }

    /// How many attachments a packet from a client may have. Default 10, as in Node; past it the connection is closed with
    /// "parse error".
    pub fn max_attachments(mut self, attachments: usize) -> Self {
        self.settings.max_attachments = attachments;
        self
    }

    /// How many attachments (binary values) an event or acknowledgement to clients may have. Default 10, which is what the parser of the
    /// official client takes: it closes the connection when more are announced. Past it, nothing is sent: `emit` logs the
    /// [`WriteError`](crate::WriteError), `try_emit` returns it, and a handler's acknowledgement becomes the error `internal`.
    ///
    /// A larger number is for clients whose own limit was raised.
    pub fn max_sent_attachments(mut self, attachments: usize) -> Self {
        self.settings.max_sent_attachments = attachments;
        self
    }

    /// How many bytes the attachments of one packet may have together. Default 10,000,000.
    pub fn max_attachment_bytes(mut self, bytes: usize) -> Self {
        self.settings.max_attachment_bytes = bytes;
        self
    }

    /// How long the attachments of a packet may take to arrive. Default 60 s; at least 1 ms, at most a day.
    pub fn attachments_timeout(mut self, timeout: Duration) -> Self {
        self.settings.attachments_timeout = timeout;
        self
    }

    /// How long `call` and `emit_with_ack` wait for the client. Default 10 s; at least 1 ms, at most a day.
    pub fn ack_timeout(mut self, timeout: Duration) -> Self {
        self.settings.ack_timeout = timeout;
        self
    }

    /// How many acknowledgements of one socket may be outstanding. Default 1024; past it `call` fails with
    /// [`AckError::TooMany`](crate::AckError::TooMany).
    pub fn max_pending_acks(mut self, acks: usize) -> Self {
        self.settings.max_pending_acks = acks;
        self
    }

    /// How long the answer of a handler with `#[event(once)]` is kept, counted from the answer. A repeat that comes later is handled again.
    /// Default 10 minutes; at least 1 ms, at most a day. See [`namespace`](macro@crate::namespace).
    pub fn once_window(mut self, window: Duration) -> Self {
        self.settings.once.window = window;
        self
    }

    /// How many events with `#[event(once)]` are kept, in all namespaces together. Default 100,000; at least 1. One user, or one connection
    /// without a user, has at most a sixteenth of them. Past either, the oldest is forgotten, and a repeat of it is handled again. Events
    /// whose handler runs are not counted: [`max_turns`](Self::max_turns) bounds them.
    pub fn once_ids(mut self, ids: usize) -> Self {
        self.settings.once.ids = ids;
        self
    }

    /// How many bytes these events may take: their ids, the answers to them and 256 bytes for each. Default 64 MiB; at least 64 KiB. One user or
    /// connection has at most a sixteenth, or its newest event alone. Past either, the oldest is forgotten. An answer that is larger than all of
    /// it is not kept: a repeat is answered with the error `answer_lost`.
    pub fn once_bytes(mut self, bytes: usize) -> Self {
        self.settings.once.bytes = bytes;
        self
    }

    /// Whether a failed event that asked for no acknowledgement is reported to the client as event `error`. Default `true`.
    pub fn emit_errors(mut self, emit: bool) -> Self {
        self.settings.emit_errors = emit;
        self
    }

    /// What happens to an event for which a namespace has neither a handler nor a `#[fallback]`. Default [`Unknown::Answer`]: the client
    /// reads the error `not_found`. With [`Unknown::Ignore`] an acknowledgement that the client asked for is never sent, as with the Node
    /// server. A namespace that is locked with `#[acl]` answers `forbidden` either way, so that the answer does not tell which events there are.
    ///
    /// ```
    /// use socketio::Unknown;
    /// use socketio::prelude::*;
    ///
    /// let server = Server::new().unknown_events(Unknown::Ignore);
    /// ```
    pub fn unknown_events(mut self, unknown: Unknown) -> Self {
        self.settings.unknown_events = unknown;
        self
    }

    /// How many tasks of one socket ([`Socket::spawn`](crate::Socket::spawn)) may run, and how many of one connection
    /// ([`Session::spawn`](crate::Session::spawn)). Default 1,024 of each; 0 allows none. Past it a task is not started: that is logged,
    /// and [`Task::join`](crate::Task::join) ends with [`TaskError::TooMany`](crate::TaskError::TooMany).
    pub fn max_tasks(mut self, tasks: usize) -> Self {
        self.settings.max_tasks = tasks;
        self
    }

    /// How long before the end of its authentication ([`Socket::expires_at`](crate::Socket::expires_at)) a client is sent the event
    /// `auth_expiring`. Default 1 minute; at most a day. With zero the event is not sent.
    pub fn expiry_notice(mut self, notice: Duration) -> Self {
        self.settings.expiry_notice = notice;
        self
    }

    /// How long the handlers of a client that has left may go on before they are dropped. Default 10 s; at most a day. At a shutdown they
    /// are dropped before its deadline if that is sooner; see [`Handle::shutdown`](crate::Handle::shutdown).
    pub fn disconnect_grace(mut self, grace: Duration) -> Self {
        self.settings.disconnect_grace = grace;
        self
    }
}

#[cfg(test)]
#[path = "limits_tests.rs"]
mod tests;
