//! `Pending`: the one type of a response that is not sent yet, whatever it waits for.

use std::{
    future::Future,
    pin::Pin,
    task::{Context, Poll, ready},
};

use http::{HeaderMap, Response};

use crate::engine::http::body::Body;
use crate::engine::http::polling::{PendingGet, Posting};

/// See the module.
pub(crate) enum Pending {
    /// Known at once; `None` after it was taken.
    Known(Option<Response<Body>>),
    /// A polling GET, which waits for packets.
    Get(PendingGet),
    /// A polling POST, which waits for the body of the request.
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
            // Empty if it is polled again after its end, which is a mistake of the caller.
            Self::Known(response) => return Poll::Ready(response.take().unwrap_or_default()),
            Self::Get(get) => ready!(Pin::new(get).poll(cx)),
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
