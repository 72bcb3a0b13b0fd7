//! Moving a session from polling to a WebSocket. The WebSocket is tried in a task of its own, and until the client
//! says `5` the session knows nothing of it: a probe that fails leaves it as it was.

use std::{
    future::poll_fn,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use http::{Response, request::Parts};
use tokio::time::{Instant, Interval, MissedTickBehavior, interval, timeout, timeout_at};
use tracing::Instrument as _;

use crate::{
    engine::{
        http::{
            accept,
            body::Body,
            context::{span, take_upgrade},
            query::Query,
            refusal::Refusal,
        },
        options::{Options, choices::Transport},
        protocol::Protocol,
        session::state::Shared,
        transport::{
            stream::Stream,
            websocket::{Input, WebSocket},
        },
    },
    packet::engine::control,
};

/// How often a held GET is ended while the client prepares to move.
const NOOPS: Duration = Duration::from_millis(100);

/// How long a WebSocket that is not wanted any more may take to be closed.
const GOODBYE: Duration = Duration::from_secs(2);

/// Answers to WebSocket pings that may wait for a client that is not a session yet, in bytes.
const PONGS: usize = 4 * 1024;

/// Answers a WebSocket request with the id of a session.
pub(crate) fn begin(
    session: Arc<Shared>,
    options: &Options,
    head: &mut Parts,
    query: &Query,
) -> Result<Response<Body>, Refusal> {
    let response = accept::accept(head)?;
    let upgrade = take_upgrade(head)?;
    if options.upgrades(Transport::Polling).is_empty() {
        return Err(Refusal::BadRequest("sessions are not moved here"));
    }
    // One deadline for everything from here to the client's `5`.
    let deadline = Instant::now() + options.upgrade_timeout;
    let max_payload = options.max_payload;
    let protocol = Protocol { base64: query.base64, ..session.protocol };
    let span = span(&session);
    // A session moves once. What comes too late is not refused but closed at once: that is what Node does, and what the
    // protocol's own test suite expects.
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
                match attempt.0.attach(websocket, Transport::WebSocket) {
                    Ok(()) => return,
                    Err(back) => websocket = back,
                }
            }
            tracing::debug!(timeout = outcome.is_err(), "the WebSocket was given up");
        } else {
            tracing::debug!("a WebSocket for a session that has one");
        }
        let _ = timeout(GOODBYE, poll_fn(|cx| websocket.poll_close(cx))).await;
    };
    tokio::spawn(task.instrument(span));
    Ok(response)
}

/// The session's one attempt to move; dropping it makes room for another, unless it succeeded.
struct Attempt(Arc<Shared>);

impl Drop for Attempt {
    fn drop(&mut self) {
        self.0.abandon_upgrade();
    }
}

/// A WebSocket that is being tried.
struct Probe<'a> {
    session: &'a Shared,
    websocket: &'a mut Stream,
    /// Runs once the client's probe has been answered.
    ticks: Option<Interval>,
}

impl Probe<'_> {
    /// `true`: the client has moved. `false`: it has not, and will not.
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<bool> {
        if self.session.poll_ended(cx) {
            return Poll::Ready(false);
        }
        while let Poll::Ready(input) = self.websocket.poll_next(cx) {
            match input {
                Input::Text(text) if control::is_probe(&text) && self.ticks.is_none() => {
                    self.websocket.push(&control::probe_answer());
                    let mut ticks = interval(NOOPS);
                    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
                    self.ticks = Some(ticks);
                }
                Input::Text(text) if control::is_upgrade(&text) && self.ticks.is_some() => return Poll::Ready(true),
                // Who asks and does not listen is given up, so that the answers do not pile up.
                Input::Control if self.websocket.waiting() < PONGS => {}
                Input::Control if matches!(self.websocket.poll_flush(cx), Poll::Ready(Ok(()))) => {}
                other => {
                    tracing::debug!(?other, "not the probe that was expected");
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
