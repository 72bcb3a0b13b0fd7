//! One argument of a handler: its names and its type.

use proc_macro2::{Ident, Span};
use quote::format_ident;
use syn::ext::IdentExt;
use syn::{Pat, PatType, Type};

use super::types::{self, Source, Written};
use crate::errors::Errors;

/// `&T` or `T`, with the argument's names.
pub(crate) struct Argument {
    /// The name in error messages.
    pub(crate) name: String,
    /// The user's name, if the pattern is one name.
    pub(crate) binding: Option<Ident>,
    /// The name in generated code, which the user's expressions cannot see.
    pub(crate) local: Ident,
    /// `T`.
    pub(crate) ty: Written,
    /// Whether it is `&T`.
    pub(crate) lent: bool,
    /// The names that a pattern such as a tuple binds.
    pub(crate) parts: Vec<Ident>,
}

/// Reads the argument at `position`.
pub(crate) fn read(argument: &PatType, position: usize, self_type: &Type, errors: &mut Errors) -> Option<Argument> {
    for attribute in &argument.attrs {
        if attribute.path().is_ident("cfg") || attribute.path().is_ident("cfg_attr") {
            errors.at(attribute, "an argument of an event is always there\nhelp: put `#[cfg]` on the method");
        }
    }
    let (ty, lent) = match types::source(&argument.ty, errors)? {
        Source::Lent(ty) => (ty, true),
        Source::Sent(ty) => (ty, false),
    };
    let mut parts = Vec::new();
    let binding = match &*argument.pat {
        Pat::Ident(ident) if ident.subpat.is_none() => Some(ident.ident.clone()),
        pattern => {
            bound(pattern, &mut parts);
            None
        }
    };
    let local = match &binding {
        Some(name) => {
            let mut local = name.clone();
            local.set_span(Span::mixed_site());
            local
        }
        None => format_ident!("__{}", position, span = Span::mixed_site()),
    };
    Some(Argument { name: name(&argument.pat), binding, local, ty: Written::new(ty, self_type), lent, parts })
}

/// The argument's name for messages.
fn name(pattern: &Pat) -> String {
    let path = match pattern {
        Pat::Ident(ident) => {
            let name = ident.ident.unraw().to_string();
            // Drops the underscore of `_name`, because it only marks an unused argument.
            let used = name.trim_start_matches('_');
            return if used.is_empty() { name } else { used.to_owned() };
        }
        Pat::Struct(pattern) => &pattern.path,
        // The name of `Try(count): Try<u8>` is `count`.
        Pat::TupleStruct(pattern) if pattern.elems.len() == 1 && matches!(pattern.elems[0], Pat::Ident(_)) => {
            return name(&pattern.elems[0]);
        }
        Pat::TupleStruct(pattern) => &pattern.path,
        _ => return "_".to_owned(),
    };
    path.segments.last().map_or_else(|| "_".to_owned(), |segment| segment.ident.to_string())
}

/// Collects the names that a pattern binds.
fn bound(pattern: &Pat, names: &mut Vec<Ident>) {
    match pattern {
        Pat::Ident(ident) => {
            names.push(ident.ident.clone());
            if let Some((_, inner)) = &ident.subpat {
                bound(inner, names);
            }
        }
        Pat::Paren(inner) => bound(&inner.pat, names),
        Pat::Reference(inner) => bound(&inner.pat, names),
        Pat::Slice(inner) => inner.elems.iter().for_each(|pattern| bound(pattern, names)),
        Pat::Tuple(inner) => inner.elems.iter().for_each(|pattern| bound(pattern, names)),
        Pat::TupleStruct(inner) => inner.elems.iter().for_each(|pattern| bound(pattern, names)),
        Pat::Struct(inner) => inner.fields.iter().for_each(|field| bound(&field.pat, names)),
        _ => {}
    }
}
