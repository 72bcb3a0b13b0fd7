//! The path on the struct.

/// Kept.
#[namespace("/here/{id}")]
#[cfg(unix)]
#[derive(Default)]
pub struct Here {
    field: u8,
}

#[namespace]
struct There<T>(T);
