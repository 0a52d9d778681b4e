//! Redirects over real sockets; what is judged is tested where it is judged.

use serde_json::json;
use wiremock::{MockServer, ResponseTemplate};

use super::{client, count, on};
use crate::http_client::{HttpClient, HttpClientError, HttpResponse};

fn to(url: impl AsRef<str>) -> ResponseTemplate {
    ResponseTemplate::new(302).insert_header("location", url.as_ref())
}

async fn get(client: &HttpClient, url: String) -> Result<HttpResponse, HttpClientError> {
    let request = client.get(url).bearer("hunter2");
    request.header("cookie", "hunter2").send().await
}

#[tokio::test]
async fn credentials_stay_with_their_host() {
    let (first, second) = (MockServer::start().await, MockServer::start().await);
    on(
        &first,
        "GET",
        "/away",
        to(format!("{}/end?key=1", second.uri())),
    )
    .await;
    on(&first, "GET", "/here", to("/end")).await;
    for server in [&first, &second] {
        on(server, "GET", "/end", ResponseTemplate::new(200)).await;
    }
    let client = client(json!({}));
    for path in ["/away", "/here"] {
        let response = get(&client, format!("{}{path}", first.uri())).await;
        assert_eq!(response.expect("it is followed").status(), 200);
    }
    let requests = second.received_requests().await.expect("recorded");
    let headers = &requests[0].headers;
    assert!(!headers.contains_key("authorization") && !headers.contains_key("cookie"));
    assert!(!headers.contains_key("referer"));
    let requests = first.received_requests().await.expect("recorded");
    let last = requests.last().expect("the second redirect ends here");
    assert_eq!(last.headers["authorization"], "Bearer hunter2");
}

#[tokio::test]
async fn a_circle_ends_after_five() {
    let server = MockServer::start().await;
    on(&server, "GET", "/a", to("/a")).await;
    let client = client(json!({}));
    let error = get(&client, format!("{}/a", server.uri())).await;
    let error = error.expect_err("it never ends");
    assert!(matches!(error, HttpClientError::Redirect { .. }), "{error}");
    assert_eq!(count(&server, "/a").await, 6);
}

#[tokio::test]
async fn a_redirect_to_the_outside_is_refused() {
    let server = MockServer::start().await;
    on(&server, "GET", "/a", to("https://api.invalid/?key=hunter2")).await;
    let client = client(json!({}));
    let error = get(&client, format!("{}/a", server.uri())).await;
    let error = error.expect_err("the second host is outside");
    assert!(
        matches!(&error, HttpClientError::Refused { host, .. } if host == "api.invalid"),
        "{error}"
    );
    assert!(!format!("{error:?}").contains("hunter2"), "{error:?}");
}
