//! The end of a server: runs the futures of `on_stop`, then stops the adapter.

use std::collections::VecDeque;
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;
use tokio::sync::Mutex;
use tokio::time::timeout;

use crate::adapter::{Adapter, BoxFuture};
use crate::error::Error;
use crate::socket::TaskOutput;

/// One function of `on_stop`, not called yet.
pub(super) type Stop = Box<dyn FnOnce() -> BoxFuture<'static, Result<(), Error>> + Send>;

/// The functions of `on_stop` that have not run.
#[derive(Default)]
pub(super) struct Stopping(Mutex<VecDeque<Stop>>);

impl Stopping {
    /// Wraps a function of the program, so that a panic becomes an error.
    pub(super) fn hook<F: Future<Output: TaskOutput> + Send + 'static>(
        hook: impl FnOnce() -> F + Send + 'static,
    ) -> Stop {
        Box::new(|| {
            let run = AssertUnwindSafe(async move { hook().await.into_result() });
            Box::pin(
                run.catch_unwind().map(|done| done.unwrap_or_else(|panic| Err(Error::panicked("`on_stop`", &*panic)))),
            )
        })
    }

    /// Sets the functions to run.
    pub(super) async fn set(&self, hooks: VecDeque<Stop>) {
        *self.0.lock().await = hooks;
    }

    /// Runs the remaining functions in their order, within `at_most` together. A second shutdown waits for the first.
    pub(super) async fn run(&self, at_most: Duration) {
        let run = async {
            let mut hooks = self.0.lock().await;
            while let Some(hook) = hooks.pop_front() {
                if let Err(error) = hook().await {
                    tracing::error!(%error, "`on_stop` has failed");
                }
            }
        };
        if timeout(at_most, run).await.is_err() {
            tracing::error!(?at_most, "`on_stop` has not ended in time");
        }
    }
}

/// The adapter of a server, until it is stopped.
pub(super) struct Connected(Mutex<Option<Arc<dyn Adapter>>>);

impl Connected {
    pub(super) fn new(adapter: Option<Arc<dyn Adapter>>) -> Self {
        Self(Mutex::new(adapter))
    }

    /// Stops the adapter, once, within `at_most`. A second shutdown waits for the first.
    pub(super) async fn stop(&self, at_most: Duration) {
        let stop = async {
            if let Some(adapter) = self.0.lock().await.take() {
                adapter.stop().await;
            }
        };
        if timeout(at_most, stop).await.is_err() {
            tracing::error!(?at_most, "the adapter has not stopped in time");
        }
    }
}
