//! How many handshakes a second are let in: a token bucket that holds those of one second.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

const SECOND: Duration = Duration::from_secs(1);

/// Until when the handshakes that were let in would have taken, each its part of a second.
#[derive(Debug, Default)]
pub(super) struct Pace(Mutex<Option<Instant>>);

impl Pace {
    /// Whether one more is let in, at `per_second`.
    pub(super) fn admit(&self, per_second: u32) -> bool {
        let now = Instant::now();
        let each = SECOND / per_second.max(1);
        let mut taken = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let next = taken.unwrap_or(now).max(now) + each;
        // Rounded down above, so that a whole second has room for all.
        if next > now + SECOND {
            return false;
        }
        *taken = Some(next);
        true
    }
}

#[cfg(test)]
mod tests {
    use http::{Request, StatusCode};
    use http_body_util::{BodyExt as _, Empty};

    use super::*;
    use crate::engine::{CloseReason, Engine, Handler, Options, Session, Socket, Text};

    struct Nothing;
    impl Handler for Nothing {
        type Session = Self;
        fn open(&self, _: Socket) -> Self {
            Self
        }
    }
    impl Session for Nothing {
        fn text(&mut self, _: Text) {}
        fn binary(&mut self, _: bytes::Bytes) {}
        fn close(&mut self, _: CloseReason) {}
    }

    /// Of so many handshakes at once, how many are let in; the others must be answered with 503.
    async fn admitted(engine: &Engine<Nothing>, handshakes: usize) -> usize {
        let mut admitted = 0;
        for _ in 0..handshakes {
            let request =
                Request::get("/engine.io/?EIO=4&transport=polling").body(Empty::<bytes::Bytes>::new()).unwrap();
            let Ok(response) = engine.answer(request, None).await;
            if response.status() == StatusCode::OK {
                admitted += 1;
                continue;
            }
            assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
            let body = response.into_body().collect().await.unwrap().to_bytes();
            assert_eq!(body, r#"{"code":4,"message":"Too many handshakes"}"#);
        }
        admitted
    }

    #[tokio::test(start_paused = true)]
    async fn so_many_handshakes_a_second_and_no_more() {
        let engine = Engine::new(Nothing, Options::new().max_handshakes_per_second(5)).unwrap();
        assert_eq!(admitted(&engine, 20).await, 5);
        // Nothing is kept of those that were refused.
        assert_eq!(engine.sessions(), 5);
        tokio::time::advance(SECOND / 5).await;
        assert_eq!(admitted(&engine, 20).await, 1);
        tokio::time::advance(SECOND * 3 / 5).await;
        assert_eq!(admitted(&engine, 20).await, 3);
        // A quiet minute gives no more than those of a second.
        tokio::time::advance(SECOND * 60).await;
        assert_eq!(admitted(&engine, 20).await, 5);
    }

    #[tokio::test(start_paused = true)]
    async fn without_the_option_there_is_no_bound() {
        let engine = Engine::new(Nothing, Options::new()).unwrap();
        assert_eq!(admitted(&engine, 1000).await, 1000);
    }

    #[tokio::test(start_paused = true)]
    async fn a_rate_that_does_not_divide_a_second_is_met_too() {
        for per_second in [1, 3, 7, 999, u32::MAX] {
            let pace = Pace::default();
            let most = per_second.min(10_000);
            let count = (0..most + 10).filter(|_| pace.admit(per_second)).count();
            assert!(count as u32 >= most, "{per_second}: {count}");
        }
    }
}
