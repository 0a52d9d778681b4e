//! The headers that every call gets, unless its caller set them: who calls, and for which request.

use http::{HeaderMap, HeaderValue, header};

use crate::root_http_router::RequestContext;

/// The value of `User-Agent` for a plugin.
pub(super) fn user_agent(plugin: &str) -> HeaderValue {
    let text = format!("greenroom/{} (plugin {plugin})", env!("CARGO_PKG_VERSION"));
    HeaderValue::try_from(text).expect("a version and the id of a plugin are plain")
}

/// Adds the headers that are missing.
pub(super) fn complete(headers: &mut HeaderMap, user_agent: &HeaderValue) {
    headers
        .entry(header::USER_AGENT)
        .or_insert_with(|| user_agent.clone());
    let Some(context) = RequestContext::current() else {
        return;
    };
    context.forward(headers);
}
