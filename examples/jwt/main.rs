//! Login with JSON Web Tokens: the claims are in the client's session, a fresh token prolongs the stay, and at the end of the last one the
//! client is disconnected.
//!
//! A client connects with `io("/account", { auth: { token } })` and sends `reauthenticate(token)` when it is told `auth_expiring`, a minute before the
//! end. Tokens are signed with HS256 and the secret in `JWT_SECRET`; `roles` are grants.
use std::time::{Duration, SystemTime};

use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode};
use serde::{Deserialize, Serialize};
use socketio::prelude::*;

/// What a token says; others that it may say are ignored.
#[derive(Clone, Debug, Deserialize, Serialize)]
struct Claims {
    /// Who.
    sub: String,
    /// Until when, in seconds since 1970.
    exp: u64,
    #[serde(default)]
    roles: Vec<String>,
}

/// How tokens are judged.
struct Judge {
    key: DecodingKey,
    rules: Validation,
}

impl Judge {
    fn new(secret: &str) -> Self {
        // The algorithm is ours to say, not the token's. A token without `exp` is refused, one that is over at once.
        let mut rules = Validation::new(Algorithm::HS256);
        rules.leeway = 0;
        Self { key: DecodingKey::from_secret(secret.as_bytes()), rules }
    }

    /// The claims of a token that is signed with the secret and not over.
    fn claims(&self, token: &str) -> Result<Claims, &'static str> {
        // What is wrong with it is in the log: the client cannot do anything but get another.
        decode::<Claims>(token, &self.key, &self.rules).map(|data| data.claims).map_err(|error| {
            tracing::debug!(%error, "token refused");
            "the token is not valid"
        })
    }
}

/// What a client sends to come in.
#[derive(Deserialize)]
struct Login {
    token: String,
}

/// One client of `/account`. What the token says is in its session.
struct Account;

#[namespace("/account")]
impl Account {
    fn on_connect(socket: &Socket, session: &Session, judge: &State<Judge>, login: Login) -> Result<Self, Refuse> {
        let claims = judge.claims(&login.token).map_err(|reason| Refuse::new("unauthorized", reason))?;
        enter(socket, session, claims);
        Ok(Self)
    }

    /// Takes a fresh token of the same user; the acknowledgement is its end. A bad token changes nothing.
    fn on_reauthenticate(
        &self,
        socket: &Socket,
        session: &Session,
        judge: &State<Judge>,
        token: String,
    ) -> Result<u64, Error> {
        let claims = judge.claims(&token).map_err(|reason| Error::new("unauthorized", reason))?;
        if session.get::<Claims>().is_none_or(|old| old.sub != claims.sub) {
            return Err(Error::new("unauthorized", "the token is another user's"));
        }
        let exp = claims.exp;
        enter(socket, session, claims);
        Ok(exp)
    }

    fn on_whoami(&self, session: &Session) -> Option<Claims> {
        session.get::<Claims>().map(|claims| Claims::clone(&claims))
    }

    /// Roles are grants, so that a new token may take them away.
    #[acl("admin")]
    fn on_audit(&self) -> &'static str {
        "all is well"
    }
}

fn end(claims: &Claims) -> SystemTime {
    SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(claims.exp)).unwrap_or(SystemTime::UNIX_EPOCH)
}

/// Claims into the session, which all namespaces of the client share, roles into grants; and the socket ends with the token.
fn enter(socket: &Socket, session: &Session, claims: Claims) {
    socket.reset_grants();
    claims.roles.iter().for_each(|role| socket.grant(role.as_str()));
    socket.expires_at(end(&claims));
    session.insert(claims);
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    tracing_subscriber::fmt().init();
    let secret = std::env::var("JWT_SECRET").unwrap_or_else(|_| "for this example alone".to_owned());
    let server = Server::new().state(Judge::new(&secret)).bind(("127.0.0.1", port())).await?;
    println!("listening on http://{}", server.local_addr()?);
    server.serve().await
}

fn port() -> u16 {
    std::env::var("PORT").ok().and_then(|port| port.parse().ok()).unwrap_or(3000)
}
