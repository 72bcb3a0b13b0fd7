//! `Server::workers`: serves the connections of a server in several threads, each with a runtime of its own.
//!
//! Each worker accepts its connections itself, from a listener on the server's address. Where the system does not divide connections
//! between listeners, one task accepts them and deals them out in turns. What handlers see is one server either way.

use std::future::{Future, pending};
use std::net::{self, SocketAddr};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Builder;
use tokio::sync::{mpsc, watch};
use tokio::task::yield_now;

use super::Service;
use super::accept::Acceptor;
use super::admission::Admitted;
use super::core::{Core, Phase, reached};
use super::port::Port;
use crate::engine::worker::Worker;
use crate::error::Error;

/// The time that a worker has to end when the server has stopped, and then again the time that its blocking tasks have.
const END: Duration = Duration::from_secs(1);

/// How often the tasks of a worker that are ready run before it ends, so that they write what they have.
const LAST_RUNS: usize = 16;

/// Workers at most.
pub(super) const MOST: usize = 1024;

/// How many workers `Server::workers` asks for: 0 means one for each core.
pub(super) fn count(workers: usize) -> usize {
    match workers {
        0 => thread::available_parallelism().map_or(1, usize::from).min(MOST),
        workers => workers,
    }
}

/// Serves until the server has stopped and all workers have ended. Dropping the future ends the workers.
pub(super) async fn serve(mut port: Port, service: Service, workers: usize) -> Result<(), Error> {
    let core = Arc::clone(service.core());
    let phase = core.phase.subscribe();
    port.serve_policy(&service, &phase);
    let acceptor = Acceptor::new(service, phase);
    let (sources, dealing) = sources(port, &acceptor, workers)?;
    let threads = Threads::start(sources.into_iter().map(|source| {
        let acceptor = acceptor.clone();
        move || source.serve(acceptor)
    }));
    drop(acceptor);
    tokio::select! {
        outcome = threads.join(&core) => outcome,
        () = dealing => Ok(()),
    }
}

/// Where a worker has its connections from.
enum Source {
    Listener(net::TcpListener),
    Dealt(mpsc::UnboundedReceiver<Connection>),
}

/// A connection that was accepted on another thread. Those that wait are bounded by `max_tcp_connections`, because they are admitted.
type Connection = (net::TcpStream, SocketAddr, Admitted);

/// The sources of all workers, and what must be polled for them.
fn sources(
    port: Port,
    acceptor: &Acceptor<Service>,
    workers: usize,
) -> Result<(Vec<Source>, impl Future<Output = ()> + use<>), Error> {
    let (mut sources, mut dealer) = (Vec::new(), None);
    if port.others.len() + 1 == workers {
        for listener in std::iter::once(port.listener).chain(port.others) {
            let listener = listener.into_std().map_err(|error| Error::start(format!("cannot listen: {error}")))?;
            sources.push(Source::Listener(listener));
        }
    } else {
        let (to, from): (Vec<_>, Vec<_>) = (0..workers).map(|_| mpsc::unbounded_channel()).unzip();
        sources.extend(from.into_iter().map(Source::Dealt));
        dealer = Some(acceptor.clone().run(port.listener, deal(to)));
    }
    let dealing = async {
        if let Some(dealer) = dealer {
            dealer.await;
        }
        pending().await
    };
    Ok((sources, dealing))
}

/// Gives each connection to the next worker.
fn deal(to: Vec<mpsc::UnboundedSender<Connection>>) -> impl FnMut(TcpStream, SocketAddr, Admitted) {
    let mut next = 0;
    move |stream, address, admitted| {
        next = (next + 1) % to.len();
        match (stream.into_std(), to.get(next)) {
            (Ok(stream), Some(to)) => drop(to.send((stream, address, admitted))),
            (Err(error), _) => tracing::debug!(%address, %error, "cannot give a connection to a worker"),
            (Ok(_), None) => {}
        }
    }
}

