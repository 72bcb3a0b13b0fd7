//! Nodes that reach each other through Redis, with the wire formats of the Node server's adapters.

#[allow(dead_code, unused_imports, reason = "the adapters that use it follow")]
mod link;
#[cfg(test)]
mod testing;
