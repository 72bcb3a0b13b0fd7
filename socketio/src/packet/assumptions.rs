//! Properties of std and serde_json that this crate relies on although they are not promised, each with a test that fails when it changes:
//!
//! * [`shape_of`]: `std::any::type_name` writes tuples in parentheses. Which values are several arguments depends on it: tuples and
//!   [`Rest`], and nothing else. Serde cannot tell, because an array `[T; N]` and a tuple call the same method of a serialiser. The
//!   name is a constant, so the question costs nothing when the program runs.
//! * [`without_position`]: serde_json ends the text of an error with its position. It is cut off, because it means nothing to a client.
//! * [`is_serde_json_struct`]: serde_json passes `RawValue`, and `Number` with `arbitrary_precision`, as structs whose names begin so.

use std::any::type_name;

use super::rest::Rest;

/// How many arguments a value of a type is.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// `()`.
    None,
    /// Anything but a tuple.
    One,
    /// A tuple with elements, or [`Rest`].
    Several,
}

/// The shape of `A`, looking through references.
pub(crate) fn shape_of<A: ?Sized>() -> Shape {
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

/// The text of a serde_json error without ` at line 1 column 8`.
pub(crate) fn without_position(message: &str) -> &str {
    message.rfind(" at line ").map_or(message, |end| &message[..end])
}

/// Whether a struct of this name can only be written by serde_json itself.
pub(crate) fn is_serde_json_struct(name: &str) -> bool {
    name.starts_with("$serde_json::private::")
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;
    use std::fmt::Debug;

    use super::*;

    #[test]
    fn errors_of_serde_json_end_with_their_position() {
        for text in ["[1,", "nope", "{\"a\":1}", "[\"\u{1}\"]", "[1]2"] {
            let error = serde_json::from_str::<Vec<String>>(text).unwrap_err();
            let position = format!(" at line {} column {}", error.line(), error.column());
            assert_eq!(format!("{}{position}", without_position(&error.to_string())), error.to_string());
        }
        assert_eq!(without_position("no position"), "no position");
    }

    #[test]
    fn raw_values_of_serde_json_are_known_by_their_name() {
        let raw = serde_json::value::RawValue::from_string("{\"a\": 1}".to_owned()).unwrap();
        let packet = crate::packet::write::ack("/", 1, &raw).unwrap();
        assert_eq!(packet.payload(), "[{\"a\": 1}]");
        assert!(!is_serde_json_struct("Number"));
    }

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
