//! A cookie goes along with requests that its user did not mean, from whatever site.

use greenroom_test_kit::StartedTestBackend;
use serde_json::json;

use super::{exchange, status, target};

const COOKIE: &str = "/api/people/.backstage/auth/v1/cookie";

/// A user's token, and the cookie that is issued for it.
async fn signed_in(backend: &StartedTestBackend) -> (String, String) {
    let token = backend.get("/api/people/token").send().await;
    let token = token.assert_status(200).text().to_owned();
    let bearer = format!("Bearer {token}");
    let answer = backend.get(COOKIE).header("authorization", &bearer);
    let answer = answer.send().await;
    let cookie = answer.assert_status(200).header("set-cookie");
    (token, cookie.unwrap_or_default().to_owned())
}

#[tokio::test]
async fn it_is_for_the_backend_alone_and_hidden_from_scripts() {
    for (base_url, domain, same_site) in [
        (
            "http://127.0.0.1:7007",
            "127.0.0.1",
            "HttpOnly; Priority=High; SameSite=Lax",
        ),
        (
            "https://shop.test",
            "shop.test",
            "HttpOnly; Secure; Priority=High; SameSite=None",
        ),
    ] {
        let (backend, _, _) = target(json!({ "baseUrl": base_url })).await;
        let (token, cookie) = signed_in(&backend).await;
        assert!(cookie.ends_with(same_site), "{cookie}");
        assert!(
            cookie.contains(&format!("; Domain={domain}; Path=/; Expires=")),
            "{cookie}"
        );
        // What lies in a browser says who the user is and no more.
        assert!(!cookie.contains(&token));
    }
}

#[tokio::test]
async fn it_opens_nothing_but_what_is_meant_for_it() {
    let cors = json!({ "origin": "https://shop.test", "credentials": true });
    let (backend, _, address) = target(json!({ "cors": cors })).await;
    let (token, cookie) = signed_in(&backend).await;
    let cookie = cookie.split(';').next().unwrap_or_default().to_owned();
    let whole = format!("backstage-auth={token}");
    let forged = format!("{cookie}x");
    for (method, path, of_limited) in [
        // The policy and the handler are for cookies.
        ("GET", "/picture", 200),
        // The policy is, the handler is not.
        ("GET", "/picture/edit", 401),
        ("POST", "/picture/edit", 401),
        // The handler is, but no policy.
        ("GET", "/settings", 401),
        ("POST", "/settings", 401),
        // The routes of the framework want the token itself.
        ("GET", "/.backstage/auth/v1/cookie", 401),
        ("DELETE", "/.backstage/auth/v1/cookie", 401),
    ] {
        // A token that a cookie is not made for, and one that nobody issued, open nothing at all.
        for (cookie, expected) in [(&cookie, of_limited), (&whole, 401), (&forged, 401)] {
            for origin in ["https://evil.test", "null", "https://shop.test.evil.test"] {
                let lines = format!(
                    "Host: localhost\r\nOrigin: {origin}\r\nReferer: {origin}/\r\nCookie: {cookie}\r\n\
                     Content-Type: text/plain\r\nContent-Length: 0\r\nConnection: close\r\n"
                );
                let request = format!("{method} /api/people{path} HTTP/1.1\r\n{lines}\r\n");
                let answer = exchange(address, request.as_bytes()).await;
                assert_eq!(
                    status(&answer),
                    expected,
                    "{method} {path} {origin}: {answer}"
                );
                // The other site's scripts do not see the answer.
                assert!(!answer.contains("access-control-allow"), "{answer}");
            }
        }
    }
}

#[tokio::test]
async fn a_preflight_of_another_site_is_not_granted() {
    let cors = json!({ "origin": "https://shop.test", "credentials": true });
    let (_backend, _, address) = target(json!({ "cors": cors })).await;
    for (origin, granted) in [
        ("https://shop.test", true),
        ("https://evil.test", false),
        ("https://shop.test.evil.test", false),
        ("https://evilshop.test", false),
        ("http://shop.test", false),
        ("null", false),
    ] {
        let lines = format!(
            "Host: localhost\r\nOrigin: {origin}\r\nAccess-Control-Request-Method: POST\r\n\
             Access-Control-Request-Headers: authorization\r\nConnection: close\r\n"
        );
        let request = format!("OPTIONS /api/people/settings HTTP/1.1\r\n{lines}\r\n");
        let answer = exchange(address, request.as_bytes()).await;
        assert_eq!(
            answer.contains("access-control-allow-origin"),
            granted,
            "{origin}: {answer}"
        );
        assert_eq!(status(&answer), if granted { 204 } else { 401 }, "{origin}");
    }
}
