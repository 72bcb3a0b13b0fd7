//! Engine.IO 4 packets: a type digit and its text. What the packets mean for a session is the engine floor's business.

pub(crate) mod control;
mod frame;
mod generation;
pub(crate) mod incoming;
pub(crate) mod jsonp;
pub(crate) mod payload;
pub(crate) mod payload_v3;

pub(crate) use frame::{Frame, Message};
pub(crate) use generation::Generation;

/// The seven packet types.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// `0`: the handshake.
    Open,
    /// `1`: the end of the session.
    Close,
    /// `2`: from the server, or a client's probe.
    Ping,
    /// `3`: the answer to a ping.
    Pong,
    /// `4`: what the application says.
    Message,
    /// `5`: the client now uses the probed transport.
    Upgrade,
    /// `6`: nothing; ends a poll.
    Noop,
}

impl Kind {
    /// The type of a digit; `None` for anything else.
    pub(crate) fn from_digit(digit: u8) -> Option<Kind> {
        Some(match digit {
            b'0' => Kind::Open,
            b'1' => Kind::Close,
            b'2' => Kind::Ping,
            b'3' => Kind::Pong,
            b'4' => Kind::Message,
            b'5' => Kind::Upgrade,
            b'6' => Kind::Noop,
            _ => return None,
        })
    }

    /// The type's digit.
    #[cfg(test)]
    pub(crate) fn digit(self) -> u8 {
        b'0' + self as u8
    }
}

/// What a new session tells its client, apart from its id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Handshake<'a> {
    /// The transports that the client may try next.
    pub(crate) upgrades: &'a [&'a str],
    /// Milliseconds between pings.
    pub(crate) ping_interval: u128,
    /// Milliseconds in which a ping must be answered.
    pub(crate) ping_timeout: u128,
    /// Bytes that one message, or one polling body, may have.
    pub(crate) max_payload: usize,
}

impl Handshake<'_> {
    /// The packet `0{"sid":…}` behind the id, with its keys in the order that Node's server has. It is the same for all sessions that begin
    /// with one transport, so that it is written once.
    pub(crate) fn behind_sid(&self) -> String {
        let Self { upgrades, ping_interval, ping_timeout, max_payload } = self;
        let upgrades: Vec<_> = upgrades.iter().map(|upgrade| format!("\"{upgrade}\"")).collect();
        let upgrades = upgrades.join(",");
        format!(
            "\",\"upgrades\":[{upgrades}],\"pingInterval\":{ping_interval},\"pingTimeout\":{ping_timeout},\"maxPayload\":{max_payload}}}"
        )
    }
}

/// The whole packet; `sid` is the session's secret id, which needs no escapes.
pub(crate) fn open_packet(sid: &str, behind_sid: &str) -> Vec<u8> {
    ["0{\"sid\":\"", sid, behind_sid].concat().into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_types() {
        for digit in 0..=u8::MAX {
            match Kind::from_digit(digit) {
                Some(kind) => assert_eq!(kind.digit(), digit),
                None => assert!(!(b'0'..=b'6').contains(&digit)),
            }
        }
    }

    #[test]
    fn the_open_packet_is_nodes() {
        let mut handshake =
            Handshake { upgrades: &["websocket"], ping_interval: 25000, ping_timeout: 20000, max_payload: 1_000_000 };
        assert_eq!(
            String::from_utf8(open_packet("lv_VI97HAXpY6yYWAAAC", &handshake.behind_sid())).unwrap(),
            r#"0{"sid":"lv_VI97HAXpY6yYWAAAC","upgrades":["websocket"],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}"#
        );
        handshake.upgrades = &[];
        assert!(handshake.behind_sid().contains(r#""upgrades":[],"#));
        handshake.upgrades = &["websocket", "webtransport"];
        assert!(handshake.behind_sid().contains(r#"["websocket","webtransport"],"#));
    }
}
