//! Text to syntax: what was written, not yet what it means. The accepted grammar stands above every parser.

pub(crate) mod acl;
pub(crate) mod attributes;
pub(crate) mod block;
pub(crate) mod limit;
pub(crate) mod options;
pub(crate) mod path;
