//! `if`: conditions on the instance and the arguments. When they are asked, and what is asked before them.

use socketio::prelude::*;

use crate::app::{App, Log, ask, ask_error, log};
use crate::{allowed, have, with};

#[derive(Clone)]
struct Owners(Vec<(String, u32)>);

impl Owners {
    async fn owns(&self, name: &str, id: u32) -> bool {
        tokio::task::yield_now().await;
        self.0.iter().any(|(owner, owned)| owner == name && *owned == id)
    }
}

#[derive(Default)]
struct Guarded {
    name: String,
    budget: u32,
}

impl Guarded {
    async fn is_called(&self, name: &str) -> bool {
        tokio::task::yield_now().await;
        self.name == name
    }
}

#[namespace("/", manual)]
impl Guarded {
    fn on_connect(&mut self) {
        "ann".clone_into(&mut self.name);
        self.budget = 10;
    }
    fn on_have(&self, socket: &Socket, grants: Vec<String>) {
        socket.reset_grants();
        grants.iter().for_each(|grant| socket.grant(grant));
    }
    #[acl(if name != self.name)]
    fn on_other(&self, name: String) -> String {
        name
    }
    #[acl("a", if name.len() < 4)]
    fn on_granted(&self, name: String, log: &State<Log>) -> usize {
        log.say("granted");
        name.len()
    }
    #[acl(if cost <= self.budget)]
    fn on_spend(&mut self, cost: u32) -> u32 {
        self.budget -= cost;
        self.budget
    }
    #[acl(if cost <= self.budget)]
    async fn on_spend_later(&mut self, cost: u32) -> u32 {
        let before = self.budget;
        tokio::task::yield_now().await;
        self.budget = before - cost;
        self.budget
    }
    #[acl(if owners.owns(&self.name, id).await)]
    fn on_owned(&self, owners: &State<Owners>, id: u32) -> (u32, usize) {
        (id, owners.0.len())
    }
    #[acl(if self.is_called(&name).await && owners.owns(&name, id).await)]
    async fn on_owned_by(&self, name: String, id: u32, owners: &State<Owners>) -> (String, u32, usize) {
        (name, id, owners.0.len())
    }
    #[acl(if socket.has_grant("x"))]
    fn on_context(&self, socket: &Socket) -> bool {
        socket.is_connected()
    }
    #[acl(if n > 1)]
    #[acl(if n < 5, )]
    #[acl("a" || "b")]
    fn on_between(&self, n: i8) -> i8 {
        n
    }
    #[acl("a")]
    fn on_parsed(&self, n: u8, _m: Option<u8>) -> u8 {
        n
    }
    #[acl(if check(n))]
    fn on_guard_panics(&self, n: u8) -> u8 {
        n
    }
}

fn check(n: u8) -> bool {
    assert_ne!(n, 0, "the guard panics");
    n > 1
}

async fn start() -> (App, crate::app::Heard) {
    let (log, heard) = log();
    let owners = Owners(vec![("ann".to_owned(), 7), ("bob".to_owned(), 8)]);
    (App::start(Server::empty().mount::<Guarded>().state(owners).state(log)).await, heard)
}

#[tokio::test]
async fn guards_see_self_and_the_arguments() {
    let (app, _) = start().await;
    let mut client = with(&app, &[]).await;
    assert_eq!(ask(&mut client, r#"["other","bob"]"#).await, r#"["bob"]"#);
    assert!(!allowed(&mut client, r#"["other","ann"]"#).await);
    assert!(!allowed(&mut client, r#"["context"]"#).await);
    have(&mut client, &["x"]).await;
    assert!(allowed(&mut client, r#"["context"]"#).await);
}

#[tokio::test]
async fn guards_may_wait() {
    let (app, _) = start().await;
    let mut client = with(&app, &[]).await;
    let table = [
        (r#"["owned",7]"#, true),
        (r#"["owned",8]"#, false),
        (r#"["owned_by","ann",7]"#, true),
        (r#"["owned_by","ann",8]"#, false),
        (r#"["owned_by","bob",8]"#, false),
    ];
    for (event, expected) in table {
        assert_eq!(allowed(&mut client, event).await, expected, "{event}");
    }
}

#[tokio::test]
async fn a_guard_and_its_handler_see_the_same_instance() {
    let (app, _) = start().await;
    for event in ["spend", "spend_later"] {
        // Of many that arrive at once, each sees what the one before has left.
        let mut client = with(&app, &[]).await;
        for n in 0..6 {
            client.ws.feed(format!(r#"42{n}["{event}",3]"#)).await;
        }
        client.ws.flush().await;
        for (n, left) in ["7", "4", "1"].iter().enumerate() {
            client.expect(&format!("43{n}[{left}]")).await;
        }
        for n in 3..6 {
            client
                .expect(&format!(r#"43{n}[{{"error":{{"code":"forbidden","message":"`{event}` is forbidden"}}}}]"#))
                .await;
        }
    }
}

#[tokio::test]
async fn all_of_several_must_pass() {
    let (app, _) = start().await;
    let mut client = with(&app, &["b"]).await;
    for (n, expected) in [(1, false), (2, true), (4, true), (5, false)] {
        assert_eq!(allowed(&mut client, &format!(r#"["between",{n}]"#)).await, expected, "{n}");
    }
    have(&mut client, &["c"]).await;
    assert!(!allowed(&mut client, r#"["between",2]"#).await);
}

#[tokio::test]
async fn grants_come_before_arguments_and_arguments_before_guards() {
    let (app, mut heard) = start().await;
    let mut client = with(&app, &[]).await;
    // Nobody learns from `bad_request` what an event takes that is not for them.
    for event in [r#"["parsed","x"]"#, r#"["parsed"]"#, r#"["granted",5]"#] {
        assert!(!allowed(&mut client, event).await, "{event}");
    }
    have(&mut client, &["a"]).await;
    assert_eq!(ask_error(&mut client, r#"["parsed","x"]"#).await.0, "bad_request");
    assert_eq!(ask_error(&mut client, r#"["granted",5]"#).await.0, "bad_request");
    assert!(!allowed(&mut client, r#"["granted","long"]"#).await);
    heard.silent().await;
    assert_eq!(ask(&mut client, r#"["granted","abc"]"#).await, "[3]");
    heard.expect(&["granted"]).await;
}

#[tokio::test]
async fn a_denied_call_is_told_even_if_nobody_asked() {
    let (app, mut heard) = start().await;
    let mut client = with(&app, &[]).await;
    client.send(r#"42["granted","abc"]"#).await;
    client.expect(r#"42["error",{"code":"forbidden","message":"`granted` is forbidden","event":"granted"}]"#).await;
    heard.silent().await;
}

#[tokio::test]
async fn a_guard_that_panics_lets_nothing_through() {
    let (app, _) = start().await;
    let mut client = with(&app, &[]).await;
    assert!(!allowed(&mut client, r#"["guard_panics",1]"#).await);
    assert_eq!(ask(&mut client, r#"["guard_panics",2]"#).await, "[2]");
    assert_eq!(ask_error(&mut client, r#"["guard_panics",0]"#).await.0, "internal");
    client.expect("41").await;
}
