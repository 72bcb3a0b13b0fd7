//! One room for clients of every generation, and pages that load those of 0.9, 2.x and 4.x: <http://127.0.0.1:3000>.
//!
//! `PORT` sets another port. `CLIENTS` is the `node_modules` folder with the published clients, in place of those that the tests
//! install; a client that is not there has a page that says how to get it.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use serde::Serialize;
use socketio::prelude::*;

const HTML: &str = "text/html; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";

/// Shared by every connection: how many guests there have been.
#[derive(Default)]
struct Guests(AtomicU64);

/// What the server says.
#[derive(Serialize, Event)]
#[event(rename_all = "snake_case")]
enum Heard {
    /// Who you are, right after you came in.
    You { from: String, generation: &'static str },
    /// Somebody has said something, perhaps you.
    Said { from: String, generation: &'static str, text: String },
}

/// One connection to `/room`.
struct Guest {
    name: String,
    generation: &'static str,
}

#[namespace("/room", emits = Heard)]
impl Guest {
    fn on_connect(socket: &Socket, handshake: &Handshake, guests: &State<Guests>) -> Self {
        let generation = match handshake.protocol() {
            1 => "0.7 to 0.9",
            3 => "1.0 to 2.5",
            _ => "3.x and 4.x",
        };
        let name = format!("guest {}", guests.0.fetch_add(1, Ordering::Relaxed) + 1);
        socket.join("mixed");
        socket.send(Heard::You { from: name.clone(), generation });
        Guest { name, generation }
    }

    /// Everyone in the room hears it, whatever their client: nothing here has to know.
    fn on_say(&self, socket: &Socket, text: String) -> Result<(), Error> {
        if text.trim().is_empty() || text.chars().count() > 500 {
            return Err(Error::new("bad_text", "a text has 1 to 500 characters"));
        }
        socket.within("mixed").send(Heard::Said { from: self.name.clone(), generation: self.generation, text });
        Ok(())
    }
}

/// A published client, which npm has installed.
struct Client {
    /// Its page is `/<name>`, its script `/clients/<name>.js`.
    name: &'static str,
    /// What npm calls it.
    npm: &'static str,
    /// The folder below `tests/js` whose lock file has it.
    folder: &'static str,
    /// The name that it is installed under.
    alias: &'static str,
}

const CLIENTS: [Client; 3] = [
    Client { name: "0.9", npm: "socket.io-client@0.9.17", folder: "legacy", alias: "socket.io-client-0.9" },
    Client { name: "2.x", npm: "socket.io-client@2.5.0", folder: "generations", alias: "client-2.5.0" },
    Client { name: "4.x", npm: "socket.io-client@4.8.4", folder: "generations", alias: "client-4.8.4" },
];

impl Client {
    /// Adds its page, and its script if there is one.
    fn serve(&self, server: Server, modules: Option<&Path>) -> Server {
        let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/js").join(self.folder);
        let modules = modules.map_or_else(|| tests.join("node_modules"), Path::to_owned);
        let bundle = modules.join(self.alias).join("dist/socket.io.js");
        let page = format!("/{}", self.name);
        match std::fs::read(&bundle) {
            Ok(script) => {
                let html = include_str!("room.html").replace("{client}", self.name);
                server.page(page, HTML, html).page(format!("/clients/{}.js", self.name), SCRIPT, script)
            }
            Err(error) => {
                let name = self.name;
                tracing::warn!(%error, bundle = %bundle.display(), "no client {name}; its page says how to install it");
                let html = include_str!("missing.html")
                    .replace("{client}", self.name)
                    .replace("{npm}", self.npm)
                    .replace("{alias}", self.alias)
                    .replace("{folder}", self.folder);
                server.page(page, HTML, html)
            }
        }
    }
}

#[tokio::main]
async fn main() -> Result<(), Error> {
    tracing_subscriber::fmt().init();
    let port = std::env::var("PORT").unwrap_or_else(|_| "3000".to_owned());
    let modules = std::env::var_os("CLIENTS").map(PathBuf::from);
    let server = Server::new()
        .legacy(true)
        .state(Guests::default())
        .page("/", HTML, include_str!("index.html"))
        .page("/ours", HTML, include_str!("ours.html"))
        .page("/room.js", SCRIPT, include_str!("room.js"))
        .page("/room.css", "text/css; charset=utf-8", include_str!("room.css"));
    let server = CLIENTS.iter().fold(server, |server, client| client.serve(server, modules.as_deref()));
    let bound = server.bind(format!("127.0.0.1:{port}")).await?;
    println!("the mixed room is at http://{}", bound.local_addr()?);
    bound.serve().await
}
