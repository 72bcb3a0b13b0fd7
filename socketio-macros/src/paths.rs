//! Every path that generated code names, once. Not the code itself.
//!
//! All of them hang on the runtime crate: `::socketio`, or what `crate = …` says.

use proc_macro2::{Span, TokenStream, TokenTree};
use quote::{ToTokens, quote_spanned};

/// The runtime crate, as the user's crate calls it.
#[derive(Clone)]
pub(crate) struct Runtime {
    renamed: Option<syn::Path>,
    span: Span,
}

impl Runtime {
    pub(crate) fn new(renamed: Option<syn::Path>) -> Self {
        Self { renamed, span: Span::call_site() }
    }

    /// The same paths, standing at the place that errors about their use shall underline: the compiler underlines an expression as a
    /// whole only if all of it stands at one place.
    pub(crate) fn at(&self, span: Span) -> Self {
        Self { renamed: self.renamed.clone(), span }
    }

    /// The crate as serde's `crate = "…"` wants it.
    pub(crate) fn serde(&self) -> String {
        format!("{}::__private::serde", self.to_token_stream().to_string().replace(' ', ""))
    }
}

impl ToTokens for Runtime {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        let span = self.span;
        match &self.renamed {
            Some(path) => {
                let place = |mut token: TokenTree| {
                    token.set_span(token.span().located_at(span));
                    token
                };
                tokens.extend(path.to_token_stream().into_iter().map(place));
            }
            None => tokens.extend(quote_spanned!(span=> ::socketio)),
        }
    }
}

/// Declares one method per name: `rt.outcome()` gives the tokens of `::socketio::__private::Outcome`.
macro_rules! paths {
    ($($(#[$doc:meta])* $method:ident = $($path:ident)::+;)*) => {
        impl Runtime {
            $($(#[$doc])* pub(crate) fn $method(&self) -> TokenStream { quote_spanned!(self.span=> #self $(::$path)+) })*
        }
    };
}

paths! {
    // What users see too.
    /// `trait FromContext { const IMMEDIATE: bool; fn requires(r: &mut Requirements, argument: &'static str); … }`
    lends = FromContext;
    /// `trait FromPayload { const REST: bool; const ACK: bool; fn from_payload(&mut Reader<'_, A>, &'static str) -> Result<Self, ReadError>; }`
    reads = FromPayload;
    /// The trait of typed events.
    event = Event;
    /// `trait EmittedBy<N>: Event`, for each event that the namespace `N` declares.
    emitted_by = EmittedBy;
    /// The trait of grants.
    grant = Grant;

    // The table.
    namespace = __private::Namespace;
    has_path = __private::HasPath;
    entry = __private::Entry;
    inventory = __private::inventory;
    table = __private::Table;
    table_event = __private::Event;
    run = __private::Run;
    connect = __private::Connect;
    disconnect = __private::Disconnect;
    /// `trait Initial { fn initial() -> Self; }` for every `Default`: the instance where `on_connect` does not build one.
    initial = __private::Initial;

    // One call.
    context = __private::Context;
    arguments = __private::Arguments;
    reply_to = __private::ReplyTo;
    outcome = __private::Outcome;
    failure = __private::Failure;
    refusal = __private::Refusal;
    requirements = __private::Requirements;
    boxed = __private::Box;
    box_future = __private::BoxFuture;
    shared = __private::Shared;
    exclusive = __private::Exclusive;

    /// `fn lost(cx: &Context, failure: Failure)`: logs that `on_disconnect` is not called, because a context has failed.
    lost = __private::lost;

    // Arguments.
    decode = __private::Decode;
    reader = __private::Reader;
    read_error = __private::ReadError;
    seq_access = __private::serde::de::SeqAccess;

    // Returned values, told apart by type.
    probe = __private::probe;
    result_kind = __private::ResultKind;
    value_kind = __private::ValueKind;

    // Assertions about types.
    /// `struct Is<T: ?Sized>` with constants that are inherent for some types, and for all others come from [`Runtime::otherwise`].
    is = __private::Is;
    otherwise = __private::Otherwise;
    /// `trait ReadOtherwise<T> { fn read(..) -> Result<T, ReadError>; }` for every `Is<T>` without an inherent `read`.
    read_otherwise = __private::ReadOtherwise;
    /// `#[track_caller] const fn check(right: bool, message: &'static str)`.
    check = __private::check;

    // Grants.
    cow = __private::Cow;

    // Typed events.
    event_writer = __private::EventWriter;
    write_error = __private::WriteError;
    serialize = __private::serde::Serialize;
}
