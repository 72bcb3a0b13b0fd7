//! What handlers borrow: state, the handshake, the session, the event's name, and types of the program's own.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use socketio::prelude::*;
use socketio::{AckWanted, Context, EventName, FromContext};
use tests::session::Client;
use tests::ws::{Frame, Ws};

use crate::app::{App, ask, ask_error, json, text};

/// Made for each call, at once.
struct Agent(String);

impl FromContext for Agent {
    const IMMEDIATE: bool = true;

    async fn from_context(cx: &Context) -> Result<Self, Error> {
        let agent = cx.socket().handshake().header("user-agent").map(str::to_owned);
        agent.map(Agent).ok_or_else(|| Error::new("agent", "who are you?"))
    }
}

/// Made for each call, and it takes time.
struct Looked(u32);

impl FromContext for Looked {
    async fn from_context(cx: &Context) -> Result<Self, Error> {
        tokio::task::yield_now().await;
        let count = cx.state::<Arc<AtomicU32>>().ok_or_else(|| Error::internal("no count"))?;
        Ok(Looked(count.fetch_add(1, Ordering::Relaxed)))
    }
}

/// Promises not to wait, and waits.
struct Liar;

impl FromContext for Liar {
    const IMMEDIATE: bool = true;

    async fn from_context(_: &Context) -> Result<Self, Error> {
        tokio::task::yield_now().await;
        Ok(Liar)
    }
}

struct Name(String);

#[derive(Clone, Default)]
struct Count(usize);

