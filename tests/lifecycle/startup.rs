//! Mistakes that keep a server from starting. Each names what is wrong and where.

use std::time::Duration;

use socketio::prelude::*;
use socketio::{Context, DisconnectReason, FromContext, Path, Requirements};

use crate::app::{App, Log, capture, log};

#[derive(Default)]
struct NeedsState;

#[namespace("/needs", manual)]
impl NeedsState {
    fn on_open(&self) {}
    async fn on_use(&self, socket: &Socket, log: &State<Log>) {
        log.say(socket.id());
    }
}

struct NeedsStateToConnect;

#[namespace("/connect", manual)]
impl NeedsStateToConnect {
    fn on_connect(log: &State<Log>) -> Self {
        log.say("x");
        Self
    }
    fn on_open(&self) {}
}

#[derive(Default)]
struct NeedsStateToLeave;

#[namespace("/leave", manual)]
impl NeedsStateToLeave {
    fn on_open(&self) {}
    fn on_disconnect(&self, farewell: &State<Log>) {
        farewell.say("x");
    }
}

#[derive(Default)]
struct NeedsStateForTheRest;

#[namespace("/rest", manual)]
impl NeedsStateForTheRest {
    #[fallback]
    fn other(&self, log: &State<Log>) {
        log.say("x");
    }
}

#[derive(Default)]
struct Room;

#[namespace("/room/{id}", manual)]
impl Room {
    fn on_open(&self, id: &Path<u8>) -> u8 {
        id.0
    }
}

#[derive(Default)]
struct Reason;

#[namespace("/reason", manual)]
impl Reason {
    fn on_why(&self, reason: &DisconnectReason) -> String {
        reason.to_string()
    }
}

/// A type of the program that needs a state and the number in the path.
struct Tenant(u8);

impl FromContext for Tenant {
    async fn from_context(cx: &Context) -> Result<Self, Error> {
        Ok(Tenant(*Path::<u8>::from_context(cx).await?))
    }

    fn requires(requirements: &mut Requirements, argument: &'static str) {
        Path::<u8>::requires(requirements, argument);
        requirements.state::<Log>(argument);
    }
}

#[derive(Default)]
struct Tenants;

#[namespace("/tenant/{id}", manual)]
impl Tenants {
    async fn on_who(&self, tenant: &Tenant) -> u8 {
        tenant.0
    }
    fn on_perhaps(&self, tenant: &Option<Tenant>) -> Option<u8> {
        tenant.as_ref().map(|tenant| tenant.0)
    }
}

#[derive(Default)]
struct PerhapsTenants;

#[namespace("/perhaps", manual)]
impl PerhapsTenants {
    fn on_who(&self, tenant: &Option<Tenant>) -> Option<u8> {
        tenant.as_ref().map(|tenant| tenant.0)
    }
}

/// A type of the program that can be lent on connect only.
struct Ticket;

impl FromContext for Ticket {
    const FALLIBLE: bool = false;

    async fn from_context(_: &Context) -> Result<Self, Error> {
        Ok(Ticket)
    }

    fn requires(requirements: &mut Requirements, argument: &'static str) {
        if requirements.handler() != "on_connect" {
            requirements.refuse(argument, "a ticket is for `on_connect`");
        }
    }
}

struct Gate;

#[namespace("/gate", manual)]
impl Gate {
    fn on_connect(_ticket: &Ticket) -> Self {
        Gate
    }
}

#[derive(Default)]
struct WrongGate;

#[namespace("/wrong", manual)]
impl WrongGate {
    fn on_disconnect(self, late: &Ticket) {
        let Ticket = late;
    }
}

#[derive(Default)]
struct Quiet;

#[namespace("/quiet", manual)]
impl Quiet {
    fn on_open(&self) {}
}

async fn refused(server: Server, expected: &[&str]) {
    let message = App::refused(server).await;
    for part in expected {
        assert!(message.contains(part), "{part:?} is not in {message:?}");
    }
}

