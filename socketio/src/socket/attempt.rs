//! `try_send`: sends an event and returns the number of recipients, or `NoSocket` if there are none.

use std::fmt;
use std::sync::Arc;

use super::{Event, Inner, SocketId, Target, acks};
use crate::packet::Outgoing;

/// No connected socket has the requested id, or a target has no sockets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoSocket(Option<SocketId>);

impl NoSocket {
    /// No socket has this id.
    pub(crate) fn with_id(id: SocketId) -> Self {
        Self(Some(id))
    }

    /// The id of the requested socket; `None` if a selection of sockets was requested.
    ///
    /// ```
    /// use socketio::prelude::*;
    ///
    /// #[derive(Event)]
    /// struct News(&'static str);
    ///
    /// let empty = Server::empty().handle().of("/news").to("room").try_send(News("rain"));
    /// assert_eq!(empty.unwrap_err().id(), None);
    /// ```
    #[must_use]
    pub fn id(&self) -> Option<SocketId> {
        self.0
    }
}

impl fmt::Display for NoSocket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(id) => write!(f, "no socket {}", id.as_str()),
            None => f.write_str("nobody is there"),
        }
    }
}

impl std::error::Error for NoSocket {}

impl From<NoSocket> for crate::Error {
    fn from(error: NoSocket) -> Self {
        Self::new("no_socket", error.to_string())
    }
}

impl Target {
    /// Sends a typed event, as [`send`](Self::send), and returns the number of sockets of this process that it was sent to.
    ///
    /// With an adapter (`Server::adapter`) the event goes to the other nodes as well, whose sockets are not counted: then `Ok(0)` means
    /// that this process has no recipient and other nodes may have some; [`fetch_count`](Self::fetch_count) counts those too.
    ///
    /// ```
    /// use socketio::prelude::*;
    ///
    /// #[derive(Event)]
    /// struct Question(String);
    ///
    /// #[derive(Default)]
    /// struct Support;
    ///
    /// #[namespace("/support")]
    /// impl Support {
    ///     /// Answered with the error `no_socket` if there is nobody to answer.
    ///     fn on_ask(&self, socket: &Socket, text: String) -> Result<usize, Error> {
    ///         Ok(socket.to("staff").try_send(Question(text))?)
    ///     }
    /// }
    /// ```
    ///
    /// # Errors
    /// [`NoSocket`]: the target has no sockets in this process, and the event was not published to other nodes; or the event cannot be
    /// written, which is logged.
    pub fn try_send(&self, event: impl Event) -> Result<usize, NoSocket> {
        let nobody = NoSocket(self.socket_id());
        let written = acks::write_event(self.nsp(), None, &event).map_err(|error| {
            tracing::error!(namespace = %self.nsp().path, event = event.name(), %error, "event not sent");
            nobody
        })?;
        self.nsp().watched(&written, || self.clone());
        let (volatile, mut reached) = (self.is_volatile(), 0);
        let deliver = |socket: &Arc<Inner>, packet: &Outgoing<'_>| {
            if !socket.is_closed() {
                reached += 1;
                socket.receive(packet, volatile);
            }
        };
        let published = match self.selected() {
            Some(target) => self.nsp().spread(target, &written, deliver),
            None => {
                self.each(|socket| {
                    if !socket.is_closed() {
                        reached += 1;
                        socket.send_unwatched(written.clone(), volatile);
                    }
                });
                false
            }
        };
        if reached > 0 || published { Ok(reached) } else { Err(nobody) }
    }
}
