//! What every provider needs that sends people to another site and back: Backstage's routes, cookies and messages.
//!
//! A browser is sent away with a state and a nonce; the nonce lies in a cookie too, so that nobody can make another
//! browser end what was begun elsewhere. What must not leave this backend (the nonce of the ID token, the verifier of
//! PKCE) waits in the plugin's database until the browser comes back, once. The refresh token lies in a cookie that no
//! script sees, and nowhere else.

mod cookies;
mod routes;
mod scope;
mod state;
mod web_message;

pub(crate) use routes::{Environments, Journey, mount};
pub(crate) use scope::split as split_scopes;
