//! Requests with tokens in headers and cookies, over the real auth service.

use std::sync::Arc;

use http::header::{AUTHORIZATION, COOKIE, SET_COOKIE};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Request};
use serde_json::{Value, json};

use super::service::PluginHttpAuth;
use super::{Allow, HttpAuth, RequestAuth};
use crate::auth::Credentials;
use crate::auth::tests::{Backend, GUEST, NOW, principal, refusal, unauthorized};

pub(crate) fn http_auth(backend: &Backend) -> HttpAuth {
    Arc::new(PluginHttpAuth {
        plugin_id: "example".to_owned(),
        auth: backend.auth("example"),
        discovery: Arc::clone(&backend.discovery) as _,
        clock: backend.time.clock(),
    })
}

fn request(authorization: Option<&str>, cookie: Option<&str>) -> Parts {
    let mut request = Request::new(());
    let mut put = |name, value: String| {
        let value = HeaderValue::try_from(value).expect("it can be sent");
        request.headers_mut().insert(name, value);
    };
    if let Some(value) = authorization {
        put(AUTHORIZATION, value.to_owned());
    }
    if let Some(token) = cookie {
        put(COOKIE, format!("a=b; backstage-auth={token}"));
    }
    request.into_parts().0
}

async fn told(http_auth: &HttpAuth, request: &Parts, allow: Allow) -> Value {
    match http_auth.credentials(request, allow).await {
        Ok(credentials) => principal(&credentials),
        Err(error) => json!(refusal(error)),
    }
}

const COOKIE_TOO: Allow = Allow::USER.with_limited_access();

#[tokio::test]
async fn the_cookie_counts_where_limited_access_does_and_the_header_first() {
    let backend = Backend::new();
    let http_auth = http_auth(&backend);
    let user = json!({ "type": "user", "userEntityRef": GUEST });
    let limited = backend.user_key.limited(json!({}));
    let expired = backend.user_key.limited(json!({ "exp": NOW }));
    let missing = unauthorized("Missing credentials");
    let illegal = unauthorized("Illegal token");
    let failed = unauthorized("Failed user token verification");
    for (authorization, cookie, allow, expected) in [
        (None, Some(&*limited), COOKIE_TOO, &user),
        (None, Some(&limited), Allow::USER, &missing),
        (Some("Basic eDp5"), Some(&limited), COOKIE_TOO, &user),
        (
            Some("Bearer nonsense"),
            Some(&limited),
            COOKIE_TOO,
            &illegal,
        ),
        (None, Some("garbage"), COOKIE_TOO, &illegal),
        (None, Some("garbage"), Allow::USER, &missing),
        (None, Some(&expired), COOKIE_TOO, &failed),
        (None, None, COOKIE_TOO, &missing),
    ] {
        let request = request(authorization, cookie);
        let told = told(&http_auth, &request, allow).await;
        assert_eq!(told, *expected, "{authorization:?} {cookie:?} {allow:?}");
    }
    let nobody = told(&http_auth, &request(None, None), Allow::ANY).await;
    assert_eq!(nobody, json!({ "type": "none" }));
}

#[tokio::test]
async fn bytes_that_are_no_text_hide_nobody_and_are_nobody() {
    let backend = Backend::new();
    let http_auth = http_auth(&backend);
    let limited = backend.user_key.limited(json!({}));
    let with = |name, value: Vec<u8>| {
        let mut request = request(None, None);
        let value = HeaderValue::try_from(value).expect("it can be sent");
        request.headers.insert(name, value);
        request
    };
    let mut cookies = b"lang=\xc3\xbc; old=\xff; backstage-auth=".to_vec();
    cookies.extend(limited.as_bytes());
    let user = json!({ "type": "user", "userEntityRef": GUEST });
    let found = told(&http_auth, &with(COOKIE, cookies), COOKIE_TOO).await;
    assert_eq!(found, user);
    let illegal = unauthorized("Illegal token");
    for value in [&b"Bearer \xff"[..], "Bearer é".as_bytes()] {
        let request = with(AUTHORIZATION, value.to_vec());
        assert_eq!(told(&http_auth, &request, Allow::ANY).await, illegal);
    }
    let request = with(COOKIE, b"backstage-auth=\xff".to_vec());
    let allow = Allow::ANY.with_limited_access();
    assert_eq!(told(&http_auth, &request, allow).await, illegal);
}

#[tokio::test]
async fn a_cookie_carries_limited_tokens_only() {
    let access = json!({ "externalAccess": [
        { "type": "static", "options": { "token": "static-token", "subject": "a" } },
    ]});
    let backend = Backend::with(access, &[]);
    let http_auth = http_auth(&backend);
    let everybody = Allow::ANY.with_limited_access();
    for token in [
        backend.user_key.user(json!({})),
        backend.plugin_key.plugin(json!({})),
        "static-token".to_owned(),
    ] {
        let bearer = request(Some(&format!("Bearer {token}")), None);
        assert!(http_auth.credentials(&bearer, everybody).await.is_ok());
        let cookie = request(None, Some(&token));
        let refused = told(&http_auth, &cookie, everybody).await;
        assert_eq!(refused, unauthorized("Illegal token"), "{token}");
    }
}

