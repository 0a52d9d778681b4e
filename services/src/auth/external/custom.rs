//! Types of external access that a program brings itself.

use std::sync::Arc;

use async_trait::async_trait;
use greenroom_di_core::BoxError;
use greenroom_di_macros::service;

use super::{AuthError, Caller, Presented, Verifier, unavailable};
use crate::auth::settings::{ACCESS, BUILT_IN};
use crate::config::Config;

/// A type of external access, by which a program lets callers in whose tokens the framework does not know.
///
/// List any number of factories of this service. `backend.auth.externalAccess` names the type:
///
/// ```yaml
/// backend:
///   auth:
///     externalAccess:
///       - type: badge
///         options: { office: north }
///         accessRestrictions:
///           - plugin: catalog
/// ```
#[service(id = "core.auth.externalTokenHandlers", scope = "root", multiton)]
pub trait ExternalTokenHandler: Send + Sync + 'static {
    /// The name of the type; not `static`, `legacy` or `jwks`.
    fn kind(&self) -> &str;

    /// Makes a verifier from the options of one entry, once for each entry of this type. Errors of `options` name
    /// the key and its place.
    ///
    /// # Errors
    ///
    /// The options cannot be used; the backend does not start then.
    fn configure(&self, options: &Config) -> Result<Arc<dyn ExternalTokenVerifier>, BoxError>;

    /// The name of the Rust type, by which a message tells two handlers apart that are of one [`kind`](Self::kind).
    fn type_name(&self) -> &'static str {
        std::any::type_name::<Self>()
    }
}

/// Verifies the tokens of one entry of the configuration.
#[async_trait]
pub trait ExternalTokenVerifier: Send + Sync + 'static {
    /// The subject of the caller whose token this is; none if it is not one of this kind. It is asked for every
    /// request with a token that nobody before it knows: what costs much it remembers itself.
    ///
    /// # Errors
    ///
    /// It cannot be found out now: the request is answered with 503, and the log has the error.
    async fn verify(&self, token: &str) -> Result<Option<String>, BoxError>;
}

/// Refuses handlers of which one would be asked in place of another.
pub(super) fn check_kinds(handlers: &[Arc<dyn ExternalTokenHandler>]) -> Result<(), BoxError> {
    for (place, handler) in handlers.iter().enumerate() {
        let (kind, name) = (handler.kind(), handler.type_name());
        if BUILT_IN.contains(&kind) {
            return Err(format!(
                "the handler `{name}` says that it is of the type `{kind}` of `{ACCESS}`, but that is one of the framework \
                 itself: return another name from `ExternalTokenHandler::kind`"
            )
            .into());
        }
        let before = handlers[..place].iter().find(|other| other.kind() == kind);
        if let Some(other) = before {
            return Err(format!(
                "the handlers `{}` and `{name}` are both of the type `{kind}` of `{ACCESS}`: return another name from \
                 `ExternalTokenHandler::kind` of one of them, or take its factory off the list",
                other.type_name()
            )
            .into());
        }
    }
    Ok(())
}

pub(super) struct Custom(Arc<dyn ExternalTokenVerifier>);

impl Custom {
    pub(super) fn new(
        kind: &str,
        section: &Config,
        handlers: &[Arc<dyn ExternalTokenHandler>],
    ) -> Result<Self, BoxError> {
        let Some(handler) = handlers.iter().find(|handler| handler.kind() == kind) else {
            let own = handlers.iter().map(|handler| handler.kind());
            let known: Vec<String> = BUILT_IN
                .into_iter()
                .chain(own)
                .map(|kind| format!("`{kind}`"))
                .collect();
            let message = format!(
                "the type `{kind}` of `{ACCESS}` is not known; there are {}",
                known.join(", ")
            );
            return Err(section.refusal("type", message).into());
        };
        Ok(Self(handler.configure(&section.section("options"))?))
    }
}

#[async_trait]
impl Verifier for Custom {
    async fn verify(&self, presented: &Presented<'_>) -> Result<Option<Caller>, AuthError> {
        let subject = self.0.verify(presented.token).await;
        let subject = subject.map_err(unavailable)?;
        Ok(subject.map(|subject| Caller {
            subject,
            until: None,
        }))
    }
}
