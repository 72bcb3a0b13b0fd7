//! What the path of a request means. Whether it is one of the old protocol is decided in `Options::is_legacy`.

use crate::engine::options::legacy::LegacyTransport;

/// What a path below `/1` means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Route {
    /// `/1`, `/1/`
    Handshake,
    /// `/1/<transport>/<sid>`
    Session(Place),
    /// `/2/`: a revision that never was.
    OtherVersion,
    /// Below `/1`, and none of these.
    Nowhere,
}

/// A session and a transport for it. The transport is `None` if it is missing (which a client that leaves may do) or
/// not one that there ever was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) transport: Option<LegacyTransport>,
    pub(crate) sid: String,
}

/// The route of a path of the engine that begins with a version.
pub(crate) fn route(prefix: &str, path: &str) -> Route {
    let rest = path.strip_prefix(prefix.trim_end_matches('/')).unwrap_or(path);
    let mut segments = rest.split('/').skip(1);
    if segments.next() != Some("1") {
        return Route::OtherVersion;
    }
    let [transport, sid, end] = [(); 3].map(|()| segments.next());
    if end.is_some_and(|end| !end.is_empty()) || segments.next().is_some() {
        return Route::Nowhere;
    }
    match (transport, sid) {
        (None | Some(""), None | Some("")) => Route::Handshake,
        (Some(transport), Some(sid)) if !sid.is_empty() => {
            let transport = LegacyTransport::ALL.into_iter().find(|known| known.name() == transport);
            Route::Session(Place { transport, sid: sid.to_owned() })
        }
        _ => Route::Nowhere,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(path: &str) -> Route {
        route("/socket.io", path)
    }

    fn session(transport: Option<LegacyTransport>) -> Route {
        Route::Session(Place { transport, sid: "abc".to_owned() })
    }

    #[test]
    fn paths_have_routes() {
        assert_eq!(of("/socket.io/1"), Route::Handshake);
        assert_eq!(of("/socket.io/1/"), Route::Handshake);
        assert_eq!(of("/socket.io/1/websocket/abc"), session(Some(LegacyTransport::WebSocket)));
        assert_eq!(of("/socket.io/1/jsonp-polling/abc/"), session(Some(LegacyTransport::JsonpPolling)));
        assert_eq!(of("/socket.io/1//abc/"), session(None));
        assert_eq!(of("/socket.io/1/xhr-multipart/abc"), session(None));
        assert_eq!(of("/socket.io/1/foo"), Route::Nowhere);
        assert_eq!(of("/socket.io/1/a/b/c"), Route::Nowhere);
        assert_eq!(of("/socket.io/2/"), Route::OtherVersion);
        assert_eq!(route("/", "/1/"), Route::Handshake);
    }
}
