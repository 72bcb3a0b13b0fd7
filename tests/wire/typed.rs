//! Arguments that are not what a handler wants, and what a failed handler answers: over the wire, against
//! the application in `tests::rich`. That handlers work at all is tested with clients, in `rooms.test.mjs`.

use tests::rich::Running;
use tests::session::Client;
use tests::ws::Frame;

async fn enter(server: &Running, nick: &str) -> Client {
    Client::bare(server.addr(), &format!(r#"40/rich,{{"nick":"{nick}"}}"#)).await
}

/// Events of `/rich` whose arguments do not fit: what is sent behind the name, and a part of the message.
const WRONG: &[(&str, &str, &str)] = &[
    ("too few", r#"["add"]"#, "argument 0 `a`"),
    ("too few by one", r#"["add",1]"#, "argument 1 `b`"),
    ("null for a number", r#"["add",null,1]"#, "argument 0 `a`"),
    ("string for a number", r#"["add",1,"2"]"#, "argument 1 `b`"),
    ("fraction for an integer", r#"["add",1.5,1]"#, "argument 0 `a`"),
    ("a number past its type", r#"["add",1,99999999999999999999]"#, "argument 1 `b`"),
    ("object for a string", r#"["join",{}]"#, "argument 0 `room`"),
    ("string for a list", r#"["spread","one","text"]"#, "argument 0 `rooms`"),
    ("missing field", r#"["measure",{}]"#, "argument 0 `parcel`"),
    ("number for binary", r#"["measure",{"blob":7}]"#, "argument 0 `parcel`"),
];

#[tokio::test]
async fn arguments_that_do_not_fit_are_named_in_the_acknowledgement() {
    let server = Running::start();
    let (mut client, mut witness) = (enter(&server, "ann").await, enter(&server, "bob").await);
    for (name, event, part) in WRONG {
        client.send(format!("42/rich,7{event}")).await;
        let Frame::Text(answer) = client.next().await else { panic!("{name}: closed") };
        let start = r#"43/rich,7[{"error":{"code":"bad_request","message":""#;
        assert!(answer.starts_with(start) && answer.contains(part), "{name}: {answer}");
        me(&mut client).await;
        me(&mut witness).await;
    }
}

#[tokio::test]
async fn failures_that_nobody_asked_about_are_told_as_an_event() {
    let server = Running::start();
    let mut client = enter(&server, "ann").await;
    for (name, event, part) in WRONG {
        client.send(format!("42/rich,{event}")).await;
        let Frame::Text(answer) = client.next().await else { panic!("{name}: closed") };
        let start = r#"42/rich,["error",{"code":"bad_request","message":""#;
        assert!(
            answer.starts_with(start) && answer.contains(part) && answer.contains(r#""event":""#),
            "{name}: {answer}"
        );
        me(&mut client).await;
    }
    client.send(r#"42/rich,["fail"]"#).await;
    answered(&mut client, r#"42/rich,["error",{"code":"nope","message":"not today","event":"fail"}]"#).await;
    client.send(r#"42/rich,["no-such-event",1]"#).await;
    let Frame::Text(answer) = client.next().await else { panic!("closed") };
    assert!(answer.starts_with(r#"42/rich,["error",{"code":"not_found","#), "{answer}");
}

#[tokio::test]
async fn failures_that_were_asked_about_are_acknowledged_as_such() {
    let server = Running::start();
    let mut client = enter(&server, "ann").await;
    let rows = [
        (r#"1["fail"]"#, r#"1[{"error":{"code":"nope","message":"not today"}}]"#),
        (r#"2["kick","bob"]"#, r#"2[{"error":{"code":"forbidden","#),
        (r#"3["no-such-event"]"#, r#"3[{"error":{"code":"not_found","#),
        // Grants are looked at before arguments: who may not, learns nothing more.
        (r#"4["kick",{"wrong":"type"}]"#, r#"4[{"error":{"code":"forbidden","#),
        // The life of a connection is no event.
        (r#"5["disconnected"]"#, r#"5[{"error":{"code":"not_found","#),
    ];
    for (event, answer) in rows {
        client.send(format!("42/rich,{event}")).await;
        let Frame::Text(text) = client.next().await else { panic!("{event}: closed") };
        assert!(text.starts_with(&format!("43/rich,{answer}")), "{event}: {text}");
    }
    me(&mut client).await;
}

#[tokio::test]
async fn extra_arguments_are_ignored_and_absent_acknowledgements_stay_absent() {
    let server = Running::start();
    let mut client = enter(&server, "ann").await;
    client.send(r#"42/rich,1["add",2,3,"extra",{"more":[]}]"#).await;
    answered(&mut client, "43/rich,1[5]").await;
    client.send(r#"42/rich,["add",2,3]"#).await;
    client.send(r#"42/rich,2["join","room"]"#).await;
    answered(&mut client, "43/rich,2[]").await;
    client.send(r#"42/rich,["say","room","hi"]"#).await;
    client.send(r#"42/rich,3["shout","room","hi"]"#).await;
    answered(&mut client, r#"42/rich,["said","ann","hi"]"#).await;
    answered(&mut client, "43/rich,3[]").await;
}

#[tokio::test]
async fn a_refusal_carries_its_code_and_leaves_the_connection_open() {
    let server = Running::start();
    let mut ann = enter(&server, "ann").await;
    let mut other = Client::bare(server.addr(), "40").await;
    other.send(r#"40/rich,{"nick":"ann"}"#).await;
    answered(&mut other, r#"44/rich,{"message":"that nickname is in use","data":{"code":"taken"}}"#).await;
    for auth in [r#"{"nick":7}"#, "{}", ""] {
        other.send(format!("40/rich,{auth}")).await;
        let Frame::Text(answer) = other.next().await else { panic!("{auth}: closed") };
        assert!(answer.starts_with("44/rich,{") && answer.contains(r#""code":"bad_request""#), "{auth}: {answer}");
    }
    // The same connection, with a better name.
    other.send(r#"40/rich,{"nick":"bob"}"#).await;
    let Frame::Text(answer) = other.next().await else { panic!("closed") };
    assert!(answer.starts_with(r#"40/rich,{"sid":"#), "{answer}");
    me(&mut ann).await;
}

/// The panic is the handler's, its end is that namespace's, and the clean-up happens all the same.
#[tokio::test]
async fn a_panic_ends_one_namespace_connection_and_is_cleaned_up_after() {
    let server = Running::start();
    let mut witness = enter(&server, "bob").await;
    let mut client = Client::bare(server.addr(), "40").await;
    client.send(r#"40/rich,{"nick":"ann"}"#).await;
    assert!(matches!(client.next().await, Frame::Text(text) if text.starts_with("40/rich,")));
    client.send(r#"42/rich,9["panic"]"#).await;
    answered(&mut client, r#"43/rich,9[{"error":{"code":"internal","message":"internal error"}}]"#).await;
    answered(&mut client, "41/rich,").await;
    answered(&mut witness, r#"42/rich,["left","ann"]"#).await;
    // The connection is still there, and so is the name, for whoever wants it.
    client.send(r#"40/rich,{"nick":"ann"}"#).await;
    assert!(matches!(client.next().await, Frame::Text(text) if text.starts_with(r#"40/rich,{"sid":"#)));
    me(&mut witness).await;
}

#[tokio::test]
async fn the_main_namespace_always_exists() {
    // Nothing is mounted at `/` in that server.
    let server = Running::start();
    let mut client = Client::bare(server.addr(), "40").await;
    client.send(r#"421["anything"]"#).await;
    let Frame::Text(answer) = client.next().await else { panic!("closed") };
    assert!(answer.starts_with(r#"431[{"error":{"code":"not_found","#), "{answer}");
}

/// `/rich` works for this client, and nothing else was waiting for it.
async fn me(client: &mut Client) {
    client.send(r#"42/rich,77["add",20,22]"#).await;
    answered(client, "43/rich,77[42]").await;
}

async fn answered(client: &mut Client, packet: &str) {
    client.expect(packet).await;
}
