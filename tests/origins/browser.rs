//! What Chromium sends with the requests of other pages: cookies, and what the server keeps of them. The pages are loaded
//! by `tests/js/origins.test.mjs`.

use std::collections::BTreeMap;
use std::time::Duration;

use socketio::engine::Cors;
use tests::{npm, tools, within};

use crate::app::{Told, embedded, start};

/// Opens sessions of Engine.IO 3, whose clients are in `/` at once, as an image, by `fetch` and as a WebSocket. `PAGE` says
/// which page it is, `URL` where the server is.
const PAGE: &str = r#"<!doctype html><title>loading</title><script>
const [url, page] = location.hash.slice(1).split("|");
const target = (kind, rest) => `${url}/socket.io/?EIO=3&from=${page}-${kind}&transport=${rest}`;
const image = new Promise((done) => {
  const image = new Image();
  image.onload = image.onerror = done;
  image.src = target("image", "polling");
});
const fetched = fetch(target("fetch", "polling"), { mode: "no-cors", credentials: "include" });
const websocket = new Promise((done) => {
  new WebSocket(target("websocket", "websocket").replace("http", "ws")).onmessage = done;
});
Promise.all([image, fetched, websocket]).then(() => { document.title = "loaded"; });
</script>"#;

#[tokio::test(flavor = "multi_thread")]
async fn another_pages_requests_reach_handlers_without_the_cookie_that_chromium_sends() {
    if !tools::present("origins in a browser", &["node", "npm", "chromium"]) {
        return;
    }
    let told = Told::default();
    let own = embedded(told.clone(), |server| server.cors(Cors::any()).page("/page", "text/html", PAGE)).await;
    let other = start(|server| server.page("/page", "text/html", PAGE)).await;
    let (url, port) = (format!("http://{own}"), other.port().to_string());
    tokio::task::spawn_blocking(move || npm::run("origins.test.mjs", &url, &[("OTHER_PORT", &port)])).await.unwrap();

    let sessions = within("all sessions", async {
        loop {
            let sessions: BTreeMap<String, String> = told.all().into_iter().collect();
            if sessions.len() == 9 {
                break sessions;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await;
    for (from, facts) in sessions {
        // Of what other sites ask for, Chromium keeps a `SameSite=Lax` cookie back; other ports are the same site.
        assert_eq!(facts.contains("sent=yes"), !from.starts_with("cross-site"), "{from}: {facts}");
        let (cookie, trusted) = if from.starts_with("own") { ("user=victim", true) } else { ("none", false) };
        let user = if trusted { "victim" } else { "none" };
        for fact in [format!("cookie={cookie};"), format!("trusted={trusted};"), format!("user={user};")] {
            assert!(facts.contains(&fact), "{from}: {facts}");
        }
    }
}
