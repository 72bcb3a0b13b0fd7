//! Long polling: a GET carries packets to the client, a POST carries packets from it. Both run in the tasks of the HTTP server, and reach
//! the task of the session by its `SessionState`.

pub(crate) mod get;
pub(crate) mod post;

pub(crate) use self::{
    get::{PendingGet, get},
    post::{Bounds, Posting, post},
};
