//! A middleware that bounds how many events one client, or one address, may send.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::addresses::Addresses;
use crate::bounds;
use crate::engine::address_key;
use crate::error::Error;
use crate::log::Throttle;
use crate::namespace::{Bucket, Context, Middleware, Rate, rate_limited};
use crate::packet::{Kind, Packet};
use crate::socket::Socket;

/// How many addresses are stored by default.
const ADDRESSES: usize = 100_000;
/// Namespaces of one connection for which buckets are kept, at least.
const PATHS: usize = 64;

/// A [`Middleware`] that lets so many events through in a time, for each client or for each address; further ones are answered with the error
/// `rate_limited` and reach no handler.
///
/// It is a token bucket: full at first, it holds [`burst`](Self::burst) tokens, an event takes one, and `count` come back evenly in the time
/// `per`. The error's `data` is `{"retry_after": …}`, the milliseconds until there is a token, rounded up; in JavaScript
/// `answer.error.data.retry_after`. An event that asked for no acknowledgement is answered with the event `error` as other failures are, without
/// data. The log has a line at level `warn` once per minute, with the number of those left out.
///
/// Counted are events, including those without a handler, and the error packets of clients of 0.7 to 0.9; acknowledgements only with
/// [`acks`](Self::acks). Each limit is one middleware: register a limit for each client and one for each address to have both. `#[limit]`
/// bounds the events of one handler or namespace; see [`namespace`](macro@crate::namespace).
///
/// `count` and `burst` are from 1 to 1,000,000, `per` is from 1 ms to a day; another value is an error at start.
///
/// ```
/// use std::time::Duration;
///
/// use socketio::prelude::*;
/// use socketio::RateLimit;
///
/// let server = Server::new()
///     .middleware(RateLimit::per_socket(20, Duration::from_secs(1)))
///     .middleware(RateLimit::per_address(200, Duration::from_secs(1)).burst(1000));
/// ```
#[derive(Debug)]
pub struct RateLimit {
    rate: Rate,
    by: By,
    acks: bool,
    log: Throttle,
}

/// What a bucket belongs to.
#[derive(Debug)]
enum By {
    /// A client in a namespace. The number distinguishes this limit from others of the server.
    Socket(usize),
    Address {
        table: Box<Addresses>,
        most: usize,
    },
}

impl RateLimit {
    /// `count` events in the time `per` for each client and namespace.
    ///
    /// The buckets live as long as the client's connection: leaving a namespace and entering it again does not fill them. A client that
    /// opens another connection has new ones; [`per_address`](Self::per_address) bounds that.
    pub fn per_socket(count: u32, per: Duration) -> Self {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        Self::new(count, per, By::Socket(NEXT.fetch_add(1, Ordering::Relaxed)))
    }

    /// `count` events in the time `per` for each client address, whatever the number of its connections and their namespaces: an IPv4
    /// address, or an IPv6 network of 64 bits, because a client that has one such address usually has all of that network.
    ///
    /// It is the address of [`Handshake::address`](crate::Handshake::address), after the proxies in
    /// [`Server::trust_proxies`](crate::Server::trust_proxies). Behind a proxy that is missing there all clients share one bucket, and a
    /// client whose address is not known, as in another HTTP server that does not pass it on, is not limited.
    pub fn per_address(count: u32, per: Duration) -> Self {
        Self::new(count, per, By::Address { table: Box::default(), most: ADDRESSES })
    }

    fn new(count: u32, per: Duration, by: By) -> Self {
        Self { rate: Rate::new(count, per), by, acks: false, log: Throttle::new() }
    }

    /// How many events may come at once, after a pause. Default: the count.
    #[must_use]
    pub fn burst(mut self, events: u32) -> Self {
        self.rate.burst = events;
        self
    }

    /// Whether acknowledgements take a token too. Default `false`: there are never more of them than the server has asked for, and a
    /// refused acknowledgement is lost, so that the future that waits for it ends with [`AckError::Timeout`](crate::AckError::Timeout).
    #[must_use]
    pub fn acks(mut self, acks: bool) -> Self {
        self.acks = acks;
        self
    }

    /// How many addresses are stored, with about 100 bytes for each. Default 100,000; at least 16. It has no effect with
    /// [`per_socket`](Self::per_socket).
    ///
    /// Past it, a few addresses are compared, and the address whose bucket is full soonest is removed, so that a client with many addresses
    /// cannot have an empty bucket removed without emptying as many others.
    #[must_use]
    pub fn max_addresses(mut self, addresses: usize) -> Self {
        if let By::Address { most, .. } = &mut self.by {
            *most = addresses;
        }
        self
    }

    fn take(&self, socket: &Socket) -> Result<(), Duration> {
        match &self.by {
            By::Socket(limit) => Buckets::of(socket).take(*limit, socket, &self.rate),
            By::Address { table, most } => match socket.handshake().address() {
                Some(address) => table.take(address_key(address.ip()), &self.rate, *most),
                None => Ok(()),
            },
        }
    }
}

impl Middleware for RateLimit {
    fn incoming(&self, cx: &Context, packet: &Packet) -> Result<(), Error> {
        if !self.acks && matches!(packet.kind(), Kind::Ack | Kind::BinaryAck) {
            return Ok(());
        }
        self.take(cx.socket()).map_err(|wait| {
            if let Some(suppressed) = self.log.admit() {
                let (namespace, address) = (cx.socket().path(), cx.socket().handshake().address());
                tracing::warn!(suppressed, namespace, socket = %cx.socket().id(), ?address, event = ?cx.event(), "rate_limited");
            }
            rate_limited(wait)
        })
    }

    fn check(&self) -> Result<(), Error> {
        let option = match &self.by {
            By::Socket(_) => "RateLimit::per_socket",
            By::Address { most, .. } => {
                bounds::number("RateLimit::max_addresses", *most, 16, usize::MAX)?;
                "RateLimit::per_address"
            }
        };
        self.rate.check(option)
    }
}

/// The buckets of one connection, in its session.
#[derive(Debug, Default)]
struct Buckets(Mutex<Vec<Entry>>);

/// The bucket of a limit in a namespace.
#[derive(Debug)]
struct Entry {
    limit: usize,
    path: Arc<str>,
    bucket: Bucket,
}

impl Buckets {
    fn of(socket: &Socket) -> Arc<Self> {
        let session = socket.session();
        session.get().unwrap_or_else(|| {
            session.insert(Self::default());
            // The value was inserted above.
            session.get().unwrap_or_default()
        })
    }

    fn take(&self, limit: usize, socket: &Socket, rate: &Rate) -> Result<(), Duration> {
        let mut entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        let path = socket.path();
        if let Some(entry) = entries.iter_mut().find(|entry| entry.limit == limit && &*entry.path == path) {
            return rate.take(&mut entry.bucket, now);
        }
        if entries.len() >= PATHS {
            // A full bucket need not be stored, because a new bucket is full.
            entries.retain(|entry| entry.bucket.full_at(now).is_some());
        }
        // Removing a bucket is no loophole: a client that can enter any number of namespaces has new buckets there anyway.
        if entries.len() >= PATHS
            && let Some(fullest) = (0..entries.len()).min_by_key(|at| entries[*at].bucket.full_at(now))
        {
            entries.swap_remove(fullest);
        }
        let mut bucket = Bucket::default();
        let taken = rate.take(&mut bucket, now);
        entries.push(Entry { limit, path: socket.inner().nsp.path.clone(), bucket });
        taken
    }
}
