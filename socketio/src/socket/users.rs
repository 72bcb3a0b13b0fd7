//! Users: the user of a socket, and the users of a target.

use std::collections::BTreeSet;
use std::fmt;

use super::{Socket, Target};
use crate::adapter::{Recipient as _, Rooms};
use crate::log::warn_rarely;

impl Socket {
    /// Sets the user that the socket belongs to, by an id of the program's choice such as a number, an e-mail address or a nickname.
    /// Several sockets may belong to one user: tabs and devices. Usually called in `on_connect`, after every check that may refuse the
    /// client.
    ///
    /// It makes [`Target::users`], [`Target::presence`] and [`Server::on_presence`](crate::Server::on_presence) work, and it makes handlers
    /// with `#[event(once)]` recognise a user after a reconnect, which changes the socket id. It does not authenticate: pass an id that a
    /// login has proved, not one that the client has sent.
    ///
    /// A second call replaces the user. An id of more than [`Server::max_room_name`](crate::Server::max_room_name) bytes is not stored, and
    /// logged with the code `user_too_long`.
    ///
    /// ```
    /// use socketio::prelude::*;
    ///
    /// #[derive(serde::Deserialize)]
    /// struct Login { token: String }
    ///
    /// struct Chat;
    ///
    /// #[namespace("/chat")]
    /// impl Chat {
    ///     fn on_connect(socket: &Socket, login: Login) -> Result<Self, Refuse> {
    ///         let user = user_of(&login.token).ok_or(Refuse::new("login", "log in first"))?;
    ///         socket.identify(user);
    ///         Ok(Chat)
    ///     }
    /// }
    ///
    /// fn user_of(token: &str) -> Option<u64> {
    ///     token.strip_prefix("secret-").and_then(|id| id.parse().ok())
    /// }
    /// ```
    pub fn identify(&self, user: impl fmt::Display) {
        // Formatted before any lock is taken, because `Display` may be user code.
        let user = user.to_string();
        let nsp = &self.inner().nsp;
        let limit = nsp.shared.settings.rooms.name_bytes;
        if user.len() > limit {
            let (namespace, socket) = (&nsp.path, self.id());
            return warn_rarely!(%namespace, %socket, code = "user_too_long", limit, "user not stored: its id is too long");
        }
        nsp.members.identify(self.id(), user.into());
        nsp.report();
    }

    /// The user that the socket belongs to; `None` before [`identify`](Self::identify).
    pub fn user(&self) -> Option<String> {
        self.inner().user().map(|user| user.to_string())
    }
}

impl Target {
    /// The users that the sockets belong to, each once, in the order of their ids. A socket counts from [`Socket::identify`] until it has
    /// left, `on_connect` and `on_disconnect` included, as for [`Server::on_presence`](crate::Server::on_presence). It takes
    /// time in proportion to the sockets.
    ///
    /// With an adapter the users of other nodes count too, as these nodes have reported them: with a delay of 50 ms and the way, and for
    /// those of a node that is dead until the adapter notices it. [`except`](Self::except) and the sender's own exclusion concern the
    /// sockets of this process only; after [`local`](Self::local) only these count.
    pub fn users(&self) -> Vec<String> {
        let mut users = BTreeSet::new();
        self.each(|socket| users.extend(socket.user()));
        if let Some(target) = self.selected().filter(|target| !target.local) {
            self.nsp().members.each_remote_user(&target.rooms, |user| {
                users.insert(user.clone());
            });
        }
        users.iter().map(|user| user.to_string()).collect()
    }

    /// The users who have a socket in a room, or in any of several: `handle.of("/chat").presence("lobby")`. The same as `to(room).users()`.
    ///
    /// ```
    /// use socketio::Handle;
    ///
    /// fn is_alone(handle: &Handle, user: &str) -> bool {
    ///     handle.of("/chat").presence("lobby") == [user]
    /// }
    /// ```
    pub fn presence(&self, rooms: impl Rooms) -> Vec<String> {
        self.clone().to(rooms).users()
    }
}
