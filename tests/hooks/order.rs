//! The order of a turn: `#[before]`, grants, contexts, arguments, guard, method, `#[after]`, `#[on_error]`, acknowledgement.

use socketio::packet::Packet;
use socketio::prelude::*;
use socketio::{Ack, Context, EventName, FromContext, Outcome};

use crate::app::{App, Heard, Log, ask, json, log, text};

/// Says that it is made, and fails for the event `contextless`.
struct Noted;

impl FromContext for Noted {
    const IMMEDIATE: bool = true;

    async fn from_context(cx: &Context) -> Result<Self, Error> {
        cx.state::<Log>().unwrap().say("context");
        if *cx.event() == "contextless" { Err(Error::new("contextless", "no context")) } else { Ok(Self) }
    }
}

struct Ordered {
    log: Log,
}

impl Ordered {
    fn allows(&self, n: u8) -> bool {
        self.log.say("guard");
        n > 0
    }
}

#[namespace("/", manual)]
impl Ordered {
    fn on_connect(log: &State<Log>) -> Self {
        Self { log: Log::clone(log) }
    }

    /// Gives the grant that the handler asks for next.
    #[before]
    fn first(&self, socket: &Socket, event: &EventName) {
        self.log.say(format_args!("first {event}"));
        if *event == "granted" {
            socket.grant("granted");
        }
    }

    /// An associated function, with an error.
    #[before]
    fn second(event: &EventName, log: &State<Log>) -> Result<(), Error> {
        log.say("second");
        if *event == "stopped" { Err(Error::new("stopped", "not now").with_data(&7)) } else { Ok(()) }
    }

    #[before]
    fn third(&self) {
        self.log.say("third");
    }

    #[acl(if self.allows(n))]
    fn on_whole(&self, _noted: &Noted, n: u8) -> Result<u8, Error> {
        self.log.say("method");
        if n == 2 { Err(Error::new("two", "it is two")) } else { Ok(n) }
    }

    #[acl("granted")]
    fn on_granted(&self, _noted: &Noted) -> u8 {
        1
    }

    #[acl("never")]
    fn on_denied(&self, _noted: &Noted, _n: u8) {}

    fn on_contextless(&self, _noted: &Noted, _n: u8) {}

    fn on_stopped(&self) {
        self.log.say("never");
    }

    /// Alone, with the same hooks.
    fn on_exclusive(&mut self, n: u8) -> u8 {
        self.log.say("method");
        n
    }

    fn on_later(&self, socket: &Socket, ack: Ack<u8>) {
        socket.spawn(async move { ack.send(1) });
    }

    fn on_at_once(&self, ack: Ack<u8>) {
        ack.send(1);
    }

    async fn on_ask(&self, socket: &Socket) -> Result<u8, Error> {
        Ok(socket.emit_with_ack("question", ()).await?)
    }

    #[after]
    fn seen(&self, event: &EventName, outcome: &Outcome) {
        let code = outcome.error().map_or("ok", Error::code);
        let deferred = if outcome.is_deferred() { " deferred" } else { "" };
        self.log.say(format_args!("after {event} {code}{deferred}"));
    }

    #[on_error]
    fn told(error: &Error, event: &EventName, log: &State<Log>) -> Error {
        log.say(format_args!("on_error {event} {}", error.code()));
        Error::new(format!("mapped_{}", error.code()), error.message().to_owned())
    }

    fn on_disconnect(self) {
        self.log.say("gone");
    }
}

/// Sends one event from a client of its own. `answer` is the code of the error, or the whole acknowledgement; `said` what is said behind the
/// line of the first hook.
async fn check(app: &App, heard: &mut Heard, event: &str, answer: &str, said: &[&str]) {
    let mut client = app.client().await;
    let reply = json(&ask(&mut client, event).await);
    let code = reply[0]["error"]["code"].as_str().map(str::to_owned);
    assert_eq!(code.unwrap_or_else(|| reply.to_string()), answer, "{event}");
    assert!(heard.next().await.starts_with("first "), "{event}");
    heard.expect(said).await;
    drop(client);
    heard.expect(&["gone"]).await;
}

async fn start() -> (App, Heard) {
    let (log, heard) = log();
    (App::start(Server::empty().mount::<Ordered>().state(log)).await, heard)
}

