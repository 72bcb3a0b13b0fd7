//! A client whose connection was cut comes back on any worker, to the session that it had on another.

use socketio::Recovery;
use tests::within;

use crate::app::log;
use crate::back::{Guest, server};

/// So often that some come back on the same worker and some on another.
const MANY: usize = 60;

#[tokio::test]
async fn a_session_is_recovered_on_another_worker() {
    let (log, mut heard) = log();
    let bound = server(log, Recovery::default()).workers(3).bind(("127.0.0.1", 0)).await.unwrap();
    let (addr, handle) = (bound.local_addr().unwrap(), bound.handle());
    let serving = tokio::spawn(bound.serve());
    for n in 0..MANY {
        let mut guest = Guest::at(addr, "/", "").await;
        guest.send(r#"42["join","red"]"#).await;
        guest.whoami().await;
        handle.of("/").to("red").emit("one", n);
        guest.expect(&[&format!(r#"42["one",{n}]"#)]).await;
        let lost = guest.cut();
        heard.expect(&["new", "transport close"]).await;
        handle.of("/").to("red").emit("two", n);
        let back = Guest::at(addr, "/", &lost.auth).await;
        assert_eq!((back.missed(), back.id), (vec![format!(r#"42["two",{n}]"#)], lost.id));
        heard.expect(&["back"]).await;
        handle.socket(back.id).unwrap().disconnect();
        heard.expect(&["server namespace disconnect"]).await;
    }
    assert!(handle.shutdown(tests::PATIENCE).await);
    within("the end", serving).await.unwrap().unwrap();
}
