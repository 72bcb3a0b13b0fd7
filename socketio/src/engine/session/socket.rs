//! `Socket`: the handle to one session, usable from any thread. The session itself is in `session`.

use std::{fmt, net::SocketAddr, sync::Arc};

use bytes::Bytes;

use crate::engine::error::{CloseReason, SendError};
use crate::engine::options::choices::Transport;
use crate::engine::request::Request;
use crate::engine::session::outbox::Priority;
use crate::engine::session::state::SessionState;
use crate::packet::websocket::CloseStatus;
use crate::packet::{Frame, Generation, Message};

/// A handle to one session: sends to its client, closes it, tells what is known about it. Cheap to clone.
#[derive(Clone)]
pub struct Socket(pub(crate) Arc<SessionState>);

impl Socket {
    /// The session's id: 20 characters. It is secret, because requests with this id are those of the client.
    #[must_use]
    pub fn id(&self) -> &str {
        self.0.id.as_str()
    }

    /// Sends a text message. To a client of 0.7 to 0.9, `text` is a whole packet of its protocol, such as `3:::hello`.
    ///
    /// # Errors
    /// [`SendError::Closed`] when the session is over; when too much waits for the client, [`SendError::Full`] or, with
    /// [`Overflow::DropNewest`](crate::engine::Overflow::DropNewest), [`SendError::Dropped`].
    pub fn send_text(&self, text: &str) -> Result<(), SendError> {
        self.0.push(Message::One(self.0.protocol.message(text)), Priority::Event)
    }

    /// Sends a binary message, which clients of 0.7 to 0.9 cannot read: they must be sent none.
    ///
    /// # Errors
    /// [`SendError::Closed`] when the session is over; when too much waits for the client, [`SendError::Full`] or, with
    /// [`Overflow::DropNewest`](crate::engine::Overflow::DropNewest), [`SendError::Dropped`].
    pub fn send_binary(&self, data: Bytes) -> Result<(), SendError> {
        self.0.push(Message::One(Frame::binary(data)), Priority::Event)
    }

    /// Sends ready-made frames. A volatile message is dropped when it would
    /// have to wait: over the outbox's bounds, when the last write to the WebSocket could not be completed, or when no
    /// polling request is held.
    pub(crate) fn push(&self, message: Message, priority: Priority) -> Result<(), SendError> {
        self.0.push(message, priority)
    }

    /// Closes the session after what has been sent so far has been delivered, as
    /// [`ForcedClose`](CloseReason::ForcedClose). Does nothing if it is over already.
    pub fn close(&self) {
        self.0.close(CloseReason::ForcedClose);
    }

    /// Closes the session as [`close`](Self::close) does. A client on a WebSocket of RFC 6455 reads the status in the close frame;
    /// no other transport can carry one.
    ///
    /// ```
    /// use socketio::engine::{CloseStatus, Socket};
    ///
    /// fn expire(socket: &Socket) {
    ///     if let Some(status) = CloseStatus::new(4001, "the token has expired") {
    ///         socket.close_with_status(status);
    ///     }
    /// }
    /// ```
    pub fn close_with_status(&self, status: CloseStatus) {
        self.0.close_with_status(status);
    }

    /// Closes the session for another reason. The first reason stays.
    pub(crate) fn close_with(&self, reason: CloseReason) {
        self.0.close(reason);
    }

    /// Makes the session's task run, so that [`Session::poll`](crate::engine::Session::poll) is called.
    pub(crate) fn wake(&self) {
        self.0.wake();
    }

    /// Whether the session is over, or about to be.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.0.is_closed()
    }

    /// The transport that carries the session now.
    #[must_use]
    pub fn transport(&self) -> Transport {
        self.0.transport()
    }

    /// The version of the protocol that the client speaks: 4, 3 for Engine.IO 2 and 3, which are the same, 1 for 0.7 to 0.9.
    #[must_use]
    pub fn protocol(&self) -> u8 {
        self.generation().protocol()
    }

    /// The same, for those who translate.
    pub(crate) fn generation(&self) -> Generation {
        self.0.protocol.generation
    }

    /// What a client of 0.7 to 0.9 gets in place of binary values.
    #[cfg(feature = "legacy")]
    pub(crate) fn legacy_binary(&self) -> crate::packet::v1::LegacyBinary {
        if self.0.protocol.base64 {
            crate::packet::v1::LegacyBinary::Base64
        } else {
            crate::packet::v1::LegacyBinary::Refuse
        }
    }

    /// The request that opened the session.
    #[must_use]
    pub fn request(&self) -> &Arc<Request> {
        &self.0.request
    }

    /// The address of the client's end of the connection that opened the session, if it is known.
    #[must_use]
    pub fn remote_addr(&self) -> Option<SocketAddr> {
        self.0.request.remote_addr()
    }

    /// How many packets and bytes wait to be sent. What the operating system has taken is not counted.
    #[must_use]
    pub fn buffered(&self) -> (usize, usize) {
        self.0.buffered()
    }

    /// Whether the outbox can take so many more packets and bytes.
    pub(crate) fn has_room(&self, packets: usize, bytes: usize) -> bool {
        self.0.has_room(packets, bytes)
    }

    /// Waits until the outbox is at most half full, or the session is over.
    pub async fn ready(&self) {
        self.0.ready().await;
    }
}

impl fmt::Debug for Socket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Socket").field(&self.0.id).finish()
    }
}

impl PartialEq for Socket {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for Socket {}
