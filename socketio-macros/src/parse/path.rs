//! The path of a namespace: `/chat`, or a pattern such as `/org/{id}` or `/files/{*path}`. The runtime matches paths.

use std::collections::HashSet;

use syn::LitStr;
use syn::ext::IdentExt;
use syn::parse::Parser;

use crate::errors::Errors;

/// ```text
/// path     := "/" [ segment ( "/" segment )* [ "/" tail ] | tail ]
/// segment  := text | "{" name "}"
/// tail     := "{" "*" name "}"
/// ```
pub(crate) fn check(literal: &LitStr, errors: &mut Errors) {
    let path = literal.value();
    let Some(segments) = path.strip_prefix('/') else {
        return errors.at(literal, format!("a namespace path begins with `/`: write \"/{path}\""));
    };
    if path.contains(',') {
        errors.at(literal, format!("{path:?} can never be reached: in a packet a `,` ends the path"));
    }
    if path.contains('?') {
        errors.at(literal, format!("{path:?} can never be reached: `?` begins a query, which is not part of the path"));
    }
    let mut names = HashSet::new();
    let mut segments = segments.split('/').peekable();
    while let Some(segment) = segments.next() {
        if let Err(message) = check_segment(&path, segment, segments.peek().is_none(), &mut names) {
            errors.at(literal, message);
        }
    }
}

/// Checks one segment and adds the name of its placeholder, if it has one.
fn check_segment<'a>(path: &str, segment: &'a str, is_last: bool, names: &mut HashSet<&'a str>) -> Result<(), String> {
    let Some(open) = segment.find('{') else {
        return if segment.contains('}') { Err(format!("`{segment}` in {path:?} is not opened")) } else { Ok(()) };
    };
    let rest = &segment[open + 1..];
    let Some(close) = rest.find('}') else {
        return Err(format!("`{}` in {path:?} is not closed", &segment[open..]));
    };
    let (name, behind) = (&rest[..close], &rest[close + 1..]);
    if open > 0 || !behind.is_empty() {
        return Err(format!("`{{{name}}}` in {path:?} must fill its segment, between one `/` and the next"));
    }
    let (whole, name) = (name, name.strip_prefix('*').unwrap_or(name));
    let is_tail = whole != name;
    if name.is_empty() {
        let example = if is_tail { "{*path}" } else { "{id}" };
        return Err(format!("`{{{whole}}}` in {path:?} needs a name, such as `{example}`"));
    }
    if is_tail && !is_last {
        return Err(format!(
            "`{{{whole}}}` must be the last segment of {path:?}\n\
             help: write `{{{name}}}` to match one segment\n\
             note: `{{*{name}}}` takes all that remains of the path"
        ));
    }
    if syn::Ident::parse_any.parse_str(name).is_err() {
        return Err(format!("`{{{whole}}}` in {path:?} is not a name: write letters, digits and `_`"));
    }
    if !names.insert(name) {
        return Err(format!("`{{{name}}}` stands twice in {path:?}"));
    }
    Ok(())
}
