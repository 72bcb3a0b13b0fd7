//! `MessageLog` and `EventLog`: a line is a line, whatever a client sends.

use socketio::prelude::*;
use socketio::{EventLog, MessageLog, RateLimit};
use tests::session::Client;
use tests::ws::{Frame, Ws};

use crate::app::{App, Logged, ask, capture, log};
use crate::{Lobby, server};

/// A server that writes such lines, and what this thread logs.
async fn logging(log: MessageLog) -> (App, Logged) {
    let logged = capture();
    let (said, _) = crate::app::log();
    (App::start(server(&said).mount_at::<Lobby>("/other").middleware(log)).await, logged)
}

/// The lines of one target, without what stands before them.
fn lines(logged: &Logged, target: &str) -> Vec<String> {
    let begin = format!(" INFO {target}: ");
    logged.lines().iter().filter_map(|line| line.strip_prefix(&begin)).map(str::to_owned).collect()
}

fn messages(logged: &Logged) -> Vec<String> {
    lines(logged, "socketio::messages")
}

#[tokio::test]
async fn each_message_is_a_line_of_the_format() {
    let format = MessageLog::new("{address} [{time}] Socket.IO {type}: {message}");
    let (app, logged) = logging(format).await;
    let mut client = app.client().await;
    ask(&mut client, r#"["echo","hello",1]"#).await;
    let lines = messages(&logged);
    assert_eq!(lines.len(), 1, "{lines:?}");
    let (address, rest) = lines[0].split_once(" [").unwrap();
    let (time, rest) = rest.split_once("] ").unwrap();
    assert_eq!((address, rest), ("127.0.0.1", r#"Socket.IO event: ["echo","hello",1]"#));
    let shape: String = time.chars().map(|char| if char.is_ascii_digit() { '9' } else { char }).collect();
    assert_eq!(shape, "9999-99-99T99:99:99Z");
}

#[tokio::test]
async fn every_field_says_what_it_is() {
    let format =
        "{{{type}|{namespace}|{socket}|{event}|{id}|{attachments}|{transport}|{origin}|{user_agent}|{message}}}";
    let (app, logged) = logging(MessageLog::new(format)).await;
    let target = "/socket.io/?EIO=4&transport=websocket";
    let mut ws = Ws::connect_with(app.addr, target, &[("User-Agent", "a test")]).await;
    ws.next_text().await;
    ws.text("40/other,").await;
    let reply = ws.next_text().await;
    let sid = crate::app::json(&reply)["sid"].as_str().unwrap().to_owned();
    ws.text(r#"451-/other,5["echo",{"_placeholder":true,"num":0}]"#).await;
    ws.binary(vec![1]).await;
    ws.text(r#"42/other,["ask","x"]"#).await;
    while !matches!(ws.next().await, Frame::Text(text) if text == r#"42/other,0["question","x"]"#) {}
    ws.text("43/other,0[7]").await;
    ws.text(r#"42/other,6["echo"]"#).await;
    while !matches!(ws.next().await, Frame::Text(text) if text == "43/other,6[]") {}
    assert_eq!(
        messages(&logged),
        [
            format!(r#"{{event|/other|{sid}|echo|5|1|websocket|-|a test|["echo",{{"_placeholder":true,"num":0}}]}}"#),
            format!(r#"{{event|/other|{sid}|ask|-|0|websocket|-|a test|["ask","x"]}}"#),
            format!("{{ack|/other|{sid}|-|0|0|websocket|-|a test|[7]}}"),
            format!(r#"{{event|/other|{sid}|echo|6|0|websocket|-|a test|["echo"]}}"#),
        ]
    );
}

#[tokio::test]
async fn no_client_writes_a_line_of_its_own() {
    let (app, logged) = logging(MessageLog::new("{namespace} {event}: {message}")).await;
    let mut client = Client::bare(app.addr, "40").await;
    let before = logged.lines().len();
    // Between the values, where JSON allows it; in a string, where it does not; in the name; and what JSON lets through as it is.
    client.send("42[\"echo\",\r\n\"INFO forged\"]").await;
    client.send("42[\"echo\",\"\u{1b}[2J\r\n INFO socketio::messages: forged\"]").await;
    assert_eq!(messages(&logged).len(), 0);
    let mut second = Client::bare(app.addr, "40").await;
    second.send("42[\"a\\r\\n INFO forged \\u001b[1A\\u2028\",\"\u{2028}\u{2029}\u{202e}\u{85}\u{7f}\u{feff}\"]").await;
    second.send(r#"421["echo"]"#).await;
    while !matches!(second.next().await, Frame::Text(text) if text == "431[]") {}
    let lines = messages(&logged);
    assert_eq!(
        lines,
        [
            r#"/ echo: ["echo",\r\n"INFO forged"]"#,
            r#"/ echo: ["echo","\u{1b}[2J\r\n INFO socketio::messages: forged"]"#,
            r#"/ a\r\n INFO forged \u{1b}[1A\u{2028}: ["a\r\n INFO forged \u001b[1A\u2028","\u{2028}\u{2029}\u{202e}\u{85}\u{7f}\u{feff}"]"#,
            r#"/ echo: ["echo"]"#,
        ]
    );
    let all = logged.lines();
    assert!(all[before..].iter().filter(|line| line.contains("forged")).count() == 3, "{all:?}");
}

#[tokio::test]
async fn a_long_message_is_shortened_and_a_refused_one_is_left_out() {
    let logged = capture();
    let (said, _) = log();
    let day = std::time::Duration::from_secs(24 * 3600);
    let server = server(&said)
        .middleware(RateLimit::per_socket(1, day))
        .middleware(MessageLog::new("{message}").max_message(12));
    let app = App::start(server).await;
    let mut client = app.client().await;
    ask(&mut client, &format!(r#"["echo","{}"]"#, "é".repeat(10_000))).await;
    ask(&mut client, r#"["echo","refused"]"#).await;
    assert_eq!(messages(&logged), [r#"["echo","ééé…"#]);
}

#[tokio::test]
async fn a_format_with_a_mistake_is_an_error_at_start() {
    let fields =
        "address, time, type, namespace, socket, event, id, message, attachments, transport, origin, user_agent";
    for (format, error) in [
        ("{message} {adress}", format!("`MessageLog`: there is no field `{{adress}}`; there are {fields}")),
        ("{}", format!("`MessageLog`: there is no field `{{}}`; there are {fields}")),
        ("{message", "`MessageLog`: a `{` and a `}` belong together; `{{` and `}}` are braces: `{message`".to_owned()),
        ("message}", "`MessageLog`: a `{` and a `}` belong together; `{{` and `}}` are braces: `message}`".to_owned()),
    ] {
        assert_eq!(App::refused(Server::empty().middleware(MessageLog::new(format))).await, error);
    }
}

#[tokio::test]
async fn without_it_no_message_is_logged() {
    let logged = capture();
    let (said, _) = log();
    let app = App::start(server(&said)).await;
    ask(&mut app.client().await, r#"["echo","a word"]"#).await;
    assert!(!logged.lines().iter().any(|line| line.contains("a word")), "{:?}", logged.lines());
}

#[tokio::test]
async fn the_event_log_shows_both_directions_and_how_events_end() {
    let logged = capture();
    let (said, _) = log();
    let app = App::start(server(&said).middleware(EventLog::default().max_message(30))).await;
    let mut client = app.client().await;
    let id = client.sid.clone();
    ask(&mut client, r#"["echo","hello"]"#).await;
    client.send(r#"42["nobody"]"#).await;
    client.next().await;
    app.handle.of("/").to(["red", "blue"]).emit("said", 1);
    app.handle.of("/").emit("said", "x".repeat(100));
    client.next().await;
    client.send(r#"428["ask","why"]"#).await;
    client.next().await;
    client.send(r#"430["because"]"#).await;
    client.expect(r#"438["because"]"#).await;
    let lines: Vec<String> = lines(&logged, "socketio::events");
    // How long it took is what it took.
    let lines: Vec<&str> = lines.iter().map(|line| line.split(" after ").next().unwrap()).collect();
    let long = format!(r#"-> / * ["said","{}…"#, "x".repeat(21));
    assert_eq!(
        lines,
        [
            &format!(r#"<- / {id} ["echo","hello"] ack 7"#),
            &format!(r#"-> / {id} ack 7 ["hello"]"#),
            &format!("   / {id} echo: ok"),
            &format!(r#"<- / {id} ["nobody"]"#),
            &format!(r#"-> / {id} ["error",{{"code":"not_found","…"#),
            &format!("   / {id} nobody: not_found: no handler for `nob…"),
            r#"-> / [red, blue] ["said",1]"#,
            &long,
            &format!(r#"<- / {id} ["ask","why"] ack 8"#),
            &format!(r#"-> / {id} ["question","why"] ack 0"#),
            &format!(r#"<- / {id} ack 0 ["because"]"#),
            &format!(r#"-> / {id} ack 8 ["because"]"#),
            &format!("   / {id} ask: ok"),
        ]
    );
}
