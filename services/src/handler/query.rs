//! The query of a request.

use axum::extract::FromRequestParts;
use http::request::Parts;
use serde::de::DeserializeOwned;
use url::form_urlencoded;

use super::wording;
use crate::http_error::HttpError;

/// The query of a request, read into `T`; `Vec<(String, String)>` takes it as it is, names that occur twice
/// included.
///
/// # Errors
///
/// 400 `InputError` that names the field and what is wanted, without repeating the value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Query<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = HttpError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, HttpError> {
        let pairs = form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes());
        let deserializer = serde_urlencoded::Deserializer::new(pairs);
        match serde_path_to_error::deserialize(deserializer) {
            Ok(query) => Ok(Self(query)),
            Err(error) => {
                let path = error.path().to_string();
                let words = error.into_inner().to_string();
                Err(wording::refusal("query", &path, &words))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use axum::extract::Request;
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize, PartialEq)]
    struct Search {
        q: String,
        limit: Option<u8>,
    }

    async fn ask<T: DeserializeOwned>(uri: &str) -> Result<T, HttpError> {
        let request = Request::get(uri).body(()).expect("a valid request");
        let query = Query::from_request_parts(&mut request.into_parts().0, &()).await;
        query.map(|query| query.0)
    }

    #[tokio::test]
    async fn mistakes_name_the_field_and_not_the_value() {
        let search = ask::<Search>("/search?q=a+b%20c&limit=5").await;
        let expected = Search {
            q: "a b c".to_owned(),
            limit: Some(5),
        };
        assert_eq!(search.expect("it is right"), expected);
        for (uri, message) in [
            ("/search", "invalid query: missing field `q`"),
            (
                "/search?q=a&limit=hunter2",
                "invalid query: `limit`: invalid digit found in string",
            ),
            (
                "/search?q=a&limit=300",
                "invalid query: `limit`: number too large to fit in target type",
            ),
            ("/search?q=a&q=b", "invalid query: duplicate field `q`"),
        ] {
            let error = ask::<Search>(uri).await.expect_err("it is wrong");
            assert_eq!((error.status().as_u16(), error.name()), (400, "InputError"));
            assert_eq!(error.message(), message);
        }
    }

    #[tokio::test]
    async fn a_name_may_occur_twice_where_the_type_allows_it() {
        let pairs = ask::<Vec<(String, String)>>("/?a=1&a=%zz").await;
        let pair = |value: &str| ("a".to_owned(), value.to_owned());
        assert_eq!(pairs.expect("it is right"), [pair("1"), pair("%zz")]);
    }
}
