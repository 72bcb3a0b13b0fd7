//! Grants: names, operators, typed roles, several attributes.

use socketio::Grant;
use socketio::prelude::*;

use crate::app::App;
use crate::{allowed, have, with};

#[derive(Grant, Clone, Copy)]
enum Role {
    Admin,
    Editor,
}

mod roles {
    /// A path of several segments works as well.
    #[derive(socketio::Grant)]
    pub(super) enum Level {
        Gold,
    }
}

#[derive(Default)]
struct Granted;

#[namespace("/", manual)]
impl Granted {
    fn on_have(&self, socket: &Socket, grants: Vec<String>) {
        socket.reset_grants();
        for grant in grants {
            match grant.as_str() {
                "Admin" => socket.grant(Role::Admin),
                "Editor" => socket.grant(Role::Editor),
                "Gold" => socket.grant(roles::Level::Gold),
                "*" => socket.grant_all(),
                name => match name.strip_prefix('-') {
                    Some(revoked) => socket.revoke(revoked),
                    None => socket.grant(name),
                },
            }
        }
    }
    #[acl(public)]
    fn on_list(&self, socket: &Socket) -> Vec<String> {
        socket.grants()
    }
    fn on_open(&self) -> u8 {
        1
    }
    #[acl("a")]
    fn on_name(&self) -> u8 {
        1
    }
    #[acl("a" && "b")]
    fn on_both(&self) -> u8 {
        1
    }
    #[acl("a" || "b")]
    fn on_either(&self) -> u8 {
        1
    }
    #[acl(!"a")]
    fn on_unless(&self) -> u8 {
        1
    }
    #[acl(!!"a")]
    fn on_unless_unless(&self) -> u8 {
        1
    }
    #[acl("a" && !"b")]
    fn on_staff_unless(&self) -> u8 {
        1
    }
    #[acl("a" || "b" && "c")]
    fn on_precedence(&self) -> u8 {
        1
    }
    #[acl(("a" || "b") && "c")]
    fn on_parentheses(&self) -> u8 {
        1
    }
    #[acl(!("a" || "b") && !"c")]
    fn on_none_of(&self) -> u8 {
        1
    }
    #[acl(Role::Admin)]
    fn on_role(&self) -> u8 {
        1
    }
    #[acl(Role::Admin || Role::Editor && "b")]
    fn on_mixed(&self) -> u8 {
        1
    }
    #[acl(roles::Level::Gold)]
    fn on_gold(&self) -> u8 {
        1
    }
    #[acl("Role::Admin")]
    fn on_named_like_a_role(&self) -> u8 {
        1
    }
    #[acl]
    fn on_bare(&self) -> u8 {
        1
    }
    #[acl]
    #[event("first:name", "second")]
    fn on_bare_alias(&self) -> u8 {
        1
    }
    #[acl("a")]
    #[acl("b")]
    #[acl("c" || "d")]
    fn on_several(&self) -> u8 {
        1
    }
    #[acl("a")]
    async fn on_later(&self) -> u8 {
        tokio::task::yield_now().await;
        1
    }
    #[acl("a")]
    async fn on_later_alone(&mut self) -> u8 {
        1
    }
    #[acl("a")]
    #[fallback]
    fn rest(&self) -> u8 {
        1
    }
}

