//! Lent without a copy: types of the program that are there already, and the packet of the event.

use std::sync::atomic::{AtomicU32, Ordering};

use socketio::packet::{Kind, Packet};
use socketio::prelude::*;
use socketio::{Context, EventName, FromContext, Handle, Requirements, Rest, Value};

use crate::app::{App, ask, ask_error, capture, json};

/// A state that is borrowed as `&Catalog`. It is not `Clone`.
struct Catalog {
    prices: Vec<u32>,
    /// How often `from_context` was called.
    made: AtomicU32,
}

impl FromContext for Catalog {
    const IMMEDIATE: bool = true;

    async fn from_context(cx: &Context) -> Result<Self, Error> {
        let lent = cx.state::<Catalog>().ok_or_else(|| Error::internal("no catalog"))?;
        lent.made.fetch_add(1, Ordering::Relaxed);
        Ok(Catalog { prices: Vec::new(), made: AtomicU32::new(0) })
    }

    fn lend(cx: &Context) -> Option<&Self> {
        cx.state::<Catalog>().map(|catalog| &**catalog)
    }

    fn requires(requirements: &mut Requirements, argument: &'static str) {
        requirements.state::<Catalog>(argument);
    }
}

/// Reads the packet, and says so.
struct Size(usize);

impl FromContext for Size {
    const IMMEDIATE: bool = true;
    const PACKET: bool = true;

    async fn from_context(cx: &Context) -> Result<Self, Error> {
        let packet = cx.packet().ok_or_else(|| Error::new("no_packet", "there is no packet"))?;
        Ok(Size(packet.text().len()))
    }
}

/// Reads the packet, and does not say so.
struct Forgetful;

impl FromContext for Forgetful {
    async fn from_context(cx: &Context) -> Result<Self, Error> {
        assert!(cx.packet().is_none());
        Packet::from_context(cx).await.map(|_| Forgetful)
    }
}

struct Shop {
    /// Whether a packet was there when the client connected.
    connected: bool,
}

#[namespace("/", manual)]
impl Shop {
    fn on_connect(packet: &Option<Packet>, size: &Option<Size>) -> Self {
        Shop { connected: packet.is_some() || size.is_some() }
    }

    fn on_price(&self, catalog: &Catalog, state: &State<Catalog>, item: usize) -> (Option<u32>, bool, u32) {
        let same = std::ptr::eq(catalog, &**state);
        (catalog.prices.get(item).copied(), same, catalog.made.load(Ordering::Relaxed))
    }

    async fn on_price_later(&self, catalog: &Catalog, state: &State<Catalog>) -> (bool, u32) {
        tokio::task::yield_now().await;
        (std::ptr::eq(catalog, &**state), catalog.made.load(Ordering::Relaxed))
    }

    /// `Option` cannot be lent, so it is made.
    fn on_perhaps(&self, catalog: &Option<Catalog>, state: &State<Catalog>) -> (bool, u32) {
        (catalog.is_some(), state.made.load(Ordering::Relaxed))
    }

    fn on_packet(&self, packet: &Packet, args: Rest<Value>) -> (String, String, Option<u64>, usize) {
        assert_eq!((packet.kind(), packet.event_name().as_deref()), (Kind::Event, Some("packet")));
        (packet.text().to_owned(), packet.namespace().to_owned(), packet.id(), args.0.len())
    }

    async fn on_packet_later(&self, packet: &Packet, event: &EventName) -> (String, String) {
        tokio::task::yield_now().await;
        (packet.text().to_owned(), event.to_string())
    }

    fn on_packet_alone(&mut self, packet: &Option<Packet>) -> (Option<u64>, bool) {
        (packet.as_ref().and_then(Packet::id), self.connected)
    }

    fn on_binary(&self, packet: &Packet, data: bytes::Bytes) -> (usize, bool) {
        (packet.attachments().len(), packet.kind() == Kind::BinaryEvent && packet.attachments()[0] == data)
    }

    fn on_size(&self, size: &Size) -> usize {
        size.0
    }

