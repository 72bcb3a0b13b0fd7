//! `Rest`: any number of arguments. `assumptions::shape_of` decides that its elements are written as arguments; the reader of a handler's
//! arguments (`namespace::argument`) and `Reply` read it.

use serde::{Serialize, Serializer};

/// Any number of arguments of one type.
///
/// As the last parameter of a handler it takes all arguments that no earlier one has taken. Emitted, returned or given to an
/// [`Ack`](crate::Ack) by itself, each of its elements is an argument of its own, as those of a tuple are. As the answer to
/// `emit_with_ack` it has all arguments of the acknowledgement.
///
/// ```
/// use socketio::Rest;
/// use socketio::prelude::*;
///
/// #[derive(Default)]
/// struct Sums;
///
/// #[namespace("/sums")]
/// impl Sums {
///     fn on_sum(&self, numbers: Rest<i64>) -> i64 {
///         numbers.0.iter().sum()
///     }
///
///     fn on_reversed(&self, mut numbers: Rest<i64>) -> Rest<i64> {
///         numbers.0.reverse();
///         numbers
///     }
/// }
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rest<T>(pub Vec<T>);

/// As an array, if it is a part of another value.
impl<T: Serialize> Serialize for Rest<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}
