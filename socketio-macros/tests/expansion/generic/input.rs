//! A namespace with parameters: mounted by hand, checked where it is used.

#[namespace("/store", manual)]
impl<D: Db, const N: usize> Store<D, N>
where
    D::Row: Clone,
{
    async fn on_get(&self, db: &State<D>, key: D::Key, other: Option<Self>) -> [D::Row; N] {}
}
