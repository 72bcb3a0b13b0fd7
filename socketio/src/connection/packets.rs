//! What each packet of a client does: CONNECT, DISCONNECT, EVENT and ACK.

use std::fmt;
use std::sync::Arc;
use std::task::{Context as Task, Poll, ready};

use super::Client;
use super::joining::Joining;
use super::memberships::Membership;
use crate::namespace::{Arguments, Mounted, Resolved};
use crate::packet::socket::event::event_name;
use crate::packet::write::{self, RefusalData};
use crate::packet::{Generation, Kind, Packet, PacketError, Payload, Text};
use crate::socket::{Asked, Enter, Entered, Entering, Entry, Inner, Socket};

/// The message of the Node server for a namespace that does not exist; it has no data there.
const INVALID_NAMESPACE: Refused = ("Invalid namespace", RefusalData::None);
const TOO_MANY_NAMESPACES: Refused = ("Too many namespaces", RefusalData::Code(r#"{"code":"too_many_namespaces"}"#));
const AUTH_TOO_LARGE: Refused = ("Auth payload too large", RefusalData::Code(r#"{"code":"auth_too_large"}"#));
const NO_ID: Refused = ("internal error", RefusalData::Code(r#"{"code":"internal"}"#));

/// The message and the data of a CONNECT_ERROR.
type Refused = (&'static str, RefusalData<'static>);

/// How a client breaks the protocol. Each error closes the connection with the reason "parse error".
#[derive(Debug)]
pub(super) enum ClientError {
    /// A packet that cannot be read.
    Packet(PacketError),
    /// A packet for a namespace that the client has not connected to.
    NotConnected,
    /// A second CONNECT to the same namespace.
    AlreadyConnected,
    /// A CONNECT_ERROR, which only servers send.
    UnexpectedType,
}

impl fmt::Display for ClientError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Packet(error) => error.fmt(f),
            Self::NotConnected => f.write_str("packet for a namespace that is not connected"),
            Self::AlreadyConnected => f.write_str("second CONNECT to one namespace"),
            Self::UnexpectedType => f.write_str("CONNECT_ERROR from a client"),
        }
    }
}

impl From<PacketError> for ClientError {
    fn from(error: PacketError) -> Self {
        Self::Packet(error)
    }
}

impl Client {
    /// Handles one packet.
    pub(super) fn packet(&mut self, packet: Packet) -> Result<(), ClientError> {
        let path = packet.namespace();
        match packet.kind() {
            // The connection is about to be closed.
            Kind::Connect | Kind::Event | Kind::BinaryEvent if self.draining => Ok(()),
            Kind::Connect if self.link.generation == Generation::V3 => self.connect_v3(path),
            Kind::Connect => self.enter(path, Arguments::connect(packet.payload().kept())),
            Kind::Disconnect if self.memberships.leave_path(path) || self.memberships.was_closed(path) => Ok(()),
            Kind::Disconnect if self.joining.remove(path) => Ok(()),
            Kind::Event | Kind::BinaryEvent => {
                let Some(membership) = self.memberships.get(path) else { return self.not_connected(path) };
                let id = packet.id();
                let arguments = Arguments::event(packet.into_payload());
                // An EVENT without a payload is ignored, as by the Node server.
                if arguments.json().is_empty() {
                    return Ok(());
                }
                let name = event_name(arguments.json(), self.reader.limits())?;
                membership.instance.event(&name, &arguments, id);
                Ok(())
            }
            Kind::Ack | Kind::BinaryAck => {
                let Some(membership) = self.memberships.get(path) else { return self.not_connected(path) };
                if let Some(id) = packet.id()
                    && (self.registry.middlewares().is_none() || membership.instance.admits("ack", &packet))
                {
                    membership.socket.inner().acknowledge(id, packet.into_payload().into_kept());
                }
                Ok(())
            }
            Kind::Disconnect => self.not_connected(path),
            Kind::ConnectError => Err(ClientError::UnexpectedType),
        }
    }

    /// A packet for a namespace that the client is not in: ignored if the server has closed the namespace, because the packet may have been on
    /// its way; an error otherwise.
    fn not_connected(&self, path: &str) -> Result<(), ClientError> {
        if self.memberships.was_closed(path) { Ok(()) } else { Err(ClientError::NotConnected) }
    }

    /// A CONNECT of Socket.IO 5.
    fn enter(&mut self, path: &str, auth: Arguments) -> Result<(), ClientError> {
        // The client may enter a namespace again that the server has just closed.
        self.run_commands();
        if self.memberships.get(path).is_some() || self.joining.contains(path) {
            return Err(ClientError::AlreadyConnected);
        }
        self.connect(path, auth, None)
    }

    /// Connects the client to a namespace that it is not in, or answers with a CONNECT_ERROR.
    pub(super) fn connect(&mut self, path: &str, auth: Arguments, query: Option<Arc<str>>) -> Result<(), ClientError> {
        if self.memberships.len() + self.joining.len() >= self.registry.shared().settings.max_namespaces {
            return self.refuse(path, TOO_MANY_NAMESPACES);
        }
        if auth.json().len() > self.registry.shared().settings.max_auth {
            return self.refuse(path, AUTH_TOO_LARGE);
        }
        let Some(resolved) = self.registry.resolve(path) else { return self.refuse(path, INVALID_NAMESPACE) };
        let (auth, asked) = self.asked(auth);
        let json = auth.json();
        let entry = Entry { query, auth: (!json.is_empty()).then(|| json.into()) };
        let Resolved { namespace, nsp, captures } = resolved;
        let path = nsp.path.clone();
        match (Entering { nsp, link: self.link.clone(), captures, entry }).enter(asked) {
            Ok(Enter::Now(socket)) => self.joined(&*namespace, socket, auth),
            Ok(Enter::Later(socket)) => {
                // The task runs again, and polls it.
                self.link.engine.wake();
                self.joining.push(Joining { path, namespace, auth: auth.kept(), socket });
            }
            Err(error) => self.refuse_without_id(&path, &error),
        }
        Ok(())
    }

    /// Takes the secret of a lost session out of the payload of a CONNECT.
    fn asked(&self, auth: Arguments) -> (Arguments, Option<Asked>) {
        let recovers = self.registry.shared().recovery.is_some() && self.link.generation == Generation::V4;
        match recovers.then(|| Asked::strip(auth.json())).flatten() {
            Some((asked, rest)) => (Arguments::connect(Payload::new(Text::from(rest), 0)), Some(asked)),
            None => (auth, None),
        }
    }

    fn joined(&mut self, namespace: &dyn Mounted, socket: Arc<Inner>, auth: Arguments) {
        let socket = Socket::new(socket);
        let instance = namespace.connect(socket.clone(), auth, self.registry.middlewares().cloned());
        self.memberships.enter(Membership { socket, instance });
    }

    /// Gives the client the sockets that were found. Ready when none is looked for.
    pub(super) fn poll_joining(&mut self, task: &mut Task<'_>) -> Poll<()> {
        while let Some((joining, found)) = ready!(self.joining.poll_next(task)) {
            match found.map(Entered::into_inner) {
                Ok(Some(socket)) => self.joined(&*joining.namespace, socket, joining.auth),
                // There is one until it is taken out.
                Ok(None) => {}
                Err(error) => self.refuse_without_id(&joining.path, &error),
            }
        }
        Poll::Ready(())
    }

    /// Answers a CONNECT for which the system has given no random id.
    fn refuse_without_id(&self, path: &str, error: &getrandom::Error) {
        tracing::error!(%error, "no random socket id");
        // Does not fail.
        let _ = self.refuse(path, NO_ID);
    }

    fn refuse(&self, path: &str, (message, data): Refused) -> Result<(), ClientError> {
        tracing::debug!(namespace = path, message, ?data, "CONNECT refused");
        self.link.answer(write::connect_error(path, message, data));
        Ok(())
    }
}
