//! `&Extension<T>`: a value that a layer in front of the server has put into the request.

use std::fmt;
use std::marker::PhantomData;
use std::ops::Deref;
use std::sync::Arc;

use super::context::{Context, FromContext};
use crate::engine::Request;
use crate::error::Error;

/// A value that a layer in front of the server has put into the request that opened the connection, such as the user that a login layer has
/// found. Extensions of later requests of the same session are ignored.
///
/// `Extension` derefs to the value, which is not cloned. If the request has no `T`, the client receives the error
/// `internal`, and the log names the type; `&Option<Extension<T>>` is then `None`. A request of an origin that is not
/// allowed credentials has no extensions ([`Handshake::is_trusted`](crate::Handshake::is_trusted)).
///
/// ```
/// use socketio::Extension;
/// use socketio::prelude::*;
///
/// /// Put into the request by the program's own layer: `request.extensions_mut().insert(User { .. })`.
/// #[derive(Clone)]
/// struct User { name: String }
///
/// struct Account { name: String }
///
/// #[namespace("/account")]
/// impl Account {
///     fn on_connect(user: &Option<Extension<User>>) -> Result<Self, Refuse> {
///         let user = user.as_ref().ok_or(Refuse::new("login", "log in first"))?;
///         Ok(Account { name: user.name.clone() })
///     }
///
///     fn on_name(&self, user: &Extension<User>) -> String {
///         user.name.clone()
///     }
/// }
/// ```
pub struct Extension<T> {
    request: Arc<Request>,
    value: PhantomData<fn() -> T>,
}

impl<T: Send + Sync + 'static> FromContext for Extension<T> {
    const IMMEDIATE: bool = true;

    async fn from_context(cx: &Context) -> Result<Self, Error> {
        match cx.extension::<T>() {
            Some(_) => Ok(Self { request: cx.socket().inner().link.engine.request().clone(), value: PhantomData }),
            None => Err(Error::internal(format!("the request has no extension `{}`", std::any::type_name::<T>()))),
        }
    }
}

impl<T: Send + Sync + 'static> Deref for Extension<T> {
    type Target = T;

    #[expect(
        clippy::expect_used,
        reason = "`from_context` has seen the value, and the extensions of a `Request` never change"
    )]
    fn deref(&self) -> &T {
        self.request.extensions().get().expect("the extension is there")
    }
}

impl<T> Clone for Extension<T> {
    fn clone(&self) -> Self {
        Self { request: self.request.clone(), value: PhantomData }
    }
}

impl<T: fmt::Debug + Send + Sync + 'static> fmt::Debug for Extension<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Extension").field(&**self).finish()
    }
}
