//! Generated from `input.rs` by the test `snapshots`.

impl Chat {
    const LIMIT: usize = 3;
    /// Without arguments.
    ///
    /// Two paragraphs.
    pub fn on_ping(&self) {}
    fn on_now(
        &mut self,
        socket: &Socket,
        text: String,
        r#type: Option<u8>,
    ) -> Result<u64, Error> {
        Ok(self.count)
    }
    #[cfg(feature = "slow")]
    #[doc = include_str!("slow.md")]
    async fn on_slow_one(&self, Point { x, y }: Point, rest: Rest<Self>, ack: Ack<u8>) {}
    async fn other(&mut self, event: &EventName, args: Rest<Value>) -> impl Serialize {}
    fn helper(&self) {}
}
#[allow(deprecated, non_camel_case_types, clippy::all)]
const _: () = {
    use ::socketio::__private::Otherwise as _;
    impl ::socketio::__private::HasPath for Chat {
        const PATH: &'static str = "/chat";
    }
    impl ::socketio::EmittedBy<Chat> for Said {}
    struct __on_connect<N>(::core::marker::PhantomData<fn() -> N>);
    impl __on_connect<Chat> {
        const CONNECT: ::socketio::__private::Connect<Chat> = ::socketio::__private::Connect::Now(
            Self::now,
        );
        fn requires(_: &mut ::socketio::__private::Requirements) {}
        fn now(
            _: ::socketio::__private::Context,
            _: ::socketio::__private::Arguments,
        ) -> ::core::result::Result<Chat, ::socketio::__private::Refusal> {
            ::core::result::Result::Ok(
                <Chat as ::socketio::__private::Initial>::initial(),
            )
        }
    }
    struct __on_disconnect<N>(::core::marker::PhantomData<fn() -> N>);
    impl __on_disconnect<Chat> {
        const DISCONNECT: ::socketio::__private::Disconnect<Chat> = ::socketio::__private::Disconnect::None;
        fn requires(_: &mut ::socketio::__private::Requirements) {}
    }
    struct __on_ping<N>(::core::marker::PhantomData<fn() -> N>);
    impl ::socketio::__private::Decode for __on_ping<Chat> {
        type Output = ();
        fn decode<'de, __A: ::socketio::__private::serde::de::SeqAccess<'de>>(
            __args: &mut ::socketio::__private::Reader<'_, __A>,
        ) -> ::core::result::Result<Self::Output, ::socketio::__private::ReadError> {
            ::core::result::Result::Ok(())
        }
    }
    impl __on_ping<Chat> {
        fn requires(__requirements: &mut ::socketio::__private::Requirements) {}
        const RUN: ::socketio::__private::Run<Chat> = ::socketio::__private::Run::Now(
            Self::now,
        );
        fn tail(
            __this: &Chat,
            __cx: &::socketio::__private::Context,
            __to: ::socketio::__private::ReplyTo<'_>,
        ) -> ::socketio::__private::Outcome {
            use ::socketio::__private::ResultKind as _;
            use ::socketio::__private::ValueKind as _;
            let __out = <Chat>::on_ping(__this);
            let __out = (&::socketio::__private::probe(&__out))
                .kind()
                .reply(__to, __out);
            __out
        }
        fn now(
            __this: &Chat,
            __cx: &::socketio::__private::Context,
            __args: &::socketio::__private::Arguments,
        ) -> ::socketio::__private::Outcome {
            let mut __to = ::socketio::__private::ReplyTo::new(&__cx);
            let () = match ::socketio::__private::Arguments::read::<
                __on_ping<Chat>,
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
    struct __on_now<N>(::core::marker::PhantomData<fn() -> N>);
    impl ::socketio::__private::Decode for __on_now<Chat> {
        type Output = (String, Option<u8>);
        fn decode<'de, __A: ::socketio::__private::serde::de::SeqAccess<'de>>(
            __args: &mut ::socketio::__private::Reader<'_, __A>,
        ) -> ::core::result::Result<Self::Output, ::socketio::__private::ReadError> {
            ::core::result::Result::Ok((
                <String as ::socketio::FromPayload>::from_payload(__args, "text")?,
                <Option<u8> as ::socketio::FromPayload>::from_payload(__args, "type")?,
            ))
        }
    }
    impl __on_now<Chat> {
        fn requires(__requirements: &mut ::socketio::__private::Requirements) {
            <Socket as ::socketio::FromContext>::requires(__requirements, "socket");
        }
        const RUN: ::socketio::__private::Run<Chat> = if <Socket as ::socketio::FromContext>::IMMEDIATE {
            ::socketio::__private::Run::NowMut(Self::now)
        } else {
            ::socketio::__private::Run::LaterMut(Self::later)
        };
        fn tail(
            __this: &mut Chat,
            __cx: &::socketio::__private::Context,
            __to: ::socketio::__private::ReplyTo<'_>,
            __1: &Socket,
            __2: String,
            __3: Option<u8>,
        ) -> ::socketio::__private::Outcome {
            use ::socketio::__private::ResultKind as _;
            use ::socketio::__private::ValueKind as _;
            let __out = <Chat>::on_now(__this, &*__1, __2, __3);
            let __out = (&::socketio::__private::probe(&__out))
                .kind()
                .reply(__to, __out);
            __out
        }
        fn now(
            __this: &mut Chat,
            __cx: &::socketio::__private::Context,
            __args: &::socketio::__private::Arguments,
        ) -> ::socketio::__private::Outcome {
            let mut __to = ::socketio::__private::ReplyTo::new(&__cx);
            let _ = <Socket as ::socketio::FromContext>::IMMEDIATE;
            let __1 = match <Socket as ::socketio::FromContext>::lend_now(&__cx) {
                ::core::result::Result::Ok(lent) => lent,
                ::core::result::Result::Err(failure) => {
                    return <::socketio::__private::Outcome as ::core::convert::From<
                        ::socketio::__private::Failure,
                    >>::from(failure);
                }
            };
            let (__2, __3) = match ::socketio::__private::Arguments::read::<
                __on_now<Chat>,
            >(&__args, &mut __to) {
                ::core::result::Result::Ok(sent) => sent,
                ::core::result::Result::Err(failure) => {
                    return <::socketio::__private::Outcome as ::core::convert::From<
                        ::socketio::__private::Failure,
                    >>::from(failure);
                }
            };
            Self::tail(__this, __cx, __to, &*__1, __2, __3)
        }
        fn later(
            mut __this: ::socketio::__private::Exclusive<Chat>,
            __cx: ::socketio::__private::Context,
            __args: ::socketio::__private::Arguments,
        ) -> ::socketio::__private::BoxFuture<'static, ::socketio::__private::Outcome> {
            ::socketio::__private::Box::pin(async move {
                let mut __to = ::socketio::__private::ReplyTo::new(&__cx);
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
                    __on_now<Chat>,
                >(&__args, &mut __to) {
                    ::core::result::Result::Ok(sent) => sent,
                    ::core::result::Result::Err(failure) => {
                        return <::socketio::__private::Outcome as ::core::convert::From<
                            ::socketio::__private::Failure,
                        >>::from(failure);
                    }
                };
                ::core::mem::drop(__args);
                Self::tail(&mut *__this, &__cx, __to, &*__1, __2, __3)
            })
        }
    }
    const _: () = ::socketio::__private::check(
        !<::socketio::__private::Is<String>>::LENT,
        "`String` is lent by the server: by value it would be whatever the client sends. Write `&String`",
    );
    const _: () = ::socketio::__private::check(
        !<::socketio::__private::Is<Option<u8>>>::LENT,
        "`Option<u8>` is lent by the server: by value it would be whatever the client sends. Write `&Option<u8>`",
    );
    const _: () = ::socketio::__private::check(
        !<::socketio::__private::Is<String>>::REST
            || (<::socketio::__private::Is<Option<u8>>>::ACK),
        "`Rest` takes all remaining arguments, so nothing can follow it",
    );
    const _: () = ::socketio::__private::check(
        !<::socketio::__private::Is<String>>::ACK
            || <::socketio::__private::Is<Result<u64, Error>>>::UNIT,
        "`on_now` answers twice: through `text` and by returning `Result<u64, Error>`\nhelp: return `()`",
    );
    const _: () = ::socketio::__private::check(
        !<::socketio::__private::Is<Option<u8>>>::ACK
            || !(<::socketio::__private::Is<String>>::ACK),
        "a packet is acknowledged once: one `Ack` argument at most",
    );
    const _: () = ::socketio::__private::check(
        !(<::socketio::__private::Is<Option<u8>>>::REQUIRED
            && !<::socketio::__private::Is<Option<u8>>>::OPTION
            && <::socketio::__private::Is<String>>::OPTION),
        "`type: Option<u8>` is required but follows `text: String`, which may be missing",
    );
    const _: () = ::socketio::__private::check(
        !<::socketio::__private::Is<Option<u8>>>::ACK
            || <::socketio::__private::Is<Result<u64, Error>>>::UNIT,
        "`on_now` answers twice: through `type` and by returning `Result<u64, Error>`\nhelp: return `()`",
    );
    #[cfg(feature = "slow")]
    struct __on_slow_one<N>(::core::marker::PhantomData<fn() -> N>);
    #[cfg(feature = "slow")]
    impl ::socketio::__private::Decode for __on_slow_one<Chat> {
        type Output = (Point, Rest<Chat>, Ack<u8>);
        fn decode<'de, __A: ::socketio::__private::serde::de::SeqAccess<'de>>(
            __args: &mut ::socketio::__private::Reader<'_, __A>,
        ) -> ::core::result::Result<Self::Output, ::socketio::__private::ReadError> {
            ::core::result::Result::Ok((
                <Point as ::socketio::FromPayload>::from_payload(__args, "Point")?,
                <Rest<Chat> as ::socketio::FromPayload>::from_payload(__args, "rest")?,
                <Ack<u8> as ::socketio::FromPayload>::from_payload(__args, "ack")?,
            ))
        }
    }
    #[cfg(feature = "slow")]
    impl __on_slow_one<Chat> {
        fn requires(__requirements: &mut ::socketio::__private::Requirements) {}
        const RUN: ::socketio::__private::Run<Chat> = ::socketio::__private::Run::Later(
            Self::later,
        );
        fn later(
            __this: ::socketio::__private::Shared<Chat>,
            __cx: ::socketio::__private::Context,
            __args: ::socketio::__private::Arguments,
        ) -> ::socketio::__private::BoxFuture<'static, ::socketio::__private::Outcome> {
            ::socketio::__private::Box::pin(async move {
                let mut __to = ::socketio::__private::ReplyTo::new(&__cx);
                let (__1, __2, __3) = match ::socketio::__private::Arguments::read::<
                    __on_slow_one<Chat>,
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
                let __out = <Chat>::on_slow_one(&*__this, __1, __2, __3).await;
                let __out = (&::socketio::__private::probe(&__out))
                    .kind()
                    .reply(__to, __out);
                __out
            })
        }
    }
    #[cfg(feature = "slow")]
    const _: () = ::socketio::__private::check(
        !<::socketio::__private::Is<Point>>::LENT,
        "`Point` is lent by the server: by value it would be whatever the client sends. Write `&Point`",
    );
    #[cfg(feature = "slow")]
    const _: () = ::socketio::__private::check(
        !<::socketio::__private::Is<Rest<Chat>>>::LENT,
        "`Rest<Self>` is lent by the server: by value it would be whatever the client sends. Write `&Rest<Self>`",
    );
    #[cfg(feature = "slow")]
    const _: () = ::socketio::__private::check(
        !<::socketio::__private::Is<Ack<u8>>>::LENT,
        "`Ack<u8>` is lent by the server: by value it would be whatever the client sends. Write `&Ack<u8>`",
    );
    #[cfg(feature = "slow")]
    const _: () = ::socketio::__private::check(
        !<::socketio::__private::Is<Point>>::REST
            || (<::socketio::__private::Is<Rest<Chat>>>::ACK
                && <::socketio::__private::Is<Ack<u8>>>::ACK),
        "`Rest` takes all remaining arguments, so nothing can follow it",
    );
    #[cfg(feature = "slow")]
    const _: () = ::socketio::__private::check(
        !<::socketio::__private::Is<Rest<Chat>>>::REST
            || (<::socketio::__private::Is<Ack<u8>>>::ACK),
        "`Rest` takes all remaining arguments, so nothing can follow it",
    );
    #[cfg(feature = "slow")]
    const _: () = ::socketio::__private::check(
        !<::socketio::__private::Is<Rest<Chat>>>::ACK
            || !(<::socketio::__private::Is<Point>>::ACK),
        "a packet is acknowledged once: one `Ack` argument at most",
    );
    #[cfg(feature = "slow")]
    const _: () = ::socketio::__private::check(
        !(<::socketio::__private::Is<Rest<Chat>>>::REQUIRED
            && !<::socketio::__private::Is<Rest<Chat>>>::OPTION
            && <::socketio::__private::Is<Point>>::OPTION),
        "`rest: Rest<Self>` is required but follows `Point: Point`, which may be missing",
    );
    #[cfg(feature = "slow")]
    const _: () = ::socketio::__private::check(
        !<::socketio::__private::Is<Ack<u8>>>::ACK
            || !(<::socketio::__private::Is<Point>>::ACK
                || <::socketio::__private::Is<Rest<Chat>>>::ACK),
        "a packet is acknowledged once: one `Ack` argument at most",
    );
    #[cfg(feature = "slow")]
    const _: () = ::socketio::__private::check(
        !(<::socketio::__private::Is<Ack<u8>>>::REQUIRED
            && !<::socketio::__private::Is<Ack<u8>>>::OPTION
            && <::socketio::__private::Is<Point>>::OPTION
            && !<::socketio::__private::Is<Rest<Chat>>>::OPTION),
        "`ack: Ack<u8>` is required but follows `Point: Point`, which may be missing",
    );
    #[cfg(feature = "slow")]
    const _: () = ::socketio::__private::check(
        !(<::socketio::__private::Is<Ack<u8>>>::REQUIRED
            && !<::socketio::__private::Is<Ack<u8>>>::OPTION
            && <::socketio::__private::Is<Rest<Chat>>>::OPTION),
        "`ack: Ack<u8>` is required but follows `rest: Rest<Self>`, which may be missing",
    );
    struct __other<N>(::core::marker::PhantomData<fn() -> N>);
    impl ::socketio::__private::Decode for __other<Chat> {
        type Output = (Rest<Value>,);
        fn decode<'de, __A: ::socketio::__private::serde::de::SeqAccess<'de>>(
            __args: &mut ::socketio::__private::Reader<'_, __A>,
        ) -> ::core::result::Result<Self::Output, ::socketio::__private::ReadError> {
            ::core::result::Result::Ok((
                <Rest<Value> as ::socketio::FromPayload>::from_payload(__args, "args")?,
            ))
        }
    }
    impl __other<Chat> {
        fn requires(__requirements: &mut ::socketio::__private::Requirements) {
            <EventName as ::socketio::FromContext>::requires(__requirements, "event");
        }
        const RUN: ::socketio::__private::Run<Chat> = ::socketio::__private::Run::LaterMut(
            Self::later,
        );
        fn later(
            mut __this: ::socketio::__private::Exclusive<Chat>,
            __cx: ::socketio::__private::Context,
            __args: ::socketio::__private::Arguments,
        ) -> ::socketio::__private::BoxFuture<'static, ::socketio::__private::Outcome> {
            ::socketio::__private::Box::pin(async move {
                let mut __to = ::socketio::__private::ReplyTo::new(&__cx);
                let _ = <EventName as ::socketio::FromContext>::IMMEDIATE;
                let __1 = match <EventName as ::socketio::FromContext>::lend_later(&__cx)
                    .await
                {
                    ::core::result::Result::Ok(lent) => lent,
                    ::core::result::Result::Err(failure) => {
                        return <::socketio::__private::Outcome as ::core::convert::From<
                            ::socketio::__private::Failure,
                        >>::from(failure);
                    }
                };
                let (__2,) = match ::socketio::__private::Arguments::read::<
                    __other<Chat>,
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
                let __out = <Chat>::other(&mut *__this, &*__1, __2).await;
                let __out = (&::socketio::__private::probe(&__out))
                    .kind()
                    .reply(__to, __out);
                __out
            })
        }
    }
    const _: () = ::socketio::__private::check(
        !<::socketio::__private::Is<Rest<Value>>>::LENT,
        "`Rest<Value>` is lent by the server: by value it would be whatever the client sends. Write `&Rest<Value>`",
    );
    const _: () = ::socketio::__private::check(
        !<::socketio::__private::Is<Rest<Value>>>::ACK,
        "`other` answers twice: through `args` and by returning `impl Serialize`\nhelp: return `()`",
    );
    impl ::socketio::__private::Namespace for Chat {
        const TABLE: ::socketio::__private::Table<Self> = ::socketio::__private::Table {
            connect: <__on_connect<Chat>>::CONNECT,
            connect_requires: <__on_connect<Chat>>::requires,
            disconnect: <__on_disconnect<Chat>>::DISCONNECT,
            disconnect_requires: <__on_disconnect<Chat>>::requires,
            events: &[
                ::socketio::__private::Event {
                    name: "ping",
                    docs: "Without arguments.\n\nTwo paragraphs.",
                    run: <__on_ping<Chat>>::RUN,
                    requires: <__on_ping<Chat>>::requires,
                    line: 0u32,
                },
                ::socketio::__private::Event {
                    name: "now",
                    docs: "",
                    run: <__on_now<Chat>>::RUN,
                    requires: <__on_now<Chat>>::requires,
                    line: 0u32,
                },
                #[cfg(feature = "slow")]
                ::socketio::__private::Event {
                    name: "very_slow",
                    docs: ::core::concat!(include_str!("slow.md")),
                    run: <__on_slow_one<Chat>>::RUN,
                    requires: <__on_slow_one<Chat>>::requires,
                    line: 0u32,
                },
                #[cfg(feature = "slow")]
                ::socketio::__private::Event {
                    name: "slow:est",
                    docs: ::core::concat!(include_str!("slow.md")),
                    run: <__on_slow_one<Chat>>::RUN,
                    requires: <__on_slow_one<Chat>>::requires,
                    line: 0u32,
                },
            ],
            fallback: {
                {
                    ::core::option::Option::Some(::socketio::__private::Event {
                        name: "*",
                        docs: "",
                        run: <__other<Chat>>::RUN,
                        requires: <__other<Chat>>::requires,
                        line: 0u32,
                    })
                }
            },
            locked: false,
            emits: ::core::option::Option::Some("Said"),
            file: ::core::file!(),
            line: ::core::line!(),
        };
    }
    ::socketio::__private::inventory::submit! {
        ::socketio::__private::Entry::new:: < Chat > ()
    }
};
