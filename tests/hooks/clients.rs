//! What published clients see of hooks: 4.8 and 2.5 in `tests/js/generations/hooks.test.mjs`, 0.9 in `tests/js/legacy/hooks.test.mjs`.

use std::sync::Mutex;

use socketio::packet::Packet;
use socketio::prelude::*;
use socketio::{Ack, EventName, Outcome, Value};
use tests::{npm, tools};
use tokio::runtime::Runtime;

/// What has happened to one client, in order.
#[derive(Default)]
struct Steps(Mutex<Vec<String>>);

/// The shape of both namespaces: in one the hooks are `fn`, in the other one waits.
macro_rules! namespace {
    ($name:ident, $path:literal, [$($waits:tt)*]) => {
        #[derive(Default)]
        struct $name {
            steps: Steps,
        }

        impl $name {
            fn note(&self, step: impl ToString) {
                self.steps.0.lock().unwrap().push(step.to_string());
            }
        }

        #[namespace($path, manual)]
        impl $name {
            #[before]
            $($waits)* fn first(&self, event: &EventName) {
                if *event != "steps" {
                    self.note(format_args!("before {event}"));
                }
            }

            #[before]
            fn second(&self, event: &EventName) -> Result<(), Error> {
                if *event == "closed" { Err(Error::new("closed", "not now").with_data(&7)) } else { Ok(()) }
            }

            fn on_steps(&self) -> Vec<String> {
                std::mem::take(&mut *self.steps.0.lock().unwrap())
            }

            fn on_add(&self, a: i64, b: i64) -> Result<i64, Error> {
                self.note("add");
                a.checked_add(b).filter(|sum| *sum > 0).ok_or(Error::new("negative", "less than one"))
            }

            #[acl("never")]
            fn on_denied(&self) {}

            fn on_closed(&self) {
                self.note("never");
            }

            fn on_later(&self, socket: &Socket, ack: Ack<u8>) {
                socket.spawn(async move { ack.fail(Error::new("late", "too late")) });
            }

            fn on_panics(&self) {
                panic!("the secret of the handler")
            }

            #[after]
            fn seen(&self, socket: &Socket, event: &EventName, packet: &Packet, outcome: &Outcome) {
                if *event == "steps" {
                    return;
                }
                let code = outcome.error().map_or("ok", Error::code);
                self.note(format_args!("after {event} {code}"));
                if *event == "echoed" {
                    socket.emit("failed", (event.as_str(), packet.data(), code));
                }
            }

            #[on_error]
            fn told(error: &Error, event: &EventName) -> Error {
                Error::new(format!("my_{}", error.code()), format!("{event}: {}", error.message())).with_data(&error.data())
            }
        }
    };
}

namespace!(AtOnce, "/", []);
namespace!(Waits, "/waits", [async]);

/// Refuses every client.
struct Refusing;

#[namespace("/refusing", manual)]
impl Refusing {
    fn on_connect() -> Result<Self, Refuse> {
        Err(Refuse::new("full", "no room").with_data(&serde_json::json!({ "limit": 0 })))
    }

    #[on_error]
    fn told(error: &Error, event: &EventName, socket: &Socket) -> Error {
        let said = serde_json::json!({ "event": event.as_str(), "was": error.code(), "path": socket.path() });
        Error::new("refused", "come back later").with_data(&said)
    }

    fn on_never(&self, _: Value) {}
}

fn run(folder: &str) {
    let runtime = Runtime::new().unwrap();
    let server = Server::empty().mount::<AtOnce>().mount::<Waits>().mount::<Refusing>().legacy(true);
    let bound = runtime.block_on(server.bind("127.0.0.1:0")).unwrap();
    let url = format!("http://{}", bound.local_addr().unwrap());
    runtime.spawn(bound.serve());
    npm::run_in(folder, "hooks.test.mjs", "spec", &url, &[]);
}

#[test]
fn clients_of_4_8_and_2_5() {
    if tools::present("clients_of_4_8_and_2_5", &["node", "npm"]) {
        run("js/generations");
    }
}

#[test]
fn a_client_of_0_9() {
    if tools::present("a_client_of_0_9", &["node", "npm"]) {
        run("js/legacy");
    }
}
