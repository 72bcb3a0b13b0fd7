//! Long polling: a pending GET carries packets to the client, a POST carries packets from it. The requests' futures run
//! in the HTTP server's tasks; what they do to the session goes through its `Shared`.

pub(crate) mod get;
pub(crate) mod post;

pub(crate) use self::{
    get::{Held, get},
    post::{Bounds, Posting, post},
};
