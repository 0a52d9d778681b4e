//! The generic OpenID Connect provider: authorisation codes with PKCE, and ID tokens that are verified.
//!
//! The protocol is the crate `openidconnect`'s; here is what it leaves open: when metadata and keys are fetched, by
//! which client and clock, and what a person learns who cannot be signed in. Nothing is fetched before somebody wants to
//! sign in, so an identity provider that is away keeps no backend from starting.

mod error;
mod fetch;
mod provider;
mod tokens;
mod types;

pub(crate) use provider::IdentityProvider;
pub(crate) use tokens::Session;
