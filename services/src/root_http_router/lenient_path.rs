//! Paths that are written a little differently from the routes that they mean.
//!
//! The anchor compares paths without regard to case and allows one slash at the end; axum's router is
//! strict. So a path that has an upper-case letter or ends with a slash is looked up first, in a copy of
//! the router whose routes answer with their own path instead of running. If the path as sent is no route,
//! but is one without the slash or in lower case, the request goes on under the path that the route has,
//! with parameters as sent. All other paths pay for one look at their letters.
//!
//! Authentication judges the path as sent. That is sound, because policies ignore case as well, and a policy
//! that tells `/a/` from `/a` means to. axum does not tell its routes, so a route that was registered with
//! upper-case letters answers to these alone; and so does what is nested as a service.

use axum::Router;
use axum::body::Body;
use axum::extract::{MatchedPath, Request};
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use bytes::Bytes;
use futures_util::FutureExt as _;
use http::Uri;
use http::uri::PathAndQuery;
use tower_service::Service as _;

/// Finds the path that a route has.
#[derive(Clone)]
pub(super) struct LenientPaths {
    // The routes without what they do.
    routes: Router,
}

impl LenientPaths {
    /// Knows the routes of a router.
    pub(super) fn of(router: &Router) -> Self {
        Self {
            routes: router.clone().layer(from_fn(tell)),
        }
    }

    /// Puts a path that a route has in place of the request's, if the request's is none.
    pub(super) fn correct(&self, request: &mut Request) {
        let path = request.uri().path();
        if !may_differ(path) {
            return;
        }
        let Some(correct) = self.find(path) else {
            return;
        };
        let text = match request.uri().query() {
            Some(query) => format!("{correct}?{query}"),
            None => correct,
        };
        // Made of the parts of a valid path.
        if let Ok(correct) = PathAndQuery::from_maybe_shared(Bytes::from(text)) {
            *request.uri_mut() = Uri::from(correct);
        }
    }

    /// The path to go on with; none if the request's is right, or nothing comes near it.
    fn find(&self, path: &str) -> Option<String> {
        if self.template(path).is_some() {
            return None;
        }
        let shorter = path
            .strip_suffix('/')
            .filter(|shorter| !shorter.is_empty() && !shorter.ends_with('/'));
        if let Some(shorter) = shorter
            && self.template(shorter).is_some()
        {
            return Some(shorter.to_owned());
        }
        let mut candidates = [Some(path), shorter].into_iter().flatten();
        candidates.find_map(|candidate| {
            let lower = candidate.to_ascii_lowercase();
            (lower != candidate)
                .then(|| self.template(&lower))
                .flatten()
                .map(|template| with_parameters(template.as_str(), candidate))
        })
    }

    /// The path of the route that a path belongs to, as it was registered.
    fn template(&self, path: &str) -> Option<MatchedPath> {
        let mut question = Request::new(Body::empty());
        *question.uri_mut() = path.parse().ok()?;
        // It waits for nothing, because the routes do nothing.
        let answer = self.routes.clone().call(question).now_or_never()?;
        let Ok(mut answer) = answer;
        answer.extensions_mut().remove::<MatchedPath>()
    }
}

fn may_differ(path: &str) -> bool {
    path.bytes().any(|byte| byte.is_ascii_uppercase()) || path.len() > 1 && path.ends_with('/')
}

/// The path in lower case, but for the parameters of `template`.
fn with_parameters(template: &str, path: &str) -> String {
    let mut written = String::with_capacity(path.len());
    let mut segments = path.split('/');
    for (index, part) in template.split('/').enumerate() {
        let Some(segment) = segments.next() else {
            break;
        };
        if index > 0 {
            written.push('/');
        }
        if !part.contains('{') {
            written.push_str(&segment.to_ascii_lowercase());
            continue;
        }
        written.push_str(segment);
        if part.starts_with("{*") {
            for segment in segments {
                written.push('/');
                written.push_str(segment);
            }
            break;
        }
    }
    written
}

/// Answers with the route's path in place of what the route does.
async fn tell(request: Request, _: Next) -> Response {
    let mut answer = Response::default();
    if let Some(path) = request.extensions().get::<MatchedPath>() {
        answer.extensions_mut().insert(path.clone());
    }
    answer
}

#[cfg(test)]
mod tests {
    use axum::routing::{any, get, post};

    use super::*;

    fn corrected(path: &str) -> String {
        let nested = Router::new()
            .route("/b", get(|| async { "b" }))
            .route("/", get(|| async { "root" }));
        let service = Router::new().route("/inside", get(|| async { "inside" }));
        let router = Router::new()
            .route("/health", get(|| async { "health" }))
            .route("/params/{id}", post(|| async { "params" }))
            .route("/params/{id}/sub/{other}", any(|| async { "sub" }))
            .route("/files/{*rest}", get(|| async { "files" }))
            .route("/CamelCase", get(|| async { "camel" }))
            .nest("/nested", nested)
            .nest_service("/service", service)
            .fallback(|| async { "fallback" });
        let mut request = Request::new(Body::empty());
        *request.uri_mut() = path.parse().expect("the paths of a test are valid");
        LenientPaths::of(&router).correct(&mut request);
        request.uri().to_string()
    }

    #[test]
    fn a_path_that_nearly_is_a_route_becomes_it() {
        for (sent, expected) in [
            ("/HEALTH", "/health"),
            ("/health/", "/health"),
            ("/Health/?x=Y/", "/health?x=Y/"),
            ("/PARAMS/AbC", "/params/AbC"),
            ("/Params/AbC/", "/params/AbC"),
            ("/params/A%2Fb/SUB/X", "/params/A%2Fb/sub/X"),
            ("/FILES/A/B/", "/files/A/B/"),
            ("/Nested/B/", "/nested/b"),
            ("/NESTED", "/nested"),
        ] {
            assert_eq!(corrected(sent), expected, "{sent}");
        }
    }

    #[test]
    fn any_other_path_stays_as_sent() {
        for path in [
            "/health",
            "/health//",
            "//health",
            "/%48ealth",
            "/nope/",
            "/NOPE",
            "/",
            "/params/AbC",
            "/params/",
            "/files/A/",
            "/CamelCase",
            "/camelcase",
            "/CAMELCASE",
            "/service/Inside",
        ] {
            assert_eq!(corrected(path), path);
        }
    }
}
