//! Waking tasks of a worker from other threads.

use std::future::poll_fn;
use std::sync::atomic::AtomicUsize;
use std::sync::mpsc;
use std::thread::{self, JoinHandle};

use tokio::runtime::Builder;
use tokio::sync::oneshot;

use super::*;

/// A task that runs until `goal` is 0: what it is woken with, and what it has seen of `value`.
#[derive(Default)]
struct Probe {
    value: AtomicUsize,
    seen: AtomicUsize,
    runs: AtomicUsize,
    waker: Mutex<Option<Waker>>,
}

impl Probe {
    fn set(&self, value: usize) {
        self.value.store(value, Ordering::Relaxed);
        let waker = self.waker.lock().unwrap().clone().unwrap();
        waker.wake();
    }
}

/// A thread that is a worker.
struct Running {
    worker: Arc<Worker>,
    probes: Vec<Arc<Probe>>,
    /// Runs a function in a task of the worker.
    tasks: tokio::sync::mpsc::UnboundedSender<Box<dyn FnOnce() + Send>>,
    stop: oneshot::Sender<()>,
    thread: JoinHandle<()>,
}

fn start(probes: usize) -> Running {
    let probes: Vec<_> = (0..probes).map(|_| Arc::new(Probe::default())).collect();
    let (tell, told) = mpsc::channel();
    let (stop, stopped) = oneshot::channel();
    let (tasks, mut to_run) = tokio::sync::mpsc::unbounded_channel::<Box<dyn FnOnce() + Send>>();
    let of_thread = probes.clone();
    let thread = thread::spawn(move || {
        let runtime = Builder::new_current_thread().build().unwrap();
        runtime.block_on(async move {
            Worker::enter();
            tell.send(WORKER.with_borrow(Clone::clone).unwrap()).unwrap();
            for probe in of_thread {
                spawn(poll_fn(move |cx| {
                    probe.waker.lock().unwrap().get_or_insert_with(|| cx.waker().clone());
                    probe.seen.store(probe.value.load(Ordering::Relaxed), Ordering::Relaxed);
                    probe.runs.fetch_add(1, Ordering::Relaxed);
                    Poll::Pending
                }));
            }
            spawn(async move {
                while let Some(task) = to_run.recv().await {
                    task();
                }
            });
            stopped.await.unwrap();
        });
    });
    let running = Running { worker: told.recv().unwrap(), probes, tasks, stop, thread };
    running.wait_until(|running| running.probes.iter().all(|probe| probe.runs.load(Ordering::Relaxed) == 1));
    running.wait_until(|running| running.worker.lock().worker.is_some());
    running
}

impl Running {
    fn wait_until(&self, reached: impl Fn(&Self) -> bool) {
        while !reached(self) {
            thread::yield_now();
        }
    }

    /// Keeps the worker's thread from running tasks until the result is dropped.
    fn block(&self) -> mpsc::Sender<()> {
        let ((release, released), (tell, told)) = (mpsc::channel::<()>(), mpsc::channel());
        let task = move || {
            tell.send(()).unwrap();
            let _ = released.recv();
        };
        assert!(self.tasks.send(Box::new(task)).is_ok());
        told.recv().unwrap();
        release
    }

    fn end(self) {
        self.stop.send(()).unwrap();
        self.thread.join().unwrap();
    }
}

#[test]
fn tasks_that_other_threads_wake_are_queued_once_and_run() {
    let running = start(100);
    let blocked = running.block();
    for value in 1..=3 {
        running.probes.iter().for_each(|probe| probe.set(value));
    }
    let queue = running.worker.lock();
    assert_eq!(queue.woken.len(), 100);
    assert!(queue.worker.is_none(), "the thread was woken by the first");
    drop((queue, blocked));
    running.wait_until(|running| running.probes.iter().all(|probe| probe.seen.load(Ordering::Relaxed) == 3));
    assert!(running.probes.iter().all(|probe| probe.runs.load(Ordering::Relaxed) == 2), "three wakes, one run");
    running.end();
}

#[test]
fn a_task_that_its_own_thread_wakes_is_not_queued() {
    let running = start(1);
    let probe = Arc::clone(&running.probes[0]);
    let (worker, (tell, told)) = (Arc::clone(&running.worker), mpsc::channel());
    let task = move || {
        probe.set(7);
        tell.send(worker.lock().woken.len()).unwrap();
    };
    assert!(running.tasks.send(Box::new(task)).is_ok());
    assert_eq!(told.recv().unwrap(), 0);
    running.wait_until(|running| running.probes[0].seen.load(Ordering::Relaxed) == 7);
    running.end();
}

#[test]
fn no_wake_is_lost() {
    const LAST: usize = 20_000;
    let running = start(4);
    thread::scope(|scope| {
        for probe in &running.probes {
            scope.spawn(|| (1..=LAST).for_each(|value| probe.set(value)));
        }
    });
    running.wait_until(|running| running.probes.iter().all(|probe| probe.seen.load(Ordering::Relaxed) == LAST));
    running.end();
}

#[test]
fn a_worker_that_has_ended_queues_nothing() {
    let running = start(2);
    let (worker, probes) = (Arc::clone(&running.worker), running.probes.clone());
    let blocked = running.block();
    probes[0].set(1);
    running.stop.send(()).unwrap();
    drop(blocked);
    running.thread.join().unwrap();
    probes.iter().for_each(|probe| probe.set(2));
    assert!(worker.lock().woken.is_empty());
}

#[tokio::test]
async fn a_thread_that_is_no_worker_has_the_wakers_of_tokio() {
    assert_eq!(id(), 0);
    let (tell, told) = oneshot::channel();
    let mut tell = Some(tell);
    spawn(poll_fn(move |cx| {
        let tell = tell.take().unwrap();
        // tokio's waker of a task does nothing else than wake it.
        assert!(tell.send(cx.waker().clone()).is_ok());
        Poll::Ready(())
    }));
    let waker = told.await.unwrap();
    let other = tokio::spawn(poll_fn(move |cx| Poll::Ready(std::ptr::eq(cx.waker().vtable(), waker.vtable()))));
    assert!(other.await.unwrap());
}
