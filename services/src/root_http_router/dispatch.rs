//! From a path to the endpoint that is mounted there.
//!
//! Plugins live under `/api/<id>`, so for them one lookup by their id suffices; any other mount is in a
//! short list. The table is never changed: mounting makes a new one, which the router swaps in, so a
//! request takes no lock. Case is ignored, without a copy for the usual lower case.
//!
//! Nothing is decoded or normalised: `/ex%61mple` and `/a/../example` are no mount. What lies below no mount
//! and not below `/api` goes, whole, to the plugin `app`, if there is one: it serves the pages of a frontend.

use std::collections::HashMap;
use std::sync::Arc;

use axum::extract::{OriginalUri, Request};
use bytes::Bytes;
use http::Uri;
use http::uri::PathAndQuery;

use super::{Endpoint, MountError};

const API: &str = "/api/";

/// The plugin that answers where nothing is mounted.
const INDEX: &str = "app";

/// All mounts of a root HTTP router.
#[derive(Clone, Default)]
pub(super) struct Table {
    // By the segment after `/api/`, in lower case.
    api: HashMap<Box<str>, Arc<dyn Endpoint>>,
    // What answers for a plugin of which `api` knows nothing yet; likewise by its segment.
    waiting: HashMap<Box<str>, Arc<dyn Endpoint>>,
    // By path, in lower case, without trailing slash.
    others: Vec<(Box<str>, Arc<dyn Endpoint>)>,
    // All paths as they were given.
    paths: Vec<String>,
}

/// Where a request goes.
pub(super) struct Route {
    /// Who answers.
    pub(super) endpoint: Arc<dyn Endpoint>,
    /// How many bytes of the path are the mount's.
    prefix: usize,
}

impl Table {
    /// A table with one mount, whose path is in lower case and not below `/api`.
    pub(super) fn starting_with(path: &'static str, endpoint: Arc<dyn Endpoint>) -> Self {
        Self {
            api: HashMap::new(),
            waiting: HashMap::new(),
            others: vec![(path.into(), endpoint)],
            paths: vec![path.to_owned()],
        }
    }

    /// The table with one more mount.
    pub(super) fn with(&self, path: &str, endpoint: Arc<dyn Endpoint>) -> Result<Self, MountError> {
        let place = path.trim().trim_end_matches('/').to_ascii_lowercase();
        if place.is_empty() {
            return Err(MountError::Empty);
        }
        if !place.starts_with('/') || place.contains(['?', '#']) {
            return Err(MountError::Malformed {
                path: path.to_owned(),
            });
        }
        let conflict = self.paths.iter().find(|existing| {
            let existing = existing.trim_end_matches('/').to_ascii_lowercase();
            below(&place, &existing) || below(&existing, &place)
        });
        if let Some(existing) = conflict {
            let (path, existing) = (path.to_owned(), existing.clone());
            return Err(MountError::Conflict { path, existing });
        }
        let mut table = self.clone();
        table.paths.push(path.trim().to_owned());
        match place.strip_prefix(API) {
            Some(id) if !id.contains('/') => drop(table.api.insert(id.into(), endpoint)),
            _ => table.others.push((place.into(), endpoint)),
        }
        Ok(table)
    }

    /// The table with an endpoint that answers for a plugin until the plugin is mounted.
    pub(super) fn with_waiting(&self, plugin: &str, endpoint: Arc<dyn Endpoint>) -> Self {
        let mut table = self.clone();
        table
            .waiting
            .insert(plugin.to_ascii_lowercase().into(), endpoint);
        table
    }

    /// The endpoint that a plugin has mounted.
    pub(super) fn plugin(&self, id: &str) -> Option<Arc<dyn Endpoint>> {
        self.api.get(id.to_ascii_lowercase().as_str()).cloned()
    }

    /// Finds the mount that a path lies below.
    pub(super) fn find(&self, path: &str) -> Option<Route> {
        let start = path.get(..API.len());
        if start.is_some_and(|start| start.eq_ignore_ascii_case(API)) {
            let rest = &path[API.len()..];
            let id = rest.split('/').next().unwrap_or_default();
            let found = |id: &str| self.api.get(id).or_else(|| self.waiting.get(id));
            let endpoint = if id.bytes().any(|byte| byte.is_ascii_uppercase()) {
                found(&id.to_ascii_lowercase())
            } else {
                found(id)
            };
            if let Some(endpoint) = endpoint {
                let prefix = API.len() + id.len();
                return Some(Route {
                    endpoint: Arc::clone(endpoint),
                    prefix,
                });
            }
        }
        let mounted = self.others.iter().find(|(mount, _)| below(path, mount));
        if let Some((mount, endpoint)) = mounted {
            return Some(Route {
                endpoint: Arc::clone(endpoint),
                prefix: mount.len(),
            });
        }
        if !path.starts_with('/') || below(path, "/api") {
            return None;
        }
        let index = self.api.get(INDEX).or_else(|| self.waiting.get(INDEX))?;
        Some(Route {
            endpoint: Arc::clone(index),
            prefix: 0,
        })
    }
}

