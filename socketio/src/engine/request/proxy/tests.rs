//! Tests of which address, scheme and host a request has behind proxies.

use http::Request;

use super::*;

const PROXY: &str = "10.0.0.1:5000";

/// Address, scheme and host of a request from `peer` with these headers; 10.0.0.0/8 and fd00::/8 are trusted.
fn client(peer: &str, headers: &[(&str, &str)]) -> (String, Option<bool>, String) {
    let mut request = Request::builder().header("host", "inside:3000");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let (head, ()) = request.body(()).unwrap().into_parts();
    let proxies = Proxies::new(["10.0.0.0/8", "fd00::/8"]).unwrap();
    let Client { address, secure, host } = proxies.client(&head, Some(peer.parse().unwrap()));
    (address.unwrap().to_string(), secure, host.unwrap().to_owned())
}

fn address(peer: &str, headers: &[(&str, &str)]) -> String {
    client(peer, headers).0
}

#[test]
fn headers_of_a_peer_that_is_not_listed_are_not_believed() {
    let all = [
        (FOR, "1.2.3.4"),
        (PROTO, "https"),
        (HOST, "evil.example"),
        ("forwarded", "for=1.2.3.4;proto=https;host=evil.example"),
    ];
    assert_eq!(client("192.0.2.1:99", &all), ("192.0.2.1:99".into(), None, "inside:3000".into()));
    let nobody = Proxies::default();
    let (head, ()) = Request::builder().header(FOR, "1.2.3.4").body(()).unwrap().into_parts();
    assert_eq!(nobody.client_ip(&head, PROXY.parse().ok()), Some("10.0.0.1".parse().unwrap()));
    // An unknown peer is not trusted.
    let everybody = Proxies::new(["0.0.0.0/0", "::/0"]).unwrap();
    assert_eq!(everybody.client_ip(&head, None), None);
}

#[test]
fn a_listed_peer_names_address_scheme_and_host() {
    let all = [(FOR, "192.0.2.60"), (PROTO, "https"), (HOST, "me.example:8443")];
    assert_eq!(client(PROXY, &all), ("192.0.2.60:0".into(), Some(true), "me.example:8443".into()));
    let all = [("forwarded", "proto=http ; For=\"[2001:db8::7]:4711\";host=\"me.example:8443\"")];
    assert_eq!(client(PROXY, &all), ("[2001:db8::7]:4711".into(), Some(false), "me.example:8443".into()));
    assert_eq!(client(PROXY, &[]), (PROXY.into(), None, "inside:3000".into()));
    // IPv4 on a socket of IPv6, and IPv6.
    assert_eq!(address("[::ffff:10.0.0.1]:9", &[(FOR, "192.0.2.60")]), "192.0.2.60:0");
    assert_eq!(address("[fd00::1]:9", &[(FOR, "192.0.2.60")]), "192.0.2.60:0");
}

#[test]
fn addresses_are_read_from_the_right_and_trusted_ones_skipped() {
    assert_eq!(address(PROXY, &[(FOR, "6.6.6.6, 192.0.2.60")]), "192.0.2.60:0");
    assert_eq!(address(PROXY, &[(FOR, "6.6.6.6,192.0.2.60 , 10.1.1.1,fd00::2")]), "192.0.2.60:0");
    assert_eq!(address(PROXY, &[(FOR, "6.6.6.6"), (FOR, "192.0.2.60, 10.1.1.1")]), "192.0.2.60:0");
    assert_eq!(address(PROXY, &[("forwarded", "for=6.6.6.6, for=192.0.2.60, for=10.1.1.1")]), "192.0.2.60:0");
    // All addresses are trusted, so the first of the chain counts.
    assert_eq!(address(PROXY, &[(FOR, "10.9.9.9, 10.1.1.1")]), "10.9.9.9:0");
}

#[test]
fn what_no_proxy_can_have_written_is_not_read() {
    for odd in ["unknown", "_hidden", "", "6.6.6.6.6", "6.6.6.6\"", "6.6.6.6, , 10.1.1.1"] {
        let last = if odd.ends_with("10.1.1.1") { "10.1.1.1:0" } else { PROXY };
        assert_eq!(address(PROXY, &[(FOR, odd)]), last, "{odd}");
    }
    assert_eq!(address(PROXY, &[(FOR, "6.6.6.6, what, 10.1.1.1")]), "10.1.1.1:0");
    assert_eq!(address(PROXY, &[("forwarded", "for=\"6.6.6.6, proto=https")]), PROXY);
    // A proxy that writes one of the two headers passes the other on.
    assert_eq!(address(PROXY, &[(FOR, "192.0.2.60"), ("forwarded", "for=6.6.6.6")]), "192.0.2.60:0");
}

#[test]
fn scheme_and_host_are_those_of_the_same_hop() {
    let chain = (FOR, "6.6.6.6, 192.0.2.60, 10.1.1.1");
    let appended = [chain, (PROTO, "http, https, http"), (HOST, "evil.example, me.example, inner")];
    assert_eq!(client(PROXY, &appended), ("192.0.2.60:0".into(), Some(true), "me.example".into()));
    let replaced = [chain, (PROTO, "wss"), (HOST, "me.example")];
    assert_eq!(client(PROXY, &replaced), ("192.0.2.60:0".into(), Some(true), "me.example".into()));
    let forwarded = [("forwarded", "for=192.0.2.60;proto=https;host=me.example, for=10.1.1.1;proto=http;host=inner")];
    assert_eq!(client(PROXY, &forwarded), ("192.0.2.60:0".into(), Some(true), "me.example".into()));
    assert_eq!(client(PROXY, &[chain, (PROTO, "gopher"), (HOST, "")]).1, None);
}

#[test]
fn networks_are_checked() {
    for wrong in ["", "10.0.0.0/33", "::/129", "10.0.0.0/", "10.0.0.0/-1", "10.0.0", "proxy.example", "10.0.0.1:80"] {
        let error = Proxies::new([wrong]).unwrap_err();
        assert_eq!(error.code(), "start");
        assert!(error.to_string().contains("`trust_proxies`") && error.to_string().contains(wrong), "{error}");
    }
    let contains = |network: &str, address: &str| Proxies::new([network]).unwrap().contains(address.parse().unwrap());
    assert!(contains("10.0.0.0/8", "10.255.1.1") && !contains("10.0.0.0/8", "11.0.0.0"));
    assert!(contains("0.0.0.0/0", "1.2.3.4") && !contains("0.0.0.0/0", "::1"));
    assert!(contains("192.0.2.7", "192.0.2.7") && !contains("192.0.2.7", "192.0.2.6"));
    assert!(contains("fd00::/8", "fdff::1") && !contains("fd00::/8", "fe00::1"));
}

#[test]
fn a_network_of_ipv6_counts_as_one_client() {
    let key = |address: &str| address_key(address.parse().unwrap()).to_string();
    assert_eq!(key("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::");
    assert_eq!(key("192.0.2.7"), "192.0.2.7");
    assert_eq!(key("::ffff:192.0.2.7"), "192.0.2.7");
}
