//! The source of a crate as modules: what each file defines, what it imports, and which other items its code names.
//!
//! Files are parsed with `syn`; the bodies of macros are looked at as tokens. Test modules are left out, because a test may look at
//! anything.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;
use syn::{Attribute, Item, UseTree};

/// A path from the crate's root, without `crate`.
pub(crate) type Names = Vec<String>;

/// A place in a file that names something of this crate.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Use {
    pub(crate) line: usize,
    pub(crate) path: Names,
    /// A `pub use`, which hands a name on instead of using it.
    pub(crate) reexport: bool,
}

/// One file.
#[derive(Debug, Default)]
pub(crate) struct Module {
    pub(crate) file: PathBuf,
    /// The items that the file defines, also those of its inline modules.
    pub(crate) items: BTreeSet<String>,
    /// Imported names and child modules, and the paths behind them.
    pub(crate) imports: BTreeMap<String, Names>,
    /// Modules that everything is imported from.
    pub(crate) globs: Vec<Names>,
    pub(crate) uses: Vec<Use>,
}

/// All modules of a crate, by their paths.
pub(crate) type Modules = BTreeMap<Names, Module>;

/// Reads every file below `source`.
pub(crate) fn read(source: &Path) -> Modules {
    let mut files = Vec::new();
    crate::rust_files(source, &mut files);
    let modules = files.into_iter().map(|file| {
        let path = module_of(file.strip_prefix(source).unwrap());
        let module = parse(&path, &fs::read_to_string(&file).unwrap(), file.clone());
        (path, module)
    });
    modules.collect()
}

/// The module that a file is, from its path below `src`.
pub(crate) fn module_of(file: &Path) -> Names {
    let mut module: Names =
        file.with_extension("").components().map(|part| part.as_os_str().to_str().unwrap().to_owned()).collect();
    if module.last().is_some_and(|last| last == "mod" || last == "lib") {
        module.pop();
    }
    module
}

/// Reads one file, which is the module `path`.
pub(crate) fn parse(path: &[String], text: &str, file: PathBuf) -> Module {
    let mut module = Module { file, ..Module::default() };
    let parsed = syn::parse_file(text).unwrap_or_else(|error| panic!("{}: {error}", module.file.display()));
    for item in &parsed.items {
        if let Item::Mod(child) = item {
            let name = child.ident.to_string();
            module.imports.insert(name.clone(), path.iter().cloned().chain([name]).collect());
        }
    }
    items(&parsed.items, path, &mut module);
    let tokens: TokenStream = parsed.items.iter().map(code).collect();
    let mut paths = Vec::new();
    scan(tokens, path, &module.imports, &mut paths);
    module.uses.extend(paths);
    module
}

