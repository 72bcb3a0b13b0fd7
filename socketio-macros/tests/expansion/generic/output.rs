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
#[allow(deprecated, non_camel_case_types, clippy::all)]
const _: () = {
    use ::socketio::__private::Otherwise as _;
    impl<D: Db, const N: usize> ::socketio::__private::HasPath for Store<D, N>
    where
        D::Row: Clone,
    {
        const PATH: &'static str = "/store";
    }
    struct __on_connect<N>(::core::marker::PhantomData<fn() -> N>);
    impl<D: Db, const N: usize> __on_connect<Store<D, N>>
    where
        D::Row: Clone,
    {
        const CONNECT: ::socketio::__private::Connect<Store<D, N>> = ::socketio::__private::Connect::Now(
            Self::now,
        );
        fn requires(_: &mut ::socketio::__private::Requirements) {}
        fn now(
            _: ::socketio::__private::Context,
            _: ::socketio::__private::Arguments,
        ) -> ::core::result::Result<Store<D, N>, ::socketio::__private::Refusal> {
            ::core::result::Result::Ok(
                <Store<D, N> as ::socketio::__private::Initial>::initial(),
            )
        }
    }
    struct __on_disconnect<N>(::core::marker::PhantomData<fn() -> N>);
    impl<D: Db, const N: usize> __on_disconnect<Store<D, N>>
    where
        D::Row: Clone,
    {
        const DISCONNECT: ::socketio::__private::Disconnect<Store<D, N>> = ::socketio::__private::Disconnect::None;
        fn requires(_: &mut ::socketio::__private::Requirements) {}
    }
    struct __on_get<N>(::core::marker::PhantomData<fn() -> N>);
    impl<D: Db, const N: usize> ::socketio::__private::Decode for __on_get<Store<D, N>>
    where
        D::Row: Clone,
    {
        type Output = (D::Key, Option<Store<D, N>>);
        fn decode<'de, __A: ::socketio::__private::serde::de::SeqAccess<'de>>(
            __args: &mut ::socketio::__private::Reader<'_, __A>,
        ) -> ::core::result::Result<Self::Output, ::socketio::__private::ReadError> {
            ::core::result::Result::Ok((
                <D::Key as ::socketio::FromPayload>::from_payload(__args, "key")?,
                <Option<
                    Store<D, N>,
                > as ::socketio::FromPayload>::from_payload(__args, "other")?,
            ))
        }
    }
    impl<D: Db, const N: usize> __on_get<Store<D, N>>
    where
        D::Row: Clone,
    {
        fn requires(__requirements: &mut ::socketio::__private::Requirements) {
            <State<D> as ::socketio::FromContext>::requires(__requirements, "db");
        }
        const RUN: ::socketio::__private::Run<Store<D, N>> = {
            ::socketio::__private::check(
                !<::socketio::__private::Is<D::Key>>::LENT,
                "`D::Key` is lent by the server: by value it would be whatever the client sends. Write `&D::Key`",
            );
            ::socketio::__private::check(
                !<::socketio::__private::Is<Option<Store<D, N>>>>::LENT,
                "`Option<Self>` is lent by the server: by value it would be whatever the client sends. Write `&Option<Self>`",
            );
            ::socketio::__private::check(
                !<::socketio::__private::Is<D::Key>>::REST
                    || (<::socketio::__private::Is<Option<Store<D, N>>>>::ACK),
                "`Rest` takes all remaining arguments, so nothing can follow it",
            );
            ::socketio::__private::check(
                !<::socketio::__private::Is<D::Key>>::ACK
                    || <::socketio::__private::Is<[D::Row; N]>>::UNIT,
                "`on_get` answers twice: through `key` and by returning `[D::Row; N]`\nhelp: return `()`",
            );
            ::socketio::__private::check(
                !<::socketio::__private::Is<Option<Store<D, N>>>>::ACK
                    || !(<::socketio::__private::Is<D::Key>>::ACK),
                "a packet is acknowledged once: one `Ack` argument at most",
            );
            ::socketio::__private::check(
                !(<::socketio::__private::Is<Option<Store<D, N>>>>::REQUIRED
                    && !<::socketio::__private::Is<Option<Store<D, N>>>>::OPTION
                    && <::socketio::__private::Is<D::Key>>::OPTION),
                "`other: Option<Self>` is required but follows `key: D::Key`, which may be missing",
            );
            ::socketio::__private::check(
                !<::socketio::__private::Is<Option<Store<D, N>>>>::ACK
                    || <::socketio::__private::Is<[D::Row; N]>>::UNIT,
                "`on_get` answers twice: through `other` and by returning `[D::Row; N]`\nhelp: return `()`",
            );
            ::socketio::__private::Run::Later(Self::later)
        };
        fn later(
            __this: ::socketio::__private::Shared<Store<D, N>>,
            __cx: ::socketio::__private::Context,
            __args: ::socketio::__private::Arguments,
        ) -> ::socketio::__private::BoxFuture<'static, ::socketio::__private::Outcome> {
            ::socketio::__private::Box::pin(async move {
                let mut __to = ::socketio::__private::ReplyTo::new(&__cx);
                let _ = <State<D> as ::socketio::FromContext>::IMMEDIATE;
                let __1 = match <State<D> as ::socketio::FromContext>::lend_later(&__cx)
                    .await
                {
                    ::core::result::Result::Ok(lent) => lent,
                    ::core::result::Result::Err(failure) => {
                        return <::socketio::__private::Outcome as ::core::convert::From<
                            ::socketio::__private::Failure,
                        >>::from(failure);
                    }
                };
                let (__2, __3) = match ::socketio::__private::Arguments::read::<
                    __on_get<Store<D, N>>,
                >(&__args, &mut __to) {
                    ::core::result::Result::Ok(sent) => sent,
                    ::core::result::Result::Err(failure) => {
                        return <::socketio::__private::Outcome as ::core::convert::From<
                            ::socketio::__private::Failure,
                        >>::from(failure);
                    }
                };
                ::core::mem::drop(__args);
                use ::socketio::__private::ResultKind as _;
                use ::socketio::__private::ValueKind as _;
                let __out = <Store<D, N>>::on_get(&*__this, &*__1, __2, __3).await;
                let __out = (&::socketio::__private::probe(&__out))
                    .kind()
                    .reply(__to, __out);
                __out
            })
        }
    }
    impl<D: Db, const N: usize> ::socketio::__private::Namespace for Store<D, N>
    where
        D::Row: Clone,
    {
        const TABLE: ::socketio::__private::Table<Self> = ::socketio::__private::Table {
            connect: <__on_connect<Store<D, N>>>::CONNECT,
            connect_requires: <__on_connect<Store<D, N>>>::requires,
            disconnect: <__on_disconnect<Store<D, N>>>::DISCONNECT,
            disconnect_requires: <__on_disconnect<Store<D, N>>>::requires,
            events: &[
                ::socketio::__private::Event {
                    name: "get",
                    docs: "",
                    run: <__on_get<Store<D, N>>>::RUN,
                    requires: <__on_get<Store<D, N>>>::requires,
                    line: 0u32,
                },
            ],
            fallback: ::core::option::Option::None,
            locked: false,
            emits: ::core::option::Option::None,
            file: ::core::file!(),
            line: ::core::line!(),
        };
    }
};
