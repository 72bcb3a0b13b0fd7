//! One TCP connection: HTTP/1 on hyper, until it becomes a WebSocket or ends.

use std::convert::Infallible;
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

use super::admission::Admitted;
use super::core::{Phase, reached};
use super::delivery::Watched;
#[cfg(feature = "legacy")]
use super::flash;
use super::service::Respond;
use super::timeouts::{Timeouts, Watchdog};
use crate::engine::{Doing, HttpStream, Monitor};

/// Serves the requests of one TCP connection, which counts as admitted until it is closed or has become a WebSocket.
pub(super) async fn connection(
    stream: TcpStream,
    address: SocketAddr,
    service: impl Respond,
    mut phase: watch::Receiver<Phase>,
    _admitted: Admitted,
) {
    #[cfg(feature = "legacy")]
    if service.engine_options().legacy {
        let asked = tokio::select! {
            asked = flash::asks_for_policy(&stream, service.engine_options().head_timeout) => asked,
            () = reached(&mut phase, Phase::Stopping) => return,
        };
        let Some(asked) = asked else { return tracing::debug!(%address, "nothing was sent") };
        if asked {
            let ports = flash::ports(&service.engine_options().legacy_options, stream.local_addr());
            return flash::answer(stream, ports).await;
        }
    }
    let monitor = Monitor::default();
    let respond = service_fn(|request| {
        monitor.requested();
        let response = service.respond(request, Some(address));
        let monitor = &monitor;
        async move {
            let Ok(response) = response.await;
            if response.status() == StatusCode::SWITCHING_PROTOCOLS {
                monitor.switch();
            }
            Ok::<_, Infallible>(response.map(|body| Watched::new(body, monitor.clone())))
        }
    });
    let mut http = http1::Builder::new();
    http.max_buf_size(service.engine_options().max_header_size);
    let mut serving = pin!(http.serve_connection(HttpStream::new(stream, monitor.clone()), respond).with_upgrades());

    let timeouts = Timeouts::of(service.engine_options());
    let mut watchdog = Watchdog::new(timeouts);
    let mut check = pin!(sleep(timeouts.interval()));
    let news = phase.clone();
    let mut stopping = pin!(reached(&mut phase, Phase::Stopping));
    // The check and the shutdown have this task's waker after the first poll. Later polls, of which each request has several, skip them
    // until they are due.
    let mut armed = false;
    let mut stopped = false;
    let served = poll_fn(|cx| {
        loop {
            if let Poll::Ready(served) = serving.as_mut().poll(cx) {
                return Poll::Ready(served);
            }
            if !armed || check.is_elapsed() {
                while check.as_mut().poll(cx).is_ready() {
                    let doing = monitor.doing();
                    if watchdog.is_expired(doing) {
                        tracing::debug!(%address, ?doing, "the connection was closed: a time limit");
                        if !matches!(doing, Doing::Blocked(_)) {
                            return Poll::Ready(Ok(()));
                        }
                        monitor.reset();
                        // The pending write fails now.
                        let _ = serving.as_mut().poll(cx);
                        return Poll::Ready(Ok(()));
                    }
                    check.as_mut().reset(Instant::now() + timeouts.interval());
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
        connect_to(Server::empty()).await
    }

    async fn connect_to(server: Server) -> TcpStream {
        let bound = server.bind("127.0.0.1:0").await.unwrap();
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

    /// The defaults.
    const HEAD: Duration = Duration::from_secs(10);
    const KEEP_ALIVE: Duration = Duration::from_secs(60);

    #[tokio::test(start_paused = true)]
    async fn a_head_that_is_not_finished_ends_the_connection() {
        let mut stream = connect().await;
        stream.write_all(b"GET /socket.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: a\r\nX-Slow: ").await.unwrap();
        let first = closed(&mut stream).await;
        assert!((HEAD..HEAD * 2).contains(&first), "{first:?}");

        let mut stream = connect().await;
        assert!(ask(&mut stream, "GET /nowhere HTTP/1.1\r\nHost: a\r\n\r\n").await.starts_with("HTTP/1.1 404"));
        stream.write_all(b"GET /").await.unwrap();
        let second = closed(&mut stream).await;
        assert!((HEAD..=HEAD * 2).contains(&second), "{second:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_connection_is_kept_for_another_request_and_not_for_ever() {
        let mut stream = connect().await;
        for _ in 0..6 {
            tokio::time::sleep(HEAD - Duration::from_secs(1)).await;
            assert!(ask(&mut stream, "GET /nowhere HTTP/1.1\r\nHost: a\r\n\r\n").await.starts_with("HTTP/1.1 404"));
            tokio::time::sleep(KEEP_ALIVE - HEAD).await;
        }
        assert!(ask(&mut stream, "GET /nowhere HTTP/1.1\r\nHost: a\r\n\r\n").await.starts_with("HTTP/1.1 404"));
        let idle = closed(&mut stream).await;
        assert!((KEEP_ALIVE..=KEEP_ALIVE + HEAD).contains(&idle), "{idle:?}");
    }

    #[cfg(feature = "legacy")]
    #[tokio::test(start_paused = true)]
    async fn a_connection_on_which_nothing_comes_is_closed_also_where_flash_may_ask() {
        let mut stream = connect_to(Server::empty().legacy(true)).await;
        let time = closed(&mut stream).await;
        assert!((HEAD..HEAD * 2).contains(&time), "{time:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn head_timeout_is_an_option() {
        let head = Duration::from_millis(1500);
        let mut stream = connect_to(Server::empty().head_timeout(head)).await;
        stream.write_all(b"GET /").await.unwrap();
        let time = closed(&mut stream).await;
        assert!((head..head * 2).contains(&time), "{time:?}");
    }

    #[tokio::test]
    async fn a_websocket_is_answered_with_one_segment() {
        let mut stream = connect().await;
        let request = "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\n\
            Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
        let answer = ask(&mut stream, request).await;
        assert!(answer.starts_with("HTTP/1.1 101 ") && answer.contains("\r\n\r\n") && answer.contains("0{\"sid\""));
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_that_nobody_reads_ends_in_a_reset() {
        let page = vec![b'x'; 32 << 20];
        let mut stream = connect_to(Server::empty().page("/big", "text/plain", page)).await;
        stream.write_all(b"GET /big HTTP/1.1\r\nHost: a\r\n\r\n".repeat(3).as_slice()).await.unwrap();
        // A client that reads now and then is slow and not stalled.
        for _ in 0..5 {
            tokio::time::sleep(Duration::from_secs(20)).await;
            stream.read_exact(&mut vec![0; 5 << 20]).await.unwrap();
        }
        tokio::time::sleep(Duration::from_secs(45)).await;
        let end = loop {
            match stream.read(&mut [0; 4096]).await {
                Ok(0) => break None,
                Ok(_) => {}
                Err(error) => break Some(error.kind()),
            }
        };
        assert_eq!(end, Some(std::io::ErrorKind::ConnectionReset));
    }
}
