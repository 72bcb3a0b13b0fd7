//! Clients of 0.7 to 0.9. Their packets are handled here; what is sent to them is written by `packet::v1`. These clients are in `/` without
//! a CONNECT, like those of 1.0 to 2.5, and leaving `/` ends their connection.
//!
//! `send(text)` arrives as the event `message`, `json.send(value)` as `json`. An id without `+` is acknowledged before
//! the handler runs. A packet that cannot be read is ignored, as the Node server 0.9 does.

use super::Client;
use crate::engine::{CloseReason, Priority};
use crate::namespace::Arguments;
use crate::packet::socket;
use crate::packet::v1::{self, Kind, Packet};
use crate::packet::{Frame, Message, Payload, Text};
use crate::socket::DisconnectReason;

impl Client {
    /// Handles one packet.
    pub(super) fn packet_v1(&mut self, text: &Text) {
        // The engine has checked that it is a packet.
        let Some(packet) = v1::parse(text, self.reader.limits()) else { return };
        match packet.kind {
            // The connection is about to be closed.
            Kind::Connect | Kind::Message | Kind::Json | Kind::Event if self.draining => {}
            Kind::Connect => self.connect_v1(&packet),
            Kind::Disconnect if packet.endpoint.is_empty() => self.memberships.leave_all(DisconnectReason::ClientLeft),
            Kind::Disconnect => drop(self.memberships.leave_path(packet.namespace())),
            Kind::Message => self.event_v1(&packet, Some(v1::message(packet.data))),
            Kind::Json => self.event_v1(&packet, v1::json(packet.data)),
            Kind::Event => self.event_v1(&packet, v1::event(packet.data, self.reader.limits())),
            Kind::Ack => self.acknowledged_v1(&packet, text),
            Kind::Error => self.error_v1(&packet),
            // Handled by the engine.
            Kind::Heartbeat | Kind::Noop => {}
        }
    }

    fn connect_v1(&mut self, packet: &Packet<'_>) {
        let path = packet.namespace();
        // No namespace has such a path, because Socket.IO 5 could not write it in a packet.
        if !path.starts_with('/') || path.contains(',') {
            self.send_v1(v1::unauthorized(packet.endpoint));
        } else {
            let namespace = match packet.data.strip_prefix('?') {
                Some(query) => format!("{path}?{query}"),
                None => path.to_owned(),
            };
            if let Err(error) = self.connect_v3(&namespace) {
                tracing::debug!(%error, "packet ignored");
            }
        }
        if self.memberships.get(path).is_none() {
            // These clients send events before CONNECT is answered. The events for a refused namespace are ignored.
            self.memberships.remember(path.into());
        }
    }

    fn event_v1(&mut self, packet: &Packet<'_>, event: Option<v1::Event>) {
        let Some(event) = event else { return tracing::debug!("an event that cannot be read is ignored") };
        if self.memberships.get(packet.namespace()).is_none() {
            return self.not_connected_v1(packet);
        }
        if let Some(id) = packet.id.filter(|_| !packet.answer) {
            self.send_v1(v1::receipt(packet.endpoint, id));
        }
        if let Some(membership) = self.memberships.get(packet.namespace()) {
            let arguments = Arguments::event(Payload::new(Text::from(event.array), 0));
            membership.instance.event(&event.name, &arguments, packet.id.filter(|_| packet.answer));
        }
    }

    /// An error of the client concerns the middlewares only.
    fn error_v1(&mut self, packet: &Packet<'_>) {
        if self.registry.middlewares().is_some()
            && let Some(membership) = self.memberships.get(packet.namespace())
        {
            let error = packet.translated(
                socket::Kind::ConnectError,
                None,
                Payload::new(Text::from(v1::error(packet.data)), 0),
            );
            // Nothing else would be done with it.
            let _ = membership.instance.admits("error", &error);
        }
    }

    /// An event for a namespace that the client is not in. The published clients answer this error by reconnecting and joining all
    /// their namespaces again. If the server has refused or closed the namespace, the event is ignored, because the client would
    /// reconnect for ever.
    fn not_connected_v1(&self, packet: &Packet<'_>) {
        let path = packet.namespace();
        if packet.endpoint.is_empty() || self.memberships.was_closed(path) {
            return tracing::debug!(namespace = path, "event ignored: the server has closed the namespace");
        }
        tracing::debug!(namespace = path, "event refused: the client is not in the namespace");
        self.send_v1(v1::not_handshaken(packet.endpoint));
    }

    fn acknowledged_v1(&mut self, packet: &Packet<'_>, text: &Text) {
        let Some(membership) = self.memberships.get(packet.namespace()) else { return };
        // The ids of these clients are one higher than the server's.
        let Some((id, array)) = v1::ack(packet.data).and_then(|(id, array)| Some((id.checked_sub(1)?, array))) else {
            return tracing::debug!("an acknowledgement that cannot be read is ignored");
        };
        let reply = match array {
            // The data is at the end of the packet.
            Some(at) => Payload::new(text.compact(), text.len() - packet.data.len() + at),
            None => Payload::new(Text::from("[]"), 0),
        };
        if self.registry.middlewares().is_some() {
            let seen = packet.translated(socket::Kind::Ack, Some(id), reply.clone());
            if !membership.instance.admits("ack", &seen) {
                return;
            }
        }
        membership.socket.inner().acknowledge(id, reply);
    }

    /// Closes the connection of a client that is not in `/` any more, because a handler has disconnected it or `on_connect` has refused it.
    pub(super) fn close_without_root_v1(&mut self) {
        if self.memberships.get("/").is_none() {
            self.link.engine.close_with(CloseReason::ForcedClose);
        }
    }

    /// Sends a packet that exists only in this protocol.
    fn send_v1(&self, packet: Vec<u8>) {
        // The engine drops the packet if the connection is closing.
        let _ = self.link.engine.push(Message::One(Frame::text(packet)), Priority::Reply);
    }
}
