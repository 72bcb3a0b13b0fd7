//! The errors of one expansion: all that can be found are told at once. Not the wording, which stands where each error is found.
//!
//! A message is a first line that says what is wrong, followed by lines that begin with `help:` (what to write) or
//! `note:` (why): on the stable compiler a macro has no other way to add them.

use std::fmt::Display;

use proc_macro2::{Span, TokenStream};
use quote::ToTokens;

/// Collects errors. A scope (see [`Errors::mark`]) tells whether one part was right, without hiding the errors of other parts.
#[derive(Default)]
pub(crate) struct Errors(Vec<syn::Error>);

/// How many errors there were at some point.
#[derive(Clone, Copy)]
pub(crate) struct Mark(usize);

impl Errors {
    /// An error under all of `tokens`.
    pub(crate) fn at(&mut self, tokens: impl ToTokens, message: impl Display) {
        self.0.push(syn::Error::new_spanned(tokens, message));
    }

    /// An error at one place.
    pub(crate) fn at_span(&mut self, span: Span, message: impl Display) {
        self.0.push(syn::Error::new(span, message));
    }

    /// An error that another tool found.
    pub(crate) fn push(&mut self, error: syn::Error) {
        self.0.push(error);
    }

    /// The value, or nothing and one more error.
    pub(crate) fn ok<T>(&mut self, result: syn::Result<T>) -> Option<T> {
        result.map_err(|error| self.push(error)).ok()
    }

    /// Opens a scope.
    pub(crate) fn mark(&self) -> Mark {
        Mark(self.0.len())
    }

    /// Whether nothing went wrong since.
    pub(crate) fn clean_since(&self, mark: Mark) -> bool {
        self.0.len() == mark.0
    }

    /// Whether nothing went wrong at all.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl ToTokens for Errors {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        tokens.extend(self.0.iter().map(syn::Error::to_compile_error));
    }
}
