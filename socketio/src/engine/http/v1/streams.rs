//! Opens the streams of 0.7 to 0.9, which are WebSockets and htmlfiles, and gives them to the task of their session.

use std::{future::poll_fn, sync::Arc, time::Duration};

use http::{Response, header, request::Parts};
use tokio::time::timeout;

use crate::engine::http::accept;
use crate::engine::http::body::Body;
use crate::engine::http::context::take_upgrade;
use crate::engine::http::refusal::Refusal;
use crate::engine::http::v1::hixie;
use crate::engine::http::v1::reply::{no_filter, response};
use crate::engine::options::Options;
use crate::engine::options::choices::Transport;
use crate::engine::protocol::{Protocol, v1};
use crate::engine::session::state::SessionState;
use crate::engine::transport::hixie::Hixie;
use crate::engine::transport::htmlfile::HtmlFile;
use crate::engine::transport::stream::Stream;
use crate::engine::transport::websocket::WebSocket;

/// How long a connection may take to become a WebSocket.
const UPGRADE_TIMEOUT: Duration = Duration::from_secs(10);

/// How long the closing handshake of a stream without a session may take.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(5);

/// The versions of RFC 6455 and of the drafts with the same frames.
const VERSIONS: &[&str] = &["13", "8", "7"];

/// Answers a request for a WebSocket of RFC 6455 or hixie-76. A WebSocket of an unknown session is opened too, because only a packet in
/// it makes the client connect again.
pub(crate) fn websocket(
    session: Option<Arc<SessionState>>,
    options: &Options,
    head: &mut Parts,
) -> Result<Response<Body>, Refusal> {
    if !accept::is_upgrade(&head.headers) {
        return Err(Refusal::BadRequest("WebSocket request without an upgrade"));
    }
    let (response, challenge) = if head.headers.contains_key(header::SEC_WEBSOCKET_VERSION) {
        (accept::accept_one_of(head, VERSIONS)?, None)
    } else {
        let (response, challenge) = hixie::accept(head, &options.trust_proxies.client(head, None))?;
        (response, Some(challenge))
    };
    let upgrade = take_upgrade(head)?;
    let max = options.max_payload;
    tokio::spawn(async move {
        let Ok(Ok(upgraded)) = timeout(UPGRADE_TIMEOUT, upgrade).await else {
            return tracing::debug!("the connection was not upgraded");
        };
        let stream = match challenge {
            None => Stream::WebSocket(Box::new(WebSocket::new(upgraded, max, Protocol::v1(true, false)))),
            Some(challenge) => match timeout(UPGRADE_TIMEOUT, Hixie::open(upgraded, challenge, max)).await {
                Ok(Ok(hixie)) => Stream::Hixie(Box::new(hixie)),
                _ => return tracing::debug!("the third key did not arrive"),
            },
        };
        let refused = match session {
            Some(session) => session.attach(stream, Transport::WebSocket).err(),
            None => Some(stream),
        };
        if let Some(mut stream) = refused {
            stream.push(&v1::unknown());
            // Dropped after that, whether the client has answered or not.
            let _ = timeout(CLOSE_TIMEOUT, poll_fn(|cx| stream.poll_close(cx))).await;
        }
    });
    Ok(response)
}

/// Answers a request for an htmlfile, with a page that does not end.
pub(crate) fn htmlfile(session: Option<&Arc<SessionState>>) -> Response<Body> {
    let (page, body) = HtmlFile::new();
    let mut stream = Stream::HtmlFile(Box::new(page));
    let refused = match session {
        Some(session) => session.attach(stream, Transport::HtmlFile).err(),
        None => {
            stream.push(&v1::unknown());
            Some(stream)
        }
    };
    let mut response = response("text/html; charset=UTF-8", Body::stream(body));
    no_filter(&mut response);
    if let Some(mut stream) = refused {
        // In a task, because the HTTP server takes the page after this response.
        tokio::spawn(async move { timeout(CLOSE_TIMEOUT, poll_fn(|cx| stream.poll_close(cx))).await });
    }
    response
}
