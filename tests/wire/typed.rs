//! Arguments that are not what a handler wants, and what handlers answer: over the wire, against the
//! application in `tests::rich`.
