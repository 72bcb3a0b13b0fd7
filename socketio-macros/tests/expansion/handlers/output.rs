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
    impl __rt::HasPath for Chat {
        const PATH: &'static str = "/chat";
    }
    impl __rt::EmittedBy<Chat> for Said {}
    struct __on_ping;
    impl __rt::Method<Chat> for __on_ping {
        type Lent<'a> = ();
        type Sent = ();
        const NAME: &'static str = "on_ping";
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
    impl __rt::Call<Chat> for __on_ping {
        fn call(
            __this: &Chat,
            ((), (), __to): __rt::Begun<'_, Chat, Self>,
        ) -> __rt::Ending {
            let __out = <Chat>::on_ping(__this);
            (&__rt::probe(&__out)).kind().reply(__to, __out)
        }
    }
    struct __on_now;
    impl __rt::Method<Chat> for __on_now {
        type Lent<'a> = (__rt::Lent<'a, Socket>,);
        type Sent = (String, Option<u8>);
        const NAME: &'static str = "on_now";
        const SENT: &'static [__rt::Sent] = &[
            __rt::Sent::new(
                "text",
                "String",
                <__rt::Is<String>>::LENT,
                <__rt::Is<String>>::OPTION,
                <__rt::Is<String>>::TAKES,
            ),
            __rt::Sent::new(
                "type",
                "Option<u8>",
                <__rt::Is<Option<u8>>>::LENT,
                <__rt::Is<Option<u8>>>::OPTION,
                <__rt::Is<Option<u8>>>::TAKES,
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
            __rt::Ok((
                <String as __rt::FromPayload>::from_payload(__args, "text")?,
                <Option<u8> as __rt::FromPayload>::from_payload(__args, "type")?,
            ))
        }
    }
    impl __rt::CallMut<Chat> for __on_now {
        fn call(
            __this: &mut Chat,
            ((socket,), (text, r#type), __to): __rt::Begun<'_, Chat, Self>,
        ) -> __rt::Ending {
            let __out = <Chat>::on_now(__this, &*socket, text, r#type);
            (&__rt::probe(&__out)).kind().reply(__to, __out)
        }
    }
    const _: () = __rt::check_sent::<Chat, __on_now>(0usize);
    const _: () = __rt::check_sent::<Chat, __on_now>(1usize);
    const _: () = __rt::check_answer::<
        Chat,
        __on_now,
    >(<__rt::Is<Result<u64, Error>>>::UNIT, "Result<u64, Error>");
    #[cfg(feature = "slow")]
    struct __on_slow_one;
    #[cfg(feature = "slow")]
    impl __rt::Method<Chat> for __on_slow_one {
        type Lent<'a> = ();
        type Sent = (Point, Rest<Chat>, Ack<u8>);
        const NAME: &'static str = "on_slow_one";
        const SENT: &'static [__rt::Sent] = &[
            __rt::Sent::new(
                "Point",
                "Point",
                <__rt::Is<Point>>::LENT,
                <__rt::Is<Point>>::OPTION,
                <__rt::Is<Point>>::TAKES,
            ),
            __rt::Sent::new(
                "rest",
                "Rest<Self>",
                <__rt::Is<Rest<Chat>>>::LENT,
                <__rt::Is<Rest<Chat>>>::OPTION,
                <__rt::Is<Rest<Chat>>>::TAKES,
            ),
            __rt::Sent::new(
                "ack",
                "Ack<u8>",
                <__rt::Is<Ack<u8>>>::LENT,
                <__rt::Is<Ack<u8>>>::OPTION,
                <__rt::Is<Ack<u8>>>::TAKES,
            ),
        ];
        const IMMEDIATE: bool = true;
        fn requires(__requirements: &mut __rt::Requirements) {}
        async fn lend(__cx: &__rt::Context) -> __rt::Lending<Self::Lent<'_>> {
            __rt::Ok(())
        }
        fn decode<__S: __rt::Source>(
            __args: &mut __rt::Reader<'_, __S>,
        ) -> __rt::Reading<Self::Sent> {
            __rt::Ok((
                <Point as __rt::FromPayload>::from_payload(__args, "Point")?,
                <Rest<Chat> as __rt::FromPayload>::from_payload(__args, "rest")?,
                <Ack<u8> as __rt::FromPayload>::from_payload(__args, "ack")?,
            ))
        }
    }
    #[cfg(feature = "slow")]
    impl __rt::CallLater<__rt::Shared<Chat>> for __on_slow_one {
        fn call(
            __this: __rt::Shared<Chat>,
            __cx: __rt::Context,
            __args: __rt::Arguments,
        ) -> __rt::BoxFuture<__rt::Ending> {
            __rt::Box::pin(async move {
                let ((), (__1, rest, ack), __to) = match __rt::begin::<
                    Chat,
                    Self,
                >(&__cx, __args)
                    .await
                {
                    __rt::Ok(begun) => begun,
                    __rt::Err(failure) => return __rt::Ending::failed(failure),
                };
                let __out = <Chat>::on_slow_one(&*__this, __1, rest, ack).await;
                (&__rt::probe(&__out)).kind().reply(__to, __out)
            })
        }
    }
    #[cfg(feature = "slow")]
    const _: () = __rt::check_sent::<Chat, __on_slow_one>(0usize);
    #[cfg(feature = "slow")]
    const _: () = __rt::check_sent::<Chat, __on_slow_one>(1usize);
    #[cfg(feature = "slow")]
    const _: () = __rt::check_sent::<Chat, __on_slow_one>(2usize);
    struct __other;
    impl __rt::Method<Chat> for __other {
        type Lent<'a> = (__rt::Lent<'a, EventName>,);
        type Sent = (Rest<Value>,);
        const NAME: &'static str = "other";
        const SENT: &'static [__rt::Sent] = &[
            __rt::Sent::new(
                "args",
                "Rest<Value>",
                <__rt::Is<Rest<Value>>>::LENT,
                <__rt::Is<Rest<Value>>>::OPTION,
                <__rt::Is<Rest<Value>>>::TAKES,
            ),
        ];
        const IMMEDIATE: bool = <EventName as __rt::FromContext>::IMMEDIATE;
        const PACKET: bool = <EventName as __rt::FromContext>::PACKET;
        fn requires(__requirements: &mut __rt::Requirements) {
            <EventName as __rt::FromContext>::requires(__requirements, "event");
        }
        async fn lend(__cx: &__rt::Context) -> __rt::Lending<Self::Lent<'_>> {
            __rt::Ok((<EventName as __rt::FromContext>::lend_or_make(__cx).await?,))
        }
        fn decode<__S: __rt::Source>(
            __args: &mut __rt::Reader<'_, __S>,
        ) -> __rt::Reading<Self::Sent> {
            __rt::Ok((
                <Rest<Value> as __rt::FromPayload>::from_payload(__args, "args")?,
            ))
        }
    }
    impl __rt::CallLater<__rt::Exclusive<Chat>> for __other {
        fn call(
            mut __this: __rt::Exclusive<Chat>,
            __cx: __rt::Context,
            __args: __rt::Arguments,
        ) -> __rt::BoxFuture<__rt::Ending> {
            __rt::Box::pin(async move {
                let ((event,), (args,), __to) = match __rt::begin::<
                    Chat,
                    Self,
                >(&__cx, __args)
                    .await
                {
                    __rt::Ok(begun) => begun,
                    __rt::Err(failure) => return __rt::Ending::failed(failure),
                };
                let __out = <Chat>::other(&mut *__this, &*event, args).await;
                (&__rt::probe(&__out)).kind().reply(__to, __out)
            })
        }
    }
    const _: () = __rt::check_sent::<Chat, __other>(0usize);
    const _: () = __rt::check_answer::<Chat, __other>(false, "impl Serialize");
    impl __rt::Namespace for Chat {
        const TABLE: __rt::Table<Self> = __rt::Table {
            connect: __rt::OnConnect::initial(|| <Chat as __rt::Initial>::initial()),
            disconnect: __rt::OnDisconnect::NONE,
            events: &[
                __rt::Row::now::<
                    __on_ping,
                >("ping", "Without arguments.\n\nTwo paragraphs.", 0u32),
                __rt::Row::now_mut::<__on_now>("now", "", 0u32),
                #[cfg(feature = "slow")]
                __rt::Row::later::<
                    __on_slow_one,
                >("very_slow", ::core::concat!(include_str!("slow.md")), 0u32),
                #[cfg(feature = "slow")]
                __rt::Row::later::<
                    __on_slow_one,
                >("slow:est", ::core::concat!(include_str!("slow.md")), 0u32),
            ],
            fallback: __rt::Some(__rt::Row::later_mut::<__other>("*", "", 0u32)),
            locked: false,
            emits: __rt::Some("Said"),
            file: ::core::file!(),
            line: ::core::line!(),
        };
    }
    __rt::inventory::submit! {
        __rt::Entry::new:: < Chat > ()
    }
};
