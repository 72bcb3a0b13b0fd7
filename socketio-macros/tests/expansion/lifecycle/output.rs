//! Generated from `input.rs` by the test `snapshots`.

impl Constructor {
    async fn on_connect(socket: &Socket, login: Login) -> Result<Self, Refuse> {}
    async fn on_disconnect(self, socket: &Socket) {}
}
#[allow(deprecated, non_camel_case_types, clippy::all)]
const _: () = {
    use ::socketio::__private::Otherwise as _;
    impl ::socketio::__private::HasPath for Constructor {
        const PATH: &'static str = "/constructor";
    }
    struct __on_connect<N>(::core::marker::PhantomData<fn() -> N>);
    impl ::socketio::__private::Decode for __on_connect<Constructor> {
        type Output = (Login,);
        fn decode<'de, __A: ::socketio::__private::serde::de::SeqAccess<'de>>(
            __args: &mut ::socketio::__private::Reader<'_, __A>,
        ) -> ::core::result::Result<Self::Output, ::socketio::__private::ReadError> {
            ::core::result::Result::Ok((
                <Login as ::socketio::FromPayload>::from_payload(__args, "login")?,
            ))
        }
    }
    impl __on_connect<Constructor> {
        fn requires(__requirements: &mut ::socketio::__private::Requirements) {
            <Socket as ::socketio::FromContext>::requires(__requirements, "socket");
        }
        const CONNECT: ::socketio::__private::Connect<Constructor> = ::socketio::__private::Connect::Later(
            Self::later,
        );
        fn later(
            __cx: ::socketio::__private::Context,
            __args: ::socketio::__private::Arguments,
        ) -> ::socketio::__private::BoxFuture<
            'static,
            ::core::result::Result<Constructor, ::socketio::__private::Refusal>,
        > {
            ::socketio::__private::Box::pin(async move {
                use ::socketio::__private::ResultKind as _;
                use ::socketio::__private::ValueKind as _;
                let _ = <Socket as ::socketio::FromContext>::IMMEDIATE;
                let __0 = match <Socket as ::socketio::FromContext>::lend_later(&__cx)
                    .await
                {
                    ::core::result::Result::Ok(lent) => lent,
                    ::core::result::Result::Err(failure) => {
                        return ::core::result::Result::Err(
                            <::socketio::__private::Refusal as ::core::convert::From<
                                ::socketio::__private::Failure,
                            >>::from(failure),
                        );
                    }
                };
                let mut __to = ::socketio::__private::ReplyTo::new(&__cx);
                let (__1,) = match ::socketio::__private::Arguments::read::<
                    Self,
                >(&__args, &mut __to) {
                    ::core::result::Result::Ok(sent) => sent,
                    ::core::result::Result::Err(failure) => {
                        return ::core::result::Result::Err(
                            <::socketio::__private::Refusal as ::core::convert::From<
                                ::socketio::__private::Failure,
                            >>::from(failure),
                        );
                    }
                };
                ::core::mem::drop(__args);
                let __out = <Constructor>::on_connect(&*__0, __1).await;
                let __out = (&::socketio::__private::probe(&__out))
                    .answer()
                    .built(__out);
                __out
            })
        }
    }
    const _: () = ::socketio::__private::check(
        !<::socketio::__private::Is<Login>>::LENT,
        "`Login` is lent by the server: by value it would be whatever the client sends. Write `&Login`",
    );
    const _: () = ::socketio::__private::check(
        !<::socketio::__private::Is<Login>>::ACK,
        "a CONNECT is answered by what `on_connect` returns, not through an `Ack`",
    );
    struct __on_disconnect<N>(::core::marker::PhantomData<fn() -> N>);
    impl ::socketio::__private::Decode for __on_disconnect<Constructor> {
        type Output = ();
        fn decode<'de, __A: ::socketio::__private::serde::de::SeqAccess<'de>>(
            __args: &mut ::socketio::__private::Reader<'_, __A>,
        ) -> ::core::result::Result<Self::Output, ::socketio::__private::ReadError> {
            ::core::result::Result::Ok(())
        }
    }
    impl __on_disconnect<Constructor> {
        fn requires(__requirements: &mut ::socketio::__private::Requirements) {
            <Socket as ::socketio::FromContext>::requires(__requirements, "socket");
        }
        const DISCONNECT: ::socketio::__private::Disconnect<Constructor> = ::socketio::__private::Disconnect::Later(
            Self::later,
        );
        fn later(
            mut __this: Constructor,
            __cx: ::socketio::__private::Context,
        ) -> ::socketio::__private::BoxFuture<'static, ()> {
            ::socketio::__private::Box::pin(async move {
                let _ = <Socket as ::socketio::FromContext>::IMMEDIATE;
                let __1 = match <Socket as ::socketio::FromContext>::lend_later(&__cx)
                    .await
                {
                    ::core::result::Result::Ok(lent) => lent,
                    ::core::result::Result::Err(failure) => {
                        return ::socketio::__private::lost(&__cx, failure);
                    }
                };
                let _ = <Constructor>::on_disconnect(__this, &*__1).await;
            })
        }
    }
    const _: () = ::socketio::__private::check(
        !<::socketio::__private::Is<Socket>>::FALLIBLE,
        "`on_disconnect` always runs, and `Socket` can fail\nhelp: borrow `&Option<Socket>`\nnote: a context that never fails says so: `const FALLIBLE: bool = false`",
    );
    impl ::socketio::__private::Namespace for Constructor {
        const TABLE: ::socketio::__private::Table<Self> = ::socketio::__private::Table {
            connect: <__on_connect<Constructor>>::CONNECT,
            connect_requires: <__on_connect<Constructor>>::requires,
            disconnect: <__on_disconnect<Constructor>>::DISCONNECT,
            disconnect_requires: <__on_disconnect<Constructor>>::requires,
            events: &[],
            fallback: ::core::option::Option::None,
            locked: false,
            emits: ::core::option::Option::None,
            file: ::core::file!(),
            line: ::core::line!(),
        };
    }
    ::socketio::__private::inventory::submit! {
        ::socketio::__private::Entry::new:: < Constructor > ()
    }
};
impl Method {
    fn on_connect(&mut self, socket: &Socket) {}
    fn on_disconnect(&mut self, reason: &DisconnectReason) {}
}
#[allow(deprecated, non_camel_case_types, clippy::all)]
const _: () = {
    use ::socketio::__private::Otherwise as _;
    impl ::socketio::__private::HasPath for Method {
        const PATH: &'static str = "/method";
    }
    struct __on_connect<N>(::core::marker::PhantomData<fn() -> N>);
    impl ::socketio::__private::Decode for __on_connect<Method> {
        type Output = ();
        fn decode<'de, __A: ::socketio::__private::serde::de::SeqAccess<'de>>(
            __args: &mut ::socketio::__private::Reader<'_, __A>,
        ) -> ::core::result::Result<Self::Output, ::socketio::__private::ReadError> {
            ::core::result::Result::Ok(())
        }
    }
    impl __on_connect<Method> {
        fn requires(__requirements: &mut ::socketio::__private::Requirements) {
            <Socket as ::socketio::FromContext>::requires(__requirements, "socket");
        }
        const CONNECT: ::socketio::__private::Connect<Method> = if <Socket as ::socketio::FromContext>::IMMEDIATE {
            ::socketio::__private::Connect::Now(Self::now)
        } else {
            ::socketio::__private::Connect::Later(Self::later)
        };
        fn now(
            __cx: ::socketio::__private::Context,
            __args: ::socketio::__private::Arguments,
        ) -> ::core::result::Result<Method, ::socketio::__private::Refusal> {
            use ::socketio::__private::ResultKind as _;
            use ::socketio::__private::ValueKind as _;
            let _ = <Socket as ::socketio::FromContext>::IMMEDIATE;
            let __1 = match <Socket as ::socketio::FromContext>::lend_now(&__cx) {
                ::core::result::Result::Ok(lent) => lent,
                ::core::result::Result::Err(failure) => {
                    return ::core::result::Result::Err(
                        <::socketio::__private::Refusal as ::core::convert::From<
                            ::socketio::__private::Failure,
                        >>::from(failure),
                    );
                }
            };
            ::core::mem::drop(__args);
            let mut __this = <Method as ::socketio::__private::Initial>::initial();
            let __out = <Method>::on_connect(&mut __this, &*__1);
            match (&::socketio::__private::probe(&__out)).answer().accepted(__out) {
                ::core::result::Result::Ok(()) => ::core::result::Result::Ok(__this),
                ::core::result::Result::Err(refusal) => {
                    ::core::result::Result::Err(refusal)
                }
            }
        }
        fn later(
            __cx: ::socketio::__private::Context,
            __args: ::socketio::__private::Arguments,
        ) -> ::socketio::__private::BoxFuture<
            'static,
            ::core::result::Result<Method, ::socketio::__private::Refusal>,
        > {
            ::socketio::__private::Box::pin(async move {
                use ::socketio::__private::ResultKind as _;
                use ::socketio::__private::ValueKind as _;
                let _ = <Socket as ::socketio::FromContext>::IMMEDIATE;
                let __1 = match <Socket as ::socketio::FromContext>::lend_later(&__cx)
                    .await
                {
                    ::core::result::Result::Ok(lent) => lent,
                    ::core::result::Result::Err(failure) => {
                        return ::core::result::Result::Err(
                            <::socketio::__private::Refusal as ::core::convert::From<
                                ::socketio::__private::Failure,
                            >>::from(failure),
                        );
                    }
                };
                ::core::mem::drop(__args);
                let mut __this = <Method as ::socketio::__private::Initial>::initial();
                let __out = <Method>::on_connect(&mut __this, &*__1);
                match (&::socketio::__private::probe(&__out)).answer().accepted(__out) {
                    ::core::result::Result::Ok(()) => ::core::result::Result::Ok(__this),
                    ::core::result::Result::Err(refusal) => {
                        ::core::result::Result::Err(refusal)
                    }
                }
            })
        }
    }
    struct __on_disconnect<N>(::core::marker::PhantomData<fn() -> N>);
    impl ::socketio::__private::Decode for __on_disconnect<Method> {
        type Output = ();
        fn decode<'de, __A: ::socketio::__private::serde::de::SeqAccess<'de>>(
            __args: &mut ::socketio::__private::Reader<'_, __A>,
        ) -> ::core::result::Result<Self::Output, ::socketio::__private::ReadError> {
            ::core::result::Result::Ok(())
        }
    }
    impl __on_disconnect<Method> {
        fn requires(__requirements: &mut ::socketio::__private::Requirements) {
            <DisconnectReason as ::socketio::FromContext>::requires(
                __requirements,
                "reason",
            );
        }
        const DISCONNECT: ::socketio::__private::Disconnect<Method> = if <DisconnectReason as ::socketio::FromContext>::IMMEDIATE {
            ::socketio::__private::Disconnect::Now(Self::now)
        } else {
            ::socketio::__private::Disconnect::Later(Self::later)
        };
        fn now(mut __this: Method, __cx: ::socketio::__private::Context) {
            let _ = <DisconnectReason as ::socketio::FromContext>::IMMEDIATE;
            let __1 = match <DisconnectReason as ::socketio::FromContext>::lend_now(
                &__cx,
            ) {
                ::core::result::Result::Ok(lent) => lent,
                ::core::result::Result::Err(failure) => {
                    return ::socketio::__private::lost(&__cx, failure);
                }
            };
            let _ = <Method>::on_disconnect(&mut __this, &*__1);
        }
        fn later(
            mut __this: Method,
            __cx: ::socketio::__private::Context,
        ) -> ::socketio::__private::BoxFuture<'static, ()> {
            ::socketio::__private::Box::pin(async move {
                let _ = <DisconnectReason as ::socketio::FromContext>::IMMEDIATE;
                let __1 = match <DisconnectReason as ::socketio::FromContext>::lend_later(
                        &__cx,
                    )
                    .await
                {
                    ::core::result::Result::Ok(lent) => lent,
                    ::core::result::Result::Err(failure) => {
                        return ::socketio::__private::lost(&__cx, failure);
                    }
                };
                let _ = <Method>::on_disconnect(&mut __this, &*__1);
            })
        }
    }
    const _: () = ::socketio::__private::check(
        !<::socketio::__private::Is<DisconnectReason>>::FALLIBLE,
        "`on_disconnect` always runs, and `DisconnectReason` can fail\nhelp: borrow `&Option<DisconnectReason>`\nnote: a context that never fails says so: `const FALLIBLE: bool = false`",
    );
    impl ::socketio::__private::Namespace for Method {
        const TABLE: ::socketio::__private::Table<Self> = ::socketio::__private::Table {
            connect: <__on_connect<Method>>::CONNECT,
            connect_requires: <__on_connect<Method>>::requires,
            disconnect: <__on_disconnect<Method>>::DISCONNECT,
            disconnect_requires: <__on_disconnect<Method>>::requires,
            events: &[],
            fallback: ::core::option::Option::None,
            locked: false,
            emits: ::core::option::Option::None,
            file: ::core::file!(),
            line: ::core::line!(),
        };
    }
    ::socketio::__private::inventory::submit! {
        ::socketio::__private::Entry::new:: < Method > ()
    }
};
impl Conditional {
    #[cfg(unix)]
    fn on_connect() -> Self {}
    #[cfg(windows)]
    fn on_disconnect(&self) {}
}
#[allow(deprecated, non_camel_case_types, clippy::all)]
const _: () = {
    use ::socketio::__private::Otherwise as _;
    impl ::socketio::__private::HasPath for Conditional {
        const PATH: &'static str = "/conditional";
    }
    struct __on_connect<N>(::core::marker::PhantomData<fn() -> N>);
    #[cfg(unix)]
    impl ::socketio::__private::Decode for __on_connect<Conditional> {
        type Output = ();
        fn decode<'de, __A: ::socketio::__private::serde::de::SeqAccess<'de>>(
            __args: &mut ::socketio::__private::Reader<'_, __A>,
        ) -> ::core::result::Result<Self::Output, ::socketio::__private::ReadError> {
            ::core::result::Result::Ok(())
        }
    }
    #[cfg(unix)]
    impl __on_connect<Conditional> {
        fn requires(__requirements: &mut ::socketio::__private::Requirements) {}
        const CONNECT: ::socketio::__private::Connect<Conditional> = ::socketio::__private::Connect::Now(
            Self::now,
        );
        fn now(
            __cx: ::socketio::__private::Context,
            __args: ::socketio::__private::Arguments,
        ) -> ::core::result::Result<Conditional, ::socketio::__private::Refusal> {
            use ::socketio::__private::ResultKind as _;
            use ::socketio::__private::ValueKind as _;
            ::core::mem::drop(__args);
            let __out = <Conditional>::on_connect();
            let __out = (&::socketio::__private::probe(&__out)).answer().built(__out);
            __out
        }
    }
    #[cfg(not(any(all(unix))))]
    impl __on_connect<Conditional> {
        const CONNECT: ::socketio::__private::Connect<Conditional> = ::socketio::__private::Connect::Now(
            Self::now,
        );
        fn requires(_: &mut ::socketio::__private::Requirements) {}
        fn now(
            _: ::socketio::__private::Context,
            _: ::socketio::__private::Arguments,
        ) -> ::core::result::Result<Conditional, ::socketio::__private::Refusal> {
            ::core::result::Result::Ok(
                <Conditional as ::socketio::__private::Initial>::initial(),
            )
        }
    }
    struct __on_disconnect<N>(::core::marker::PhantomData<fn() -> N>);
    #[cfg(windows)]
    impl ::socketio::__private::Decode for __on_disconnect<Conditional> {
        type Output = ();
        fn decode<'de, __A: ::socketio::__private::serde::de::SeqAccess<'de>>(
            __args: &mut ::socketio::__private::Reader<'_, __A>,
        ) -> ::core::result::Result<Self::Output, ::socketio::__private::ReadError> {
            ::core::result::Result::Ok(())
        }
    }
    #[cfg(windows)]
    impl __on_disconnect<Conditional> {
        fn requires(__requirements: &mut ::socketio::__private::Requirements) {}
        const DISCONNECT: ::socketio::__private::Disconnect<Conditional> = ::socketio::__private::Disconnect::Now(
            Self::now,
        );
        fn now(mut __this: Conditional, __cx: ::socketio::__private::Context) {
            let _ = <Conditional>::on_disconnect(&__this);
        }
    }
    #[cfg(not(any(all(windows))))]
    impl __on_disconnect<Conditional> {
        const DISCONNECT: ::socketio::__private::Disconnect<Conditional> = ::socketio::__private::Disconnect::None;
        fn requires(_: &mut ::socketio::__private::Requirements) {}
    }
    impl ::socketio::__private::Namespace for Conditional {
        const TABLE: ::socketio::__private::Table<Self> = ::socketio::__private::Table {
            connect: <__on_connect<Conditional>>::CONNECT,
            connect_requires: <__on_connect<Conditional>>::requires,
            disconnect: <__on_disconnect<Conditional>>::DISCONNECT,
            disconnect_requires: <__on_disconnect<Conditional>>::requires,
            events: &[],
            fallback: ::core::option::Option::None,
            locked: false,
            emits: ::core::option::Option::None,
            file: ::core::file!(),
            line: ::core::line!(),
        };
    }
};