/// Sets of grants.
type Sets = &'static [&'static [&'static str]];

#[tokio::test]
async fn grants_and_their_operators() {
    let app = App::start(Server::empty().mount::<Granted>()).await;
    let mut client = with(&app, &[]).await;
    // The event, the grants that let it through, and those that do not.
    let table: &[(&str, Sets, Sets)] = &[
        ("open", &[&[], &["a"]], &[]),
        (
            "name",
            &[&["a"], &["a", "b"], &["*"], &["-a", "*"], &["*", "-b"], &["*", "-a", "a"], &["*", "-a", "*"]],
            &[&["*", "-a"], &["a", "*", "-a"], &["a", "-a"], &[], &["b"], &["A"], &["aa"], &["Admin"]],
        ),
        ("both", &[&["a", "b"], &["*"]], &[&[], &["a"], &["b"]]),
        ("either", &[&["a"], &["b"], &["a", "b"]], &[&[], &["c"]]),
        ("unless", &[&[], &["b"], &["*"], &["a", "*", "-a"]], &[&["a"], &["a", "b"], &["a", "*"], &["*", "a"]]),
        ("unless_unless", &[&["a"], &["*"]], &[&[], &["*", "-a"]]),
        ("precedence", &[&["a"], &["b", "c"]], &[&["b"], &["c"], &[]]),
        ("parentheses", &[&["a", "c"], &["b", "c"]], &[&["a"], &["a", "b"], &["c"]]),
        ("none_of", &[&[], &["d"], &["*"], &["*", "-a"]], &[&["a"], &["b"], &["c"], &["*", "b"]]),
        ("staff_unless", &[&["a"], &["*"]], &[&[], &["a", "b"], &["*", "b"], &["*", "-a"]]),
        ("role", &[&["Admin"], &["Admin", "Editor"], &["*"]], &[&[], &["Editor"], &["admin"]]),
        ("mixed", &[&["Admin"], &["Editor", "b"]], &[&["Editor"], &["b"]]),
        ("gold", &[&["Gold"]], &[&["Admin"]]),
        ("bare", &[&["bare"]], &[&[], &["on_bare"], &["a"]]),
        ("first:name", &[&["first:name"]], &[&["second"], &["bare_alias"]]),
        ("second", &[&["first:name"]], &[&["second"]]),
        ("several", &[&["a", "b", "c"], &["a", "b", "d"]], &[&["a", "b"], &["a", "c"], &["c", "d"]]),
        ("later", &[&["a"]], &[&[]]),
        ("later_alone", &[&["a"]], &[&["b"]]),
        ("whatever", &[&["a"]], &[&[], &["whatever"]]),
    ];
    for (event, open, closed) in table {
        for (grants, expected) in open.iter().map(|set| (set, true)).chain(closed.iter().map(|set| (set, false))) {
            have(&mut client, grants).await;
            assert_eq!(allowed(&mut client, &format!(r#"["{event}"]"#)).await, expected, "{event} with {grants:?}");
        }
    }
}

#[tokio::test]
async fn the_grants_of_a_socket_can_be_listed() {
    let app = App::start(Server::empty().mount::<Granted>()).await;
    let mut client = with(&app, &[]).await;
    for (grants, listed) in [
        (&[][..], "[[]]"),
        (&["b", "Admin", "a", "b"][..], r#"[["b","Role::Admin","a"]]"#),
        (&["a", "b", "-a"][..], r#"[["b"]]"#),
        (&["a", "b", "*", "-a", "-c"][..], r#"[["b"]]"#),
    ] {
        have(&mut client, grants).await;
        assert_eq!(crate::app::ask(&mut client, r#"["list"]"#).await, listed, "{grants:?}");
    }
}

#[tokio::test]
async fn a_typed_role_is_not_a_string_by_chance() {
    let app = App::start(Server::empty().mount::<Granted>()).await;
    let mut client = with(&app, &["Admin"]).await;
    assert!(allowed(&mut client, r#"["role"]"#).await);
    // Its name is documented, so that a program may store it.
    assert_eq!(Role::Admin.name(), "Role::Admin");
    assert!(allowed(&mut client, r#"["named_like_a_role"]"#).await);
    have(&mut client, &["admin"]).await;
    assert!(!allowed(&mut client, r#"["named_like_a_role"]"#).await);
}

#[tokio::test]
async fn grants_are_those_of_one_socket() {
    let app = App::start(Server::empty().mount::<Granted>().mount_at::<Granted>("/two")).await;
    let mut one = with(&app, &["a"]).await;
    let mut other = with(&app, &[]).await;
    assert!(allowed(&mut one, r#"["name"]"#).await);
    assert!(!allowed(&mut other, r#"["name"]"#).await);
    one.send("40/two,").await;
    assert!(crate::app::text(&mut one).await.starts_with("40/two,"));
    one.send(r#"42/two,1["name"]"#).await;
    one.expect(r#"43/two,1[{"error":{"code":"forbidden","message":"`name` is forbidden"}}]"#).await;
    // And of one stay: whoever comes back begins with none.
    one.send("41").await;
    one.send("40").await;
    assert!(crate::app::text(&mut one).await.starts_with("40"));
    assert!(!allowed(&mut one, r#"["name"]"#).await);
}
