//! The official client with `retries`, behind a proxy that loses events, answers and whole connections. See `tests/js/once.test.mjs`.

use std::sync::{Arc, Mutex};

use serde::Deserialize;
use socketio::prelude::*;
use tests::{npm, tools};

use crate::app::App;

/// The orders that handlers have seen, in their order.
type Seen = Arc<Mutex<Vec<(String, u32)>>>;

#[derive(Deserialize)]
struct Order {
    n: u32,
}

/// Who comes.
#[derive(Deserialize)]
struct Login {
    user: String,
}

struct Shop(String);

#[namespace("/", manual)]
impl Shop {
    fn on_connect(socket: &Socket, login: Login) -> Self {
        socket.identify(&login.user);
        Self(login.user)
    }
    #[event(once)]
    async fn on_order(&self, seen: &State<Seen>, order: Order) -> u32 {
        // Often the client is gone before this has ended.
        tokio::task::yield_now().await;
        seen.lock().unwrap().push((self.0.clone(), order.n));
        order.n * 10
    }
    /// The same without `once`.
    async fn on_often(&self, seen: &State<Seen>, order: Order) -> u32 {
        tokio::task::yield_now().await;
        seen.lock().unwrap().push((self.0.clone(), order.n));
        order.n * 10
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_event_is_handled_once_whatever_is_lost() {
    if !tools::present("each_event_is_handled_once_whatever_is_lost", &["node", "npm"]) {
        return;
    }
    let seen = Seen::default();
    let app = App::start(Server::empty().mount::<Shop>().state(seen.clone())).await;
    let url = format!("http://{}", app.addr);
    tokio::task::spawn_blocking(move || npm::run("once.test.mjs", &url, &[])).await.unwrap();
    let seen = seen.lock().unwrap();
    let of = |user: &str| seen.iter().filter(|(by, _)| by == user).map(|(_, n)| *n).collect::<Vec<_>>();
    // The client sends the next event when the one before it is acknowledged, so they come in order.
    for user in ["websocket", "polling"] {
        assert_eq!(of(user), (0..40).collect::<Vec<_>>(), "{user}");
    }
    // The proxy does lose answers: without `once` the same client has the same events handled again.
    assert!(of("often").len() > 40, "{:?}", of("often"));
}
