//! Generated from `input.rs` by the test `snapshots`.

impl Locked {
    fn on_default(&self) {}
    fn on_open(&self) {}
    #[allow(unused_variables)]
    fn on_more(&mut self, socket: &Socket, mut nick: String, _: u8) {}
    #[allow(unused_variables)]
    fn rest(&self) {}
}
#[allow(deprecated, non_camel_case_types, clippy::all)]
const _: () = {
    use ::socketio::__private::Otherwise as _;
    impl ::socketio::__private::HasPath for Locked {
        const PATH: &'static str = "/locked";
    }
    struct __on_connect<N>(::core::marker::PhantomData<fn() -> N>);
    impl __on_connect<Locked> {
        const CONNECT: ::socketio::__private::Connect<Locked> = ::socketio::__private::Connect::Now(
            Self::now,
        );
        fn requires(_: &mut ::socketio::__private::Requirements) {}
        fn now(
            _: ::socketio::__private::Context,
            _: ::socketio::__private::Arguments,
        ) -> ::core::result::Result<Locked, ::socketio::__private::Refusal> {
            ::core::result::Result::Ok(
                <Locked as ::socketio::__private::Initial>::initial(),
            )
        }
    }
    struct __on_disconnect<N>(::core::marker::PhantomData<fn() -> N>);
    impl __on_disconnect<Locked> {
        const DISCONNECT: ::socketio::__private::Disconnect<Locked> = ::socketio::__private::Disconnect::None;
        fn requires(_: &mut ::socketio::__private::Requirements) {}
    }
    struct __on_default<N>(::core::marker::PhantomData<fn() -> N>);
    impl ::socketio::__private::Decode for __on_default<Locked> {
        type Output = ();
        fn decode<'de, __A: ::socketio::__private::serde::de::SeqAccess<'de>>(
            __args: &mut ::socketio::__private::Reader<'_, __A>,
        ) -> ::core::result::Result<Self::Output, ::socketio::__private::ReadError> {
            ::core::result::Result::Ok(())
        }
    }
    impl __on_default<Locked> {
        fn requires(__requirements: &mut ::socketio::__private::Requirements) {}
        const RUN: ::socketio::__private::Run<Locked> = ::socketio::__private::Run::Now(
            Self::now,
        );
        fn granted(__cx: &::socketio::__private::Context) -> bool {
            __cx.has("default")
        }
        fn tail(
            __this: &Locked,
            __cx: &::socketio::__private::Context,
            __to: ::socketio::__private::ReplyTo<'_>,
        ) -> ::socketio::__private::Outcome {
            use ::socketio::__private::ResultKind as _;
            use ::socketio::__private::ValueKind as _;
            let __out = <Locked>::on_default(__this);
            let __out = (&::socketio::__private::probe(&__out))
                .kind()
                .reply(__to, __out);
            __out
        }
        fn now(
            __this: &Locked,
            __cx: &::socketio::__private::Context,
            __args: &::socketio::__private::Arguments,
        ) -> ::socketio::__private::Outcome {
            let mut __to = ::socketio::__private::ReplyTo::new(&__cx);
            if !Self::granted(&__cx) {
                return ::socketio::__private::Outcome::forbidden(&__cx, &__to);
            }
            let () = match ::socketio::__private::Arguments::read::<
                __on_default<Locked>,
            >(&__args, &mut __to) {
                ::core::result::Result::Ok(sent) => sent,
                ::core::result::Result::Err(failure) => {
                    return <::socketio::__private::Outcome as ::core::convert::From<
                        ::socketio::__private::Failure,
                    >>::from(failure);
                }
            };
            Self::tail(__this, __cx, __to)
        }
    }
    struct __on_open<N>(::core::marker::PhantomData<fn() -> N>);
    impl ::socketio::__private::Decode for __on_open<Locked> {
        type Output = ();
        fn decode<'de, __A: ::socketio::__private::serde::de::SeqAccess<'de>>(
            __args: &mut ::socketio::__private::Reader<'_, __A>,
        ) -> ::core::result::Result<Self::Output, ::socketio::__private::ReadError> {
            ::core::result::Result::Ok(())
        }
    }
    impl __on_open<Locked> {
        fn requires(__requirements: &mut ::socketio::__private::Requirements) {}
        const RUN: ::socketio::__private::Run<Locked> = ::socketio::__private::Run::Now(
            Self::now,
        );
        fn tail(
            __this: &Locked,
            __cx: &::socketio::__private::Context,
            __to: ::socketio::__private::ReplyTo<'_>,
        ) -> ::socketio::__private::Outcome {
            use ::socketio::__private::ResultKind as _;
            use ::socketio::__private::ValueKind as _;
            let __out = <Locked>::on_open(__this);
            let __out = (&::socketio::__private::probe(&__out))
                .kind()
                .reply(__to, __out);
            __out
        }
        fn now(
            __this: &Locked,
            __cx: &::socketio::__private::Context,
            __args: &::socketio::__private::Arguments,
        ) -> ::socketio::__private::Outcome {
            let mut __to = ::socketio::__private::ReplyTo::new(&__cx);
            let () = match ::socketio::__private::Arguments::read::<
                __on_open<Locked>,
            >(&__args, &mut __to) {
                ::core::result::Result::Ok(sent) => sent,
                ::core::result::Result::Err(failure) => {
                    return <::socketio::__private::Outcome as ::core::convert::From<
                        ::socketio::__private::Failure,
                    >>::from(failure);
                }
            };
            Self::tail(__this, __cx, __to)
        }
    }
    struct __on_more<N>(::core::marker::PhantomData<fn() -> N>);
    impl ::socketio::__private::Decode for __on_more<Locked> {
        type Output = (String, u8);
        fn decode<'de, __A: ::socketio::__private::serde::de::SeqAccess<'de>>(
            __args: &mut ::socketio::__private::Reader<'_, __A>,
        ) -> ::core::result::Result<Self::Output, ::socketio::__private::ReadError> {
            ::core::result::Result::Ok((
                <String as ::socketio::FromPayload>::from_payload(__args, "nick")?,
                <u8 as ::socketio::FromPayload>::from_payload(__args, "_")?,
            ))
        }
    }
    impl __on_more<Locked> {
        fn requires(__requirements: &mut ::socketio::__private::Requirements) {
            <Socket as ::socketio::FromContext>::requires(__requirements, "socket");
        }
        const RUN: ::socketio::__private::Run<Locked> = ::socketio::__private::Run::LaterMut(
            Self::later,
        );
        fn granted(__cx: &::socketio::__private::Context) -> bool {
            __cx.has("more")
                && ((__cx.has("a") && !__cx.has_named(&Role::B)) || __cx.has("c"))
        }
        fn later(
            mut __this: ::socketio::__private::Exclusive<Locked>,
            __cx: ::socketio::__private::Context,
            __args: ::socketio::__private::Arguments,
        ) -> ::socketio::__private::BoxFuture<'static, ::socketio::__private::Outcome> {
            ::socketio::__private::Box::pin(async move {
                let mut __to = ::socketio::__private::ReplyTo::new(&__cx);
                if !Self::granted(&__cx) {
                    return ::socketio::__private::Outcome::forbidden(&__cx, &__to);
                }
                let _ = <Socket as ::socketio::FromContext>::IMMEDIATE;
                let __1 = match <Socket as ::socketio::FromContext>::lend_later(&__cx)
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
                    __on_more<Locked>,
                >(&__args, &mut __to) {
                    ::core::result::Result::Ok(sent) => sent,
                    ::core::result::Result::Err(failure) => {
                        return <::socketio::__private::Outcome as ::core::convert::From<
                            ::socketio::__private::Failure,
                        >>::from(failure);
                    }
                };
                ::core::mem::drop(__args);
                let socket = &*__1;
                let nick = __2;
                let __self = &*__this;
                let __allowed: bool = nick != __self.nick && Locked::open(socket).await;
                if !__allowed {
                    return ::socketio::__private::Outcome::forbidden(&__cx, &__to);
                }
                use ::socketio::__private::ResultKind as _;
                use ::socketio::__private::ValueKind as _;
                let __out = <Locked>::on_more(&mut *__this, socket, nick, __3);
                let __out = (&::socketio::__private::probe(&__out))
                    .kind()
                    .reply(__to, __out);
                __out
            })
        }
    }
    const _: () = ::socketio::__private::check(
        !<::socketio::__private::Is<String>>::LENT,
        "`String` is lent by the server: by value it would be whatever the client sends. Write `&String`",
    );
    const _: () = ::socketio::__private::check(
        !<::socketio::__private::Is<u8>>::LENT,
        "`u8` is lent by the server: by value it would be whatever the client sends. Write `&u8`",
    );
    const _: () = ::socketio::__private::check(
        !<::socketio::__private::Is<String>>::REST
            || (<::socketio::__private::Is<u8>>::ACK),
        "`Rest` takes all remaining arguments, so nothing can follow it",
    );
    const _: () = ::socketio::__private::check(
        !<::socketio::__private::Is<u8>>::ACK
            || !(<::socketio::__private::Is<String>>::ACK),
        "a packet is acknowledged once: one `Ack` argument at most",
    );
    const _: () = ::socketio::__private::check(
        !(<::socketio::__private::Is<u8>>::REQUIRED
            && !<::socketio::__private::Is<u8>>::OPTION
            && <::socketio::__private::Is<String>>::OPTION),
        "`_: u8` is required but follows `nick: String`, which may be missing",
    );
    struct __rest<N>(::core::marker::PhantomData<fn() -> N>);
    impl ::socketio::__private::Decode for __rest<Locked> {
        type Output = ();
        fn decode<'de, __A: ::socketio::__private::serde::de::SeqAccess<'de>>(
            __args: &mut ::socketio::__private::Reader<'_, __A>,
        ) -> ::core::result::Result<Self::Output, ::socketio::__private::ReadError> {
            ::core::result::Result::Ok(())
        }
    }
    impl __rest<Locked> {
        fn requires(__requirements: &mut ::socketio::__private::Requirements) {}
        const RUN: ::socketio::__private::Run<Locked> = ::socketio::__private::Run::Now(
            Self::now,
        );
        fn granted(__cx: &::socketio::__private::Context) -> bool {
            __cx.has::<str>(__cx.event())
        }
        fn tail(
            __this: &Locked,
            __cx: &::socketio::__private::Context,
            __to: ::socketio::__private::ReplyTo<'_>,
        ) -> ::socketio::__private::Outcome {
            let __self = &*__this;
            let __allowed: bool = __self.open;
            if !__allowed {
                return ::socketio::__private::Outcome::forbidden(__cx, &__to);
            }
            use ::socketio::__private::ResultKind as _;
            use ::socketio::__private::ValueKind as _;
            let __out = <Locked>::rest(__this);
            let __out = (&::socketio::__private::probe(&__out))
                .kind()
                .reply(__to, __out);
            __out
        }
        fn now(
            __this: &Locked,
            __cx: &::socketio::__private::Context,
            __args: &::socketio::__private::Arguments,
        ) -> ::socketio::__private::Outcome {
            let mut __to = ::socketio::__private::ReplyTo::new(&__cx);
            if !Self::granted(&__cx) {
                return ::socketio::__private::Outcome::forbidden(&__cx, &__to);
            }
            let () = match ::socketio::__private::Arguments::read::<
                __rest<Locked>,
            >(&__args, &mut __to) {
                ::core::result::Result::Ok(sent) => sent,
                ::core::result::Result::Err(failure) => {
                    return <::socketio::__private::Outcome as ::core::convert::From<
                        ::socketio::__private::Failure,
                    >>::from(failure);
                }
            };
            Self::tail(__this, __cx, __to)
        }
    }
    impl ::socketio::__private::Namespace for Locked {
        const TABLE: ::socketio::__private::Table<Self> = ::socketio::__private::Table {
            connect: <__on_connect<Locked>>::CONNECT,
            connect_requires: <__on_connect<Locked>>::requires,
            disconnect: <__on_disconnect<Locked>>::DISCONNECT,
            disconnect_requires: <__on_disconnect<Locked>>::requires,
            events: &[
                ::socketio::__private::Event {
                    name: "default",
                    docs: "",
                    run: <__on_default<Locked>>::RUN,
                    requires: <__on_default<Locked>>::requires,
                    line: 0u32,
                },
                ::socketio::__private::Event {
                    name: "open",
                    docs: "",
                    run: <__on_open<Locked>>::RUN,
                    requires: <__on_open<Locked>>::requires,
                    line: 0u32,
                },
                ::socketio::__private::Event {
                    name: "more",
                    docs: "",
                    run: <__on_more<Locked>>::RUN,
                    requires: <__on_more<Locked>>::requires,
                    line: 0u32,
                },
            ],
            fallback: {
                {
                    ::core::option::Option::Some(::socketio::__private::Event {
                        name: "*",
                        docs: "",
                        run: <__rest<Locked>>::RUN,
                        requires: <__rest<Locked>>::requires,
                        line: 0u32,
                    })
                }
            },
            locked: true,
            emits: ::core::option::Option::None,
            file: ::core::file!(),
            line: ::core::line!(),
        };
    }
    ::socketio::__private::inventory::submit! {
        ::socketio::__private::Entry::new:: < Locked > ()
    }
};
