//! What can be set on every adapter that speaks the cluster protocol.

use std::time::Duration;

use super::queue::QueueLimits;
use crate::bounds;
use crate::error::Error;

/// The options of an `Engine`.
#[derive(Clone, Debug)]
pub(crate) struct Options {
    /// How long a request waits for the other nodes, if it does not say. Default: 5 s.
    pub(crate) requests_timeout: Duration,
    /// The time between heartbeats. Default: 5 s.
    pub(crate) heartbeat_interval: Duration,
    /// After which silence a node is given up. Default: 10 s.
    pub(crate) heartbeat_timeout: Duration,
    pub(crate) queue: QueueLimits,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            requests_timeout: Duration::from_secs(5),
            heartbeat_interval: Duration::from_secs(5),
            heartbeat_timeout: Duration::from_secs(10),
            queue: QueueLimits::default(),
        }
    }
}

impl Options {
    /// # Errors
    /// An option out of its bounds.
    pub(crate) fn check(&self) -> Result<(), Error> {
        bounds::time("requests_timeout", self.requests_timeout)?;
        bounds::time("heartbeat_interval", self.heartbeat_interval)?;
        bounds::time("heartbeat_timeout", self.heartbeat_timeout)?;
        if self.heartbeat_timeout <= self.heartbeat_interval {
            let (timeout, interval) = (self.heartbeat_timeout, self.heartbeat_interval);
            return Err(Error::start(format!(
                "`heartbeat_timeout` is {timeout:?}; it must be longer than `heartbeat_interval`, which is {interval:?}"
            )));
        }
        bounds::number("queue_messages", self.queue.messages, 1, usize::MAX)?;
        bounds::number("queue_bytes", self.queue.bytes, 1, usize::MAX)
    }
}

/// The setters that every adapter of the cluster protocol has, on a builder with a field `options`.
macro_rules! cluster_options {
    () => {
        /// How long a request waits for the other nodes, where it does not say. Default: 5 s. From 1 ms to 1 day. After it, the request gives
        /// what has come, and an error for each node that is missing.
        #[must_use = "a setter returns the adapter"]
        pub fn requests_timeout(mut self, timeout: std::time::Duration) -> Self {
            self.options.requests_timeout = timeout;
            self
        }

        /// The time between the heartbeats of this node, for each namespace. Default: 5 s. From 1 ms to 1 day.
        #[must_use = "a setter returns the adapter"]
        pub fn heartbeat_interval(mut self, interval: std::time::Duration) -> Self {
            self.options.heartbeat_interval = interval;
            self
        }

        /// After which silence a node is given up: requests do not wait for it, and its users are absent. Default: 10 s. From 1 ms to 1 day,
        /// and longer than the interval of the other nodes.
        #[must_use = "a setter returns the adapter"]
        pub fn heartbeat_timeout(mut self, timeout: std::time::Duration) -> Self {
            self.options.heartbeat_timeout = timeout;
            self
        }

        /// How many messages wait at most while the broker is slow or away. Default: 10,000. At least 1. Past it volatile events are dropped,
        /// the oldest first, and then new messages are refused: they are logged, counted in
        /// [`Health::dropped`](crate::adapter::Health::dropped), and the other nodes do not get them.
        #[must_use = "a setter returns the adapter"]
        pub fn queue_messages(mut self, messages: usize) -> Self {
            self.options.queue.messages = messages;
            self
        }

        /// How many bytes the waiting messages have at most. Default: 16 MiB. At least 1. A message that is larger is refused.
        #[must_use = "a setter returns the adapter"]
        pub fn queue_bytes(mut self, bytes: usize) -> Self {
            self.options.queue.bytes = bytes;
            self
        }
    };
}

pub(crate) use cluster_options;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_out_of_their_bounds_are_errors_that_name_them() {
        let ok = Options::default();
        assert!(ok.check().is_ok());
        let long = Duration::from_secs(100_000);
        for (options, name) in [
            (Options { requests_timeout: Duration::ZERO, ..ok.clone() }, "requests_timeout"),
            (Options { heartbeat_interval: long, ..ok.clone() }, "heartbeat_interval"),
            (Options { heartbeat_timeout: ok.heartbeat_interval, ..ok.clone() }, "heartbeat_timeout"),
            (Options { queue: QueueLimits { messages: 0, ..ok.queue }, ..ok.clone() }, "queue_messages"),
            (Options { queue: QueueLimits { bytes: 0, ..ok.queue }, ..ok.clone() }, "queue_bytes"),
        ] {
            let error = options.check().unwrap_err().to_string();
            assert!(error.contains(&format!("`{name}` is")), "{error}");
        }
    }
}
