//! Grants: what the server has allowed a socket to do. `#[acl]` asks for them.

use std::borrow::Cow;

/// The name of a permission: a string, or a variant of an enum with `#[derive(Grant)]`.
///
/// ```
/// use socketio::Grant;
///
/// #[derive(Grant)]
/// enum Role {
///     Admin,
///     Editor,
/// }
///
/// assert_eq!(Role::Admin.name(), "Role::Admin");
/// assert_eq!("moderator".name(), "moderator");
/// ```
pub trait Grant {
    /// The name under which the grant is kept. The derive macro gives `Type::Variant`, so that an enum's grants never meet plain strings by chance.
    fn name(&self) -> Cow<'_, str>;
}

impl Grant for str {
    fn name(&self) -> Cow<'_, str> {
        self.into()
    }
}

impl Grant for String {
    fn name(&self) -> Cow<'_, str> {
        self.into()
    }
}

impl<T: Grant + ?Sized> Grant for &T {
    fn name(&self) -> Cow<'_, str> {
        (**self).name()
    }
}

/// The grants of one socket. Most sockets have a handful, so a list is searched faster than a map.
#[derive(Debug, Default)]
pub(crate) struct Grants {
    all: bool,
    names: Vec<Box<str>>,
}

impl Grants {
    pub(crate) fn add(&mut self, name: &str) {
        if !self.names.iter().any(|other| &**other == name) {
            self.names.push(name.into());
        }
    }

    pub(crate) fn remove(&mut self, name: &str) {
        self.names.retain(|other| &**other != name);
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.all || self.names.iter().any(|other| &**other == name)
    }

    pub(crate) fn add_all(&mut self) {
        self.all = true;
    }

    pub(crate) fn reset(&mut self) {
        *self = Self::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_grants_are_lifted_and_locked_again() {
        let mut grants = Grants::default();
        assert!(!grants.has("a"));
        grants.add("a");
        grants.add("a");
        assert!(grants.has("a") && !grants.has("b"));
        grants.add_all();
        assert!(grants.has("b"));
        grants.reset();
        assert!(!grants.has("a") && !grants.has("b"));
        grants.add("a");
        grants.remove("a");
        assert!(!grants.has("a"));
    }
}
