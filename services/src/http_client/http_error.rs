//! What the client of this backend learns when a call to another service failed: that it did, and not which.
//!
//! The hosts behind a backend are nobody's business in front of it. The log has the whole error.

use http::StatusCode;

use super::HttpClientError;
use crate::http_error::HttpError;

impl From<HttpClientError> for HttpError {
    /// 504 `GatewayTimeoutError` for a deadline that passed, 500 for a mistake of this backend (a request that
    /// cannot be made, a host that may not be called), 502 `BadGatewayError` for all else.
    fn from(error: HttpClientError) -> Self {
        match error.told() {
            Some(told) => told.with_source(error),
            None => Self::internal(error),
        }
    }
}

impl HttpClientError {
    /// What a client may know of it; nothing of a mistake of this backend.
    pub(crate) fn told(&self) -> Option<HttpError> {
        let (status, name, message) = match self {
            Self::Invalid { .. } | Self::Refused { .. } => return None,
            Self::Timeout { .. } => (
                StatusCode::GATEWAY_TIMEOUT,
                "GatewayTimeoutError",
                "Another service did not answer in time",
            ),
            _ => (
                StatusCode::BAD_GATEWAY,
                "BadGatewayError",
                "Another service did not answer as expected",
            ),
        };
        Some(HttpError::new(status, name, message))
    }
}

#[cfg(test)]
mod tests {
    use std::error::Error as _;
    use std::time::Duration;

    use http::Method;
    use url::Url;

    use super::*;
    use crate::http_client::Call;

    #[test]
    fn the_client_learns_the_status_and_the_log_the_rest() {
        let url = Url::parse("https://inside.test/a").expect("a valid URL");
        let call = || Box::new(Call::new("shop", &Method::GET, &url));
        let connect = HttpClientError::Connect {
            call: call(),
            message: "connection refused".to_owned(),
        };
        let timeout = HttpClientError::Timeout {
            call: call(),
            deadline: Duration::from_secs(1),
        };
        let refused = HttpClientError::Refused {
            call: call(),
            host: "inside.test".to_owned(),
        };
        for (error, status) in [(connect, 502), (timeout, 504), (refused, 500)] {
            let whole = error.to_string();
            let error = HttpError::from(error);
            assert_eq!(error.status().as_u16(), status);
            assert!(!error.message().contains("inside.test"));
            let logged = error
                .source()
                .map_or(error.to_string(), ToString::to_string);
            assert_eq!(logged, whole);
        }
    }
}