#[tokio::test]
async fn each_part_of_a_turn_comes_after_the_one_before() {
    let (app, mut heard) = start().await;
    let table: [(&str, &str, &[&str]); 9] = [
        (r#"["whole",1]"#, "[1]", &["context", "guard", "method", "after whole ok"]),
        (r#"["exclusive",4]"#, "[4]", &["method", "after exclusive ok"]),
        // `#[after]` sees the method's error, the client reads the mapped one.
        (r#"["whole",2]"#, "mapped_two", &["context", "guard", "method", "after whole two", "on_error whole two"]),
        (
            r#"["whole",0]"#,
            "mapped_forbidden",
            &["context", "guard", "after whole forbidden", "on_error whole forbidden"],
        ),
        // Contexts come before arguments, grants before contexts, `#[before]` before grants.
        (r#"["whole"]"#, "mapped_bad_request", &["context", "after whole bad_request", "on_error whole bad_request"]),
        (
            r#"["contextless"]"#,
            "mapped_contextless",
            &["context", "after contextless contextless", "on_error contextless contextless"],
        ),
        (r#"["denied"]"#, "mapped_forbidden", &["after denied forbidden", "on_error denied forbidden"]),
        (r#"["granted"]"#, "[1]", &["context", "after granted ok"]),
        (r#"["nobody"]"#, "mapped_not_found", &["after nobody not_found", "on_error nobody not_found"]),
    ];
    for (event, answer, said) in table {
        check(&app, &mut heard, event, answer, &[&["second", "third"], said].concat()).await;
    }
    // What a hook refuses runs neither the next hook nor the handler.
    let said = ["second", "after stopped stopped", "on_error stopped stopped"];
    check(&app, &mut heard, r#"["stopped"]"#, "mapped_stopped", &said).await;
}

#[tokio::test]
async fn an_ack_that_is_kept_is_an_outcome_of_its_own() {
    let (app, mut heard) = start().await;
    let said = ["second", "third", "after later ok deferred"];
    check(&app, &mut heard, r#"["later"]"#, "[1]", &said).await;
    check(&app, &mut heard, r#"["at_once"]"#, "[1]", &["second", "third", "after at_once ok"]).await;
    // Nobody has asked.
    let mut client = app.client().await;
    client.send(r#"42["later"]"#).await;
    heard.expect(&["first later", "second", "third", "after later ok"]).await;
}

#[tokio::test]
async fn connect_disconnect_and_acknowledgements_have_no_hooks() {
    let (app, mut heard) = start().await;
    let mut client = app.client().await;
    client.send(r#"427["ask"]"#).await;
    assert_eq!(text(&mut client).await, r#"420["question"]"#);
    client.send("430[5]").await;
    client.expect("437[5]").await;
    client.send("41").await;
    heard.expect(&["first ask", "second", "third", "after ask ok", "gone"]).await;
    heard.silent().await;
}

/// Hooks borrow the packet of the event, also where the handler does not.
#[derive(Default)]
struct Relay;

#[namespace("/relay", manual)]
impl Relay {
    #[before]
    fn counted(packet: &Packet, log: &State<Log>) {
        log.say(format_args!("{} {:?}", packet.data(), packet.id()));
    }

    #[fallback]
    fn other(&self) -> Result<(), Error> {
        Err(Error::new("refused", "nothing is taken"))
    }

    /// An error handler with the event's name and its arguments.
    #[after]
    fn told(socket: &Socket, event: &EventName, packet: &Packet, outcome: &Outcome) {
        if let Some(error) = outcome.error() {
            socket.emit("failed", (event.as_str(), packet.data(), error.code()));
        }
    }
}

#[tokio::test]
async fn hooks_see_the_fallbacks_events_and_their_arguments() {
    let (log, mut heard) = log();
    let app = App::start(Server::empty().mount::<Relay>().state(log)).await;
    let mut client = app.client_of("/relay").await;
    client.send(r#"42/relay,7["any",1,{"a":[]}]"#).await;
    client.expect(r#"42/relay,["failed","any","[\"any\",1,{\"a\":[]}]","refused"]"#).await;
    client.expect(r#"43/relay,7[{"error":{"code":"refused","message":"nothing is taken"}}]"#).await;
    heard.expect(&[r#"["any",1,{"a":[]}] Some(7)"#]).await;
}
