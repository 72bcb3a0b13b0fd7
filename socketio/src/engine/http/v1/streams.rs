//! A stream that begins, a WebSocket or a page without end: the answer to its request, and its way to the session's task.

use std::{future::poll_fn, sync::Arc, time::Duration};

use http::{Response, header, request::Parts};
use tokio::time::timeout;

use crate::engine::{
    http::{
        accept,
        body::Body,
        context::take_upgrade,
        refusal::Refusal,
        v1::{
            hixie,
            reply::{no_filter, response},
        },
    },
    options::{Options, choices::Transport},
    protocol::{Protocol, v1},
    session::state::Shared,
    transport::{hixie::Hixie, htmlfile::HtmlFile, stream::Stream, websocket::WebSocket},
};

/// How long a connection may take to become a WebSocket.
const PATIENCE: Duration = Duration::from_secs(10);

/// How long a stream for a session that is not there may take to be closed.
const GOODBYE: Duration = Duration::from_secs(5);

/// The versions of RFC 6455 and the drafts before it that are the same on the wire.
const VERSIONS: &[&str] = &["13", "8", "7"];

/// Answers a request for a WebSocket, of whichever dialect. One for a session that is not there is opened all the same:
/// only there can the client be told to come again.
pub(crate) fn websocket(
    session: Option<Arc<Shared>>,
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
        let Ok(Ok(upgraded)) = timeout(PATIENCE, upgrade).await else {
            return tracing::debug!("the connection was not upgraded");
        };
        let stream = match challenge {
            None => Stream::WebSocket(Box::new(WebSocket::new(upgraded, max, Protocol::v1(true, false)))),
            Some(challenge) => match timeout(PATIENCE, Hixie::open(upgraded, challenge, max)).await {
                Ok(Ok(hixie)) => Stream::Hixie(Box::new(hixie)),
                _ => return tracing::debug!("the old WebSocket's challenge did not arrive"),
            },
        };
        let refused = match session {
            Some(session) => session.attach(stream, Transport::WebSocket).err(),
            None => Some(stream),
        };
        if let Some(mut stream) = refused {
            stream.push(&v1::unknown());
            // It is gone after this, whether the client has heard it or not.
            let _ = timeout(GOODBYE, poll_fn(|cx| stream.poll_close(cx))).await;
        }
    });
    Ok(response)
}

/// Answers a request for an htmlfile: with its head, and an end that is open.
pub(crate) fn htmlfile(session: Option<&Arc<Shared>>) -> Response<Body> {
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
        // Nothing is in the pipe yet, so that this does not have to wait.
        tokio::spawn(async move { timeout(GOODBYE, poll_fn(|cx| stream.poll_close(cx))).await });
    }
    response
}
