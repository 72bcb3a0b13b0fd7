//! Collects the errors of one expansion, so that all of them are reported at once. The texts are where each error is
//! found.
//!
//! The first line of a message names the mistake, followed by lines that begin with `help:` (what to write) or
//! `note:` (why), because on the stable compiler a macro cannot add them in another way.

use std::fmt::Display;

use proc_macro2::{Span, TokenStream};
use quote::ToTokens;

/// Collects errors. A scope (see [`Errors::mark`]) shows whether one part has errors, while errors of other parts are
/// kept.
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

    /// An error that another parser has made.
    pub(crate) fn push(&mut self, error: syn::Error) {
        self.0.push(error);
    }

    /// The value of an `Ok`; adds the error of an `Err`.
    pub(crate) fn ok<T>(&mut self, result: syn::Result<T>) -> Option<T> {
        result.map_err(|error| self.push(error)).ok()
    }

    /// Opens a scope.
    pub(crate) fn mark(&self) -> Mark {
        Mark(self.0.len())
    }

    /// Whether no error was added since `mark`.
    pub(crate) fn clean_since(&self, mark: Mark) -> bool {
        self.0.len() == mark.0
    }

    /// Whether there are no errors.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl ToTokens for Errors {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        tokens.extend(self.0.iter().map(syn::Error::to_compile_error));
    }
}
