//! Headers: the written examples of the protocol, everything that must be refused, and arbitrary text.

use proptest::prelude::*;

use super::*;

fn header(text: &str) -> Header<'_> {
    parse(text, &Limits::default()).unwrap()
}

fn refused(text: &str) -> PacketError {
    parse(text, &Limits::default()).unwrap_err()
}

#[test]
fn reads_every_part() {
    let header = header("52-/chat,17[\"a\"]");
    assert_eq!(
        header,
        Header { kind: Kind::BinaryEvent, attachments: 2, namespace: "/chat", namespace_at: 3, id: Some(17), data: 11 }
    );
}

#[test]
fn absent_parts_have_defaults() {
    let plain = Header { kind: Kind::Event, attachments: 0, namespace: "/", namespace_at: 0, id: None, data: 1 };
    assert_eq!(header("2[\"a\"]"), plain);
    assert_eq!(header("2"), plain);
    assert_eq!(header("212"), Header { id: Some(12), data: 3, ..plain });
    assert_eq!(header("2/chat,"), Header { namespace: "/chat", namespace_at: 1, data: 7, ..plain });
    assert_eq!(header("2/chat"), Header { namespace: "/chat", namespace_at: 1, data: 6, ..plain });
    assert_eq!(header("2/,[]"), Header { namespace_at: 1, data: 3, ..plain });
    assert_eq!(header("0"), Header { kind: Kind::Connect, ..plain });
    assert_eq!(
        header("0/chat,{}"),
        Header { kind: Kind::Connect, namespace: "/chat", namespace_at: 1, data: 7, ..plain }
    );
    assert_eq!(
        header("1/chat,"),
        Header { kind: Kind::Disconnect, namespace: "/chat", namespace_at: 1, data: 7, ..plain }
    );
    assert_eq!(header("30[]"), Header { kind: Kind::Ack, id: Some(0), data: 2, ..plain });
    assert_eq!(header("61-1[]"), Header { kind: Kind::BinaryAck, attachments: 1, id: Some(1), data: 4, ..plain });
    assert_eq!(header("4\"no\"").kind, Kind::ConnectError);
    assert_eq!(header("2/chät😀,[]").namespace, "/chät😀");
}

#[test]
fn refuses_broken_types_and_payloads() {
    assert_eq!(refused(""), PacketError::Empty);
    for text in ["7", "a", "é", " 2", "-"] {
        assert_eq!(refused(text), PacketError::UnknownType, "{text}");
    }
    for text in
        ["0[]", "0\"a\"", "0null", "1{}", "1[]", "1x", "2{}", "2\"a\"", "2 []", "2a", "3{}", "4", "4[]", "4null"]
    {
        assert_eq!(refused(text), PacketError::IllegalPayload, "{text}");
    }
}

#[test]
fn refuses_broken_attachment_counts() {
    for text in
        ["5", "5-[]", "50-[]", "5[]", "51[]", "51", "5-1-[]", "5 1-[]", "51.0-[]", "51e0-[]", "5x-[]", "6-", "600-[]"]
    {
        assert_eq!(refused(text), PacketError::IllegalAttachments, "{text}");
    }
    for text in ["511-[]", "599999999999999999999999-[]", "518446744073709551616-[]"] {
        assert_eq!(refused(text), PacketError::TooManyAttachments(10), "{text}");
    }
    assert_eq!(header("510-[]").attachments, 10);
    let limits = Limits { attachments: 1, ..Limits::default() };
    assert_eq!(parse("52-[]", &limits), Err(PacketError::TooManyAttachments(1)));
}

#[test]
fn bounds_namespaces_and_ids() {
    let longest = format!("/{}", "a".repeat(255));
    assert_eq!(header(&format!("0{longest},")).namespace, longest);
    assert_eq!(refused(&format!("0{longest}a,")), PacketError::NamespaceTooLong(256));
    assert_eq!(refused(&format!("0{longest}a")), PacketError::NamespaceTooLong(256));

    assert_eq!(header("218446744073709551615[]").id, Some(u64::MAX));
    assert_eq!(refused("218446744073709551616[]"), PacketError::IllegalId);
}

fn kinds() -> impl Strategy<Value = Kind> {
    (b'0'..=b'6').prop_map(|digit| Kind::from_digit(digit).unwrap())
}

proptest! {
    #[test]
    fn what_is_written_is_read(
        kind in kinds(),
        attachments in 1usize..=10,
        namespace in "(/|/[^,]{1,40})",
        id in any::<Option<u64>>(),
        payload in any::<bool>(),
    ) {
        let attachments = if kind.is_binary() { attachments } else { 0 };
        let json = match kind {
            Kind::Connect if payload => "{\"a\":1}",
            Kind::ConnectError => "{}",
            Kind::Event | Kind::Ack | Kind::BinaryEvent | Kind::BinaryAck if payload => "[1]",
            _ => "",
        };
        let mut text = String::from(char::from(kind.digit()));
        if attachments > 0 {
            text += &format!("{attachments}-");
        }
        let namespace_at = if namespace == "/" { 0 } else { text.len() };
        if namespace != "/" {
            text += &format!("{namespace},");
        }
        if let Some(id) = id {
            text += &id.to_string();
        }
        let data = text.len();
        text += json;
        let header = Header { kind, attachments, namespace: &namespace, namespace_at, id, data };
        prop_assert_eq!(parse(&text, &Limits::default()), Ok(header));
    }

    #[test]
    fn no_text_panics(text in any::<String>()) {
        let _ = parse(&text, &Limits::default());
    }

    #[test]
    fn no_likely_text_panics(text in "[0-7é][0-9/,\\-\\[{\"aé]{0,30}") {
        if let Ok(header) = parse(&text, &Limits::default()) {
            prop_assert!(text.get(header.data..).is_some());
        }
    }
}
