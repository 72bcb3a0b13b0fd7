//! Generated from `input.rs` by the test `snapshots`.

impl Constructor {
    async fn on_connect(socket: &Socket, login: Login) -> Result<Self, Refuse> {}
    async fn on_disconnect(self, socket: &Socket) {}
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
    impl __rt::HasPath for Constructor {
        const PATH: &'static str = "/constructor";
    }
    struct __on_connect;
    impl __rt::Method<Constructor> for __on_connect {
        type Lent<'a> = (__rt::Lent<'a, Socket>,);
        type Sent = (Login,);
        const NAME: &'static str = "on_connect";
        const SENT: &'static [__rt::Sent] = &[
            __rt::Sent::new(
                "login",
                "Login",
                <__rt::Is<Login>>::LENT,
                <__rt::Is<Login>>::OPTION,
                <__rt::Is<Login>>::TAKES,
            ),
        ];
        const IMMEDIATE: bool = <Socket as __rt::FromContext>::IMMEDIATE;
        const PACKET: bool = <Socket as __rt::FromContext>::PACKET;
        fn requires(__requirements: &mut __rt::Requirements) {
            <Socket as __rt::FromContext>::requires(__requirements, "socket");
        }
        async fn lend(__cx: &__rt::Context) -> __rt::Lending<Self::Lent<'_>> {
            __rt::Ok((<Socket as __rt::FromContext>::lend_or_make(__cx).await?,))
        }
        fn decode<__S: __rt::Source>(
            __args: &mut __rt::Reader<'_, __S>,
        ) -> __rt::Reading<Self::Sent> {
            __rt::Ok((<Login as __rt::FromPayload>::from_payload(__args, "login")?,))
        }
    }
    impl __rt::ConstructLater<Constructor> for __on_connect {
        fn call(
            __cx: __rt::Context,
            __args: __rt::Arguments,
        ) -> __rt::BoxFuture<__rt::Result<Constructor, __rt::Refusal>> {
            __rt::Box::pin(async move {
                let ((socket,), (login,), _) = __rt::begin::<
                    Constructor,
                    Self,
                >(&__cx, __args)
                    .await?;
                let __out = <Constructor>::on_connect(&*socket, login).await;
                let __out = (&__rt::probe(&__out)).answer().built(__out);
                __out
            })
        }
    }
    const _: () = __rt::check(
        !<__rt::Is<Socket>>::EVENT_ONLY,
        "`on_connect` handles no event, so there is no `Socket` to borrow\nnote: only the methods that handle events borrow `&Socket`",
    );
    const _: () = __rt::check_auth::<Constructor, __on_connect>(0usize);
    struct __on_disconnect;
    impl __rt::Method<Constructor> for __on_disconnect {
        type Lent<'a> = (__rt::Lent<'a, Socket>,);
        type Sent = ();
        const NAME: &'static str = "on_disconnect";
        const SENT: &'static [__rt::Sent] = &[];
        const IMMEDIATE: bool = <Socket as __rt::FromContext>::IMMEDIATE;
        const PACKET: bool = <Socket as __rt::FromContext>::PACKET;
        fn requires(__requirements: &mut __rt::Requirements) {
            <Socket as __rt::FromContext>::requires(__requirements, "socket");
        }
        async fn lend(__cx: &__rt::Context) -> __rt::Lending<Self::Lent<'_>> {
            __rt::Ok((<Socket as __rt::FromContext>::lend_or_make(__cx).await?,))
        }
        fn decode<__S: __rt::Source>(
            __args: &mut __rt::Reader<'_, __S>,
        ) -> __rt::Reading<Self::Sent> {
            __rt::Ok(())
        }
    }
    impl __rt::ConsumeLater<Constructor> for __on_disconnect {
        fn call(__this: Constructor, __cx: __rt::Context) -> __rt::BoxFuture<()> {
            __rt::Box::pin(async move {
                let (socket,) = match <Self as __rt::Method<Constructor>>::lend(&__cx)
                    .await
                {
                    __rt::Ok(lent) => lent,
                    __rt::Err(failure) => return __rt::lost(&__cx, failure),
                };
                let _ = <Constructor>::on_disconnect(__this, &*socket).await;
            })
        }
    }
    const _: () = __rt::check(
        !<__rt::Is<Socket>>::EVENT_ONLY,
        "`on_disconnect` handles no event, so there is no `Socket` to borrow\nnote: only the methods that handle events borrow `&Socket`",
    );
    const _: () = __rt::check(
        !<__rt::Is<Socket>>::FALLIBLE,
        "`on_disconnect` always runs, and `Socket` can fail\nhelp: borrow `&Option<Socket>`\nnote: a context that never fails says so: `const FALLIBLE: bool = false`",
    );
    impl __rt::Namespace for Constructor {
        const TABLE: __rt::Table<Self> = __rt::Table {
            connect: __rt::OnConnect::later::<__on_connect>(),
            disconnect: __rt::OnDisconnect::later::<__on_disconnect>(),
            events: &[],
            fallback: __rt::None,
            locked: false,
            emits: __rt::None,
            file: ::core::file!(),
            line: ::core::line!(),
        };
    }
    __rt::inventory::submit! {
        __rt::Entry::new:: < Constructor > ()
    }
};
impl Method {
    fn on_connect(&mut self, socket: &Socket) {}
    fn on_disconnect(&mut self, reason: &DisconnectReason) {}
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
    impl __rt::HasPath for Method {
        const PATH: &'static str = "/method";
    }
    struct __on_connect;
    impl __rt::Method<Method> for __on_connect {
        type Lent<'a> = (__rt::Lent<'a, Socket>,);
        type Sent = ();
        const NAME: &'static str = "on_connect";
        const SENT: &'static [__rt::Sent] = &[];
        const IMMEDIATE: bool = <Socket as __rt::FromContext>::IMMEDIATE;
        const PACKET: bool = <Socket as __rt::FromContext>::PACKET;
        fn requires(__requirements: &mut __rt::Requirements) {
            <Socket as __rt::FromContext>::requires(__requirements, "socket");
        }
        async fn lend(__cx: &__rt::Context) -> __rt::Lending<Self::Lent<'_>> {
            __rt::Ok((<Socket as __rt::FromContext>::lend_or_make(__cx).await?,))
        }
        fn decode<__S: __rt::Source>(
            __args: &mut __rt::Reader<'_, __S>,
        ) -> __rt::Reading<Self::Sent> {
            __rt::Ok(())
        }
    }
    impl __rt::Construct<Method> for __on_connect {
        fn call(
            (socket,): Self::Lent<'_>,
            (): Self::Sent,
        ) -> __rt::Result<Method, __rt::Refusal> {
            let mut __this = <Method as __rt::Initial>::initial();
            let __out = <Method>::on_connect(&mut __this, &*socket);
            (&__rt::probe(&__out)).answer().accepted(__out).map(|()| __this)
        }
    }
    const _: () = __rt::check(
        !<__rt::Is<Socket>>::EVENT_ONLY,
        "`on_connect` handles no event, so there is no `Socket` to borrow\nnote: only the methods that handle events borrow `&Socket`",
    );
    struct __on_disconnect;
    impl __rt::Method<Method> for __on_disconnect {
        type Lent<'a> = (__rt::Lent<'a, DisconnectReason>,);
        type Sent = ();
        const NAME: &'static str = "on_disconnect";
        const SENT: &'static [__rt::Sent] = &[];
        const IMMEDIATE: bool = <DisconnectReason as __rt::FromContext>::IMMEDIATE;
        const PACKET: bool = <DisconnectReason as __rt::FromContext>::PACKET;
        fn requires(__requirements: &mut __rt::Requirements) {
            <DisconnectReason as __rt::FromContext>::requires(__requirements, "reason");
        }
        async fn lend(__cx: &__rt::Context) -> __rt::Lending<Self::Lent<'_>> {
            __rt::Ok((
                <DisconnectReason as __rt::FromContext>::lend_or_make(__cx).await?,
            ))
        }
        fn decode<__S: __rt::Source>(
            __args: &mut __rt::Reader<'_, __S>,
        ) -> __rt::Reading<Self::Sent> {
            __rt::Ok(())
        }
    }
    impl __rt::Consume<Method> for __on_disconnect {
        fn call(mut __this: Method, (reason,): Self::Lent<'_>) {
            let _ = <Method>::on_disconnect(&mut __this, &*reason);
        }
    }
    const _: () = __rt::check(
        !<__rt::Is<DisconnectReason>>::EVENT_ONLY,
        "`on_disconnect` handles no event, so there is no `DisconnectReason` to borrow\nnote: only the methods that handle events borrow `&DisconnectReason`",
    );
    const _: () = __rt::check(
        !<__rt::Is<DisconnectReason>>::FALLIBLE,
        "`on_disconnect` always runs, and `DisconnectReason` can fail\nhelp: borrow `&Option<DisconnectReason>`\nnote: a context that never fails says so: `const FALLIBLE: bool = false`",
    );
    impl __rt::Namespace for Method {
        const TABLE: __rt::Table<Self> = __rt::Table {
            connect: __rt::OnConnect::now::<__on_connect>(),
            disconnect: __rt::OnDisconnect::now::<__on_disconnect>(),
            events: &[],
            fallback: __rt::None,
            locked: false,
            emits: __rt::None,
            file: ::core::file!(),
            line: ::core::line!(),
        };
    }
    __rt::inventory::submit! {
        __rt::Entry::new:: < Method > ()
    }
};
impl Conditional {
    #[cfg(unix)]
    fn on_connect() -> Self {}
    #[cfg(windows)]
    fn on_disconnect(&self) {}
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
    impl __rt::HasPath for Conditional {
        const PATH: &'static str = "/conditional";
    }
    #[cfg(unix)]
    struct __on_connect;
    #[cfg(unix)]
    impl __rt::Method<Conditional> for __on_connect {
        type Lent<'a> = ();
        type Sent = ();
        const NAME: &'static str = "on_connect";
        const SENT: &'static [__rt::Sent] = &[];
        const IMMEDIATE: bool = true;
        fn requires(__requirements: &mut __rt::Requirements) {}
        async fn lend(__cx: &__rt::Context) -> __rt::Lending<Self::Lent<'_>> {
            __rt::Ok(())
        }
        fn decode<__S: __rt::Source>(
            __args: &mut __rt::Reader<'_, __S>,
        ) -> __rt::Reading<Self::Sent> {
            __rt::Ok(())
        }
    }
    #[cfg(unix)]
    impl __rt::Construct<Conditional> for __on_connect {
        fn call(
            (): Self::Lent<'_>,
            (): Self::Sent,
        ) -> __rt::Result<Conditional, __rt::Refusal> {
            let __out = <Conditional>::on_connect();
            let __out = (&__rt::probe(&__out)).answer().built(__out);
            __out
        }
    }
    #[cfg(windows)]
    struct __on_disconnect;
    #[cfg(windows)]
    impl __rt::Method<Conditional> for __on_disconnect {
        type Lent<'a> = ();
        type Sent = ();
        const NAME: &'static str = "on_disconnect";
        const SENT: &'static [__rt::Sent] = &[];
        const IMMEDIATE: bool = true;
        fn requires(__requirements: &mut __rt::Requirements) {}
        async fn lend(__cx: &__rt::Context) -> __rt::Lending<Self::Lent<'_>> {
            __rt::Ok(())
        }
        fn decode<__S: __rt::Source>(
            __args: &mut __rt::Reader<'_, __S>,
        ) -> __rt::Reading<Self::Sent> {
            __rt::Ok(())
        }
    }
    #[cfg(windows)]
    impl __rt::Consume<Conditional> for __on_disconnect {
        fn call(__this: Conditional, (): Self::Lent<'_>) {
            let _ = <Conditional>::on_disconnect(&__this);
        }
    }
    impl __rt::Namespace for Conditional {
        const TABLE: __rt::Table<Self> = __rt::Table {
            connect: {
                #[cfg(unix)] { __rt::OnConnect::now::<__on_connect>() }
                #[cfg(not(any(all(unix))))]
                {
                    __rt::OnConnect::initial(|| <Conditional as __rt::Initial>::initial())
                }
            },
            disconnect: {
                #[cfg(windows)] { __rt::OnDisconnect::now::<__on_disconnect>() }
                #[cfg(not(any(all(windows))))] { __rt::OnDisconnect::NONE }
            },
            events: &[],
            fallback: __rt::None,
            locked: false,
            emits: __rt::None,
            file: ::core::file!(),
            line: ::core::line!(),
        };
    }
};
