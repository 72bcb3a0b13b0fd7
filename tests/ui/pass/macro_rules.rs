//! The macros inside `macro_rules!`, where every token may come from another place.

#![deny(warnings)]

use socketio::prelude::*;

macro_rules! make {
    ($type:ident, $path:literal, $event:ident, $argument:ident: $sent:ty, $lent:ty, $condition:expr, $name:literal) => {
        #[derive(Default)]
        struct $type {
            on: bool,
        }

        #[namespace($path)]
        impl $type {
            #[acl("x", if self.on && $argument > 1 && $condition)]
            fn $event(&self, socket: $lent, $argument: $sent, other: u8) -> $sent {
                let _ = (socket, other);
                $argument
            }

            #[event($name)]
            async fn on_fixed(&mut self, a: $sent, $argument: u8) -> Result<$sent, Error> {
                let _ = $argument;
                Ok(a)
            }
        }
    };
}

make!(One, "/one", on_go, n: u8, &Socket, n == 2, "named");

macro_rules! guarded {
    ($self:ident, $guard:expr, $body:block) => {
        #[derive(Default)]
        struct Two {
            on: bool,
        }

        #[namespace("/two")]
        impl Two {
            #[acl(if $guard)]
            fn on_two(&$self, _a: u8) -> bool $body
        }
    };
}

guarded!(self, self.on, { self.on });

macro_rules! event {
    ($name:ident $(, $variant:ident($field:ident: $type:ty))*) => {
        #[derive(Event)]
        enum $name {
            $($variant { $field: $type },)*
        }
    };
}

event!(Said, A(text: String), B(numbers: Vec<u8>));

fn main() {
    let _ = (Said::A { text: String::new() }, Said::B { numbers: Vec::new() });
}
