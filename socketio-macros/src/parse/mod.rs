//! Parses tokens to syntax, without its meaning. The documentation of every parser has the accepted grammar.

pub(crate) mod acl;
pub(crate) mod attributes;
pub(crate) mod block;
pub(crate) mod limit;
pub(crate) mod options;
pub(crate) mod path;
