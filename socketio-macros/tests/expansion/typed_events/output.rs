//! Generated from `input.rs` by the test `snapshots`.

#[automatically_derived]
#[allow(deprecated, clippy::all)]
impl<'a, T: Serialize> ::socketio::__private::Event for Said<'a, T> {
    type Ack = ();
    fn name(&self) -> &str {
        match *self {
            Self::Nothing { .. } => "nothing",
            Self::Joined { .. } => "joined",
            Self::Pair { .. } => "pair",
            Self::Line { .. } => "the line",
        }
    }
    fn write(
        &self,
        __to: &mut ::socketio::__private::EventWriter<'_>,
    ) -> ::core::result::Result<(), ::socketio::__private::WriteError> {
        match *self {
            Self::Nothing => __to.args(&()),
            Self::Joined(ref __0) => __to.args(&(__0,)),
            Self::Pair(ref __0, ref __1) => __to.args(&(__0, __1)),
            Self::Line { from: ref __0, text: ref __1 } => {
                #[allow(dead_code, clippy::pedantic)]
                #[derive(::socketio::__private::serde::Serialize)]
                #[serde(crate = "::socketio::__private::serde")]
                #[serde(rename_all = "camelCase")]
                struct __Content<'__event, 'a, T: Serialize> {
                    #[serde(skip_serializing_if = "Option::is_none")]
                    from: &'__event Option<&'a str>,
                    text: &'__event T,
                    #[serde(skip)]
                    __owner: ::core::marker::PhantomData<&'__event Said<'a, T>>,
                }
                __to.args(
                    &__Content {
                        from: __0,
                        text: __1,
                        __owner: ::core::marker::PhantomData,
                    },
                )
            }
        }
    }
}
#[automatically_derived]
#[allow(deprecated, clippy::all)]
impl ::socketio::__private::Event for Confirm {
    type Ack = bool;
    fn name(&self) -> &str {
        match *self {
            Self { .. } => "confirm",
        }
    }
    fn write(
        &self,
        __to: &mut ::socketio::__private::EventWriter<'_>,
    ) -> ::core::result::Result<(), ::socketio::__private::WriteError> {
        match *self {
            Self { the_question: ref __0 } => {
                #[allow(dead_code, clippy::pedantic)]
                #[derive(::socketio::__private::serde::Serialize)]
                #[serde(crate = "::socketio::__private::serde")]
                #[serde(rename_all = "camelCase")]
                struct __Content<'__event> {
                    the_question: &'__event String,
                }
                __to.args(&__Content { the_question: __0 })
            }
        }
    }
}
#[automatically_derived]
#[allow(deprecated, clippy::all)]
impl ::socketio::__private::Event for Tick {
    type Ack = ();
    fn name(&self) -> &str {
        match *self {
            Self { .. } => "Tick",
        }
    }
    fn write(
        &self,
        __to: &mut ::socketio::__private::EventWriter<'_>,
    ) -> ::core::result::Result<(), ::socketio::__private::WriteError> {
        match *self {
            Self => __to.args(&()),
        }
    }
}
#[automatically_derived]
#[allow(deprecated, clippy::all)]
impl ::socketio::__private::Event for Never {
    type Ack = ();
    fn name(&self) -> &str {
        match *self {}
    }
    fn write(
        &self,
        __to: &mut ::socketio::__private::EventWriter<'_>,
    ) -> ::core::result::Result<(), ::socketio::__private::WriteError> {
        match *self {}
    }
}