#[tokio::test]
async fn callers_of_another_kind_are_403() {
    let backend = Backend::new();
    let http_auth = http_auth(&backend);
    let user = request(
        Some(&format!("Bearer {}", backend.user_key.user(json!({})))),
        None,
    );
    let refused = told(&http_auth, &user, Allow::SERVICE).await;
    assert_eq!(
        refused,
        "403 NotAllowedError: This endpoint does not allow 'user' credentials"
    );
}

#[tokio::test]
async fn a_request_is_judged_once() {
    let backend = Backend::new();
    let http_auth = http_auth(&backend);
    let token = backend.user_key.limited(json!({}));
    let mut request = request(Some(&format!("Bearer {token}")), None);
    let auth = RequestAuth::new(Arc::clone(&http_auth));
    request.extensions.insert(auth);
    assert!(http_auth.credentials(&request, COOKIE_TOO).await.is_ok());
    // Even the end of the token does not change what was found out for this request.
    backend
        .time
        .advance(std::time::Duration::from_secs(1 << 33));
    assert!(http_auth.credentials(&request, COOKIE_TOO).await.is_ok());
    // But what counts in one way need not count in the other.
    assert!(http_auth.credentials(&request, Allow::USER).await.is_err());
}

#[tokio::test]
async fn a_user_gets_a_cookie_and_keeps_it() {
    let backend = Backend::new();
    let http_auth = http_auth(&backend);
    let bearer = format!("Bearer {}", backend.user_key.user(json!({})));
    let limited = backend.user_key.limited(json!({}));

    let mut headers = HeaderMap::new();
    let asked = request(Some(&bearer), None);
    let issued = http_auth.issue_user_cookie(&asked, &mut headers, None);
    let ends = issued.await.expect("the user has a token");
    let set = headers[SET_COOKIE].to_str().expect("it is text").to_owned();
    let token = set
        .strip_prefix("backstage-auth=")
        .and_then(|rest| rest.split(';').next());
    let token = token.expect("it holds a token").to_owned();
    assert!(
        set.ends_with(
            "; Domain=127.0.0.1; Path=/; Expires=Fri, 01 Jan 2100 00:00:00 GMT; HttpOnly; Priority=High; SameSite=Lax"
        ),
        "{set}"
    );
    let used = told(&http_auth, &request(None, Some(&token)), COOKIE_TOO).await;
    assert_eq!(used["userEntityRef"], GUEST);

    let others = backend
        .user_key
        .limited(json!({ "sub": "user:default/jane" }));
    let short = backend.user_key.limited(json!({ "exp": NOW + 5 * 60 }));
    for (cookie, is_kept) in [
        (&*limited, true),
        (&token, true),
        (&short, false),
        (&others, false),
        ("garbage", false),
    ] {
        let mut headers = HeaderMap::new();
        let request = request(Some(&bearer), Some(cookie));
        let kept = http_auth
            .issue_user_cookie(&request, &mut headers, None)
            .await;
        assert_eq!(kept.expect("the user has a token"), ends);
        assert_eq!(headers.is_empty(), is_kept, "{cookie}");
    }
}

#[tokio::test]
async fn a_cookie_is_for_a_user_who_shows_a_token() {
    let backend = Backend::new();
    let http_auth = http_auth(&backend);
    let limited = backend.user_key.limited(json!({}));
    let service = format!("Bearer {}", backend.plugin_key.plugin(json!({})));
    for (request, expected) in [
        (
            request(None, Some(&limited)),
            "401 AuthenticationError: Missing credentials",
        ),
        (
            request(Some(&service), None),
            "403 NotAllowedError: This endpoint does not allow 'service' credentials",
        ),
    ] {
        let mut headers = HeaderMap::new();
        let refused = http_auth
            .issue_user_cookie(&request, &mut headers, None)
            .await;
        assert_eq!(
            refusal(refused.expect_err("no user shows a token")),
            expected
        );
        assert!(headers.is_empty());
    }
    let mut headers = HeaderMap::new();
    let nobody = Some(Credentials::none().into_any());
    let asked = request(None, None);
    let cleared = http_auth.issue_user_cookie(&asked, &mut headers, nobody);
    assert!(cleared.await.is_ok());
    let set = headers[SET_COOKIE].to_str().expect("it is text");
    assert!(set.starts_with("backstage-auth=; Domain=127.0.0.1; Path=/; Expires=Thu, 01 Jan 1970"));
}
