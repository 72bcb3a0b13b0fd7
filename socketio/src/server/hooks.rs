//! The functions that run when a server starts and stops: the options `on_start`, `on_stop`, `shutdown_on`.

use std::collections::VecDeque;
use std::fmt;
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Weak};
use std::time::Duration;

use futures_util::FutureExt as _;

use super::core::{Core, Phase, reached};
use super::handle::Handle;
use super::stopping::{Stop, Stopping};
use crate::adapter::BoxFuture;
use crate::error::Error;
use crate::socket::TaskOutput;

type Start = Box<dyn FnOnce(Handle) -> BoxFuture<'static, Result<(), Error>> + Send>;

/// A future that ends when the server is to be shut down, and the deadline then.
type Signal = (BoxFuture<'static, ()>, Duration);

/// The functions to run at the start and at the end of a server, and its shutdown signals.
#[derive(Default)]
pub(super) struct Hooks {
    start: Vec<Start>,
    stop: VecDeque<Stop>,
    signals: Vec<Signal>,
}

impl fmt::Debug for Hooks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { start, stop, signals } = self;
        write!(f, "{} to start, {} to stop, {} signals", start.len(), stop.len(), signals.len())
    }
}

impl Hooks {
    pub(super) fn on_start<F: Future<Output: TaskOutput> + Send + 'static>(
        &mut self,
        hook: impl FnOnce(Handle) -> F + Send + 'static,
    ) {
        self.start.push(Box::new(|handle| {
            let run = AssertUnwindSafe(async move { hook(handle).await.into_result() });
            Box::pin(
                run.catch_unwind().map(|done| done.unwrap_or_else(|panic| Err(Error::panicked("`on_start`", &*panic)))),
            )
        }));
    }

    pub(super) fn on_stop<F: Future<Output: TaskOutput> + Send + 'static>(
        &mut self,
        hook: impl FnOnce() -> F + Send + 'static,
    ) {
        self.stop.push_back(Stopping::hook(hook));
    }

    pub(super) fn shutdown_on(&mut self, signal: impl Future<Output: Send> + Send + 'static, deadline: Duration) {
        self.signals.push((Box::pin(signal.map(drop)), deadline));
    }

    /// Takes out the functions of `on_stop`.
    pub(super) fn take_stop(&mut self) -> VecDeque<Stop> {
        std::mem::take(&mut self.stop)
    }

    /// Whether there are neither functions nor signals.
    pub(super) fn is_empty(&self) -> bool {
        self.start.is_empty() && self.stop.is_empty() && self.signals.is_empty()
    }

    /// Runs the hooks of the start in their order, up to the first that fails.
    pub(super) async fn run_start(&mut self, handle: &Handle) -> Result<(), Error> {
        for hook in self.start.drain(..) {
            hook(handle.clone()).await?;
        }
        Ok(())
    }

    /// Shuts the server down when one of the signals comes, in tasks that end with the server.
    pub(super) fn watch(self, core: &Arc<Core>) {
        for (signal, deadline) in self.signals {
            let (mut phase, core) = (core.phase.subscribe(), Arc::downgrade(core));
            tokio::spawn(async move {
                tokio::select! {
                    () = signal => shut_down(&core, deadline).await,
                    () = reached(&mut phase, Phase::Stopped) => {}
                }
            });
        }
    }
}

async fn shut_down(core: &Weak<Core>, deadline: Duration) {
    if let Some(core) = core.upgrade() {
        tracing::info!(?deadline, "asked to shut down");
        core.shut_down(deadline).await;
    }
}
