//! Disconnecting sockets: `disconnect`, `disconnect_with`, `close`, on this node and on the others.

use super::inner::LastEvent;
use super::{Event, Socket, Target, acks};
use crate::adapter::remote::Action;
use crate::packet::{Packet, Written, forward};

impl Socket {
    /// Disconnects the client from this namespace; its other namespaces go on. The client reads "io server disconnect".
    ///
    /// In a handler of this socket it takes effect when the handler has ended: what the handler sends and returns still reaches the client,
    /// except through an [`Ack`](crate::Ack) that outlives the handler. Anywhere else, and in `on_connect`, it takes effect at once.
    pub fn disconnect(&self) {
        self.inner().disconnect();
    }

    /// Sends the client a typed event and disconnects it from this namespace: the event says why.
    ///
    /// The two packets follow each other, and [`Overflow::DropNewest`](crate::Overflow::DropNewest) drops neither. Before the CONNECT reply,
    /// as in `on_connect`, the client reads a CONNECT_ERROR instead, with the event's name as `err.data.code`. In a handler of this socket
    /// the event is sent at once, and the socket is disconnected when the handler has ended, behind its acknowledgement. An event that
    /// cannot be written is logged, and the client is disconnected without it.
    ///
    /// ```
    /// use socketio::prelude::*;
    ///
    /// #[derive(Event)]
    /// #[event("banned")]
    /// struct Banned { until: &'static str }
    ///
    /// fn ban(socket: &Socket) {
    ///     // `socket.on("banned", ({ until }) => ...)`, then `disconnect` with "io server disconnect".
    ///     socket.disconnect_with(Banned { until: "tomorrow" });
    /// }
    /// ```
    pub fn disconnect_with(&self, event: impl Event) {
        Target::one(self.inner().clone()).disconnect_with(event);
    }

    /// Disconnects the client from every namespace, then closes its connection. As `socket.disconnect(true)` of Node: what was sent before
    /// is delivered, the client reads "io server disconnect" and does not reconnect by itself. The reason in every namespace is
    /// [`ServerDisconnected`](crate::DisconnectReason::ServerDisconnected). Called by a handler of this client, it takes effect when the
    /// handler has ended and its acknowledgement is sent.
    pub fn close(&self) {
        self.inner().link.close();
    }
}

impl Target {
    /// Disconnects the sockets from the namespace; their other namespaces go on. The socket whose handler calls this leaves when the handler
    /// has ended, as with [`Socket::disconnect`](Socket::disconnect).
    pub fn disconnect(&self) {
        self.publish_disconnect(false);
        self.each(|socket| socket.disconnect());
    }

    /// Sends the sockets a typed event and disconnects them from the namespace; their other namespaces go on. The event and the DISCONNECT
    /// packet follow each other, and [`Overflow::DropNewest`](crate::Overflow::DropNewest) drops neither.
    ///
    /// A socket whose `on_connect` has not ended is refused instead: CONNECT_ERROR with the event's name as `data.code`, without the event's
    /// arguments. The socket whose handler calls this is sent the event at once, and leaves when the handler has ended, behind its
    /// acknowledgement. An event that cannot be written is logged, and the sockets are disconnected without it.
    ///
    /// ```
    /// use socketio::prelude::*;
    ///
    /// #[derive(Event)]
    /// #[event("closed")]
    /// struct Closed(&'static str);
    ///
    /// fn close_room(handle: &socketio::Handle) {
    ///     // `socket.on("closed", (why) => ...)`, then `disconnect` with "io server disconnect".
    ///     handle.of("/chat").to("room:general").disconnect_with(Closed("the room is closed"));
    /// }
    /// ```
    pub fn disconnect_with(&self, event: impl Event) {
        let written = acks::write_event(self.nsp(), None, &event)
            .inspect_err(|error| {
                tracing::error!(namespace = %self.nsp().path, event = event.name(), %error, "event not sent");
            })
            .ok();
        match &written {
            Some(packet) => {
                self.nsp().watched(packet, || self.clone());
                self.publish_disconnect_with(packet);
            }
            None => self.publish_disconnect(false),
        }
        self.disconnect_here(event.name(), written.as_ref());
    }

    /// Closes the connections of the sockets, so that their clients leave every namespace; see [`Socket::close`](Socket::close).
    pub fn close(&self) {
        self.publish_disconnect(true);
        self.each(|socket| socket.link.close());
    }

    /// Carries out an [`Action::DisconnectWith`] of another node.
    pub(crate) fn disconnect_with_packet(&self, packet: &Packet) {
        if let Some(name) = packet.event_name() {
            self.disconnect_here(&name, forward::event(packet, None).as_ref());
        }
    }

    fn disconnect_here(&self, name: &str, packet: Option<&Written>) {
        let last = LastEvent::new(name, packet);
        self.each(|socket| socket.disconnect_with(&last));
    }

    fn publish_disconnect(&self, close: bool) {
        let Some(target) = self.selected() else { return };
        let namespace = self.nsp().path.clone();
        self.nsp().publish(target, |sockets| Action::Disconnect { namespace, sockets, close });
    }

    fn publish_disconnect_with(&self, packet: &Written) {
        let Some(target) = self.selected() else { return };
        self.nsp().publish(target, |to| Action::DisconnectWith { to, packet: Packet::from(packet) });
    }
}
