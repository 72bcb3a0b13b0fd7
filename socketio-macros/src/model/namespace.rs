//! A whole namespace: combines the meaning of its options and its methods.

use std::collections::HashMap;

use syn::ext::IdentExt;
use syn::{Attribute, GenericParam, Generics, Ident, ItemStruct, LitStr, Type};

use super::handler::{self, Handler, Named};
use super::hook::{self, Hook};
use super::lifecycle::{self, Connect, Disconnect};
use super::names;
use super::server_event::{self, ServerEvent};
use crate::errors::Errors;
use crate::parse::attributes::{self, Attributes, HookKind};
use crate::parse::block::{Block, Member, Method};
use crate::parse::limit::{self, Limit};
use crate::parse::options::Options;
use crate::paths::Runtime;

/// The content of an impl with `#[namespace]`.
pub(crate) struct Namespace {
    pub(crate) runtime: Runtime,
    pub(crate) self_type: Type,
    pub(crate) generics: Generics,
    pub(crate) cfg: Vec<Attribute>,
    pub(crate) path: Option<LitStr>,
    pub(crate) emits: Option<Type>,
    /// Whether the program mounts the namespace, so that it is not found at link time.
    pub(crate) manual: bool,
    /// Whether unknown events are answered with `forbidden`.
    pub(crate) locked: bool,
    pub(crate) limit: Option<Limit>,
    /// More than one only under different `#[cfg]`s.
    pub(crate) connect: Vec<Connect>,
    pub(crate) disconnect: Vec<Disconnect>,
    pub(crate) handlers: Vec<Handler>,
    pub(crate) hooks: Vec<Hook>,
    pub(crate) server_events: Vec<ServerEvent>,
}

/// Reads an impl and removes our attributes from it. With errors the result is incomplete; it is then used only to
/// avoid further errors in other parts of the user's program.
pub(crate) fn read(block: &mut Block, options: Options, errors: &mut Errors) -> Namespace {
    let mut reading = Reading {
        namespace: empty(block, &options, errors),
        options,
        named: Vec::new(),
        fallbacks: Vec::new(),
        on_errors: Vec::new(),
    };
    reading.namespace.limit = limit(&mut block.attributes, errors);
    for member in &mut block.members {
        match member {
            Member::Method(method) => reading.method(method, errors),
            Member::Unread(error, _) => errors.push(error.clone()),
            Member::Other(_) => {}
        }
    }
    only_one(&reading.fallbacks, "only one `#[fallback]` can catch what nothing else does", errors);
    only_one(&reading.on_errors, "only one `#[on_error]` can map the errors of a namespace", errors);
    duplicates(&reading.named, errors);
    server_event::duplicates(&reading.namespace.server_events, errors);
    reading.namespace
}

/// Refuses a second attribute of a kind that a namespace may have once.
fn only_one(attributes: &[Attribute], message: &str, errors: &mut Errors) {
    if let [first, second, ..] = attributes {
        let mut error = syn::Error::new_spanned(second, message);
        error.combine(syn::Error::new_spanned(first, "this one does already"));
        errors.push(error);
    }
}

fn empty(block: &Block, options: &Options, errors: &mut Errors) -> Namespace {
    let generics = &block.generics;
    for param in &generics.params {
        if let GenericParam::Lifetime(lifetime) = param {
            let lifetime = &lifetime.lifetime;
            errors.at(lifetime, format!("an instance outlives every call, so it cannot borrow for `{lifetime}`"));
        }
    }
    if !generics.params.is_empty() && !options.manual {
        let help = format!("help: add `manual` and mount each instance: `.mount::<{}<Db>>()`", block.name());
        errors.at(generics, format!("a generic namespace cannot be discovered at link time\n{help}"));
    }
    Namespace {
        runtime: Runtime::new(options.runtime.clone()),
        self_type: block.self_type.clone(),
        generics: generics.clone(),
        cfg: block.cfg(),
        path: options.path.clone(),
        emits: options.emits.clone(),
        manual: options.manual,
        locked: options.acl.is_some(),
        limit: None,
        connect: Vec::new(),
        disconnect: Vec::new(),
        handlers: Vec::new(),
        hooks: Vec::new(),
        server_events: Vec::new(),
    }
}

struct Reading {
    namespace: Namespace,
    options: Options,
    named: Vec<Named>,
    fallbacks: Vec<Attribute>,
    on_errors: Vec<Attribute>,
}

