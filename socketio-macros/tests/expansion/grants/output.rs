//! Generated from `input.rs` by the test `snapshots`.

#[automatically_derived]
#[allow(deprecated, clippy::all)]
impl ::socketio::__private::Grant for Role {
    fn name(&self) -> ::socketio::__private::Cow<'_, str> {
        ::socketio::__private::Cow::Borrowed(
            match *self {
                Self::Admin => "Role::Admin",
                Self::Editor => "editor",
            },
        )
    }
}
#[automatically_derived]
#[allow(deprecated, clippy::all)]
impl ::socketio::__private::Grant for Owner {
    fn name(&self) -> ::socketio::__private::Cow<'_, str> {
        ::socketio::__private::Cow::Borrowed(
            match *self {
                Self => "Owner",
            },
        )
    }
}
