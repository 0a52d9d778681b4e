//! The address of a request as it was sent. The path by which a route is found may be corrected (`/HEALTH/` becomes
//! `/health`), and a handler sees that one; what was sent stays in [`OriginalUri`].

use axum::extract::OriginalUri;
use axum::http::Uri;

/// An address below a plugin, in the parts that the recorded plugin knows.
pub struct Sent {
    /// The plugin's path.
    pub base: String,
    /// The path below it.
    pub path: String,
    /// The path below it, with the query.
    pub url: String,
    /// The whole.
    pub whole: String,
}

impl From<OriginalUri> for Sent {
    fn from(OriginalUri(uri): OriginalUri) -> Self {
        let whole = written(&uri);
        // `/api`, `/example`, and the rest. Of two slashes between, one belongs to neither.
        let (base, rest) = match whole.match_indices('/').nth(2) {
            Some((at, _)) => whole.split_at(at),
            None => (&*whole, "/"),
        };
        let url = match rest.strip_prefix('/') {
            Some(shorter) if shorter.starts_with('/') => shorter,
            _ => rest,
        };
        Self {
            base: base.to_owned(),
            path: url.split('?').next().unwrap_or(url).to_owned(),
            url: url.to_owned(),
            whole: whole.clone(),
        }
    }
}

fn written(uri: &Uri) -> String {
    uri.path_and_query()
        .map_or("/", |whole| whole.as_str())
        .to_owned()
}
