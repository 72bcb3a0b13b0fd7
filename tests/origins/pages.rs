//! Requests that pages make browsers send: which are refused, which lose the user's credentials, which keep them.

use std::net::SocketAddr;

use socketio::engine::Cors;
use tests::{http, ws};

use crate::app::{Told, embedded, start};
use crate::clients::{Kind, who};

const EVIL: &str = "http://evil.example";
const GOOD: &str = "http://good.example";

/// What a browser adds to a request for the user, whatever page asks.
const USER: [(&str, &str); 3] =
    [("Cookie", "user=victim"), ("Authorization", "Basic dXNlcg=="), ("Proxy-Authorization", "Basic cHJveHk=")];

/// `who` with the credentials: whether all of them arrived, or none.
async fn keeps(addr: SocketAddr, kind: Kind, page: &[(&'static str, &str)]) -> bool {
    let facts = who(addr, kind, &[page, &USER].concat()).await;
    let kept: Vec<bool> = ["cookie", "authorization", "proxy"].iter().map(|name| facts[*name] != "none").collect();
    let trusted = facts["trusted"] == "true";
    assert!(kept.iter().all(|kept| *kept == trusted), "{kind:?} {page:?}: {facts:?}");
    trusted
}

#[tokio::test]
async fn a_page_of_any_origin_acts_without_the_user() {
    let addr = start(|server| server.cors(Cors::any())).await;
    let own = format!("http://{addr}");
    for kind in Kind::ALL {
        assert!(!keeps(addr, kind, &[("Origin", EVIL)]).await, "{kind:?}");
        assert!(!keeps(addr, kind, &[("Origin", "null")]).await, "{kind:?}");
        assert!(keeps(addr, kind, &[("Origin", &own)]).await, "{kind:?}");
    }
}

#[tokio::test]
async fn a_listed_page_acts_for_the_user_only_with_credentials() {
    let without = start(|server| server.cors(GOOD)).await;
    let with = start(|server| server.cors(Cors::from(GOOD).credentials(true))).await;
    for kind in Kind::ALL {
        assert!(!keeps(without, kind, &[("Origin", GOOD)]).await, "{kind:?}");
        assert!(keeps(with, kind, &[("Origin", GOOD)]).await, "{kind:?}");
    }
}

#[tokio::test]
async fn a_program_names_no_page_and_is_believed() {
    let addr = start(|server| server).await;
    for kind in Kind::ALL {
        // But what is a script is loaded by a page.
        assert_eq!(keeps(addr, kind, &[]).await, !kind.is_script(), "{kind:?}");
    }
}

/// `<img src="…/socket.io/?EIO=3&transport=polling">`: no `Origin`, and no preflight.
#[tokio::test]
async fn what_another_page_loads_without_saying_so_acts_without_the_user() {
    let plain = start(|server| server).await;
    let listed = start(|server| server.cors(Cors::from(GOOD).credentials(true))).await;
    let own = format!("http://{plain}/");
    for kind in Kind::ALL.into_iter().filter(|kind| !kind.is_script()) {
        for page in [("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Site", "same-site"), ("Referer", EVIL)] {
            assert!(!keeps(plain, kind, &[page]).await, "{kind:?} {page:?}");
            assert!(!keeps(listed, kind, &[page]).await, "{kind:?} {page:?}");
        }
        for page in [("Sec-Fetch-Site", "same-origin"), ("Sec-Fetch-Site", "none"), ("Referer", &*own)] {
            assert!(keeps(plain, kind, &[page]).await, "{kind:?} {page:?}");
        }
    }
    for kind in Kind::ALL.into_iter().filter(|kind| kind.is_script()) {
        let page = [("Sec-Fetch-Site", "cross-site")];
        let answer = http::request(plain, "GET", kind.target(), &page, b"").await;
        assert!(answer.status == 403 || answer.text().contains("handshake bad origin"), "{kind:?}: {answer:?}");
    }
}

#[tokio::test]
async fn what_a_layer_made_of_the_cookie_does_not_reach_the_handlers_of_another_page() {
    let addr = embedded(Told::default(), |server| server.cors(Cors::any())).await;
    for kind in Kind::ALL {
        for (page, user) in [(EVIL.to_owned(), "none"), (format!("http://{addr}"), "victim")] {
            let facts = who(addr, kind, &[("Origin", &page), USER[0]]).await;
            assert_eq!(facts["user"], user, "{kind:?} {page}");
            assert!(facts["address"].starts_with("127.0.0.1:"), "{kind:?} {page}: {facts:?}");
        }
    }
}

#[tokio::test]
async fn a_websocket_of_another_page_is_refused_without_cors() {
    let addr = start(|server| server).await;
    for kind in [Kind::V4WebSocket, Kind::V3WebSocket] {
        let answer = ws::refused(addr, kind.target(), &[("Origin", EVIL)]).await;
        assert_eq!((answer.status, answer.text()), (403, r#"{"code":4,"message":"Forbidden"}"#), "{kind:?}");
    }
}
