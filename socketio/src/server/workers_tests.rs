//! Workers that fail, and workers to which connections are dealt out.

use std::collections::BTreeMap;
use std::sync::Mutex;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::*;
use crate::namespace::State;
use crate::server::{Handle, Server};

/// The threads in which sessions of clients run.
#[derive(Clone, Default)]
struct Places(Arc<Mutex<BTreeMap<String, usize>>>);

#[derive(Default)]
struct Where;

#[socketio_macros::namespace("/", manual)]
impl Where {
    fn on_connect(places: &State<Places>) -> Self {
        let name = thread::current().name().unwrap_or_default().to_owned();
        *places.0.lock().unwrap().entry(name).or_default() += 1;
        Self
    }
}

async fn join(
    works: [fn() -> Result<(), Error>; 2],
    begin: impl Fn(fn() -> Result<(), Error>) -> bool,
) -> (Result<(), Error>, Handle) {
    let server = Server::empty();
    let handle = server.handle();
    let service = server.into_service().unwrap();
    let core = Arc::clone(service.core());
    let works = works.map(|work| {
        let (at_once, mut phase) = (begin(work), core.phase.subscribe());
        move || {
            if at_once {
                drop(work());
            }
            async move {
                work()?;
                reached(&mut phase, Phase::Stopped).await;
                Ok(())
            }
        }
    });
    (Threads::start(works.into_iter()).join(&core).await, handle)
}

#[tokio::test]
async fn a_worker_that_fails_ends_the_server_with_its_error() {
    fn good() -> Result<(), Error> {
        Ok(())
    }
    fn panics() -> Result<(), Error> {
        panic!("as asked")
    }
    fn fails() -> Result<(), Error> {
        Err(Error::start("no port"))
    }
    let in_task = join([good, panics], |_| false).await.0.unwrap_err();
    assert_eq!((in_task.code(), in_task.message()), ("internal", "a worker panicked: as asked"));
    let in_thread = join([panics, good], |_| true).await.0.unwrap_err();
    assert_eq!((in_thread.code(), in_thread.message()), ("internal", "a worker thread panicked: as asked"));
    let (failed, _handle) = join([good, fails], |_| false).await;
    assert_eq!(failed.unwrap_err().message(), "no port");
}

#[tokio::test]
async fn one_listener_deals_out_connections_in_turns() {
    let places = Places::default();
    let server = Server::empty().mount::<Where>().state(places.clone());
    let handle = server.handle();
    let service = server.into_service().unwrap();
    let port = Port::open("127.0.0.1:0", &crate::engine::Options::new(), 1).await.unwrap();
    let address = port.local_addr().unwrap();
    let serving = tokio::spawn(serve(port, service, 3));
    let mut clients = Vec::new();
    for _ in 0..6 {
        let mut stream = TcpStream::connect(address).await.unwrap();
        let head = "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\n\
            Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
        stream.write_all(head.as_bytes()).await.unwrap();
        // CONNECT, masked with zeros.
        stream.write_all(b"\x81\x82\0\0\0\x0040").await.unwrap();
        let mut read = Vec::new();
        while !read.windows(3).any(|part| part == b"40{") {
            assert!(stream.read_buf(&mut read).await.unwrap() > 0);
        }
        clients.push(stream);
    }
    let expected = ["socketio-0", "socketio-1", "socketio-2"].map(|name| (name.to_owned(), 2));
    assert_eq!(*places.0.lock().unwrap(), BTreeMap::from(expected));
    assert!(handle.shutdown(Duration::from_secs(10)).await);
    serving.await.unwrap().unwrap();
    for mut client in clients {
        client.read_to_end(&mut Vec::new()).await.unwrap();
    }
}
