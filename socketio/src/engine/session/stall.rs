//! `Stall`: detects that nothing could be written to a client for the write timeout. Its timer exists only while a write is incomplete.

use std::{
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use tokio::time::{Instant, Sleep, sleep};

/// How often progress is checked within the limit.
const CHECKS: u32 = 3;

/// The writes of one stream.
#[derive(Default)]
pub(crate) struct Stall(Option<Box<Watch>>);

struct Watch {
    sleep: Pin<Box<Sleep>>,
    written: u64,
    /// How many checks in a row have found no progress.
    alike: u32,
}

impl Stall {
    /// Whether nothing could be written for `limit`: `blocked` says that the last write could not be completed, `written` grows
    /// with every byte.
    pub(crate) fn poll(&mut self, blocked: bool, written: u64, limit: Duration, cx: &mut Context<'_>) -> bool {
        if !blocked && self.0.is_none() {
            return false;
        }
        let step = limit / CHECKS;
        let watch = self.0.get_or_insert_with(|| Box::new(Watch { sleep: Box::pin(sleep(step)), written, alike: 0 }));
        while let Poll::Ready(()) = watch.sleep.as_mut().poll(cx) {
            if !blocked {
                self.0 = None;
                return false;
            }
            watch.alike = if written == watch.written { watch.alike + 1 } else { 0 };
            watch.written = written;
            if watch.alike >= CHECKS {
                return true;
            }
            watch.sleep.as_mut().reset(Instant::now() + step);
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use std::task::Waker;

    use super::*;

    const LIMIT: Duration = Duration::from_secs(30);

    #[tokio::test(start_paused = true)]
    async fn only_a_write_without_progress_is_a_stall() {
        let mut cx = Context::from_waker(Waker::noop());
        let mut stall = Stall::default();
        let mut poll = async |blocked, written| {
            tokio::time::advance(LIMIT / CHECKS).await;
            (stall.poll(blocked, written, LIMIT, &mut cx), stall.0.is_some())
        };
        assert_eq!(poll(false, 0).await, (false, false), "no timer while everything is written");
        for written in 1..20 {
            assert_eq!(poll(true, written).await, (false, true), "a slow client");
        }
        assert_eq!(poll(true, 19).await, (false, true));
        assert_eq!(poll(false, 20).await, (false, false));
        for _ in 0..=CHECKS - 1 {
            assert_eq!(poll(true, 20).await, (false, true));
        }
        assert_eq!(poll(true, 20).await, (true, true));
    }
}
