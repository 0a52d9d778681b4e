//! The library that speaks HTTP, behind an interface of our own: no other file of this service knows it, but for
//! the judge of redirects that it asks.
//!
//! One try, without a deadline and without another try; those belong to the service. So tests of both need no
//! network, and another library is a change of this file.

use std::error::Error;
use std::sync::OnceLock;

use greenroom_di_core::{BoxError, BoxFuture, causes, error_chain};
use http_body_util::BodyExt as _;
use reqwest::redirect::Policy;
use reqwest::{Client, NoProxy, Proxy};

use super::redirect::{self, Stopped};
use super::response::AnyBody;
use super::{HttpClientSettings, HttpRequest, OnlyHosts, tls};

/// Sends a request once.
pub(super) trait Transport: Send + Sync + 'static {
    /// Sends it, and ends with the head of the answer, after redirects.
    fn send(&self, request: &HttpRequest) -> BoxFuture<Result<http::Response<AnyBody>, Failure>>;
}

/// A try that has no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Failure {
    /// There is no connection.
    Connect(String),
    /// The exchange broke off.
    Interrupted(String),
    /// A redirect is not followed.
    Redirect(Stopped),
}

/// The default: connections over TCP and TLS, kept for the next call.
///
/// It is made for the first call, unless the configuration says something that may be wrong. The system's store of
/// certificates is long to read, and many a backend calls nobody, in tests first of all.
pub(super) struct Network {
    settings: HttpClientSettings,
    hosts: Option<OnlyHosts>,
    client: OnceLock<Result<Client, String>>,
}

impl Network {
    /// A pool without connections yet.
    ///
    /// # Errors
    ///
    /// The authorities or the proxy of the settings cannot be used.
    pub(super) fn new(
        settings: &HttpClientSettings,
        hosts: Option<OnlyHosts>,
    ) -> Result<Self, BoxError> {
        let network = Self {
            settings: settings.clone(),
            hosts,
            client: OnceLock::new(),
        };
        if !settings.authorities.is_empty() || settings.proxy.is_some() {
            let _ = network.client.set(Ok(network.make()?));
        }
        Ok(network)
    }

    fn client(&self) -> Result<&Client, Failure> {
        let made = self.client.get_or_init(|| {
            let made = self.make();
            made.map_err(|error| in_one_line(&*error))
        });
        made.as_ref()
            .map_err(|message| Failure::Connect(message.clone()))
    }

    fn make(&self) -> Result<Client, BoxError> {
        let (settings, hosts) = (&self.settings, self.hosts.clone());
        let redirects = Policy::custom(move |attempt| {
            match redirect::judge(attempt.previous(), attempt.url(), hosts.as_ref()) {
                Ok(()) => attempt.follow(),
                Err(stopped) => attempt.error(stopped),
            }
        });
        let mut builder = Client::builder()
            .tls_backend_preconfigured(tls::client_config(&settings.authorities)?)
            .connect_timeout(settings.connect_timeout)
            .redirect(redirects)
            // It would repeat the query of the URL before.
            .referer(false)
            .retry(reqwest::retry::never())
            .no_proxy();
        if let Some(url) = &settings.proxy {
            let here = "localhost,127.0.0.0/8,::1";
            let others = settings.no_proxy.as_deref().unwrap_or_default();
            let proxy = Proxy::all(url.expose().clone()).map_err(reqwest::Error::without_url)?;
            let direct = NoProxy::from_string(&format!("{here},{others}"));
            builder = builder.proxy(proxy.no_proxy(direct));
        }
        Ok(builder.build().map_err(reqwest::Error::without_url)?)
    }
}

impl Transport for Network {
    fn send(&self, request: &HttpRequest) -> BoxFuture<Result<http::Response<AnyBody>, Failure>> {
        let client = match self.client() {
            Ok(client) => client,
            Err(failure) => return Box::pin(std::future::ready(Err(failure))),
        };
        let mut sending = client
            .request(request.method.clone(), request.url.clone())
            .headers(request.headers.clone());
        if let Some(body) = &request.body {
            sending = sending.body(body.clone());
        }
        Box::pin(async move {
            let response = sending.send().await.map_err(failure)?;
            let response = http::Response::from(response);
            Ok(response.map(|body| {
                body.map_err(|error| error.without_url().into())
                    .boxed_unsync()
            }))
        })
    }
}

fn failure(error: reqwest::Error) -> Failure {
    let error = error.without_url();
    if let Some(stopped) = error_chain(&error).find_map(|error| error.downcast_ref::<Stopped>()) {
        return Failure::Redirect(stopped.clone());
    }
    // What the library says first is only that it was sending a request.
    let message = error
        .source()
        .map_or_else(|| error.to_string(), in_one_line);
    if error.is_connect() {
        Failure::Connect(message)
    } else {
        Failure::Interrupted(message)
    }
}

/// An error and its causes, in one line.
pub(super) fn in_one_line(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    for cause in causes(error) {
        text.push_str(": ");
        text.push_str(&cause.to_string());
    }
    text
}
