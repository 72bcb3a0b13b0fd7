//! `Socket::expires_at`: disconnects a socket at a time, such as the expiry of its token, and notifies the client before.

use std::sync::{Arc, Weak};
use std::time::{Duration, SystemTime};

use tokio::time::{Instant, sleep_until};

use super::{Event, Inner, Socket, Target};
use crate::packet::{EventWriter, WriteError};

const EXPIRING: &str = "auth_expiring";

/// The event that is sent right before the disconnect.
struct Expired;

impl Event for Expired {
    type Ack = ();

    fn name(&self) -> &str {
        "auth_expired"
    }

    fn write(&self, _: &mut EventWriter<'_>) -> Result<(), WriteError> {
        Ok(())
    }
}

impl Socket {
    /// Disconnects the client from this namespace at a time, such as the expiry of its token (the `exp` of a JWT). `None` cancels it.
    ///
    /// [`Server::expiry_notice`](crate::Server::expiry_notice) before it (default one minute) the client receives the event `auth_expiring`
    /// with the milliseconds that are left; at once, if the time is nearer than that. At the time it receives the event `auth_expired` and is
    /// disconnected, as by [`disconnect_with`](Self::disconnect_with). A time that is past expires at once: in `on_connect` that is a
    /// refusal with the code `auth_expired`.
    ///
    /// Every call replaces the time of the call before, so that a handler that takes a fresh token extends it. The system's clock is read
    /// when this is called; setting that clock later does not move the time. A socket that does not use this has no timer.
    ///
    /// ```
    /// use std::time::{Duration, SystemTime};
    /// use socketio::prelude::*;
    ///
    /// /// Checks a token, and tells until when it is valid.
    /// fn verify(token: &str) -> Result<SystemTime, Refuse> {
    ///     let valid = token == "xyzzy";
    ///     valid.then(|| SystemTime::now() + Duration::from_secs(3600)).ok_or(Refuse::new("bad_token", "log in first"))
    /// }
    ///
    /// #[derive(serde::Deserialize)]
    /// struct Login { token: String }
    ///
    /// struct Chat;
    ///
    /// #[namespace("/chat")]
    /// impl Chat {
    ///     fn on_connect(socket: &Socket, login: Login) -> Result<Self, Refuse> {
    ///         socket.expires_at(verify(&login.token)?);
    ///         Ok(Chat)
    ///     }
    ///
    ///     /// `socket.on("auth_expiring", async () => socket.emit("renew", await freshToken()))`
    ///     fn on_renew(&self, socket: &Socket, token: String) -> Result<(), Error> {
    ///         socket.expires_at(verify(&token)?);
    ///         Ok(())
    ///     }
    /// }
    /// ```
    pub fn expires_at(&self, at: impl Into<Option<SystemTime>>) {
        let inner = self.inner();
        let Some(at) = at.into() else { return inner.set_expiry(None) };
        let left = at.duration_since(SystemTime::now()).unwrap_or_default();
        if left.is_zero() {
            inner.set_expiry(None);
            return expire(inner);
        }
        // A time that overflows the clock has no timer.
        let timer = Instant::now().checked_add(left).map(|at| {
            let notice = inner.nsp.shared.settings.expiry_notice.min(left);
            inner.link.runtime.spawn(watch(Arc::downgrade(inner), at, notice)).abort_handle()
        });
        inner.set_expiry(timer);
    }
}

/// Sends `auth_expiring` at the time `notice` before `at`, and disconnects the socket at `at`.
async fn watch(socket: Weak<Inner>, at: Instant, notice: Duration) {
    if !notice.is_zero() {
        sleep_until(at - notice).await;
        let Some(inner) = socket.upgrade() else { return };
        let left = at.saturating_duration_since(Instant::now());
        // Whole milliseconds, as `setTimeout` takes them; a timer may be late by part of one.
        Socket::new(inner).emit(EXPIRING, u64::try_from(left.as_micros().div_ceil(1000)).unwrap_or(u64::MAX));
    }
    sleep_until(at).await;
    if let Some(inner) = socket.upgrade() {
        expire(&inner);
    }
}

fn expire(socket: &Arc<Inner>) {
    tracing::debug!(namespace = %socket.nsp.path, socket = %socket.id, "the authentication of a socket has expired");
    Target::one(socket.clone()).disconnect_with(Expired);
}