/// An item as tokens, without imports, which are followed in [`items`], and without tests.
fn code(item: &Item) -> TokenStream {
    match item {
        item if is_test(attributes(item)) => TokenStream::new(),
        Item::Use(_) => TokenStream::new(),
        Item::Mod(module) => {
            let (name, list) = (&module.ident, module.content.iter().flat_map(|(_, list)| list).map(code));
            quote::quote!(mod #name { #(#list)* })
        }
        item => item.to_token_stream(),
    }
}

fn items(list: &[Item], path: &[String], module: &mut Module) {
    for item in list.iter().filter(|item| !is_test(attributes(item))) {
        let name = match item {
            // `::http` is the crate of that name.
            Item::Use(item) if item.leading_colon.is_some() => continue,
            Item::Use(item) => {
                let reexport = !matches!(item.vis, syn::Visibility::Inherited);
                tree(&item.tree, Vec::new(), path, reexport, module);
                continue;
            }
            Item::Mod(inner) => {
                if let Some((_, list)) = &inner.content {
                    let inside: Names = path.iter().cloned().chain([inner.ident.to_string()]).collect();
                    module.items.insert(inner.ident.to_string());
                    items(list, &inside, module);
                }
                continue;
            }
            Item::Const(item) => &item.ident,
            Item::Enum(item) => &item.ident,
            Item::Fn(item) => &item.sig.ident,
            Item::Static(item) => &item.ident,
            Item::Struct(item) => &item.ident,
            Item::Trait(item) => &item.ident,
            Item::Type(item) => &item.ident,
            Item::Macro(syn::ItemMacro { ident: Some(ident), .. }) => ident,
            _ => continue,
        };
        module.items.insert(name.to_string());
    }
}

/// Follows a `use` to its leaves.
fn tree(tree: &UseTree, mut before: Names, path: &[String], reexport: bool, module: &mut Module) {
    let leaf = |names: Names, name: Option<String>, line: usize, module: &mut Module| {
        let Some(mut absolute) = absolute(&names, path, &module.imports) else { return };
        match name {
            Some(name) => drop(module.imports.insert(name, absolute.clone())),
            None => {
                module.globs.push(absolute.clone());
                absolute.push("*".to_owned());
            }
        }
        module.uses.push(Use { line, path: absolute, reexport });
    };
    match tree {
        UseTree::Path(part) => {
            before.push(part.ident.to_string());
            self::tree(&part.tree, before, path, reexport, module);
        }
        UseTree::Group(group) => {
            group.items.iter().for_each(|one| self::tree(one, before.clone(), path, reexport, module));
        }
        UseTree::Name(name) => {
            let line = name.ident.span().start().line;
            let own = before.last().cloned();
            if name.ident == "self" {
                return leaf(before, own, line, module);
            }
            before.push(name.ident.to_string());
            leaf(before, Some(name.ident.to_string()), line, module);
        }
        UseTree::Rename(name) => {
            let line = name.ident.span().start().line;
            before.push(name.ident.to_string());
            leaf(before, Some(name.rename.to_string()), line, module);
        }
        UseTree::Glob(glob) => leaf(before, None, glob.star_token.spans[0].start().line, module),
    }
}

/// Collects every path in code that begins at the root, goes up, or begins with an imported name.
fn scan(tokens: TokenStream, path: &[String], imports: &BTreeMap<String, Names>, found: &mut Vec<Use>) {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let mut at = 0;
    while at < tokens.len() {
        match &tokens[at] {
            TokenTree::Ident(word) if word == "mod" => {
                if let (Some(TokenTree::Ident(name)), Some(TokenTree::Group(body))) =
                    (tokens.get(at + 1), tokens.get(at + 2))
                {
                    let inside: Names = path.iter().cloned().chain([name.to_string()]).collect();
                    scan(body.stream(), &inside, imports, found);
                    at += 2;
                }
            }
            TokenTree::Ident(word) => {
                let line = word.span().start().line;
                let mut names = vec![word.to_string()];
                let outside = at >= 1
                    && matches!(&tokens[at - 1], TokenTree::Punct(colon) if colon.as_char() == ':')
                    && at >= 2
                    && matches!(&tokens[at - 2], TokenTree::Punct(colon) if colon.as_char() == ':');
                while let [TokenTree::Punct(a), TokenTree::Punct(b), TokenTree::Ident(next), ..] = &tokens[at + 1..]
                    && (a.as_char(), b.as_char()) == (':', ':')
                {
                    names.push(next.to_string());
                    at += 3;
                }
                // `pub(crate)` and a name alone, which its import has been counted for.
                if names.len() > 1
                    && !outside
                    && let Some(path) = absolute(&names, path, imports)
                {
                    found.push(Use { line, path, reexport: false });
                }
            }
            TokenTree::Group(group) => scan(group.stream(), path, imports, found),
            _ => {}
        }
        at += 1;
    }
}

/// A path as seen from the crate's root; `None` if it is of another crate or cannot be told.
fn absolute(names: &[String], path: &[String], imports: &BTreeMap<String, Names>) -> Option<Names> {
    let (first, rest) = names.split_first()?;
    match first.as_str() {
        "crate" => Some(rest.to_vec()),
        "self" => Some([path, rest].concat()),
        "super" => {
            let up = names.iter().take_while(|name| *name == "super").count();
            let base = path.get(..path.len().checked_sub(up)?)?;
            Some([base, &names[up..]].concat())
        }
        name => imports.get(name).map(|behind| [behind, rest].concat()),
    }
}

fn attributes(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Macro(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Trait(item) => &item.attrs,
        Item::Type(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => &[],
    }
}

/// `#[cfg(test)]`.
fn is_test(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("cfg")
            && attribute.meta.require_list().is_ok_and(|list| list.tokens.to_string() == "test")
    })
}
