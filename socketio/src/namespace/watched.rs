//! Calls the middlewares before and after the turns of one instance, and checks `#[limit]`. Without them each function
//! is one branch.

use std::time::Duration;

use tokio::time::Instant;

use super::bucket::rate_limited;
use super::call::Arguments;
use super::context::Context;
use super::event_name::EventName;
use super::outcome::Outcome;
use super::reply::Ending;
use super::turns::Turns;
use crate::log::warn_rarely;
use crate::packet::Packet;
use crate::socket::Effects;

impl<N: Send + Sync + 'static> Turns<N> {
    /// Calls the middlewares for an event; false if one has refused the event, which is then answered. `found` is the
    /// name in the table.
    pub(super) fn passes(
        &mut self,
        name: &str,
        found: Option<&EventName>,
        id: Option<u64>,
        arguments: &Arguments,
    ) -> bool {
        let Some(middlewares) = &self.middlewares else { return true };
        let event = found.map_or_else(|| EventName::sent(name), EventName::clone);
        (self.context.event, self.context.id) = (event, id);
        let packet = arguments.packet_now(&self.context);
        let Err(error) = middlewares.incoming(&self.context, &packet) else { return true };
        self.end(Ending::Failed(error), id, &self.context.event, Effects::NONE, None);
        false
    }

    /// Calls the middlewares for a packet that is no event; false if one has refused the packet, which is logged.
    pub(super) fn admit(&mut self, what: &'static str, packet: &Packet) -> bool {
        let Some(middlewares) = &self.middlewares else { return true };
        (self.context.event, self.context.id) = (EventName::fixed(what), None);
        let passed = middlewares.incoming(&self.context, packet);
        if let Err(error) = &passed {
            tracing::debug!(namespace = self.socket().path(), socket = %self.socket().id(), what, %error, "packet refused");
        }
        passed.is_ok()
    }

    /// The time at which a turn begins; `None` without middlewares.
    pub(super) fn begun(&self) -> Option<Instant> {
        self.middlewares.as_ref().map(|_| Instant::now())
    }

    /// The outcome of a turn; `None` without middlewares. A turn that has not begun took no time.
    pub(super) fn outcome(&self, ending: &Ending, begun: Option<Instant>) -> Option<Outcome> {
        self.middlewares.as_ref()?;
        let elapsed = begun.map_or(Duration::ZERO, |begun| begun.elapsed());
        Some(ending.outcome(elapsed))
    }

    /// Calls the middlewares for the end of a turn.
    pub(super) fn finished(&self, event: &EventName, id: Option<u64>, outcome: Option<&Outcome>) {
        if let (Some(middlewares), Some(outcome)) = (&self.middlewares, outcome) {
            middlewares.finished(&Context::event_of(self.socket().clone(), event.clone(), id), outcome);
        }
    }

    /// Whether an event is within its limit; an event past the limit is answered with `rate_limited`.
    pub(super) fn is_within_limit(&mut self, name: &str, id: Option<u64>) -> bool {
        let Some((at, rate)) = self.table.limit(name) else { return true };
        let Some(Err(wait)) = self.buckets.get_mut(at).map(|bucket| rate.take(bucket, Instant::now())) else {
            return true;
        };
        let socket = self.socket();
        warn_rarely!(namespace = socket.path(), socket = %socket.id(), event = ?name, "rate_limited by `#[limit]`");
        self.end(Ending::Failed(rate_limited(wait)), id, &EventName::sent(name), Effects::NONE, None);
        false
    }
}
