//! `#[limit]`: which token bucket an event takes a token from. `Turns` keeps the buckets of its instance.

use super::bucket::{Bucket, Limit, Limited, Rate};
use super::method::Method;
use super::table::{Namespace, Row, Sorted};

/// The bucket of a method.
pub(super) const fn of_method<N: 'static, M: Method<N>>() -> Option<Limited> {
    match M::LIMIT {
        Some(Limit(rate)) => Some((Some(M::NAME), rate)),
        None => None,
    }
}

/// The buckets of one instance. The names of one handler share one bucket.
pub(super) fn of_namespace<'r, N: Namespace>(rows: impl Iterator<Item = &'r Row<N>>) -> Vec<Limited> {
    let mut limits: Vec<Limited> = N::LIMIT.map(|Limit(rate)| (None, rate)).into_iter().collect();
    for limit in rows.filter_map(|row| row.limit) {
        if !limits.iter().any(|(method, _)| *method == limit.0) {
            limits.push(limit);
        }
    }
    limits
}

impl<N> Sorted<N> {
    /// The bucket of an event: the handler's, or else the namespace's.
    pub(super) fn limit(&self, name: &str) -> Option<(usize, Rate)> {
        let method = self.handler(name).and_then(|row| row.limit).and_then(|(method, _)| method);
        let at = self.limits.iter().position(|(of, _)| *of == method)?;
        self.limits.get(at).map(|(_, rate)| (at, *rate))
    }

    /// Full buckets for a new instance.
    pub(super) fn buckets(&self) -> Box<[Bucket]> {
        self.limits.iter().map(|_| Bucket::default()).collect()
    }
}
