//! A namespace with parameters, mounted by hand.

#![deny(warnings)]

use serde::Serialize;
use serde::de::DeserializeOwned;
use socketio::prelude::*;

trait Db: Send + Sync + 'static {
    type Key: DeserializeOwned + Send;
    type Row: Serialize;
    fn get(&self, key: &Self::Key) -> Option<Self::Row>;
}

struct Store<D: Db, const N: usize>(std::marker::PhantomData<D>);

#[namespace("/store", manual)]
impl<D: Db, const N: usize> Store<D, N>
where
    D::Row: Send,
{
    fn on_connect() -> Self {
        Self(std::marker::PhantomData)
    }

    async fn on_get(&self, db: &State<D>, key: D::Key) -> Option<D::Row> {
        db.get(&key)
    }

    #[acl(if Self::allowed(&key))]
    fn on_has(&mut self, db: &State<D>, key: D::Key, more: Option<u8>) -> bool {
        more.is_some() || db.get(&key).is_some()
    }

    fn allowed(_: &D::Key) -> bool {
        N > 1
    }
}

struct Memory;

impl Db for Memory {
    type Key = usize;
    type Row = String;
    fn get(&self, key: &usize) -> Option<String> {
        Some(key.to_string())
    }
}

fn main() {
    let _ = Server::empty().state(Memory).mount::<Store<Memory, 3>>();
}
