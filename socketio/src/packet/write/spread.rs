//! Which values are several arguments: tuples and [`Rest`], and nothing else.
//!
//! Serde cannot say so: an array `[T; N]` and a tuple call the same method of a serialiser. The type's name can. It is a
//! constant, so the question costs nothing when the program runs.

use std::any::type_name;

use crate::packet::Rest;

/// How many arguments a type is.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// `()`.
    None,
    /// Anything but a tuple.
    One,
    /// A tuple with elements, or [`Rest`].
    Several,
}

/// The shape of `A`, looking through references.
pub(super) fn shape_of<A: ?Sized>() -> Shape {
    let mut name = type_name::<A>();
    while let Some(rest) = name.strip_prefix('&') {
        name = rest.strip_prefix("mut ").unwrap_or(rest);
    }
    match name {
        "()" => Shape::None,
        // A trait object of several traits is written in parentheses behind a reference.
        name if name.starts_with('(') && !name.starts_with("(dyn ") => Shape::Several,
        name if is_rest(name) => Shape::Several,
        _ => Shape::One,
    }
}

/// Whether this is the name of a `Rest<T>`, whatever `T`.
fn is_rest(name: &str) -> bool {
    let rest = type_name::<Rest<()>>();
    rest.strip_suffix("()>").is_some_and(|rest| name.starts_with(rest))
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;
    use std::fmt::Debug;

    use super::*;

    #[test]
    fn rest_is_several() {
        assert_eq!(shape_of::<Rest<u8>>(), Shape::Several);
        assert_eq!(shape_of::<&Rest<(u8, u8)>>(), Shape::Several);
        assert_eq!(shape_of::<Vec<Rest<u8>>>(), Shape::One);
    }

    #[test]
    fn tuples_are_several() {
        assert_eq!(shape_of::<(u8,)>(), Shape::Several);
        assert_eq!(shape_of::<(u8, String)>(), Shape::Several);
        assert_eq!(shape_of::<((), ())>(), Shape::Several);
        assert_eq!(shape_of::<&&(u8, u8)>(), Shape::Several);
        assert_eq!(shape_of::<&mut (u8, u8)>(), Shape::Several);
        assert_eq!(shape_of::<((u8, u8),)>(), Shape::Several);
        assert_eq!(shape_of::<(&dyn Debug, u8)>(), Shape::Several);
        assert_eq!(shape_of::<(fn(u8) -> u8,)>(), Shape::Several);
    }

    #[test]
    fn unit_is_none() {
        assert_eq!(shape_of::<()>(), Shape::None);
        assert_eq!(shape_of::<&()>(), Shape::None);
    }

    #[test]
    fn all_else_is_one() {
        struct Unit;
        struct Pair(#[expect(dead_code, reason = "only its type's name matters")] (u8, u8));
        assert_eq!(shape_of::<Unit>(), Shape::One);
        assert_eq!(shape_of::<Pair>(), Shape::One);
        assert_eq!(shape_of::<[u8; 2]>(), Shape::One);
        assert_eq!(shape_of::<[(u8, u8)]>(), Shape::One);
        assert_eq!(shape_of::<Vec<(u8, u8)>>(), Shape::One);
        assert_eq!(shape_of::<Option<(u8, u8)>>(), Shape::One);
        assert_eq!(shape_of::<Box<(u8, u8)>>(), Shape::One);
        assert_eq!(shape_of::<HashMap<u8, ()>>(), Shape::One);
        assert_eq!(shape_of::<str>(), Shape::One);
        assert_eq!(shape_of::<&str>(), Shape::One);
        assert_eq!(shape_of::<&dyn Debug>(), Shape::One);
        assert_eq!(shape_of::<&(dyn Debug + Send)>(), Shape::One);
    }
}
