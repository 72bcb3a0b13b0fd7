//! The description of one by-value argument, for the checks at compile time.

use super::facts::Takes;

/// A by-value argument.
pub struct Sent {
    pub(super) name: &'static str,
    /// Its type, as the user has written it.
    pub(super) ty: &'static str,
    pub(super) lent: bool,
    pub(super) option: bool,
    pub(super) optional_ack: bool,
    pub(super) takes: Takes,
}

impl Sent {
    /// An argument; `lent`, `option` and `takes` are the constants of [`Is`](super::Is).
    pub const fn new(name: &'static str, ty: &'static str, lent: bool, option: bool, takes: Takes) -> Self {
        Self { name, ty, lent, option, optional_ack: false, takes }
    }

    /// Sets whether the argument, which is written like `Option<Ack<..>>`, has that type.
    #[must_use]
    pub const fn optional_ack(self, optional_ack: bool) -> Self {
        Self { optional_ack, ..self }
    }

    pub(super) const fn is_ack(&self) -> bool {
        matches!(self.takes, Takes::Ack)
    }
}
