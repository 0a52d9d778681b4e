//! What the auth plugin shares with modules that extend it, so that they compile without the plugin.
//!
//! A provider proves who a person is; a [`SignInResolver`] says which user of the catalog that is, and in whose name
//! the user owns things. A module brings one by the extension point [`SignInResolvers`]:
//!
//! ```
//! use std::sync::Arc;
//!
//! use async_trait::async_trait;
//! use greenroom::prelude::*;
//! use greenroom::user_info::UserIdentity;
//! use greenroom_auth_node::{SignInAttempt, SignInResolver, SignInResolvers};
//!
//! /// Guests own what the team of newcomers owns.
//! struct Newcomers;
//!
//! #[async_trait]
//! impl SignInResolver for Newcomers {
//!     async fn resolve(&self, attempt: SignInAttempt) -> Result<UserIdentity, HttpError> {
//!         let mut user = attempt.proposed;
//!         user.ownership_entity_refs.push("group:default/newcomers".to_owned());
//!         Ok(user)
//!     }
//! }
//!
//! #[backend_module(plugin = "auth", id = "newcomers")]
//! pub async fn newcomers(resolvers: &mut SignInResolvers) -> Result<()> {
//!     resolvers.set("guest", Arc::new(Newcomers))
//! }
//! # fn main() {}
//! ```

mod sign_in;

pub use sign_in::{SignInAttempt, SignInProfile, SignInResolver, SignInResolvers};