impl Route {
    /// Takes the mount's prefix off the request's path, keeps the whole in [`OriginalUri`], and tells
    /// the path and query that the endpoint sees.
    pub(super) fn strip(&self, request: &mut Request) -> Uri {
        let original = request.uri();
        let rest = original.path().get(self.prefix..).unwrap_or_default();
        // `/api/example//health` reaches `/health`: the anchor's mounts eat one slash.
        let rest = if self.prefix > 0 && rest.starts_with("//") {
            &rest[1..]
        } else {
            rest
        };
        let slash = if rest.is_empty() { "/" } else { "" };
        let query = original.query();

        let mut text = String::with_capacity(1 + rest.len() + query.map_or(0, |q| 1 + q.len()));
        text.push_str(slash);
        text.push_str(rest);
        if let Some(query) = query {
            text.push('?');
            text.push_str(query);
        }
        // A part of a valid path, cut at a slash, is valid itself.
        let Ok(seen) = PathAndQuery::from_maybe_shared(Bytes::from(text)).map(Uri::from) else {
            return original.clone();
        };
        let original = std::mem::replace(request.uri_mut(), seen.clone());
        request.extensions_mut().insert(OriginalUri(original));
        seen
    }
}

/// Whether `path` is `mount` or lies below it; `mount` is in lower case.
fn below(path: &str, mount: &str) -> bool {
    let Some(start) = path.get(..mount.len()) else {
        return false;
    };
    start.eq_ignore_ascii_case(mount)
        && matches!(path.as_bytes().get(mount.len()), None | Some(b'/'))
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::body::Body;

    use super::super::SealedRouter;
    use super::*;

    fn endpoint() -> Arc<dyn Endpoint> {
        Arc::new(SealedRouter::new(Router::new()))
    }

    fn table(paths: &[&str]) -> Table {
        paths.iter().fold(Table::default(), |table, path| {
            table
                .with(path, endpoint())
                .expect("the paths of a test do not conflict")
        })
    }

    #[test]
    fn paths_are_cut_as_the_anchor_cuts_them() {
        let table = table(&["/api/example", "/metrics/v1"]);
        let cases = [
            ("/api/example/health?x=1", Some("/health?x=1")),
            ("/API/EXAMPLE/Health", Some("/Health")),
            ("/api/example", Some("/")),
            ("/api/example/", Some("/")),
            ("/api/example?x", Some("/?x")),
            ("/api/example//health", Some("/health")),
            ("/api/example/a//b/", Some("/a//b/")),
            ("/api/examples/health", None),
            ("/api/example-x/health", None),
            ("/api/ex%61mple/health", None),
            ("/api%2Fexample/health", None),
            ("//api/example/health", None),
            ("/api//example/health", None),
            ("/api/", None),
            ("/api", None),
            ("/", None),
            ("*", None),
            ("/metrics/v1", Some("/")),
            ("/Metrics/v1/a", Some("/a")),
            ("/metrics", None),
            ("/metrics/v11", None),
            ("http://127.0.0.1/api/example/health", Some("/health")),
        ];
        for (uri, expected) in cases {
            let mut request = Request::new(Body::empty());
            *request.uri_mut() = uri.parse().expect("the uris of a test are valid");
            let seen = table
                .find(request.uri().path())
                .map(|route| route.strip(&mut request));
            assert_eq!(
                seen.map(|seen| seen.to_string()).as_deref(),
                expected,
                "{uri}"
            );
            let original = request.extensions().get::<OriginalUri>();
            assert_eq!(
                original.map(|original| original.0.to_string()).is_some(),
                expected.is_some()
            );
        }
    }

    #[test]
    fn what_is_not_mounted_goes_to_the_app() {
        let seen = |table: &Table, uri: &str| {
            let mut request = Request::new(Body::empty());
            *request.uri_mut() = uri.parse().expect("the uris of a test are valid");
            let route = table.find(request.uri().path())?;
            Some(route.strip(&mut request).to_string())
        };
        let table = table(&["/api/app", "/metrics"]);
        let waiting = Table::default().with_waiting("app", endpoint());
        for (uri, expected) in [
            ("/", Some("/")),
            ("/catalog/x?y", Some("/catalog/x?y")),
            ("//api/app/x", Some("//api/app/x")),
            ("/apis", Some("/apis")),
            ("/api/app/x", Some("/x")),
            ("/api/nope", None),
            ("/API/", None),
            ("/api", None),
            ("*", None),
        ] {
            assert_eq!(seen(&table, uri).as_deref(), expected, "{uri}");
            assert_eq!(seen(&waiting, uri).as_deref(), expected, "{uri}");
        }
        assert_eq!(seen(&table, "/metrics/x").as_deref(), Some("/x"));
    }

    #[test]
    fn a_mount_may_not_contain_another() {
        let table = table(&["/api/example", "/metrics/v1/"]);
        let conflict = |path: &str, existing: &str| {
            Some(format!(
                "Path {path} conflicts with the existing path {existing}"
            ))
        };
        let cases = [
            ("/api/examples", None),
            ("/api/exampl", None),
            ("/api/Example/", conflict("/api/Example/", "/api/example")),
            ("/api/example/x", conflict("/api/example/x", "/api/example")),
            ("/api", conflict("/api", "/api/example")),
            ("/metrics", conflict("/metrics", "/metrics/v1/")),
            ("/metrics/v1", conflict("/metrics/v1", "/metrics/v1/")),
            ("", Some(MountError::Empty.to_string())),
            (" / ", Some(MountError::Empty.to_string())),
        ];
        for (path, expected) in cases {
            let error = table.with(path, endpoint()).err();
            assert_eq!(error.map(|error| error.to_string()), expected, "{path}");
        }
        for path in ["x", "/a?b"] {
            let error = table.with(path, endpoint()).err();
            assert!(
                matches!(error, Some(MountError::Malformed { .. })),
                "{path}"
            );
        }
    }
}