const HERE: &str = "startup.rs:";

#[tokio::test]
async fn a_state_that_nobody_has_given() {
    refused(Server::empty().mount::<NeedsState>(), &["/needs", HERE, "`use`", "`log: &State<", "Log>`", "help:"]).await;
    refused(Server::empty().mount::<NeedsStateToConnect>(), &["/connect", "`on_connect`", "`log: &State<"]).await;
    refused(Server::empty().mount::<NeedsStateToLeave>(), &["/leave", "`on_disconnect`", "`farewell: &State<"]).await;
    refused(Server::empty().mount::<NeedsStateForTheRest>(), &["/rest", "`log: &State<"]).await;
    // A value of another type is not it.
    refused(Server::empty().mount::<NeedsState>().state(5u8), &["/needs", "`use`"]).await;
    let all = Server::empty().mount::<NeedsState>().mount::<NeedsStateToConnect>().mount::<NeedsStateToLeave>();
    App::start(all.mount::<NeedsStateForTheRest>().state(log().0)).await;
}

#[tokio::test]
async fn what_a_type_of_the_program_needs() {
    let needs = ["/tenant/{id}", HERE, "`who`", "`tenant`, which needs a `State<", "Log>`", "help:"];
    refused(Server::empty().mount::<Tenants>(), &needs).await;
    // It hands on what its parts need.
    let at = Server::empty().mount_at::<Tenants>("/tenant").state(log().0);
    refused(at, &["\"/tenant\"", "`who`", "`tenant: &Path<", "placeholder"]).await;
    App::start(Server::empty().mount::<Tenants>().state(log().0)).await;
    // What is optional needs nothing.
    App::start(Server::empty().mount::<PerhapsTenants>()).await;
}

#[tokio::test]
async fn a_type_of_the_program_that_refuses_its_place() {
    let refusal =
        ["/wrong", HERE, "`on_disconnect` borrows `late`, which cannot be lent: a ticket is for `on_connect`"];
    refused(Server::empty().mount::<WrongGate>(), &refusal).await;
    App::start(Server::empty().mount::<Gate>()).await;
}

/// Where each namespace is, for whoever looks for the code behind a path.
#[tokio::test]
async fn every_namespace_is_logged_at_start() {
    let logged = capture();
    let server = Server::empty().mount::<Quiet>().mount::<Room>().mount::<NeedsState>().mount_at::<Quiet>("/also");
    App::start(server.state(log().0)).await;
    let lines: Vec<String> = logged.lines().into_iter().filter(|line| line.contains(HERE)).collect();
    let expected = [
        ("/also  1 event  ", line_of("struct Quiet;")),
        ("/needs  2 events  ", line_of("struct NeedsState;")),
        ("/quiet  1 event  ", line_of("struct Quiet;")),
        ("/room/{id}  1 event  ", line_of("struct Room;")),
    ];
    assert_eq!(lines.len(), expected.len(), "{lines:#?}");
    for (line, (start, number)) in lines.iter().zip(expected) {
        assert!(line.contains(&format!(" {start}")), "{line:?} has no {start:?}");
        assert!(line.ends_with(&format!("lifecycle/{HERE}{number}")), "{line:?} does not end with {HERE}{number}");
        assert!(line.contains("INFO"), "{line:?}");
    }
}

/// The line of this file on which the impl of a namespace begins: three below its struct.
fn line_of(name: &str) -> usize {
    let at = include_str!("startup.rs").lines().position(|line| line == name);
    at.map_or_else(|| panic!("no {name}"), |index| index + 1 + 3)
}

#[tokio::test]
async fn two_states_of_one_type() {
    refused(Server::empty().mount::<Quiet>().state(1u8).state(2u8), &["two values", "`u8`"]).await;
    App::start(Server::empty().mount::<Quiet>().state(1u8).state(2u16)).await;
}

