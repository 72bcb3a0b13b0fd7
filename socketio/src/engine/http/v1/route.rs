//! What the path of a request of 0.7 to 0.9 means. `Options::is_legacy` has recognised it as one.

use crate::engine::options::legacy::LegacyTransport;

/// What a path below `/1` means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Route {
    /// `/1`, `/1/`
    Handshake,
    /// `/1/<transport>/<sid>`
    Session(Target),
    /// `/2/`: a version that does not exist.
    OtherVersion,
    /// Any other path below `/1`.
    Nowhere,
}

/// A session and a transport for it. The transport is `None` if it is missing, as in some requests that end a session, or unknown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Target {
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
            Route::Session(Target { transport, sid: sid.to_owned() })
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
        Route::Session(Target { transport, sid: "abc".to_owned() })
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
