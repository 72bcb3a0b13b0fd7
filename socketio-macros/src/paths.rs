//! The paths in generated code, each defined once.
//!
//! All paths begin with the runtime crate: `::socketio`, or the path of `crate = …`.

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote_spanned};

/// The runtime crate, as the user's crate calls it.
#[derive(Clone)]
pub(crate) struct Runtime {
    renamed: Option<syn::Path>,
    /// Whether [`ALIAS`] stands for `__private` where the paths are written.
    alias: bool,
    span: Span,
}

/// What generated blocks call `__private`, so that the code in them can be read.
const ALIAS: &str = "__rt";

impl Runtime {
    pub(crate) fn new(renamed: Option<syn::Path>) -> Self {
        Self { renamed, alias: false, span: Span::call_site() }
    }

    /// The same paths with the given span, which the compiler underlines in errors about their use: it underlines a
    /// whole expression only if all its tokens have the same span.
    pub(crate) fn at(&self, span: Span) -> Self {
        Self { renamed: self.renamed.clone(), alias: self.alias, span }
    }

    /// The same paths behind `use ::socketio::__private as __rt`.
    pub(crate) fn alias(&self) -> Self {
        Self { alias: true, ..self.clone() }
    }

    /// An item of `__private`.
    pub(crate) fn private(&self, name: &str) -> TokenStream {
        let (all, name) = (self.all(), Ident::new(name, self.span));
        quote_spanned!(self.span=> #all::#name)
    }

    /// `__private` itself.
    pub(crate) fn all(&self) -> TokenStream {
        if self.alias { self.to_token_stream() } else { quote_spanned!(self.span=> #self::__private) }
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
            _ if self.alias => Ident::new(ALIAS, span).to_tokens(tokens),
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

/// Declares one method per name: `rt.ending()` gives the tokens of `::socketio::__private::Ending`.
macro_rules! paths {
    ($($(#[$doc:meta])* $method:ident = $name:ident;)*) => {
        impl Runtime {
            $($(#[$doc])* pub(crate) fn $method(&self) -> TokenStream { self.private(stringify!($name)) })*
        }
    };
}

paths! {
    // Public items.
    /// `trait FromContext { const IMMEDIATE: bool; const PACKET: bool; fn requires(r: &mut Requirements, argument: &'static str); … }`
    lends = FromContext;
    /// `trait FromPayload { const REST: bool; const ACK: bool; fn from_payload(&mut Reader<'_, S>, &'static str) -> Result<Self, ReadError>; }`
    reads = FromPayload;
    /// The trait of typed events.
    event = Event;
    /// `trait EmittedBy<N>: Event`, for each event that the namespace `N` declares.
    emitted_by = EmittedBy;
    /// The trait of grants.
    grant = Grant;

    // The prelude, which a user's module may lack.
    boxed = Box;
    cow = Cow;
    result = Result;
    ok = Ok;
    err = Err;
    option = Option;
    some = Some;
    none = None;

    // The table.
    namespace = Namespace;
    has_path = HasPath;
    entry = Entry;
    inventory = inventory;
    table = Table;
    /// `Row::now::<M>(name, docs, line)`, and `now_mut`, `later`, `later_mut`.
    row = Row;
    on_connect = OnConnect;
    on_disconnect = OnDisconnect;
    /// `trait Initial { fn initial() -> Self; }` for every `Default`: the instance where `on_connect` does not build one.
    initial = Initial;

    // Hooks.
    /// `const HOOKS: Hooks<Self>`, in a namespace that has any.
    hooks = Hooks;
    /// `HookRow::now::<M>()` and `HookRow::later::<M>()`.
    hook_row = HookRow;
    hook = Hook;
    hook_later = HookLater;
    hook_future = HookFuture;
    error_hook = ErrorHook;
    map_error = MapError;
    /// `trait Mapped { fn error(self) -> Error; }`, for `Error` alone.
    mapped = Mapped;
    error = Error;

    // Methods that other servers call.
    /// `const SERVER_EVENTS: &'static [ServerRow]`, in a namespace that has any: `ServerRow::new::<N, M>(name)`.
    server_row = ServerRow;
    /// `trait ServerEvent<N>: Method<N> { fn call(program: &Program<'_>, sent: Self::Sent) -> Heard; }`
    server_event = ServerEvent;
    /// `trait FromServer { fn from_server(program: &Program<'_>) -> Result<&Self, Error>; }`
    server_lends = FromServer;
    program = Program;
    heard = Heard;

    // One method.
    method = Method;
    /// `Limit::new(count, millis, burst)`, in `const LIMIT` of a method or a namespace.
    limit = Limit;
    lent = Lent;
    call = Call;
    call_mut = CallMut;
    call_later = CallLater;
    construct = Construct;
    construct_later = ConstructLater;
    consume = Consume;
    consume_later = ConsumeLater;

    // One call.
    context = Context;
    arguments = Arguments;
    /// `(Self::Lent<'_>, Self::Sent, ReplyTo<'_>)`
    begun = Begun;
    ending = Ending;
    refusal = Refusal;
    requirements = Requirements;
    box_future = BoxFuture;
    shared = Shared;
    exclusive = Exclusive;
    /// `async fn begin::<N, M>(cx: &Context, args: Arguments)`: what is lent and sent, and where the answer goes.
    begin = begin;
    /// `fn lost(cx: &Context, failure: Failure)`: logs that `on_disconnect` is not called, because a context has failed.
    lost = lost;

    // Arguments.
    reader = Reader;
    source = Source;
    /// `Result<T, Failure>`
    lending = Lending;
    /// `Result<T, ReadError>`
    reading = Reading;

    // Returned values, distinguished by type.
    probe = probe;
    result_kind = ResultKind;
    value_kind = ValueKind;

    // Checks of types.
    /// `struct Is<T: ?Sized>` with constants that are inherent for some types, and for all others come from [`Runtime::otherwise`].
    is = Is;
    otherwise = Otherwise;
    /// `trait ReadOtherwise<T> { fn read(..) -> Result<T, ReadError>; }` for every `Is<T>` without an inherent `read`.
    read_otherwise = ReadOtherwise;
    /// `Sent::new(name, ty, lent, option, takes)`: the description of a by-value argument.
    sent = Sent;
    /// `#[track_caller] const fn check(right: bool, message: &str)`.
    check = check;
    /// `#[track_caller] const fn check_answer::<N, M>(is_unit: bool, output: &str)`.
    check_answer = check_answer;

    // Typed events.
    event_writer = EventWriter;
    write_error = WriteError;
    /// serde, whose derives name its items by this path.
    serde_crate = serde;
}