impl Source {
    /// Serves until the server has stopped.
    async fn serve(self, mut acceptor: Acceptor<Service>) -> Result<(), Error> {
        match self {
            Self::Listener(listener) => {
                let listener = TcpListener::from_std(listener);
                acceptor.run_here(listener.map_err(|error| Error::start(format!("cannot listen: {error}")))?).await;
            }
            Self::Dealt(mut dealt) => {
                while let Some((stream, address, admitted)) = dealt.recv().await {
                    match TcpStream::from_std(stream) {
                        Ok(stream) => acceptor.serve(stream, address, admitted),
                        Err(error) => tracing::debug!(%address, %error, "cannot take a connection"),
                    }
                }
                reached(&mut acceptor.phase, Phase::Stopped).await;
            }
        }
        Ok(())
    }
}

/// The threads of the workers.
struct Threads {
    running: usize,
    /// The workers end when it is dropped.
    _stop: watch::Sender<()>,
    ended: mpsc::UnboundedReceiver<(usize, Result<(), Error>)>,
}

impl Threads {
    /// Starts a thread for each of these, which runs the future in a runtime of its own.
    fn start<W, F>(works: impl Iterator<Item = W>) -> Self
    where
        W: FnOnce() -> F + Send + 'static,
        F: Future<Output = Result<(), Error>> + Send + 'static,
    {
        let (stop, stopped) = watch::channel(());
        let (report, ended) = mpsc::unbounded_channel();
        let mut running = 0;
        for work in works {
            let (index, stopped, report_of) = (running, stopped.clone(), report.clone());
            running += 1;
            let thread = thread::Builder::new().name(format!("socketio-{index}")).spawn(move || {
                let outcome = catch_unwind(AssertUnwindSafe(|| run(work, stopped)));
                let outcome = outcome.unwrap_or_else(|panic| Err(Error::panicked("a worker thread", &*panic)));
                // Nobody waits any more if the server's future was dropped.
                let _ = report_of.send((index, outcome));
            });
            if let Err(error) = thread {
                let _ = report.send((index, Err(Error::start(format!("cannot start a worker thread: {error}")))));
            }
        }
        Self { running, _stop: stop, ended }
    }

    /// Waits until all workers have ended. After the first error the server is shut down, and it is what this returns.
    async fn join(mut self, core: &Arc<Core>) -> Result<(), Error> {
        let mut phase = core.phase.subscribe();
        let mut outcome = Ok(());
        while self.running > 0 {
            let late = async {
                reached(&mut phase, Phase::Stopped).await;
                tokio::time::sleep(END * 3).await;
            };
            tokio::select! {
                Some((worker, ended)) = self.ended.recv() => {
                    self.running -= 1;
                    let Err(error) = ended else { continue };
                    tracing::error!(worker, %error, "a worker has failed: the server is shut down");
                    if outcome.is_ok() {
                        outcome = Err(error);
                        tokio::spawn(Arc::clone(core).shut_down(core.grace()));
                    }
                }
                () = late => {
                    tracing::error!(workers = self.running, "left behind: a handler blocks the thread of a worker");
                    break;
                }
            }
        }
        outcome
    }
}

/// The thread of a worker.
fn run<F: Future<Output = Result<(), Error>> + Send + 'static>(
    work: impl FnOnce() -> F,
    mut stopped: watch::Receiver<()>,
) -> Result<(), Error> {
    let runtime = Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Error::start(format!("no runtime for a worker: {error}")))?;
    let ended = runtime.block_on(async {
        Worker::enter();
        // In a task, because tokio wakes the future of `block_on` with a system call.
        let work = tokio::spawn(work());
        let ended = tokio::select! {
            ended = work => ended,
            _ = stopped.changed() => Ok(Ok(())),
        };
        for _ in 0..LAST_RUNS {
            yield_now().await;
        }
        ended
    });
    runtime.shutdown_timeout(END);
    match ended {
        Ok(ended) => ended,
        Err(error) if error.is_panic() => Err(Error::panicked("a worker", &*error.into_panic())),
        Err(error) => Err(Error::internal(error)),
    }
}

#[cfg(test)]
#[path = "workers_tests.rs"]
mod tests;
