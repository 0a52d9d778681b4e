//! What handlers are written with: the error that they return, and extractors that speak its format.
//!
//! axum's own extractors would do, but for what they say when a request is wrong: plain text that no client
//! of the model reads. Those here refuse with [`HttpError`](crate::http_error::HttpError), and read bodies as
//! Backstage's routers do. They go together with any other extractor of axum.
//!
//! Nothing here is a service, and nothing asks who the caller is: the barrier of the HTTP router has done so
//! before a body is looked at.

mod api_error;
mod body_limit;
#[cfg(test)]
mod error_tests;
mod forwarded;
mod inflate;
mod json;
mod json_body;
#[cfg(test)]
mod json_tests;
mod path;
mod query;
mod wording;

pub use api_error::ApiError;
pub use body_limit::{BodyLimit, WithBodyLimit, body_limit};
pub(crate) use body_limit::{SharedLimit, TooLarge};
pub use forwarded::Forwarded;
pub use json::Json;
pub use path::Path;
pub use query::Query;