#[tokio::test]
async fn two_namespaces_for_one_path() {
    let server = Server::empty().mount::<Quiet>().mount_at::<Quiet>("/quiet");
    refused(server, &["two namespaces for one path", "\"/quiet\"", HERE]).await;
    let server = Server::empty().mount::<Quiet>().mount_at::<NeedsState>("/quiet").state(log().0);
    let message = App::refused(server).await;
    assert_eq!(message.matches(HERE).count(), 2, "{message}");
    let lines: Vec<&str> = message.split(HERE).skip(1).map(|rest| rest.split(')').next().unwrap()).collect();
    assert_ne!(lines[0], lines[1], "{message}");
}

#[tokio::test]
async fn two_patterns_of_one_shape() {
    let server = Server::empty().mount::<Room>().mount_at::<Quiet>("/room/{name}");
    refused(server, &["two namespaces for one path", "\"/room/{id}\"", "\"/room/{name}\"", HERE]).await;
    let server = Server::empty().mount::<Room>().mount_at::<Quiet>("/room/lobby").mount_at::<Quiet>("/{room}/lobby");
    App::start(server).await;
}

#[tokio::test]
async fn captures_without_a_placeholder() {
    refused(Server::empty().mount_at::<Room>("/room"), &["\"/room\"", "`open`", "`id: &Path<", "help:"]).await;
}

#[tokio::test]
async fn a_reason_where_nobody_has_left() {
    refused(Server::empty().mount::<Reason>(), &["/reason", HERE, "`why`", "`reason: &DisconnectReason`"]).await;
}

#[tokio::test]
async fn paths_that_are_none() {
    for path in ["quiet", "", "{id}"] {
        refused(Server::empty().mount_at::<Quiet>(path), &["`/`"]).await;
    }
    for path in ["/{id", "/a{id}", "/{}"] {
        refused(Server::empty().mount_at::<Quiet>(path), &["placeholder"]).await;
    }
}

#[tokio::test]
async fn an_expected_namespace_that_is_missing() {
    let server = || Server::empty().mount::<Quiet>().mount::<Room>();
    refused(server().expect(["/quiet", "/chat"]), &["\"/chat\"", "expected", "help:"]).await;
    refused(server().expect(["/room/{id}/more"]), &["/room/{id}/more"]).await;
    App::start(server().expect(["/quiet", "/room/{anything}"])).await;
}

#[tokio::test]
async fn an_address_that_is_taken() {
    let app = App::start(Server::empty().mount::<Quiet>()).await;
    let error = Server::empty().mount::<Quiet>().bind(app.addr).await.unwrap_err();
    assert_eq!(error.code(), "start");
    assert!(error.message().contains("cannot listen"), "{error}");
}

#[tokio::test]
async fn an_option_out_of_its_bounds_is_named() {
    let day = Duration::from_secs(24 * 60 * 60);
    for (server, message) in [
        (Server::empty().max_payload(0), "`max_payload` is 0; it must be from 1 to 1073741824"),
        (Server::empty().max_connections(0), "`max_connections` is 0; it must be at least 1"),
        (Server::empty().max_namespaces(0), "`max_namespaces` is 0; it must be at least 1"),
        (Server::empty().ping_timeout(Duration::ZERO), "`ping_timeout` is 0ns; it must be from 1 ms to 1 day"),
        (Server::empty().connect_timeout(2 * day), "`connect_timeout` is 172800s; it must be from 1 ms to 1 day"),
        (Server::empty().disconnect_grace(2 * day), "`disconnect_grace` is 172800s; it must be at most 1 day"),
        (Server::empty().head_timeout(Duration::ZERO), "`head_timeout` is 0ns; it must be from 1 ms to 1 day"),
    ] {
        let error = server.into_service().expect_err(message);
        assert_eq!((error.code(), error.message()), ("start", message));
    }
    assert!(Server::empty().max_payload(1).disconnect_grace(Duration::ZERO).into_service().is_ok());
}
