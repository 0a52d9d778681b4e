//! `core.httpClient`: calls to the outside, in a plugin's name.
//!
//! A plugin could bring a client of its own, and then each would have its own idea of time limits, of trying
//! again, of certificates and of what may be logged. Here that is decided once: a call has a deadline for the
//! whole of it, is tried again where that is safe, carries the ids of the request that it serves, and its
//! errors say which plugin called what, without a secret. All plugins share one pool of connections, which
//! the root service [`RootHttpClient`] holds; a plugin's service adds the plugin's name.
//!
//! **The deadline** (`backend.httpClient.deadline`, or [`RequestBuilder::deadline`]) covers all of a call: name
//! lookup, connection, every try and the pauses between them, and the reading of the body.
//!
//! **Tried again** is what RFC 9110 calls idempotent (GET, HEAD, OPTIONS, PUT, DELETE), after a connection that
//! failed or an answer of 429, 502, 503 or 504. `Retry-After` is followed in both of its forms; without it the
//! pause grows from try to try, with chance in it so that many clients do not come back at one moment. When
//! the pause would outlast the deadline, the answer is returned as it is.
//!
//! **Redirects** are followed five times at most, and never from `https` to `http`. `Authorization`, `Cookie` and
//! `Proxy-Authorization` do not go along to another host; other headers do.
//!
//! **Headers**: `User-Agent` names the framework and the plugin. While a request is served, its `x-request-id` goes
//! along, and so do its `traceparent` and `tracestate`, unchanged. They are known in the task that serves the
//! request; a task that was spawned from it has left it. What a caller sets itself is left as it is.
//!
//! In a test, [`OnlyHosts`] among the backend's inputs refuses whatever would leave the machine.
//!
//! Deliberately absent: cookies, a cache, compression, HTTP/2, bodies that are sent as a stream. The process's
//! variables for proxies are not read here; `proxy: ${HTTPS_PROXY}` in the configuration does it where it shows.

mod call;
mod error;
mod factory;
mod guard;
mod http_error;
mod redirect;
mod request;
mod response;
mod retry;
mod root;
mod service;
mod settings;
#[cfg(test)]
mod tests;
mod tls;
mod trace;
mod transport;

use std::sync::Arc;

use greenroom_di_core::BoxFuture;
use greenroom_di_macros::service;
use http::Method;

pub use call::Call;
pub use error::HttpClientError;
pub use factory::{http_client, root_http_client};
pub use guard::OnlyHosts;
pub use request::{HttpRequest, RequestBuilder};
pub use response::HttpResponse;
pub use root::RootHttpClient;
pub use settings::HttpClientSettings;
pub use url::Url;

/// Calls other HTTP services in the plugin's name.
///
/// ```
/// use greenroom_services::http_client::{HttpClient, HttpClientError};
///
/// #[derive(serde::Deserialize)]
/// struct Release {
///     name: String,
/// }
///
/// async fn newest(client: &HttpClient, product: &str) -> Result<String, HttpClientError> {
///     let response = client
///         .get("https://releases.example.com/newest")
///         .query("product", product)
///         .send()
///         .await?;
///     let release: Release = response.error_for_status()?.json().await?;
///     Ok(release.name)
/// }
/// ```
#[service(
    id = "core.httpClient",
    provided_by = "greenroom::services::http_client"
)]
pub trait HttpClientService: Send + Sync + 'static {
    /// The plugin in whose name calls are made.
    fn plugin_id(&self) -> &str;

    /// Makes a call. The methods `get`, `post` and so on lead here; a decorator, or a service that takes the
    /// place of the default, implements this one.
    ///
    /// The future ends with the head of the answer, whatever its status.
    fn execute(&self, request: HttpRequest) -> BoxFuture<Result<HttpResponse, HttpClientError>>;
}

/// The service as a plugin takes it.
pub type HttpClient = Arc<dyn HttpClientService>;

impl dyn HttpClientService {
    /// Begins a GET. What is wrong with the URL is told by [`RequestBuilder::send`].
    pub fn get(&self, url: impl AsRef<str>) -> RequestBuilder<'_> {
        self.request(Method::GET, url)
    }

    /// Begins a HEAD.
    pub fn head(&self, url: impl AsRef<str>) -> RequestBuilder<'_> {
        self.request(Method::HEAD, url)
    }

    /// Begins a POST, which is never sent twice.
    pub fn post(&self, url: impl AsRef<str>) -> RequestBuilder<'_> {
        self.request(Method::POST, url)
    }

    /// Begins a PUT.
    pub fn put(&self, url: impl AsRef<str>) -> RequestBuilder<'_> {
        self.request(Method::PUT, url)
    }

    /// Begins a PATCH, which is never sent twice.
    pub fn patch(&self, url: impl AsRef<str>) -> RequestBuilder<'_> {
        self.request(Method::PATCH, url)
    }

    /// Begins a DELETE.
    pub fn delete(&self, url: impl AsRef<str>) -> RequestBuilder<'_> {
        self.request(Method::DELETE, url)
    }

    /// Begins a request of any method.
    pub fn request(&self, method: Method, url: impl AsRef<str>) -> RequestBuilder<'_> {
        RequestBuilder::new(self, method, url.as_ref())
    }
}
