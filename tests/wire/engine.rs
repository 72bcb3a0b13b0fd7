//! An engine alone, served by the crate's own accept loop.

use bytes::Bytes;
use socketio::engine::{CloseReason, Engine, Handler, Options, Session, Socket, Text};
use tests::session::{Polling, websocket};
use tests::{http, within};

struct Echo;
struct Client(Socket);

impl Handler for Echo {
    type Session = Client;

    fn open(&self, socket: Socket) -> Client {
        Client(socket)
    }
}

impl Session for Client {
    fn text(&mut self, text: Text) {
        let _ = self.0.send_text(&text);
    }

    fn binary(&mut self, data: Bytes) {
        let _ = self.0.send_binary(data);
    }

    fn close(&mut self, _: CloseReason) {}
}

#[tokio::test]
async fn it_serves_until_it_is_closed() {
    let bound = Engine::new(Echo, Options::new().max_header_size(8192)).unwrap().bind("127.0.0.1:0").await.unwrap();
    let (addr, engine) = (bound.local_addr().unwrap(), bound.engine().clone());
    let serving = tokio::spawn(bound.serve());

    let polling = Polling::open(addr, "/engine.io/").await;
    polling.alive("polled").await;
    let (mut ws, _) = websocket(addr, "/engine.io/").await;
    ws.text("4échoed").await;
    ws.expect("4échoed").await;
    assert_eq!(engine.sessions(), 2);

    // What is not the engine's, and an option that only an accept loop can keep.
    assert_eq!(http::get(addr, "/").await.status, 404);
    assert_eq!(http::get(addr, &format!("/engine.io/?{}", "a".repeat(20_000))).await.status, 431);

    // The port is closed at once, so only a poll that is held is told.
    let (held, ()) = tokio::join!(polling.get(), async {
        tokio::time::sleep(tests::SILENCE).await;
        engine.close();
        ws.closed().await;
    });
    assert_eq!(held.text(), "1");
    within("the end", serving).await.unwrap().unwrap();
    assert_eq!(engine.sessions(), 0);
    assert!(tokio::net::TcpStream::connect(addr).await.is_err(), "the port is free again");
}

#[tokio::test]
async fn a_port_that_is_taken_is_an_error() {
    let taken = Engine::new(Echo, Options::new()).unwrap().bind("127.0.0.1:0").await.unwrap();
    let again = Engine::new(Echo, Options::new()).unwrap().bind(taken.local_addr().unwrap()).await;
    assert_eq!(again.unwrap_err().code(), "start");
}
