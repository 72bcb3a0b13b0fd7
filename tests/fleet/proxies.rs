//! Servers of ours behind haproxy and nginx with the files of `examples/cluster`, in which only the ports are replaced: sticky sessions,
//! upgrades, rooms across the servers, and the way of clients from a killed server to the other one.

use std::fs;
use std::process::Command;

use futures_util::future::join_all;
use serde_json::{Value, json};
use tests::{root_dir, tools};

use super::clients::{Client, Entry};
use super::processes::{Process, folder, free_port};
use super::servers::{Kind, Make};
use super::ways::{Plan, Way, present, unique};

/// The servers behind the proxy.
const PLAN: Plan = Plan { kind: Kind::Classic, from: Make::Rust, to: Make::Rust };

/// Clients of one kind.
const CLIENTS: usize = 20;

/// What is in front of the servers.
#[derive(Clone, Copy, Debug)]
enum Front {
    Haproxy,
    Nginx,
}

impl Front {
    fn program(self) -> &'static str {
        match self {
            Self::Haproxy => "haproxy",
            Self::Nginx => "nginx",
        }
    }

    /// Starts it in front of both servers; its base URL.
    fn start(self, way: &Way) -> (Process, String) {
        let (name, address) = match self {
            Self::Haproxy => ("haproxy.cfg", "127.0.0.1:8080"),
            Self::Nginx => ("nginx.conf", "127.0.0.1:8090"),
        };
        let port = free_port();
        let mut text = fs::read_to_string(root_dir().join("examples/cluster").join(name)).expect("the configuration");
        for (written, port) in [(address, port), ("127.0.0.1:3001", way.from.port()), ("127.0.0.1:3002", way.to.port())]
        {
            assert!(text.contains(written), "{name} has no {written}");
            text = text.replace(written, &format!("127.0.0.1:{port}"));
        }
        let folder = folder(self.program());
        let file = folder.join(name);
        fs::write(&file, text).expect("the configuration");
        let mut command = Command::new(tools::find(self.program()).unwrap_or_else(|| self.program().into()));
        match self {
            // In the foreground.
            Self::Haproxy => command.arg("-db").arg("-f").arg(file),
            // Without a master, so that killing the process leaves nothing behind.
            Self::Nginx => {
                command.arg("-p").arg(&folder).arg("-c").arg(file).args(["-g", "daemon off; master_process off;"])
            }
        };
        let mut process = Process::start(self.program(), &mut command);
        process.listens(port);
        (process, format!("http://127.0.0.1:{port}"))
    }
}

/// Clients that keep cookies.
async fn clients(url: &str, transports: &[&str]) -> Vec<Client> {
    let options = json!({ "transports": transports, "withCredentials": true });
    join_all((0..CLIENTS).map(|_| Client::with(url, "/", options.clone()))).await
}

/// The server that each client is connected to.
async fn servers(clients: &[Client]) -> Vec<String> {
    let answers = join_all(clients.iter().map(|client| client.ask("whoami", json!([])))).await;
    answers.iter().filter_map(|answer| answer["server"].as_str()).map(str::to_owned).collect()
}

/// Each has had one connection, and nothing was refused.
fn undisturbed(clients: &[Client]) {
    for client in clients {
        let disturbed = |entry: &Entry| matches!(entry, Entry::Refused(_) | Entry::Disconnected(_));
        let entries = client.entries();
        assert!(!entries.iter().any(disturbed), "{entries:?}");
    }
}

/// Everybody is in a room, and hears what one of them says there; each acknowledges a question.
async fn talk(clients: &[Client]) {
    let (room, event, question) = (unique("room"), unique("event"), unique("question"));
    join_all(clients.iter().map(async |client| {
        client.answers(&question, json!("here")).await;
        client.does("join", json!([room])).await;
    }))
    .await;
    let speakers = [&clients[0], &clients[clients.len() - 1]];
    for (n, speaker) in speakers.iter().enumerate() {
        for part in 0..10 {
            speaker.does("room", json!([room, event, n * 10 + part])).await;
        }
        let expected: Vec<Value> = (0..(n + 1) * 10).map(|n| json!([n])).collect();
        for heard in join_all(clients.iter().map(|client| client.hears(&event, expected.len()))).await {
            assert_eq!(json!(heard), json!(expected));
        }
    }
    let asked = speakers[0].ask("ask", json!([room, question])).await;
    assert_eq!(asked, json!({ "answers": vec!["here"; clients.len()], "missing": 0 }));
}

/// Whether both servers have some of these.
fn divided(servers: &[String]) -> bool {
    ["A", "B"].iter().all(|name| servers.iter().any(|server| server == name))
}

async fn sticks(front: Front) {
    let way = PLAN.own();
    way.clients().await;
    let (_proxy, url) = front.start(&way);
    let mut all = Vec::new();
    for (transports, transport) in
        [(&["polling"][..], "polling"), (&["websocket"], "websocket"), (&["polling", "websocket"], "websocket")]
    {
        let clients = clients(&url, transports).await;
        let first = servers(&clients).await;
        assert!(divided(&first), "{first:?}");
        for client in &clients {
            assert_eq!(client.transport(transport).await, transport);
        }
        assert_eq!(servers(&clients).await, first);
        all.extend(clients);
    }
    talk(&all).await;
    undisturbed(&all);
}

async fn comes_back(front: Front) {
    let way = PLAN.own();
    way.clients().await;
    let (_proxy, url) = front.start(&way);
    let mut all = clients(&url, &["polling"]).await;
    all.extend(clients(&url, &["websocket"]).await);
    let before = servers(&all).await;
    assert!(divided(&before), "{before:?}");
    way.from.process().kill();
    for (client, server) in all.iter().zip(&before) {
        client.connected(if server == "A" { 2 } else { 1 }).await;
    }
    let after = servers(&all).await;
    assert!(after.iter().all(|server| server == "B"), "{after:?}");
    talk(&all).await;
    let (_moved, stayed): (Vec<_>, Vec<_>) = all.into_iter().zip(before).partition(|(_, server)| server == "A");
    undisturbed(&stayed.into_iter().map(|(client, _)| client).collect::<Vec<_>>());
}

fn behind(test: &str, front: Front, check: impl AsyncFnOnce(Front)) {
    if present(test, &[PLAN]) && tools::present(test, &[front.program()]) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(check(front));
    }
}

#[test]
fn haproxy_keeps_sessions_at_their_server() {
    behind("haproxy_keeps_sessions_at_their_server", Front::Haproxy, sticks);
}

#[test]
fn nginx_keeps_sessions_at_their_server() {
    behind("nginx_keeps_sessions_at_their_server", Front::Nginx, sticks);
}

#[test]
fn haproxy_moves_the_clients_of_a_killed_server() {
    behind("haproxy_moves_the_clients_of_a_killed_server", Front::Haproxy, comes_back);
}

#[test]
fn nginx_moves_the_clients_of_a_killed_server() {
    behind("nginx_moves_the_clients_of_a_killed_server", Front::Nginx, comes_back);
}
