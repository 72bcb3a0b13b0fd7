//! Generated from `input.rs` by the test `snapshots`.

impl Locked {
    fn on_default(&self) {}
    fn on_open(&self) {}
    #[allow(unused_variables)]
    fn on_more(&mut self, socket: &Socket, mut nick: String, _: u8) {}
    #[allow(unused_variables)]
    fn rest(&self) {}
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
    impl __rt::HasPath for Locked {
        const PATH: &'static str = "/locked";
    }
    struct __on_default;
    impl __rt::Method<Locked> for __on_default {
        type Lent<'a> = ();
        type Sent = ();
        const NAME: &'static str = "on_default";
        const SENT: &'static [__rt::Sent] = &[];
        const IMMEDIATE: bool = true;
        fn requires(__requirements: &mut __rt::Requirements) {}
        fn granted(__cx: &__rt::Context) -> bool {
            __cx.has("default")
        }
        async fn lend(__cx: &__rt::Context) -> __rt::Lending<Self::Lent<'_>> {
            __rt::Ok(())
        }
        fn decode<__S: __rt::Source>(
            __args: &mut __rt::Reader<'_, __S>,
        ) -> __rt::Reading<Self::Sent> {
            __rt::Ok(())
        }
    }
    impl __rt::Call<Locked> for __on_default {
        fn call(
            __this: &Locked,
            ((), (), __to): __rt::Begun<'_, Locked, Self>,
        ) -> __rt::Ending {
            let __out = <Locked>::on_default(__this);
            (&__rt::probe(&__out)).kind().reply(__to, __out)
        }
    }
    struct __on_open;
    impl __rt::Method<Locked> for __on_open {
        type Lent<'a> = ();
        type Sent = ();
        const NAME: &'static str = "on_open";
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
    impl __rt::Call<Locked> for __on_open {
        fn call(
            __this: &Locked,
            ((), (), __to): __rt::Begun<'_, Locked, Self>,
        ) -> __rt::Ending {
            let __out = <Locked>::on_open(__this);
            (&__rt::probe(&__out)).kind().reply(__to, __out)
        }
    }
    struct __on_more;
    impl __rt::Method<Locked> for __on_more {
        type Lent<'a> = (__rt::Lent<'a, Socket>,);
        type Sent = (String, u8);
        const NAME: &'static str = "on_more";
        const SENT: &'static [__rt::Sent] = &[
            __rt::Sent::new(
                "nick",
                "String",
                <__rt::Is<String>>::LENT,
                <__rt::Is<String>>::OPTION,
                <__rt::Is<String>>::TAKES,
            ),
            __rt::Sent::new(
                "_",
                "u8",
                <__rt::Is<u8>>::LENT,
                <__rt::Is<u8>>::OPTION,
                <__rt::Is<u8>>::TAKES,
            ),
        ];
        const IMMEDIATE: bool = <Socket as __rt::FromContext>::IMMEDIATE;
        const PACKET: bool = <Socket as __rt::FromContext>::PACKET;
        fn requires(__requirements: &mut __rt::Requirements) {
            <Socket as __rt::FromContext>::requires(__requirements, "socket");
        }
        fn granted(__cx: &__rt::Context) -> bool {
            __cx.has("more")
                && ((__cx.has("a") && !__cx.has_named(&Role::B)) || __cx.has("c"))
        }
        async fn lend(__cx: &__rt::Context) -> __rt::Lending<Self::Lent<'_>> {
            __rt::Ok((<Socket as __rt::FromContext>::lend_or_make(__cx).await?,))
        }
        fn decode<__S: __rt::Source>(
            __args: &mut __rt::Reader<'_, __S>,
        ) -> __rt::Reading<Self::Sent> {
            __rt::Ok((
                <String as __rt::FromPayload>::from_payload(__args, "nick")?,
                <u8 as __rt::FromPayload>::from_payload(__args, "_")?,
            ))
        }
    }
    impl __rt::CallLater<__rt::Exclusive<Locked>> for __on_more {
        fn call(
            mut __this: __rt::Exclusive<Locked>,
            __cx: __rt::Context,
            __args: __rt::Arguments,
        ) -> __rt::BoxFuture<__rt::Ending> {
            __rt::Box::pin(async move {
                let ((socket,), (nick, __3), __to) = match __rt::begin::<
                    Locked,
                    Self,
                >(&__cx, __args)
                    .await
                {
                    __rt::Ok(begun) => begun,
                    __rt::Err(failure) => return __rt::Ending::failed(failure),
                };
                let socket = &*socket;
                let nick = nick;
                let __self = &*__this;
                let __allowed: bool = nick != __self.nick && Locked::open(socket).await;
                if !__allowed {
                    return __rt::Ending::forbidden(&__to);
                }
                let __out = <Locked>::on_more(&mut *__this, socket, nick, __3);
                (&__rt::probe(&__out)).kind().reply(__to, __out)
            })
        }
    }
    const _: () = __rt::check_sent::<Locked, __on_more>(0usize);
    const _: () = __rt::check_sent::<Locked, __on_more>(1usize);
    struct __rest;
    impl __rt::Method<Locked> for __rest {
        type Lent<'a> = ();
        type Sent = ();
        const NAME: &'static str = "rest";
        const SENT: &'static [__rt::Sent] = &[];
        const IMMEDIATE: bool = true;
        fn requires(__requirements: &mut __rt::Requirements) {}
        fn granted(__cx: &__rt::Context) -> bool {
            __cx.has::<str>(__cx.event())
        }
        async fn lend(__cx: &__rt::Context) -> __rt::Lending<Self::Lent<'_>> {
            __rt::Ok(())
        }
        fn decode<__S: __rt::Source>(
            __args: &mut __rt::Reader<'_, __S>,
        ) -> __rt::Reading<Self::Sent> {
            __rt::Ok(())
        }
    }
    impl __rt::Call<Locked> for __rest {
        fn call(
            __this: &Locked,
            ((), (), __to): __rt::Begun<'_, Locked, Self>,
        ) -> __rt::Ending {
            let __self = &*__this;
            let __allowed: bool = __self.open;
            if !__allowed {
                return __rt::Ending::forbidden(&__to);
            }
            let __out = <Locked>::rest(__this);
            (&__rt::probe(&__out)).kind().reply(__to, __out)
        }
    }
    impl __rt::Namespace for Locked {
        const TABLE: __rt::Table<Self> = __rt::Table {
            connect: __rt::OnConnect::initial(|| <Locked as __rt::Initial>::initial()),
            disconnect: __rt::OnDisconnect::NONE,
            events: &[
                __rt::Row::now::<__on_default>("default", "", 0u32),
                __rt::Row::now::<__on_open>("open", "", 0u32),
                __rt::Row::later_mut::<__on_more>("more", "", 0u32),
            ],
            fallback: __rt::Some(__rt::Row::now::<__rest>("*", "", 0u32)),
            locked: true,
            emits: __rt::None,
            file: ::core::file!(),
            line: ::core::line!(),
        };
    }
    __rt::inventory::submit! {
        __rt::Entry::new:: < Locked > ()
    }
};
