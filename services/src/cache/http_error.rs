//! What the client of this backend learns of a cache that failed.

use super::{CacheError, ComputationError};
use crate::auth::AuthError;
use crate::http_client::HttpClientError;
use crate::http_error::HttpError;

impl From<CacheError> for HttpError {
    /// 503 while the store is away. What the computation of a value returned keeps its status, for everybody who waited
    /// for it, where it is an [`HttpError`], an [`AuthError`] or an [`HttpClientError`]. All else is 500.
    fn from(error: CacheError) -> Self {
        match error {
            CacheError::Unavailable { .. } => {
                Self::unavailable("The cache is not available").with_source(error)
            }
            CacheError::Computation(computation) => told(computation),
            error => Self::internal(error),
        }
    }
}

/// The error is shared by all who waited, so what is told of it is made anew for each.
fn told(error: ComputationError) -> HttpError {
    let told = if let Some(told) = error.downcast_ref::<HttpError>() {
        // An internal error has no message, and is hidden once more.
        let (name, message) = (told.name().to_owned(), told.message().to_owned());
        (!message.is_empty()).then(|| HttpError::new(told.status(), name, message))
    } else if let Some(refused) = error.downcast_ref::<AuthError>() {
        Some(match refused {
            AuthError::Authentication(message) => HttpError::authentication(message.clone()),
            AuthError::NotAllowed(message) => HttpError::not_allowed(message.clone()),
            AuthError::Unavailable { message, .. } => HttpError::unavailable(message.clone()),
        })
    } else {
        let failed = error.downcast_ref::<HttpClientError>();
        failed.and_then(HttpClientError::told)
    };
    match told {
        Some(told) => told.with_source(error),
        None => HttpError::internal(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_computation_keeps_its_status_and_the_rest_is_hidden() {
        let failed = |error: greenroom_di_core::BoxError| {
            CacheError::Computation(ComputationError::new(error))
        };
        let away = CacheError::Unavailable {
            reason: "redis.inside:6379 refused".to_owned(),
        };
        for (error, status, message) in [
            (failed(HttpError::not_found("no tea").into()), 404, "no tea"),
            (failed("disk full".into()), 500, ""),
            (away, 503, "The cache is not available"),
            (
                CacheError::NotACounter {
                    key: "a".to_owned(),
                },
                500,
                "",
            ),
        ] {
            let error = HttpError::from(error);
            assert_eq!(
                (error.status().as_u16(), error.message()),
                (status, message)
            );
        }
    }
}
