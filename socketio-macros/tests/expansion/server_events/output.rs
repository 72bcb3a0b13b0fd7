//! Generated from `input.rs` by the test `snapshots`.

impl Cache {
    fn on_reload(server: &Handle, hits: &State<Hits>, cause: String) -> u64 {
        0
    }
    fn clear() {}
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
    impl __rt::HasPath for Cache {
        const PATH: &'static str = "/cache";
    }
    struct __on_reload;
    impl __rt::Method<Cache> for __on_reload {
        type Lent<'a> = (__rt::Lent<'a, Handle>, __rt::Lent<'a, State<Hits>>);
        type Sent = (String,);
        const NAME: &'static str = "on_reload";
        const SENT: &'static [__rt::Sent] = &[
            __rt::Sent::new(
                "cause",
                "String",
                <__rt::Is<String>>::LENT,
                <__rt::Is<String>>::OPTION,
                <__rt::Is<String>>::TAKES,
            ),
        ];
        const IMMEDIATE: bool = <Handle as __rt::FromContext>::IMMEDIATE
            && <State<Hits> as __rt::FromContext>::IMMEDIATE;
        const PACKET: bool = <Handle as __rt::FromContext>::PACKET
            || <State<Hits> as __rt::FromContext>::PACKET;
        fn requires(__requirements: &mut __rt::Requirements) {
            <Handle as __rt::FromContext>::requires(__requirements, "server");
            <State<Hits> as __rt::FromContext>::requires(__requirements, "hits");
        }
        async fn lend(__cx: &__rt::Context) -> __rt::Lending<Self::Lent<'_>> {
            __rt::Ok((
                <Handle as __rt::FromContext>::lend_or_make(__cx).await?,
                <State<Hits> as __rt::FromContext>::lend_or_make(__cx).await?,
            ))
        }
        fn decode<__S: __rt::Source>(
            __args: &mut __rt::Reader<'_, __S>,
        ) -> __rt::Reading<Self::Sent> {
            __rt::Ok((<String as __rt::FromPayload>::from_payload(__args, "cause")?,))
        }
    }
    impl __rt::ServerEvent<Cache> for __on_reload {
        fn call(__this: &__rt::Program<'_>, (cause,): Self::Sent) -> __rt::Heard {
            let (server, hits) = (
                <Handle as __rt::FromServer>::from_server(__this)?,
                <State<Hits> as __rt::FromServer>::from_server(__this)?,
            );
            let __out = <Cache>::on_reload(&*server, &*hits, cause);
            (&__rt::probe(&__out)).kind().heard(__out)
        }
    }
    const _: () = __rt::check_server_event::<Cache, __on_reload>(0usize);
    struct __clear;
    impl __rt::Method<Cache> for __clear {
        type Lent<'a> = ();
        type Sent = ();
        const NAME: &'static str = "clear";
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
    impl __rt::ServerEvent<Cache> for __clear {
        fn call(__this: &__rt::Program<'_>, (): Self::Sent) -> __rt::Heard {
            let __out = <Cache>::clear();
            (&__rt::probe(&__out)).kind().heard(__out)
        }
    }
    impl __rt::Namespace for Cache {
        const TABLE: __rt::Table<Self> = __rt::Table {
            connect: __rt::OnConnect::initial(|| <Cache as __rt::Initial>::initial()),
            disconnect: __rt::OnDisconnect::NONE,
            events: &[],
            fallback: __rt::None,
            locked: false,
            emits: __rt::None,
            file: ::core::file!(),
            line: ::core::line!(),
        };
        const SERVER_EVENTS: &'static [__rt::ServerRow] = &[
            __rt::ServerRow::new::<Cache, __on_reload>("reload"),
            __rt::ServerRow::new::<Cache, __clear>("clear"),
        ];
    }
    __rt::inventory::submit! {
        __rt::Entry::new:: < Cache > ()
    }
};
