//! How many TCP connections may serve HTTP at once, together and of one address.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::engine::{Addresses, Options, Share};
use crate::log::warn_rarely;

/// TCP connections of one address for each session that it may have: a polling client uses one for GET and one for POST.
const PER_SESSION: usize = 2;

/// The connections that are open. All clones count together.
#[derive(Clone, Default)]
pub(super) struct Admission {
    open: Arc<AtomicUsize>,
    addresses: Arc<Addresses>,
}

impl Admission {
    /// Counts one more connection, until the result is dropped; `None` if there are too many.
    pub(super) fn admit(&self, peer: SocketAddr, options: &Options) -> Option<Admitted> {
        // Counted first, because several workers accept.
        let before = self.open.fetch_add(1, Ordering::Relaxed);
        let mut admitted = Admitted { open: Arc::clone(&self.open), _share: None };
        if before >= options.max_tcp_connections {
            warn_rarely!(option = "max_tcp_connections", "a connection was refused: too many");
            return None;
        }
        // A trusted proxy is not bounded by address, because it has the connections of all its clients.
        if !options.trust_proxies.contains(peer.ip()) {
            let most = options.max_connections_per_address.saturating_mul(PER_SESSION);
            let Some(share) = self.addresses.take(peer.ip(), most) else {
                warn_rarely!(
                    option = "max_connections_per_address",
                    "a connection was refused: too many of one address; behind a proxy, `trust_proxies` must name it"
                );
                return None;
            };
            admitted._share = Some(share);
        }
        Some(admitted)
    }
}

/// One counted connection.
pub(super) struct Admitted {
    open: Arc<AtomicUsize>,
    _share: Option<Share>,
}

impl Drop for Admitted {
    fn drop(&mut self) {
        self.open.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Proxies;

    #[test]
    fn connections_are_bounded_together_and_by_address() {
        let options = Options::new().max_tcp_connections(5).max_connections_per_address(1);
        let options = options.trust_proxies(Proxies::new(["192.0.2.9"]).unwrap());
        let admission = Admission::default();
        let admit = |ip: &str| admission.admit(SocketAddr::new(ip.parse().unwrap(), 1), &options);
        let first = [admit("192.0.2.1").unwrap(), admit("192.0.2.1").unwrap()];
        assert!(admit("192.0.2.1").is_none(), "a third of one address");
        let proxy = [admit("192.0.2.9").unwrap(), admit("192.0.2.9").unwrap(), admit("192.0.2.9").unwrap()];
        assert!(admit("192.0.2.2").is_none(), "a sixth");
        drop(first);
        assert!(admit("192.0.2.1").is_some());
        drop(proxy);
        assert_eq!(admission.open.load(Ordering::Relaxed), 0);
    }
}
