//! What clients leave behind: nothing, also when a value in their session holds the socket that holds the session.

use socketio::Session;
use socketio::prelude::*;

use crate::app::{App, Log, log, text};

/// A value that keeps its own session alive, and tells when it is dropped.
struct Loop(Log, &'static str, #[allow(dead_code, reason = "it is there to be held")] Socket);

impl Drop for Loop {
    fn drop(&mut self) {
        self.0.say(format!("dropped {}", self.1));
    }
}

struct Other(Loop);

#[derive(Default)]
struct Holder;

#[namespace("/", manual)]
impl Holder {
    fn on_connect(&self, socket: &Socket, session: &Session, log: &State<Log>) {
        session.insert(Loop(Log::clone(log), "first", socket.clone()));
    }
    fn on_more(&self, socket: &Socket, session: &Session, log: &State<Log>) {
        session.insert(Other(Loop(Log::clone(log), "second", socket.clone())));
    }
    fn on_disconnect(self, session: &Session, log: &State<Log>) {
        let kept = session.get::<Other>().is_some_and(|other| other.0.1 == "second");
        log.say(format!("bye, the session is {}", if kept { "there" } else { "gone" }));
    }
}

#[tokio::test]
async fn a_session_that_holds_its_socket_goes_with_the_connection() {
    let (log, mut heard) = log();
    let app = App::start(Server::empty().mount::<Holder>().state(log)).await;
    for cut in [true, false] {
        let mut client = app.client().await;
        client.send(r#"421["more"]"#).await;
        client.expect("431[]").await;
        if cut {
            drop(client);
            heard.expect(&["bye, the session is there"]).await;
        } else {
            // The session is that of the connection, and stays as long as it does.
            client.send("41").await;
            heard.expect(&["bye, the session is there"]).await;
            heard.silent().await;
            client.send("40").await;
            // The value of before is replaced, and so dropped.
            assert!(text(&mut client).await.starts_with("40{"));
            heard.expect(&["dropped first"]).await;
            drop(client);
            heard.expect(&["bye, the session is there"]).await;
        }
        let mut dropped = [heard.next().await, heard.next().await];
        dropped.sort();
        assert_eq!(dropped, ["dropped first", "dropped second"]);
        heard.silent().await;
    }
}
