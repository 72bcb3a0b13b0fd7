//! The measured events on socketioxide. `PORT` says where, `RT=current` runs it on one thread.

mod arguments;

use arguments::Arguments;
use axum::serve::ListenerExt;
use bytes::Bytes;
use serde_json::Value;
use socketioxide::SocketIo;
use socketioxide::extract::{AckSender, Data, SocketRef};

#[cfg(all(feature = "jemalloc", unix, not(target_env = "musl")))]
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

type Failure = Box<dyn std::error::Error>;

/// Registers every event. A plain function, so that the handlers are there before the connection is acknowledged.
fn connected(io: &SocketIo, socket: &SocketRef) {
    socket.on("echo", async |Data::<Arguments>(all), ack: AckSender| drop(ack.send(&all)));
    socket.on("add", async |Data::<(i64, i64)>((a, b)), ack: AckSender| drop(ack.send(&a.saturating_add(b))));
    socket.on("bin", async |Data::<Bytes>(data), ack: AckSender| drop(ack.send(&data)));
    socket.on("join", async |socket: SocketRef, Data::<String>(room)| socket.join(room));
    socket.on("say", async |socket: SocketRef, Data::<(String, Value)>((room, payload))| {
        drop(socket.within(room).emit("said", &payload).await);
    });
    let io = io.clone();
    socket.on("bcast", move |Data::<Value>(payload)| {
        let io = io.clone();
        async move { drop(io.emit("news", &payload).await) }
    });
}

async fn serve(port: u16) -> Result<(), Failure> {
    let (layer, io) = SocketIo::new_layer();
    let everyone = io.clone();
    io.ns("/", move |socket: SocketRef| {
        connected(&everyone, &socket);
        std::future::ready(())
    });
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", port)).await?;
    let listener = listener.tap_io(|stream| drop(stream.set_nodelay(true)));
    axum::serve(listener, axum::Router::new().layer(layer)).await?;
    Ok(())
}

fn main() -> Result<(), Failure> {
    let port = std::env::var("PORT")?.parse()?;
    let mut runtime = match std::env::var("RT").as_deref() {
        Ok("current") => tokio::runtime::Builder::new_current_thread(),
        _ => tokio::runtime::Builder::new_multi_thread(),
    };
    runtime.enable_all().build()?.block_on(serve(port))
}
