//! Generated from `input.rs` by the test `snapshots`.

impl Hooked {
    fn may(&self, socket: &Socket, event: &EventName) -> Result<(), Error> {
        Ok(())
    }
    async fn may_later(limit: &State<Limit>) {}
    fn seen(&self, event: &EventName, outcome: &Outcome) {}
    fn told(error: &Error, event: &EventName) -> Error {
        error.clone()
    }
    fn on_say(&self) {}
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
    impl __rt::HasPath for Hooked {
        const PATH: &'static str = "/hooks";
    }
    struct __on_say;
    impl __rt::Method<Hooked> for __on_say {
        type Lent<'a> = ();
        type Sent = ();
        const NAME: &'static str = "on_say";
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
    impl __rt::Call<Hooked> for __on_say {
        fn call(
            __this: &Hooked,
            ((), (), __to): __rt::Begun<'_, Hooked, Self>,
        ) -> __rt::Ending {
            let __out = <Hooked>::on_say(__this);
            (&__rt::probe(&__out)).kind().reply(__to, __out)
        }
    }
    struct __may;
    impl __rt::Method<Hooked> for __may {
        type Lent<'a> = (__rt::Lent<'a, Socket>, __rt::Lent<'a, EventName>);
        type Sent = ();
        const NAME: &'static str = "may";
        const SENT: &'static [__rt::Sent] = &[];
        const IMMEDIATE: bool = <Socket as __rt::FromContext>::IMMEDIATE
            && <EventName as __rt::FromContext>::IMMEDIATE;
        const PACKET: bool = <Socket as __rt::FromContext>::PACKET
            || <EventName as __rt::FromContext>::PACKET;
        fn requires(__requirements: &mut __rt::Requirements) {
            <Socket as __rt::FromContext>::requires(__requirements, "socket");
            <EventName as __rt::FromContext>::requires(__requirements, "event");
        }
        async fn lend(__cx: &__rt::Context) -> __rt::Lending<Self::Lent<'_>> {
            __rt::Ok((
                <Socket as __rt::FromContext>::lend_or_make(__cx).await?,
                <EventName as __rt::FromContext>::lend_or_make(__cx).await?,
            ))
        }
        fn decode<__S: __rt::Source>(
            __args: &mut __rt::Reader<'_, __S>,
        ) -> __rt::Reading<Self::Sent> {
            __rt::Ok(())
        }
    }
    impl __rt::Hook<Hooked> for __may {
        fn call(__this: &Hooked, (socket, event): Self::Lent<'_>) -> __rt::Lending<()> {
            let __out = <Hooked>::may(__this, &*socket, &*event);
            (&__rt::probe(&__out)).kind().passed(__out)
        }
    }
    struct __may_later;
    impl __rt::Method<Hooked> for __may_later {
        type Lent<'a> = (__rt::Lent<'a, State<Limit>>,);
        type Sent = ();
        const NAME: &'static str = "may_later";
        const SENT: &'static [__rt::Sent] = &[];
        const IMMEDIATE: bool = <State<Limit> as __rt::FromContext>::IMMEDIATE;
        const PACKET: bool = <State<Limit> as __rt::FromContext>::PACKET;
        fn requires(__requirements: &mut __rt::Requirements) {
            <State<Limit> as __rt::FromContext>::requires(__requirements, "limit");
        }
        async fn lend(__cx: &__rt::Context) -> __rt::Lending<Self::Lent<'_>> {
            __rt::Ok((<State<Limit> as __rt::FromContext>::lend_or_make(__cx).await?,))
        }
        fn decode<__S: __rt::Source>(
            __args: &mut __rt::Reader<'_, __S>,
        ) -> __rt::Reading<Self::Sent> {
            __rt::Ok(())
        }
    }
    impl __rt::HookLater<Hooked> for __may_later {
        fn call<'a>(
            __this: &'a Hooked,
            __cx: &'a __rt::Context,
        ) -> __rt::HookFuture<'a> {
            __rt::Box::pin(async move {
                let (limit,) = <Self as __rt::Method<Hooked>>::lend(__cx).await?;
                let __out = <Hooked>::may_later(&*limit).await;
                (&__rt::probe(&__out)).kind().passed(__out)
            })
        }
    }
    struct __seen;
    impl __rt::Method<Hooked> for __seen {
        type Lent<'a> = (__rt::Lent<'a, EventName>, __rt::Lent<'a, Outcome>);
        type Sent = ();
        const NAME: &'static str = "seen";
        const SENT: &'static [__rt::Sent] = &[];
        const IMMEDIATE: bool = <EventName as __rt::FromContext>::IMMEDIATE
            && <Outcome as __rt::FromContext>::IMMEDIATE;
        const PACKET: bool = <EventName as __rt::FromContext>::PACKET
            || <Outcome as __rt::FromContext>::PACKET;
        fn requires(__requirements: &mut __rt::Requirements) {
            <EventName as __rt::FromContext>::requires(__requirements, "event");
            <Outcome as __rt::FromContext>::requires(__requirements, "outcome");
        }
        async fn lend(__cx: &__rt::Context) -> __rt::Lending<Self::Lent<'_>> {
            __rt::Ok((
                <EventName as __rt::FromContext>::lend_or_make(__cx).await?,
                <Outcome as __rt::FromContext>::lend_or_make(__cx).await?,
            ))
        }
        fn decode<__S: __rt::Source>(
            __args: &mut __rt::Reader<'_, __S>,
        ) -> __rt::Reading<Self::Sent> {
            __rt::Ok(())
        }
    }
    impl __rt::Hook<Hooked> for __seen {
        fn call(__this: &Hooked, (event, outcome): Self::Lent<'_>) -> __rt::Lending<()> {
            let _ = <Hooked>::seen(__this, &*event, &*outcome);
            __rt::Ok(())
        }
    }
    struct __told;
    impl __rt::Method<Hooked> for __told {
        type Lent<'a> = (__rt::Lent<'a, Error>, __rt::Lent<'a, EventName>);
        type Sent = ();
        const NAME: &'static str = "told";
        const SENT: &'static [__rt::Sent] = &[];
        const IMMEDIATE: bool = <Error as __rt::FromContext>::IMMEDIATE
            && <EventName as __rt::FromContext>::IMMEDIATE;
        const PACKET: bool = <Error as __rt::FromContext>::PACKET
            || <EventName as __rt::FromContext>::PACKET;
        fn requires(__requirements: &mut __rt::Requirements) {
            <Error as __rt::FromContext>::requires(__requirements, "error");
            <EventName as __rt::FromContext>::requires(__requirements, "event");
        }
        async fn lend(__cx: &__rt::Context) -> __rt::Lending<Self::Lent<'_>> {
            __rt::Ok((
                <Error as __rt::FromContext>::lend_or_make(__cx).await?,
                <EventName as __rt::FromContext>::lend_or_make(__cx).await?,
            ))
        }
        fn decode<__S: __rt::Source>(
            __args: &mut __rt::Reader<'_, __S>,
        ) -> __rt::Reading<Self::Sent> {
            __rt::Ok(())
        }
    }
    impl __rt::MapError<Hooked> for __told {
        fn call((error, event): Self::Lent<'_>) -> __rt::Error {
            let __out = <Hooked>::told(&*error, &*event);
            __rt::Mapped::error(__out)
        }
    }
    const _: () = __rt::check(
        !<__rt::Is<Error>>::EVENT_ONLY,
        "`#[on_error]` handles no event, so there is no `Error` to borrow\nnote: only the methods that handle events borrow `&Error`",
    );
    const _: () = __rt::check(
        <__rt::Is<Error>>::IMMEDIATE,
        "`#[on_error]` cannot wait, and `Error` may wait for what it lends\nnote: a context that never waits says so: `const IMMEDIATE: bool = true`",
    );
    const _: () = __rt::check(
        !<__rt::Is<EventName>>::EVENT_ONLY,
        "`#[on_error]` handles no event, so there is no `EventName` to borrow\nnote: only the methods that handle events borrow `&EventName`",
    );
    const _: () = __rt::check(
        <__rt::Is<EventName>>::IMMEDIATE,
        "`#[on_error]` cannot wait, and `EventName` may wait for what it lends\nnote: a context that never waits says so: `const IMMEDIATE: bool = true`",
    );
    impl __rt::Namespace for Hooked {
        const TABLE: __rt::Table<Self> = __rt::Table {
            connect: __rt::OnConnect::initial(|| <Hooked as __rt::Initial>::initial()),
            disconnect: __rt::OnDisconnect::NONE,
            events: &[__rt::Row::now::<__on_say>("say", "", 0u32)],
            fallback: __rt::None,
            locked: false,
            emits: __rt::None,
            file: ::core::file!(),
            line: ::core::line!(),
        };
        const HOOKS: __rt::Hooks<Self> = __rt::Hooks {
            before: &[
                __rt::HookRow::now::<__may>(),
                __rt::HookRow::later::<__may_later>(),
            ],
            after: &[__rt::HookRow::now::<__seen>()],
            on_error: __rt::Some(__rt::ErrorHook::new::<Hooked, __told>()),
        };
    }
    __rt::inventory::submit! {
        __rt::Entry::new:: < Hooked > ()
    }
};
