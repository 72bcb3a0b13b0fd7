//! Namespaces that are guarded as a whole.

use socketio::prelude::*;

use crate::allowed;
use crate::app::{App, Log, ask_error, log, text};

#[derive(Default)]
struct Locked;

#[namespace("/", acl, manual)]
impl Locked {
    fn on_connect(&self, log: &State<Log>) {
        log.say("connect");
    }
    #[acl(public)]
    fn on_have(&self, socket: &Socket, grants: Vec<String>) {
        socket.reset_grants();
        for grant in grants {
            if grant == "*" { socket.grant_all() } else { socket.grant(grant) }
        }
    }
    fn on_thing(&self) -> u8 {
        1
    }
    async fn on_later(&mut self) -> u8 {
        1
    }
    #[acl("x")]
    fn on_both(&self) -> u8 {
        1
    }
    #[acl(public, if n > 1)]
    fn on_public_if(&self, n: u8) -> u8 {
        n
    }
    fn on_disconnect(&self, log: &State<Log>) {
        log.say("disconnect");
    }
}

#[derive(Default)]
struct Staff;

#[namespace("/", acl("staff"), manual)]
impl Staff {
    #[acl(public)]
    fn on_have(&self, socket: &Socket, grants: Vec<String>) {
        socket.reset_grants();
        grants.into_iter().for_each(|grant| socket.grant(grant));
    }
    fn on_thing(&self) -> u8 {
        1
    }
    #[acl("boss")]
    fn on_boss(&self) -> u8 {
        1
    }
    #[acl(if n > 1)]
    fn on_guarded(&self, n: u8) -> u8 {
        n
    }
    #[acl]
    fn on_bare(&self) -> u8 {
        1
    }
}

/// Locked, with a handler for everything else that is not.
#[derive(Default)]
struct Caught;

#[namespace("/", acl, manual)]
impl Caught {
    #[acl(public)]
    #[fallback]
    fn rest(&self) -> u8 {
        9
    }
    fn on_thing(&self) -> u8 {
        1
    }
}

async fn locked() -> (App, crate::app::Heard) {
    let (log, heard) = log();
    (App::start(Server::empty().mount::<Locked>().state(log)).await, heard)
}

#[tokio::test]
async fn everything_is_locked_until_granted() {
    let (app, _) = locked().await;
    let mut client = app.client().await;
    for event in ["thing", "later", "both"] {
        assert!(!allowed(&mut client, &format!(r#"["{event}"]"#)).await, "{event}");
    }
    crate::have(&mut client, &["thing"]).await;
    assert!(allowed(&mut client, r#"["thing"]"#).await);
    assert!(!allowed(&mut client, r#"["later"]"#).await);
    crate::have(&mut client, &["later"]).await;
    assert!(allowed(&mut client, r#"["later"]"#).await);
    assert!(!allowed(&mut client, r#"["thing"]"#).await);
}

#[tokio::test]
async fn all_grants_lift_the_lock_and_reset_locks_again() {
    let (app, _) = locked().await;
    let mut client = app.client().await;
    crate::have(&mut client, &["*"]).await;
    for event in ["thing", "later", "both"] {
        assert!(allowed(&mut client, &format!(r#"["{event}"]"#)).await, "{event}");
    }
    crate::have(&mut client, &[]).await;
    for event in ["thing", "later", "both"] {
        assert!(!allowed(&mut client, &format!(r#"["{event}"]"#)).await, "{event}");
    }
}

#[tokio::test]
async fn a_method_of_a_locked_namespace_needs_its_own_grants_too() {
    let (app, _) = locked().await;
    let mut client = app.client().await;
    for (grants, expected) in [(&["both"][..], false), (&["x"], false), (&["both", "x"], true)] {
        crate::have(&mut client, grants).await;
        assert_eq!(allowed(&mut client, r#"["both"]"#).await, expected, "{grants:?}");
    }
}

#[tokio::test]
async fn public_opens_one_method_and_leaves_its_condition() {
    let (app, _) = locked().await;
    let mut client = app.client().await;
    assert!(allowed(&mut client, r#"["public_if",2]"#).await);
    assert!(!allowed(&mut client, r#"["public_if",1]"#).await);
}

#[tokio::test]
async fn a_locked_namespace_does_not_tell_which_events_there_are() {
    let (app, _) = locked().await;
    let mut client = app.client().await;
    assert!(!allowed(&mut client, r#"["unknown"]"#).await);
    client.send(r#"42["unknown"]"#).await;
    client.expect(r#"42["error",{"code":"forbidden","message":"`unknown` is forbidden","event":"unknown"}]"#).await;
    let app = App::start(Server::empty().mount::<Staff>()).await;
    let mut client = app.client().await;
    assert!(!allowed(&mut client, r#"["unknown"]"#).await);
}

#[tokio::test]
async fn leaving_is_never_denied() {
    let (app, mut heard) = locked().await;
    let mut client = app.client().await;
    heard.expect(&["connect"]).await;
    client.send("41").await;
    heard.expect(&["disconnect"]).await;
    client.send("40").await;
    assert!(text(&mut client).await.starts_with("40"));
    heard.expect(&["connect"]).await;
    drop(client);
    heard.expect(&["disconnect"]).await;
}

#[tokio::test]
async fn a_default_for_all_to_which_methods_add() {
    let app = App::start(Server::empty().mount::<Staff>()).await;
    let mut client = app.client().await;
    let table: &[(&[&str], &str, bool)] = &[
        (&[], r#"["thing"]"#, false),
        (&["staff"], r#"["thing"]"#, true),
        (&["boss"], r#"["boss"]"#, false),
        (&["staff"], r#"["boss"]"#, false),
        (&["staff", "boss"], r#"["boss"]"#, true),
        (&[], r#"["guarded",2]"#, false),
        (&["staff"], r#"["guarded",2]"#, true),
        (&["staff"], r#"["guarded",1]"#, false),
        (&["staff"], r#"["bare"]"#, false),
        (&["bare"], r#"["bare"]"#, false),
        (&["staff", "bare"], r#"["bare"]"#, true),
    ];
    for (grants, event, expected) in table {
        crate::have(&mut client, grants).await;
        assert_eq!(allowed(&mut client, event).await, *expected, "{event} with {grants:?}");
    }
}

#[tokio::test]
async fn a_public_fallback_of_a_locked_namespace_catches_what_is_unknown_only() {
    let app = App::start(Server::empty().mount::<Caught>()).await;
    let mut client = app.client().await;
    assert!(allowed(&mut client, r#"["unknown"]"#).await);
    assert_eq!(ask_error(&mut client, r#"["thing"]"#).await.0, "forbidden");
}