impl Reading {
    fn method(&mut self, method: &mut Method, errors: &mut Errors) {
        let attributes = attributes::take(&mut method.attributes, errors);
        let (name, signature) = (method.name().unraw().to_string(), &method.signature);
        if attributes.server_event.is_some() {
            let (case, self_type) = (self.options.rename_all, &self.namespace.self_type);
            let found = server_event::read(signature, attributes, case, self_type, errors);
            return self.namespace.server_events.extend(found);
        }
        if let Some((attribute, kind)) = attributes.hooks.first() {
            let on_error = (*kind == HookKind::OnError && attributes.cfg.is_empty()).then(|| attribute.clone());
            self.on_errors.extend(on_error);
            let hook = hook::read(signature, attributes, &self.namespace.self_type, errors);
            return self.namespace.hooks.extend(hook);
        }
        if !name.starts_with("on_") && attributes.fallback.is_none() {
            return helper(method.name(), &attributes, errors);
        }
        let self_type = self.namespace.self_type.clone();
        if attributes.event.is_none() && attributes.fallback.is_none() {
            hook::mistaken(method.name(), errors);
        }
        match name.as_str() {
            "on_connect" => {
                let conditional = !attributes.cfg.is_empty();
                let connect = lifecycle::connect(signature, attributes, &self_type, errors);
                once(method.name(), conditional, &self.namespace.connect, errors);
                self.namespace.connect.extend(connect);
            }
            "on_disconnect" => {
                let conditional = !attributes.cfg.is_empty();
                let disconnect = lifecycle::disconnect(signature, attributes, &self_type, errors);
                once(method.name(), conditional, &self.namespace.disconnect, errors);
                self.namespace.disconnect.extend(disconnect);
            }
            _ => {
                if attributes.acl.iter().any(|(_, acl)| acl.guard.is_some()) {
                    // An argument may be used in the condition only.
                    method.attributes.push(syn::parse_quote!(#[allow(unused_variables)]));
                }
                let named = handler::names(method.name(), &attributes, self.options.rename_all, errors);
                self.fallbacks.extend(attributes.fallback.clone().filter(|_| attributes.cfg.is_empty()));
                let default = self.options.acl.as_ref();
                self.namespace
                    .handlers
                    .extend(handler::read(signature, attributes, &named, default, &self_type, errors));
                self.named.extend(named);
            }
        }
    }
}

/// Reads and removes `#[limit]` on the impl.
fn limit(attributes: &mut Vec<Attribute>, errors: &mut Errors) -> Option<Limit> {
    let mut taken = None;
    for attribute in attributes.extract_if(.., |attribute| attribute.path().is_ident("limit")) {
        limit::take(attribute, &mut taken, errors);
    }
    taken.map(|(_, limit)| limit)
}

/// Refuses our attributes on a method that handles no event.
fn helper(name: &Ident, attributes: &Attributes, errors: &mut Errors) {
    for (attribute, _) in &attributes.acl {
        errors.at(attribute, format!("`{name}` is not an event: only `on_*` methods are guarded"));
    }
    if let Some((attribute, _)) = &attributes.limit {
        errors.at(attribute, format!("`{name}` is not an event: only `on_*` methods are limited"));
    }
    if let Some((attribute, _)) = &attributes.event {
        errors.at(
            attribute,
            format!("`{name}` is not an event: only `on_*` methods are registered\nhelp: call it `on_{name}`"),
        );
    }
}

/// Refuses a second `on_connect` or `on_disconnect` without `#[cfg]`. (Rustc also reports the second definition.)
fn once<T>(name: &Ident, conditional: bool, before: &[T], errors: &mut Errors) {
    if !conditional && !before.is_empty() {
        errors.at(name, format!("`{name}` is written twice"));
    }
}

/// Refuses two handlers of one event. For handlers under `#[cfg]` the server checks this when it starts.
fn duplicates(named: &[Named], errors: &mut Errors) {
    let mut seen: HashMap<String, &Named> = HashMap::new();
    for second in named.iter().filter(|named| !named.cfg) {
        let Some(first) = seen.get(&names::normal(&second.name)) else {
            seen.insert(names::normal(&second.name), second);
            continue;
        };
        let name = &second.name;
        if first.name == *name {
            let mut error = syn::Error::new(second.span, format!("event `{name}` is handled twice"));
            error.combine(syn::Error::new(first.span, format!("`{name}` was first handled here")));
            errors.push(error);
        } else {
            // Reports the name with the space in either order, because the underscores in its place are unexpected.
            let (odd, other) = if name.contains(' ') { (second, *first) } else { (*first, second) };
            let other =
                other.method.as_ref().map_or_else(|| format!("{:?}", other.name), |method| format!("`{method}`"));
            let message = format!("event {:?} is the same as {other}: spaces count as underscores", odd.name);
            errors.push(syn::Error::new(odd.span, message));
        }
    }
}

impl Namespace {
    /// Whether the type has parameters, so that its checks run only where the type is used.
    pub(crate) fn is_generic(&self) -> bool {
        !self.generics.params.is_empty()
    }
}

/// The options of `#[namespace]` on a struct: at most a path and the crate.
pub(crate) struct Place {
    pub(crate) runtime: Runtime,
    pub(crate) path: Option<LitStr>,
}

/// Reads the options on a struct.
pub(crate) fn place(item: &ItemStruct, options: Options, errors: &mut Errors) -> Place {
    for key in options.given.iter().filter(|key| *key != "crate") {
        errors.at(key, format!("`{key}` belongs on the `impl {}` block, where the events are", item.ident));
    }
    Place { runtime: Runtime::new(options.runtime), path: options.path }
}
