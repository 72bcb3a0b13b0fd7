//! Tests with random input that run for some seconds, or for as long as an environment variable says. Only built for tests.
//!
//! | variable | says |
//! |---|---|
//! | `SOCKETIO_FUZZ_SECONDS` | how long each test generates input; default 2 |
//! | `SOCKETIO_FUZZ_SEED` | the seed of the first batch; default: another one in each run |
//!
//! Input comes in batches, each from a seed of its own. A failure names the seed of its batch, with which the same input comes first.

use std::env;
use std::hash::{BuildHasher as _, RandomState};
use std::time::{Duration, Instant};

use proptest::strategy::Strategy;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseResult, TestRng, TestRunner};

/// Cases from one seed.
const BATCH: u32 = 64;
const SECONDS: u64 = 2;

/// Checks input of `strategy` for the time of a run, at least one batch.
///
/// # Panics
/// When a case fails: with the seed, and with the smallest input that fails in the same way.
#[track_caller]
pub(crate) fn fuzz<S: Strategy>(test: &str, strategy: &S, check: impl Fn(S::Value) -> TestCaseResult) {
    let duration = Duration::from_secs(variable("SOCKETIO_FUZZ_SECONDS").unwrap_or(SECONDS));
    let first = variable("SOCKETIO_FUZZ_SEED").unwrap_or_else(|| RandomState::new().hash_one(test) >> 16);
    let begin = Instant::now();
    for seed in first.. {
        let config = Config { cases: BATCH, failure_persistence: None, ..Config::default() };
        let mut runner = TestRunner::new_with_rng(config, rng(seed));
        if let Err(error) = runner.run(strategy, &check) {
            panic!(
                "{error}\nto reproduce: SOCKETIO_FUZZ_SEED={seed} cargo test -p socketio --all-features --lib {test}"
            );
        }
        if begin.elapsed() >= duration {
            return;
        }
    }
}

fn variable(name: &str) -> Option<u64> {
    let value = env::var(name).ok()?;
    Some(value.parse().unwrap_or_else(|_| panic!("{name}={value}: not a number")))
}

fn rng(seed: u64) -> TestRng {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    TestRng::from_seed(RngAlgorithm::ChaCha, &bytes)
}
