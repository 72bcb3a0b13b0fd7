//! A response on its way: known at once, or as soon as the session or the client has done its part.

use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll, ready},
};

use http::{HeaderMap, Response};

use crate::engine::http::{
    body::Body,
    polling::{Held, Posting},
};

/// See the module.
pub(crate) enum Pending {
    /// Known at once; `None` after it was taken.
    Known(Option<Response<Body>>),
    /// The session has to have something to say.
    Get(Held),
    /// The client has to send a body.
    Post(Posting),
    /// For a client of 0.7 to 0.9.
    #[cfg(feature = "legacy")]
    V1(Pin<Box<dyn Future<Output = Response<Body>> + Send>>),
}

impl From<Response<Body>> for Pending {
    fn from(response: Response<Body>) -> Self {
        Self::Known(Some(response))
    }
}

impl Pending {
    /// Waits for the response. One that was not known at once begins with these headers.
    pub(crate) fn poll(&mut self, headers: &mut HeaderMap, cx: &mut Context<'_>) -> Poll<Response<Body>> {
        let answered = match self {
            // Polled again after its end, which is the caller's mistake: then there is nothing to say.
            Self::Known(response) => return Poll::Ready(response.take().unwrap_or_default()),
            Self::Get(held) => ready!(Pin::new(held).poll(cx)),
            Self::Post(posting) => ready!(posting.as_mut().poll(cx)),
            #[cfg(feature = "legacy")]
            Self::V1(response) => return response.as_mut().poll(cx),
        };
        let headers = std::mem::take(headers);
        *self = Self::Known(None);
        Poll::Ready(match answered {
            Ok(reply) => reply.into_response(headers),
            Err(refusal) => refusal.late(headers),
        })
    }
}
