//! One TCP connection: HTTP/1 on hyper, until it becomes a WebSocket or ends.

use std::future::{Future as _, poll_fn};
use std::net::SocketAddr;
use std::pin::pin;
use std::task::Poll;

use http::StatusCode;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::{Instant, sleep};

use super::Service;
use super::core::{Phase, reached};
#[cfg(feature = "legacy")]
use super::flash;
use super::heads::{HEAD_TIMEOUT, Heads, LOOK, Looks};
use crate::engine::{Stream, Switch};

/// What a request's head may be: hyper's own bound on the number of headers is 100.
const HEAD_BYTES: usize = 16 * 1024;

/// Serves the requests of one TCP connection.
pub(super) async fn connection(
    stream: TcpStream,
    address: SocketAddr,
    service: Service,
    mut phase: watch::Receiver<Phase>,
) {
    #[cfg(feature = "legacy")]
    if service.engine_options().legacy {
        let asked = tokio::select! {
            asked = flash::asks_for_policy(&stream) => asked,
            () = reached(&mut phase, Phase::Stopping) => return,
        };
        if asked {
            return flash::answer(stream).await;
        }
    }
    let switch = Switch::default();
    let respond = service_fn(|request| {
        let response = service.respond(request, Some(address));
        let switch = &switch;
        async move {
            let response = response.await;
            if matches!(&response, Ok(response) if response.status() == StatusCode::SWITCHING_PROTOCOLS) {
                switch.set();
            }
            response
        }
    });
    let begun = Instant::now();
    let heads = Heads::new(begun.into_std());
    let mut http = http1::Builder::new();
    http.timer(heads.clone()).header_read_timeout(HEAD_TIMEOUT).max_buf_size(HEAD_BYTES);
    let mut serving = pin!(http.serve_connection(Stream::new(stream, switch.clone()), respond).with_upgrades());

    let mut looks = Looks::new(heads);
    let mut look = pin!(sleep(LOOK));
    let news = phase.clone();
    let mut stopping = pin!(reached(&mut phase, Phase::Stopping));
    // Both wake this task, whose waker they have after the first round; until they have something to say, the later
    // rounds, of which each request has some, do without them.
    let mut armed = false;
    let mut stopped = false;
    let served = poll_fn(|cx| {
        loop {
            if let Poll::Ready(served) = serving.as_mut().poll(cx) {
                return Poll::Ready(served);
            }
            if !armed || look.is_elapsed() {
                while look.as_mut().poll(cx).is_ready() {
                    if looks.are_over() {
                        tracing::debug!(%address, "no request came in time");
                        return Poll::Ready(Ok(()));
                    }
                    look.as_mut().reset(Instant::now() + LOOK);
                }
            }
            let may_stop = !stopped && (!armed || news.has_changed().unwrap_or(true));
            armed = true;
            if !may_stop || stopping.as_mut().poll(cx).is_pending() {
                return Poll::Pending;
            }
            stopped = true;
            serving.as_mut().graceful_shutdown();
        }
    });
    if let Err(error) = served.await {
        tracing::debug!(%address, %error, "connection ended with an error");
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    use super::*;
    use crate::server::Server;

    async fn connect() -> TcpStream {
        let bound = Server::empty().bind("127.0.0.1:0").await.unwrap();
        let address = bound.local_addr().unwrap();
        tokio::spawn(bound.serve());
        TcpStream::connect(address).await.unwrap()
    }

    /// Sends something and reads once.
    async fn ask(stream: &mut TcpStream, text: &str) -> String {
        stream.write_all(text.as_bytes()).await.unwrap();
        let mut answer = vec![0; 4096];
        let length = stream.read(&mut answer).await.unwrap();
        String::from_utf8_lossy(&answer[..length]).into_owned()
    }

    /// How long it takes until the server closes.
    async fn closed(stream: &mut TcpStream) -> Duration {
        let begun = Instant::now();
        while let Ok(1..) = stream.read(&mut [0; 1024]).await {}
        begun.elapsed()
    }

    #[tokio::test(start_paused = true)]
    async fn who_does_not_finish_a_head_is_hung_up_on() {
        let mut stream = connect().await;
        stream.write_all(b"GET /socket.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: a\r\nX-Slow: ").await.unwrap();
        let first = closed(&mut stream).await;
        assert!((HEAD_TIMEOUT - LOOK..=HEAD_TIMEOUT + LOOK).contains(&first), "{first:?}");

        let mut stream = connect().await;
        assert!(ask(&mut stream, "GET /nowhere HTTP/1.1\r\nHost: a\r\n\r\n").await.starts_with("HTTP/1.1 404"));
        stream.write_all(b"GET /").await.unwrap();
        let second = closed(&mut stream).await;
        assert!((HEAD_TIMEOUT - LOOK..=HEAD_TIMEOUT + LOOK).contains(&second), "{second:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn who_sends_one_now_and_then_is_not() {
        let mut stream = connect().await;
        for _ in 0..6 {
            tokio::time::sleep(HEAD_TIMEOUT - LOOK).await;
            assert!(ask(&mut stream, "GET /nowhere HTTP/1.1\r\nHost: a\r\n\r\n").await.starts_with("HTTP/1.1 404"));
        }
    }

    #[tokio::test]
    async fn a_websocket_is_answered_with_one_segment() {
        let mut stream = connect().await;
        let request = "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\n\
            Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
        let answer = ask(&mut stream, request).await;
        assert!(answer.starts_with("HTTP/1.1 101 ") && answer.contains("\r\n\r\n") && answer.contains("0{\"sid\""));
    }
}