struct Motto(&'static str);

struct Lent {
    agent: Option<String>,
}

#[namespace("/", manual)]
impl Lent {
    fn on_connect(socket: &Socket, handshake: &Handshake, session: &Session) -> Self {
        assert!(!socket.is_connected());
        session.insert(Name("nobody".to_owned()));
        Lent { agent: handshake.header("User-Agent").map(str::to_owned) }
    }

    fn on_state(&self, count: &State<Arc<AtomicU32>>, text: &State<Motto>) -> (u32, &'static str) {
        (count.fetch_add(1, Ordering::Relaxed), text.0)
    }

    fn on_handshake(&self, handshake: &Handshake) -> (Option<String>, Option<String>, Option<String>, u8, String) {
        let address = handshake.address().is_some_and(|address| address.ip().is_loopback());
        assert!(address);
        assert!(handshake.time().elapsed().is_ok());
        (
            self.agent.clone(),
            handshake.cookie("session").map(str::to_owned),
            handshake.query("token"),
            handshake.protocol(),
            format!("{:?}", handshake.transport()),
        )
    }

    fn on_request(&self, handshake: &Handshake, socket: &Socket) -> (String, String, String, bool, Option<String>) {
        let (path, url) = (handshake.path().to_owned(), handshake.url().to_owned());
        (path, url, socket.path().to_owned(), handshake.is_secure(), handshake.origin().map(str::to_owned))
    }

    fn on_queries(&self, handshake: &Handshake) -> Vec<(String, String)> {
        handshake.queries().map(|(key, value)| (key.into_owned(), value.into_owned())).collect()
    }

    fn on_name(&self, session: &Session, name: Option<String>) -> Option<String> {
        match name {
            Some(name) => session.insert(Name(name)).map(|old| old.0.clone()),
            None => session.get::<Name>().map(|name| name.0.clone()),
        }
    }

    /// Many tasks of many threads change one value, while the handler waits for all of them.
    async fn on_count(&self, socket: &Socket, session: &Session, tasks: usize) -> usize {
        let (done, mut all) = tokio::sync::mpsc::unbounded_channel();
        for _ in 0..tasks {
            let (session, done) = (session.clone(), done.clone());
            socket.spawn(async move {
                let _held = session.get::<Count>();
                tokio::task::yield_now().await;
                session.update(|count: &mut Count| count.0 += 1);
                let _ = done.send(());
            });
        }
        for _ in 0..tasks {
            all.recv().await;
        }
        session.get::<Count>().map_or(0, |count| count.0)
    }

    async fn on_forget(&self, session: &Session) -> bool {
        session.remove::<Name>().is_some()
    }

    #[event("a", "b:c")]
    fn on_called(&self, event: &EventName) -> String {
        event.to_string()
    }

    fn on_agent(&self, agent: &Agent) -> String {
        agent.0.clone()
    }

    async fn on_agent_later(&self, agent: &Agent) -> String {
        agent.0.clone()
    }

    fn on_looked(&self, looked: &Looked) -> u32 {
        looked.0
    }

    async fn on_looked_later(&mut self, looked: &Looked, _text: String) -> u32 {
        looked.0
    }

    /// Context and payload in any order.
    fn on_mixed(&mut self, a: u8, socket: &Socket, b: u8, looked: &Looked, c: u8) -> (u8, u8, u8, bool) {
        (a, b, c, socket.is_connected() && looked.0 < 100)
    }

    fn on_liar(&self, _liar: &Liar) {}

    async fn on_liar_later(&self, _liar: &Liar) -> u8 {
        1
    }

    /// Two optional contexts: one that waits, one that does not.
    fn on_perhaps(&self, agent: &Option<Agent>, looked: &Option<Looked>) -> (Option<String>, bool) {
        (agent.as_ref().map(|agent| agent.0.clone()), looked.is_some())
    }

    /// Logged, so that the test also sees it without an acknowledgement.
    fn on_wanted(&self, wanted: &AckWanted, socket: &Socket, fail: bool) -> Result<bool, Error> {
        socket.emit("wanted", wanted.0);
        if fail {
            return Err(Error::new("failed", "as asked"));
        }
        Ok(wanted.0)
    }

    fn on_socket(&self, socket: &Socket) -> (String, String) {
        (socket.id().to_string(), socket.path().to_owned())
    }
}

async fn start() -> App {
    let server = Server::empty().mount::<Lent>().mount_at::<Lent>("/two");
    App::start(server.state(Arc::new(AtomicU32::new(40))).state(Motto("static"))).await
}

/// A client whose request has more than the usual to say.
async fn rich(app: &App, headers: &[(&'static str, &str)]) -> Client {
    let target = "/socket.io/?EIO=4&transport=websocket&token=a%20b%2Bc+d&token=last&empty=";
    let mut ws = Ws::connect_with(app.addr, target, headers).await;
    let open = ws.next_text().await;
    ws.text("40").await;
    let reply = ws.next_text().await;
    let sid = |text: &str| json(text)["sid"].as_str().unwrap().to_owned();
    Client { engine_sid: sid(&open), sid: sid(&reply), ws }
}

#[tokio::test]
async fn state_is_shared_by_all_connections() {
    let app = start().await;
    let (mut one, mut two) = (app.client().await, app.client().await);
    assert_eq!(ask(&mut one, r#"["state"]"#).await, r#"[40,"static"]"#);
    assert_eq!(ask(&mut two, r#"["state"]"#).await, r#"[41,"static"]"#);
}

#[tokio::test]
async fn the_handshake_is_the_request() {
    let app = start().await;
    let headers = [("user-agent", "tester/1"), ("cookie", "a=1; session=\"xyz\"; b=2")];
    let mut client = rich(&app, &headers).await;
    let reply = ask(&mut client, r#"["handshake"]"#).await;
    assert_eq!(reply, r#"["tester/1","xyz","last",4,"WebSocket"]"#);
    let request =
        r#"["/socket.io/","/socket.io/?EIO=4&transport=websocket&token=a%20b%2Bc+d&token=last&empty=","/",false,null]"#;
    assert_eq!(ask(&mut client, r#"["request"]"#).await, request);
    let queries = json(&ask(&mut client, r#"["queries"]"#).await);
    let pairs: Vec<_> = queries[0]
        .as_array()
        .unwrap()
        .iter()
        .map(|pair| (pair[0].as_str().unwrap(), pair[1].as_str().unwrap()))
        .collect();
    assert!(pairs.contains(&("token", "a b+c d")) && pairs.contains(&("token", "last")), "{pairs:?}");
    assert!(pairs.contains(&("empty", "")), "{pairs:?}");
    let mut plain = app.client().await;
    assert_eq!(ask(&mut plain, r#"["handshake"]"#).await, r#"[null,null,null,4,"WebSocket"]"#);
}

#[tokio::test]
async fn the_session_is_that_of_the_connection_in_all_its_namespaces() {
    let app = start().await;
    let mut client = app.client().await;
    let mut other = app.client().await;
    assert_eq!(ask(&mut client, r#"["name","ann"]"#).await, r#"["nobody"]"#);
    assert_eq!(ask(&mut client, r#"["name"]"#).await, r#"["ann"]"#);
    assert_eq!(ask(&mut other, r#"["name"]"#).await, r#"["nobody"]"#);
    client.send("40/two,").await;
    assert!(text(&mut client).await.starts_with("40/two,"));
    // `on_connect` of the second namespace has written to the same session.
    assert_eq!(ask(&mut client, r#"["name","bob"]"#).await, r#"["nobody"]"#);
    client.send(r#"42/two,1["name"]"#).await;
    client.expect(r#"43/two,1["bob"]"#).await;
    client.send(r#"42/two,2["forget"]"#).await;
    client.expect("43/two,2[true]").await;
    assert_eq!(ask(&mut client, r#"["name"]"#).await, "[null]");
    assert_eq!(ask(&mut client, r#"["forget"]"#).await, "[false]");
}

/// In two namespaces of one client at once.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn changes_of_the_session_that_overlap_are_all_kept() {
    let app = start().await;
    let mut client = app.client().await;
    client.send("40/two,").await;
    assert!(text(&mut client).await.starts_with("40/two,"));
    // All at once; `&self` handlers overlap.
    for id in 1..=3 {
        client.send(format!(r#"42/two,{id}["count",100]"#)).await;
        client.send(format!(r#"42{id}["count",100]"#)).await;
    }
    for _ in 0..6 {
        let reply = text(&mut client).await;
        assert!(reply.starts_with("43"), "{reply}");
    }
    assert_eq!(ask(&mut client, r#"["count",0]"#).await, "[600]");
}

#[tokio::test]
async fn the_event_name_is_the_one_that_was_sent() {
    let app = start().await;
    let mut client = app.client().await;
    assert_eq!(ask(&mut client, r#"["a"]"#).await, r#"["a"]"#);
    assert_eq!(ask(&mut client, r#"["b:c"]"#).await, r#"["b:c"]"#);
}

#[tokio::test]
async fn types_of_the_program_are_made_for_each_call() {
    let app = start().await;
    let mut client = rich(&app, &[("user-agent", "tester/2")]).await;
    for event in ["agent", "agent_later"] {
        assert_eq!(ask(&mut client, &format!(r#"["{event}"]"#)).await, r#"["tester/2"]"#);
    }
    assert_eq!(ask(&mut client, r#"["looked"]"#).await, "[40]");
    assert_eq!(ask(&mut client, r#"["looked_later","x"]"#).await, "[41]");
    assert_eq!(ask(&mut client, r#"["mixed",1,2,3]"#).await, "[1,2,3,true]");
}

#[tokio::test]
async fn a_context_that_fails_answers_its_error() {
    let app = start().await;
    let mut client = app.client().await;
    for event in ["agent", "agent_later"] {
        let error = ask_error(&mut client, &format!(r#"["{event}"]"#)).await;
        assert_eq!(error, ("agent".to_owned(), "who are you?".to_owned()));
    }
    // A promise that is broken is the program's mistake, and no handler runs.
    assert_eq!(ask_error(&mut client, r#"["liar"]"#).await.0, "internal");
    assert_eq!(ask(&mut client, r#"["liar_later"]"#).await, "[1]");
}

#[tokio::test]
async fn an_optional_context_that_fails_is_none() {
    let app = start().await;
    let mut named = rich(&app, &[("user-agent", "tester/3")]).await;
    assert_eq!(ask(&mut named, r#"["perhaps"]"#).await, r#"["tester/3",true]"#);
    let mut plain = app.client().await;
    assert_eq!(ask(&mut plain, r#"["perhaps"]"#).await, "[null,true]");
}

#[tokio::test]
async fn a_handler_that_returns_a_result_knows_whether_an_acknowledgement_was_asked() {
    let app = start().await;
    let mut client = app.client().await;
    client.send(r#"427["wanted",false]"#).await;
    client.expect(r#"42["wanted",true]"#).await;
    client.expect("437[true]").await;
    client.send(r#"42["wanted",false]"#).await;
    client.expect(r#"42["wanted",false]"#).await;
    client.send(r#"428["wanted",true]"#).await;
    client.expect(r#"42["wanted",true]"#).await;
    client.expect(r#"438[{"error":{"code":"failed","message":"as asked"}}]"#).await;
}

#[tokio::test]
async fn the_public_id_is_not_the_secret_one() {
    let app = start().await;
    let mut client = app.client().await;
    let reply = ask(&mut client, r#"["socket"]"#).await;
    assert_eq!(reply, format!(r#"["{}","/"]"#, client.sid));
    assert_ne!(client.sid, client.engine_sid);
    client.send("40/two,").await;
    let Frame::Text(reply) = client.next().await else { panic!("not text") };
    let sid = json(&reply)["sid"].as_str().unwrap().to_owned();
    assert_ne!(sid, client.sid);
    assert_ne!(sid, client.engine_sid);
    assert_eq!(sid.len(), 20);
}
