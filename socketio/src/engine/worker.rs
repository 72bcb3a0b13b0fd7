//! `Worker`: one of several threads that share a server, each with a runtime of its own; and how tasks are woken from other threads.
//!
//! tokio wakes a runtime of one thread with a system call for each task that another thread wakes. A broadcast wakes a task for each
//! recipient, so a task on a worker has a [`TaskWaker`]: called on another thread, it puts the task into the worker's queue, and only the
//! first task of the queue wakes the thread. A thread that is no worker, as all are without `Server::workers`, uses tokio's wakers.

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Wake, Waker};

use pin_project_lite::pin_project;

thread_local! {
    /// The id of this thread's worker; 0 on a thread that is none.
    static ID: Cell<u32> = const { Cell::new(0) };
    static WORKER: RefCell<Option<Arc<Worker>>> = const { RefCell::new(None) };
}

/// The id of the worker that this thread is; 0 for all threads that are none.
pub(crate) fn id() -> u32 {
    ID.get()
}

/// Spawns a task of the engine in the current runtime.
pub(crate) fn spawn(task: impl Future<Output = ()> + Send + 'static) {
    match WORKER.with_borrow(Clone::clone) {
        None => drop(tokio::spawn(task)),
        Some(worker) => drop(tokio::spawn(OnWorker { task, worker, waker: None })),
    }
}

/// One worker.
pub(crate) struct Worker {
    id: u32,
    queue: Mutex<Queue>,
}

/// The tasks that other threads have woken. Each is in the queue once at most.
#[derive(Default)]
struct Queue {
    woken: Vec<Arc<TaskWaker>>,
    /// Wakes the worker; taken when the first task is queued.
    worker: Option<Waker>,
    /// The worker has ended: nothing is queued any more.
    ended: bool,
}

impl Worker {
    /// Makes the current thread a worker, and spawns the task that wakes what other threads have queued. Must be called in the runtime of the
    /// worker, once for each thread.
    pub(crate) fn enter() {
        static IDS: AtomicU32 = AtomicU32::new(1);
        let worker = Arc::new(Self { id: IDS.fetch_add(1, Ordering::Relaxed), queue: Mutex::default() });
        ID.set(worker.id);
        WORKER.set(Some(Arc::clone(&worker)));
        tokio::spawn(Forward { worker, woken: Vec::new() });
    }

    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Queues a task, which another thread has woken.
    fn push(&self, task: Arc<TaskWaker>) {
        let mut queue = self.lock();
        if queue.ended {
            drop(queue);
            return task.tokio.wake_by_ref();
        }
        queue.woken.push(task);
        let worker = queue.worker.take();
        drop(queue);
        if let Some(worker) = worker {
            worker.wake();
        }
    }
}

/// The task of a worker that wakes the queued tasks, on their own thread.
struct Forward {
    worker: Arc<Worker>,
    /// Empty between two runs; exchanged with the queue, so that both keep their memory.
    woken: Vec<Arc<TaskWaker>>,
}

/// A queue that had more tasks than this gives its memory back.
const KEPT: usize = 1024;

impl Future for Forward {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let Self { worker, woken } = &mut *self;
        std::mem::swap(&mut worker.lock().woken, woken);
        woken.drain(..).for_each(|task| task.forward());
        woken.shrink_to(KEPT);
        let mut queue = worker.lock();
        if queue.woken.is_empty() {
            queue.worker = Some(cx.waker().clone());
        } else {
            // The woken tasks run before.
            cx.waker().wake_by_ref();
        }
        Poll::Pending
    }
}

impl Drop for Forward {
    /// The runtime of the worker is dropped.
    fn drop(&mut self) {
        let mut queue = self.worker.lock();
        queue.ended = true;
        let woken = std::mem::take(&mut queue.woken);
        drop(queue);
        woken.iter().for_each(|task| task.forward());
    }
}

/// The waker of a task on a worker.
struct TaskWaker {
    worker: Arc<Worker>,
    tokio: Waker,
    /// Whether the task is in the queue.
    queued: AtomicBool,
}

impl TaskWaker {
    /// Wakes a task that has left the queue.
    fn forward(&self) {
        // Before the task runs, so that it is queued again for what it may not have seen. Exchanged and not stored, so that it has seen
        // what came before each call that has found the flag set.
        self.queued.swap(false, Ordering::AcqRel);
        self.tokio.wake_by_ref();
    }
}

impl Wake for TaskWaker {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if self.worker.id == id() {
            self.tokio.wake_by_ref();
        } else if !self.queued.swap(true, Ordering::AcqRel) {
            self.worker.push(Arc::clone(self));
        }
    }
}

pin_project! {
    /// A task on a worker, whose future has a [`TaskWaker`].
    struct OnWorker<F> {
        #[pin]
        task: F,
        worker: Arc<Worker>,
        // Made at the first poll. tokio polls a task with the same waker each time.
        waker: Option<Waker>,
    }
}

impl<F: Future<Output = ()>> Future for OnWorker<F> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = self.project();
        let waker = this.waker.get_or_insert_with(|| {
            let (worker, tokio) = (Arc::clone(this.worker), cx.waker().clone());
            Arc::new(TaskWaker { worker, tokio, queued: AtomicBool::new(false) }).into()
        });
        this.task.poll(&mut Context::from_waker(waker))
    }
}

#[cfg(test)]
#[path = "worker_tests.rs"]
mod tests;