    fn on_announce(&self, server: &Handle, given: &State<Handle>, text: String) -> (usize, String) {
        server.of("/two").emit("announced", &text);
        given.of("/").emit("announced", text);
        (server.connections(), format!("{server:?}"))
    }

    fn on_forgetful(&self, _forgetful: &Forgetful) {}

    fn on_disconnect(self, packet: &Option<Packet>, size: &Option<Size>) {
        assert!(packet.is_none() && size.is_none());
        tracing::info!("gone without a packet");
    }
}

async fn start() -> App {
    let catalog = Catalog { prices: vec![3, 5], made: AtomicU32::new(0) };
    let server = Server::empty().mount::<Shop>().mount_at::<Shop>("/two").state(catalog);
    // Beside the one that every server lends.
    let handle = server.handle();
    App::start(server.state(handle)).await
}

#[tokio::test]
async fn a_type_of_the_program_is_lent_without_a_clone() {
    let app = start().await;
    let mut client = app.client().await;
    assert_eq!(ask(&mut client, r#"["price",1]"#).await, "[5,true,0]");
    assert_eq!(ask(&mut client, r#"["price",2]"#).await, "[null,true,0]");
    assert_eq!(ask(&mut client, r#"["price_later"]"#).await, "[true,0]");
    assert_eq!(ask(&mut client, r#"["perhaps"]"#).await, "[true,1]");
}

#[tokio::test]
async fn a_handler_borrows_the_server() {
    let app = start().await;
    let (mut client, mut other) = (app.client().await, app.client_of("/two").await);
    client.send(r#"421["announce","now"]"#).await;
    client.expect(r#"42["announced","now"]"#).await;
    client.expect(r#"431[2,"Handle { started: true }"]"#).await;
    other.expect(r#"42/two,["announced","now"]"#).await;
}

#[tokio::test]
async fn a_handler_borrows_the_packet_of_its_event() {
    let app = start().await;
    let mut client = app.client().await;
    let reply = ask(&mut client, r#"["packet",1,{"a":[]}]"#).await;
    let expected = r#"27["packet",1,{"a":[]}]"#;
    assert_eq!(json(&reply), serde_json::json!([expected, "/", 7, 2]));
    // An `async fn`, which keeps it, while the next event is read.
    client.send(r#"42["packet_later","first"]"#).await;
    client.send(r#"428["packet_later","x"]"#).await;
    client.expect(r#"438["28[\"packet_later\",\"x\"]","packet_later"]"#).await;
    assert_eq!(ask(&mut client, r#"["packet_alone"]"#).await, "[7,false]");
    assert_eq!(ask(&mut client, r#"["size"]"#).await, "[10]");
    let mut other = app.client_of("/two").await;
    other.send(r#"42/two,9["packet"]"#).await;
    other.expect(r#"43/two,9["2/two,9[\"packet\"]","/two",9,0]"#).await;
}

#[tokio::test]
async fn its_attachments_are_those_that_the_arguments_are_made_of() {
    let app = start().await;
    let mut client = app.client().await;
    client.send(r#"451-7["binary",{"_placeholder":true,"num":0}]"#).await;
    client.ws.binary("data").await;
    client.expect("437[1,true]").await;
}

#[tokio::test]
async fn a_packet_that_nobody_asked_for_is_not_there() {
    let app = start().await;
    let mut client = app.client().await;
    assert_eq!(ask_error(&mut client, r#"["forgetful"]"#).await.0, "internal");
}

#[tokio::test]
async fn there_is_no_packet_in_the_lifecycle() {
    let logged = capture();
    let app = start().await;
    let mut client = app.client().await;
    assert_eq!(ask(&mut client, r#"["packet_alone"]"#).await, "[7,false]");
    client.send("41").await;
    // The namespace is left, and `on_disconnect` has run, before the next CONNECT is answered.
    client.send("40").await;
    assert!(crate::app::text(&mut client).await.starts_with("40{"));
    assert!(logged.lines().iter().any(|line| line.contains("gone without a packet")), "{:#?}", logged.lines());
}
