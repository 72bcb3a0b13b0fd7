//! The path of a namespace: `/chat`, or a pattern such as `/org/{id}`. Not how paths are matched.

use std::collections::HashSet;

use syn::LitStr;
use syn::ext::IdentExt;
use syn::parse::Parser;

use crate::errors::Errors;

/// ```text
/// path     := "/" [ segment ( "/" segment )* ]
/// segment  := text | "{" name "}"
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
    for segment in segments.split('/') {
        if let Err(message) = check_segment(&path, segment, &mut names) {
            errors.at(literal, message);
        }
    }
}

/// Checks one segment and adds the name it captures, if it captures one.
fn check_segment<'a>(path: &str, segment: &'a str, names: &mut HashSet<&'a str>) -> Result<(), String> {
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
    if name.is_empty() {
        return Err(format!("`{{}}` in {path:?} needs a name, such as `{{id}}`"));
    }
    if syn::Ident::parse_any.parse_str(name).is_err() {
        return Err(format!("`{{{name}}}` in {path:?} is not a name: write letters, digits and `_`"));
    }
    if !names.insert(name) {
        return Err(format!("`{{{name}}}` stands twice in {path:?}"));
    }
    Ok(())
}
