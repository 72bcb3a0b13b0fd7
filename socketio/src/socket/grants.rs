//! Grants: what the server has allowed a socket to do. `#[acl]` checks them.

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
    /// The name under which the grant is stored. The derive macro gives `Type::Variant`, so that an enum's grants do not collide with plain
    /// strings.
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
#[derive(Clone, Debug, Default)]
pub(crate) struct Grants {
    all: bool,
    named: Vec<Named>,
}

/// The last change of one grant.
#[derive(Clone, Debug)]
struct Named {
    name: Box<str>,
    /// False if the grant was revoked after `grant_all`.
    given: bool,
}

impl Grants {
    fn find(&self, name: &str) -> Option<&Named> {
        self.named.iter().find(|other| &*other.name == name)
    }

    fn set(&mut self, name: &str, given: bool) {
        match self.named.iter_mut().find(|other| &*other.name == name) {
            Some(named) => named.given = given,
            None => self.named.push(Named { name: name.into(), given }),
        }
    }

    pub(crate) fn add(&mut self, name: &str) {
        self.set(name, true);
    }

    pub(crate) fn remove(&mut self, name: &str) {
        if self.all {
            self.set(name, false);
        } else {
            self.named.retain(|other| &*other.name != name);
        }
    }

    /// Whether a grant was given, by its name or with all others.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.find(name).map_or(self.all, |named| named.given)
    }

    /// Whether a grant was given by its name.
    pub(crate) fn has_named(&self, name: &str) -> bool {
        self.find(name).is_some_and(|named| named.given)
    }

    /// The grants that were given by name, in that order.
    pub(crate) fn names(&self) -> Vec<String> {
        self.named.iter().filter(|named| named.given).map(|named| named.name.to_string()).collect()
    }

    pub(crate) fn add_all(&mut self) {
        self.all = true;
        self.named.retain(|named| named.given);
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

    #[test]
    fn what_is_revoked_is_excluded_from_all_grants() {
        let mut grants = Grants::default();
        grants.add("a");
        grants.remove("b");
        grants.add_all();
        assert!(grants.has("b"), "it was revoked before all were given");
        grants.remove("a");
        grants.remove("b");
        assert!(!grants.has("a") && !grants.has("b") && grants.has("c"));
        grants.add("a");
        assert!(grants.has("a") && !grants.has("b"));
        grants.add_all();
        assert!(grants.has("b"));
    }

    #[test]
    fn those_given_by_name_are_listed() {
        let mut grants = Grants::default();
        for name in ["b", "a", "c", "b"] {
            grants.add(name);
        }
        assert_eq!(grants.names(), ["b", "a", "c"]);
        grants.remove("a");
        grants.add_all();
        grants.remove("c");
        grants.remove("d");
        assert_eq!(grants.names(), ["b"]);
        grants.reset();
        assert!(grants.names().is_empty());
    }

    #[test]
    fn all_grants_are_not_the_grant_itself() {
        let mut grants = Grants::default();
        grants.add("a");
        grants.add_all();
        grants.remove("c");
        assert!(grants.has_named("a") && !grants.has_named("b") && !grants.has_named("c"));
    }
}
