//! `#[acl]`: who may call what. The server runs in this process, the client is written by hand.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "../dispatch/app.rs"]
mod app;
mod changes;
mod grants;
mod guards;
mod locked;

use app::{App, ask};
use tests::session::Client;

/// Whether an event is let through. What is denied must say so in the one way there is.
async fn allowed(client: &mut Client, event: &str) -> bool {
    let reply = ask(client, event).await;
    if reply.starts_with(r#"[{"error""#) {
        let name = app::json(event)[0].as_str().unwrap().to_owned();
        let denied = format!(r#"[{{"error":{{"code":"forbidden","message":"`{name}` is forbidden"}}}}]"#);
        assert_eq!(reply, denied);
        return false;
    }
    true
}

/// A client of `/` with these grants, given by the event `have`, which takes back all others.
async fn with(app: &App, grants: &[&str]) -> Client {
    let mut client = app.client().await;
    have(&mut client, grants).await;
    client
}

async fn have(client: &mut Client, grants: &[&str]) {
    let names: Vec<String> = grants.iter().map(|grant| format!("{grant:?}")).collect();
    assert_eq!(ask(client, &format!(r#"["have",[{}]]"#, names.join(","))).await, "[]");
}
