//! Upgrades a session from polling to a WebSocket. A task of its own probes the WebSocket; the session is not changed before the client
//! has sent the upgrade packet, so that a failed probe leaves it as it was.

use std::{
    future::poll_fn,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use http::{Response, request::Parts};
use tokio::time::{Instant, Interval, MissedTickBehavior, interval, timeout, timeout_at};
use tracing::Instrument as _;

use crate::engine::http::accept;
use crate::engine::http::body::Body;
use crate::engine::http::context::{span, take_upgrade};
use crate::engine::http::query::Query;
use crate::engine::http::refusal::Refusal;
use crate::engine::options::Options;
use crate::engine::options::choices::Transport;
use crate::engine::protocol::Protocol;
use crate::engine::session::state::SessionState;
use crate::engine::transport::stream::Stream;
use crate::engine::transport::websocket::{Input, WebSocket};
use crate::packet::engine::control;

/// How often the pending GET is answered with a noop while the client prepares its upgrade.
const NOOP_INTERVAL: Duration = Duration::from_millis(100);

/// How long the closing handshake of a failed probe may take.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(2);

/// Bytes of pong frames that may wait while a WebSocket is probed.
const MAX_PONGS: usize = 4 * 1024;

/// Answers a WebSocket request with the id of a session.
pub(crate) fn begin(
    session: Arc<SessionState>,
    options: &Options,
    head: &mut Parts,
    query: &Query,
) -> Result<Response<Body>, Refusal> {
    let response = accept::accept(head)?;
    let upgrade = take_upgrade(head)?;
    if options.upgrades(Transport::Polling).is_empty() {
        return Err(Refusal::BadRequest("upgrades are off"));
    }
    // One deadline for everything up to the client's upgrade packet.
    let deadline = Instant::now() + options.upgrade_timeout;
    let max_payload = options.max_payload;
    let protocol = Protocol { base64: query.base64, ..session.protocol };
    let span = span(&session);
    // A session is upgraded once. A second WebSocket is opened and closed at once, as Node does and the test suite of the protocol
    // expects.
    let attempt = session.begin_upgrade().then(|| Attempt(session));
    let task = async move {
        let upgraded = match timeout_at(deadline, upgrade).await {
            Ok(Ok(upgraded)) => upgraded,
            Ok(Err(error)) => return tracing::debug!(%error, "the connection was not upgraded"),
            Err(_) => return tracing::debug!("the connection was not upgraded in time"),
        };
        let mut websocket = Stream::WebSocket(Box::new(WebSocket::new(upgraded, max_payload, protocol)));
        if let Some(attempt) = attempt {
            let mut probe = Probe { session: &attempt.0, websocket: &mut websocket, ticks: None };
            let outcome = timeout_at(deadline, poll_fn(|cx| probe.poll(cx))).await;
            if outcome == Ok(true) {
                // What the client has sent behind the upgrade packet waits for the task of the session.
                websocket.pause();
                match attempt.0.attach(websocket, Transport::WebSocket) {
                    Ok(()) => return,
                    Err(back) => websocket = back,
                }
            }
            tracing::debug!(timeout = outcome.is_err(), "the probe has failed");
        } else {
            tracing::debug!("the session has a WebSocket already");
        }
        let _ = timeout(CLOSE_TIMEOUT, poll_fn(|cx| websocket.poll_close(cx))).await;
    };
    tokio::spawn(Box::pin(task.instrument(span)));
    Ok(response)
}

/// The one probe of a session. Dropping it allows another, unless the session was upgraded.
struct Attempt(Arc<SessionState>);

impl Drop for Attempt {
    fn drop(&mut self) {
        self.0.abandon_upgrade();
    }
}

/// A WebSocket that is being probed.
struct Probe<'a> {
    session: &'a SessionState,
    websocket: &'a mut Stream,
    /// Ticks from the answer to the client's probe packet on.
    ticks: Option<Interval>,
}

impl Probe<'_> {
    /// `true`: the client has sent the upgrade packet. `false`: the probe has failed.
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<bool> {
        if self.session.poll_ended(cx) {
            return Poll::Ready(false);
        }
        while let Poll::Ready(input) = self.websocket.poll_next(cx) {
            match input {
                Input::Text(text) if control::is_probe(&text) && self.ticks.is_none() => {
                    self.websocket.push(&control::probe_answer());
                    let mut ticks = interval(NOOP_INTERVAL);
                    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
                    self.ticks = Some(ticks);
                }
                Input::Text(text) if control::is_upgrade(&text) && self.ticks.is_some() => return Poll::Ready(true),
                // A client that sends pings and does not read fails, so that pongs do not pile up.
                Input::Control if self.websocket.waiting() < MAX_PONGS => {}
                Input::Control if matches!(self.websocket.poll_flush(cx), Poll::Ready(Ok(()))) => {}
                other => {
                    tracing::debug!(?other, "not the packet that was expected");
                    return Poll::Ready(false);
                }
            }
        }
        if let Poll::Ready(Err(_)) = self.websocket.poll_flush(cx) {
            return Poll::Ready(false);
        }
        if let Some(ticks) = &mut self.ticks {
            while ticks.poll_tick(cx).is_ready() {
                self.session.noop();
            }
        }
        Poll::Pending
    }
}
