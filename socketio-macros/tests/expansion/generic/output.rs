//! Generated from `input.rs` by the test `snapshots`.

impl<D: Db, const N: usize> Store<D, N>
where
    D::Row: Clone,
{
    async fn on_get(
        &self,
        db: &State<D>,
        key: D::Key,
        other: Option<Self>,
    ) -> [D::Row; N] {}
}
#[allow(
    deprecated,
    non_camel_case_types,
    unused_imports,
    unused_qualifications,
    clippy::all
)]
const _: () = {
    use ::socketio::__private as __rt;
    use __rt::Otherwise as _;
    use __rt::ResultKind as _;
    use __rt::ValueKind as _;
    impl<D: Db, const N: usize> __rt::HasPath for Store<D, N>
    where
        D::Row: Clone,
    {
        const PATH: &'static str = "/store";
    }
    struct __on_get;
    impl<D: Db, const N: usize> __rt::Method<Store<D, N>> for __on_get
    where
        D::Row: Clone,
    {
        type Lent<'a> = (__rt::Lent<'a, State<D>>,);
        type Sent = (D::Key, Option<Store<D, N>>);
        const NAME: &'static str = "on_get";
        const SENT: &'static [__rt::Sent] = &[
            __rt::Sent::new(
                "key",
                "D::Key",
                <__rt::Is<D::Key>>::LENT,
                <__rt::Is<D::Key>>::OPTION,
                <__rt::Is<D::Key>>::TAKES,
            ),
            __rt::Sent::new(
                "other",
                "Option<Self>",
                <__rt::Is<Option<Store<D, N>>>>::LENT,
                <__rt::Is<Option<Store<D, N>>>>::OPTION,
                <__rt::Is<Option<Store<D, N>>>>::TAKES,
            ),
        ];
        const IMMEDIATE: bool = <State<D> as __rt::FromContext>::IMMEDIATE;
        const PACKET: bool = <State<D> as __rt::FromContext>::PACKET;
        fn requires(__requirements: &mut __rt::Requirements) {
            <State<D> as __rt::FromContext>::requires(__requirements, "db");
        }
        async fn lend(__cx: &__rt::Context) -> __rt::Lending<Self::Lent<'_>> {
            __rt::Ok((<State<D> as __rt::FromContext>::lend_or_make(__cx).await?,))
        }
        fn decode<__S: __rt::Source>(
            __args: &mut __rt::Reader<'_, __S>,
        ) -> __rt::Reading<Self::Sent> {
            __rt::Ok((
                <D::Key as __rt::FromPayload>::from_payload(__args, "key")?,
                <Option<
                    Store<D, N>,
                > as __rt::FromPayload>::from_payload(__args, "other")?,
            ))
        }
    }
    impl<D: Db, const N: usize> __rt::CallLater<__rt::Shared<Store<D, N>>> for __on_get
    where
        D::Row: Clone,
    {
        fn call(
            __this: __rt::Shared<Store<D, N>>,
            __cx: __rt::Context,
            __args: __rt::Arguments,
        ) -> __rt::BoxFuture<__rt::Ending> {
            __rt::Box::pin(async move {
                let ((db,), (key, other), __to) = match __rt::begin::<
                    Store<D, N>,
                    Self,
                >(&__cx, __args)
                    .await
                {
                    __rt::Ok(begun) => begun,
                    __rt::Err(failure) => return __rt::Ending::failed(failure),
                };
                let __out = <Store<D, N>>::on_get(&*__this, &*db, key, other).await;
                (&__rt::probe(&__out)).kind().reply(__to, __out)
            })
        }
    }
    impl<D: Db, const N: usize> __rt::Namespace for Store<D, N>
    where
        D::Row: Clone,
    {
        const TABLE: __rt::Table<Self> = {
            {
                __rt::check_sent::<Store<D, N>, __on_get>(0usize);
                __rt::check_sent::<Store<D, N>, __on_get>(1usize);
                __rt::check_answer::<
                    Store<D, N>,
                    __on_get,
                >(<__rt::Is<[D::Row; N]>>::UNIT, "[D::Row; N]");
            }
            __rt::Table {
                connect: __rt::OnConnect::initial(|| <Store<
                    D,
                    N,
                > as __rt::Initial>::initial()),
                disconnect: __rt::OnDisconnect::NONE,
                events: &[__rt::Row::later::<__on_get>("get", "", 0u32)],
                fallback: __rt::None,
                locked: false,
                emits: __rt::None,
                file: ::core::file!(),
                line: ::core::line!(),
            }
        };
    }
};
