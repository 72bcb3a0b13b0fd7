//! A ticker: prices are made by a task that belongs to no connection, and go to whoever is there. <http://127.0.0.1:3000>; `PORT` sets another
//! port.
//!
//! `/ticker` and `/ticker/{symbol}` have no handlers: `Server::open` lets clients in, and `Handle::of` reaches them.

use std::time::Duration;

use serde::Serialize;
use socketio::Handle;
use socketio::prelude::*;
use tokio::time::interval;

const SYMBOLS: [&str; 3] = ["ACME", "INIT", "HOOLI"];

/// A new price.
#[derive(Clone, Serialize, Event)]
#[event("price")]
struct Price {
    symbol: &'static str,
    /// In cents.
    price: u64,
}

/// Prices that go up and down. There is one sequence, whoever listens.
struct Market {
    prices: [u64; SYMBOLS.len()],
    step: usize,
}

impl Market {
    fn next(&mut self) -> Price {
        let at = self.step % SYMBOLS.len();
        let moved = (self.step * 7919) % 41;
        self.step += 1;
        self.prices[at] = (self.prices[at] + moved as u64).saturating_sub(20).max(100);
        Price { symbol: SYMBOLS[at], price: self.prices[at] }
    }
}

/// Sends prices until the program ends. A client that does not keep up loses old prices, not its connection.
async fn run(handle: Handle) {
    let mut market = Market { prices: [10_000; SYMBOLS.len()], step: 0 };
    let mut clock = interval(Duration::from_millis(250));
    loop {
        clock.tick().await;
        let price = market.next();
        // Those who want all prices, and those who want this one.
        handle.of("/ticker").volatile().send(price.clone());
        handle.of(&format!("/ticker/{}", price.symbol)).volatile().send(price);
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    tracing_subscriber::fmt().init();
    let port = std::env::var("PORT").unwrap_or_else(|_| "3000".to_owned());
    let server = Server::new().open(["/ticker", "/ticker/{symbol}"]).page(
        "/",
        "text/html; charset=utf-8",
        include_str!("page.html"),
    );
    tokio::spawn(run(server.handle()));
    let bound = server.bind(format!("127.0.0.1:{port}")).await?;
    println!("the ticker is at http://{}", bound.local_addr()?);
    bound.serve().await
}
