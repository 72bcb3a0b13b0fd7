//! Reads the arguments in `["name", a, b]`, or in `[a, b]` of an acknowledgement, into types: in one pass, without a tree of values.
//!
//! serde_json reads packets without attachments, except those with one string (`single_string`). For packets with attachments a layer around
//! serde_json (`binary`) returns bytes where the text has placeholders. The types of the arguments are those of the [`Pass`].

mod binary;
mod missing;
mod pass;
mod placeholder;
mod single_string;
mod tuple;

use std::fmt;
use std::marker::PhantomData;

use bytes::Bytes;
use serde::de::{DeserializeOwned, Deserializer as _, IgnoredAny, SeqAccess, Visitor};

use self::binary::{Attachments, WithBinary};
use super::assumptions::{Shape, shape_of};
use super::json;

pub(crate) use self::missing::missing;
pub(crate) use self::pass::{Pass, ReadFailure};

/// Lets `pass` read the arguments in `json`. Arguments that it does not read are skipped; text behind the array is an error.
///
/// `skip_name` is set for events, whose first element is the name. No JSON at all counts as `[]`.
pub(crate) fn read<P: Pass>(
    json: &str,
    attachments: &[Bytes],
    skip_name: bool,
    pass: P,
) -> Result<P::Output, ReadFailure> {
    let json = if json.is_empty() { "[]" } else { json };
    let attachments = Attachments::new(attachments);
    if attachments.is_empty()
        && let Some(literal) = single_string::only_string(json, skip_name)
    {
        let result = pass.arguments(single_string::SingleString::new(literal));
        return result.map_err(|error| failure(json, &attachments, &error));
    }
    let mut deserializer = serde_json::Deserializer::from_str(json);
    let array = Array { skip_name, pass };
    let result = if attachments.is_empty() {
        deserializer.deserialize_seq(array)
    } else {
        WithBinary::new(&mut deserializer, &attachments).deserialize_seq(array)
    };
    match result.and_then(|output| deserializer.end().map(|()| output)) {
        Ok(output) => Ok(output),
        Err(error) => Err(failure(json, &attachments, &error)),
    }
}

/// Reads the first argument into a `T`; see [`missing`] for what becomes of an absent one.
pub(crate) fn read_first<T>(json: &str, attachments: &[Bytes], skip_name: bool) -> Result<T, ReadFailure>
where
    T: DeserializeOwned,
{
    read(json, attachments, skip_name, First(PhantomData))?.map_or_else(missing, Ok)
}

/// Reads all arguments into a tuple `T`, one element each; see [`missing`] for what becomes of absent ones.
pub(crate) fn read_all<T: DeserializeOwned>(
    json: &str,
    attachments: &[Bytes],
    skip_name: bool,
) -> Result<T, ReadFailure> {
    read(json, attachments, skip_name, tuple::Tuple::new())
}

/// Reads the arguments into a `T`: a tuple takes several, `()` none, any other type the first.
pub(crate) fn read_shape<T: DeserializeOwned>(
    json: &str,
    attachments: &[Bytes],
    skip_name: bool,
) -> Result<T, ReadFailure> {
    match shape_of::<T>() {
        Shape::None => read_first::<Option<IgnoredAny>>(json, attachments, skip_name).and_then(|_| missing()),
        Shape::Several => read_all(json, attachments, skip_name),
        Shape::One => read_first(json, attachments, skip_name),
    }
}

/// Whether `json` is readable; for events without a handler.
pub(crate) fn check(json: &str) -> Result<(), ReadFailure> {
    if json.is_empty() { Ok(()) } else { json::check(json).map_err(ReadFailure::Malformed) }
}

/// Whether `error` is a malformed packet or a wrong argument. The whole text is checked now, because reading has stopped at the first error, and
/// because serde_json calls some valid JSON malformed, such as numbers that no type can represent.
#[cold]
fn failure(json: &str, attachments: &Attachments<'_>, error: &serde_json::Error) -> ReadFailure {
    if attachments.misused() {
        return ReadFailure::Malformed(json::message(error));
    }
    match json::check(json) {
        Err(text) => ReadFailure::Malformed(text),
        Ok(()) => ReadFailure::Data(json::message(error)),
    }
}

/// The whole array: the name is skipped, the pass runs, the rest is skipped.
struct Array<P> {
    skip_name: bool,
    pass: P,
}

impl<'de, P: Pass> Visitor<'de> for Array<P> {
    type Value = P::Output;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array of arguments")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<P::Output, A::Error> {
        if self.skip_name {
            elements.next_element::<IgnoredAny>()?;
        }
        let output = self.pass.arguments(&mut elements)?;
        while elements.next_element::<IgnoredAny>()?.is_some() {}
        Ok(output)
    }
}

struct First<T>(PhantomData<T>);

impl<T: DeserializeOwned> Pass for First<T> {
    type Output = Option<T>;

    fn arguments<'de, A: SeqAccess<'de>>(self, mut arguments: A) -> Result<Option<T>, A::Error> {
        arguments.next_element()
    }
}

#[cfg(test)]
pub(crate) mod tests;
