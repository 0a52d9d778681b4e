//! The plugin's HTTP client, as `openidconnect` calls one.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use greenroom::config::ByteSize;
use greenroom::http_client::{HttpClientError, HttpRequest};
use greenroom::prelude::*;
use openidconnect::http::{Request, Response};
use openidconnect::{AsyncHttpClient, HttpResponse};
use url::Url;

/// No provider has more to say.
const LARGEST: ByteSize = ByteSize::mb(1);

/// Calls one identity provider.
pub(super) struct Fetch {
    pub(super) client: HttpClient,
    /// For each call.
    pub(super) deadline: Duration,
}

impl Fetch {
    async fn send(&self, request: Request<Vec<u8>>) -> Result<HttpResponse, HttpClientError> {
        let (head, body) = request.into_parts();
        let url = head.uri.to_string();
        let Ok(url) = Url::parse(&url) else {
            // Addresses were URLs before they came here; the client says what is wrong with one that is none.
            return match self.client.request(head.method, &url).send().await {
                Ok(_) => Ok(Response::default()),
                Err(error) => Err(error),
            };
        };
        let mut request = HttpRequest::new(head.method, url);
        request.headers = head.headers;
        request.body = (!body.is_empty()).then(|| body.into());
        request.deadline = Some(self.deadline);
        request.body_limit = Some(LARGEST);
        let answer = self.client.execute(request).await?;
        let (status, headers) = (answer.status(), answer.headers().clone());
        let mut response = Response::new(answer.bytes().await?.to_vec());
        *response.status_mut() = status;
        *response.headers_mut() = headers;
        Ok(response)
    }
}

impl<'c> AsyncHttpClient<'c> for Fetch {
    type Error = HttpClientError;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, HttpClientError>> + Send + 'c>>;

    fn call(&'c self, request: Request<Vec<u8>>) -> Self::Future {
        Box::pin(self.send(request))
    }
}
