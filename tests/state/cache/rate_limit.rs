//! Rate limits that replicas share.

use std::net::SocketAddr;

use greenroom::prelude::*;
use greenroom::services::redis_rate_limit_store;
use greenroom_test_kit::{StartedTestBackend, test_backend};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::{RedisServer, is_installed};

#[backend_plugin(id = "shop")]
async fn shop(router: HttpRouter) {
    router.mount(Router::new().route("/tea", get(async || "100")));
    router.add_auth_policy(AuthPolicy::unauthenticated("/tea"));
}

async fn replica(limits: &Value) -> StartedTestBackend {
    let config = json!({ "backend": { "rateLimit": limits } });
    let backend = test_backend![shop, redis_rate_limit_store];
    backend.config(config).listen().start().await
}

fn limits(server: &RedisServer, requests: u64) -> Value {
    json!({
        "window": "1h",
        "incomingRequestLimit": requests,
        "ipAllowList": [],
        "store": { "type": "redis", "connection": server.url() },
    })
}

/// The status of an answer, and how many requests are left.
async fn ask(replica: &StartedTestBackend) -> (u16, Option<u64>) {
    let address: SocketAddr = replica.address().expect("it listens");
    let mut stream = TcpStream::connect(address).await.expect("it listens");
    let request = "GET /api/shop/tea HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    stream
        .write_all(request.as_bytes())
        .await
        .expect("it reads");
    let mut answer = String::new();
    stream
        .read_to_string(&mut answer)
        .await
        .expect("it answers");
    let status = answer
        .split(' ')
        .nth(1)
        .and_then(|status| status.parse().ok());
    let mut lines = answer.lines();
    let left = lines.find_map(|line| {
        let (name, value) = line.split_once(": ")?;
        name.eq_ignore_ascii_case("x-ratelimit-remaining")
            .then(|| value.parse().ok())?
    });
    (status.expect("it has a status"), left)
}

#[tokio::test]
async fn replicas_count_together() {
    if !is_installed() {
        return;
    }
    let server = RedisServer::start().await;
    let limits = limits(&server, 3);
    let (one, two) = (replica(&limits).await, replica(&limits).await);
    assert_eq!(ask(&one).await, (200, Some(2)));
    assert_eq!(ask(&two).await, (200, Some(1)));
    assert_eq!(ask(&one).await, (200, Some(0)));
    assert_eq!(ask(&two).await, (429, Some(0)));
    assert_eq!(ask(&one).await, (429, Some(0)));
}

#[tokio::test]
async fn requests_pass_while_nobody_counts_and_it_is_said_once() {
    if !is_installed() {
        return;
    }
    let server = RedisServer::new(&[]);
    let passing = replica(&limits(&server, 1)).await;
    for _ in 0..20 {
        assert_eq!(ask(&passing).await, (200, None));
    }
    let said = passing
        .logs()
        .clone()
        .containing("counts of the rate limits");
    assert_eq!(said.lines().len(), 1, "{said}");

    let mut limits = limits(&server, 1);
    limits["passOnStoreError"] = json!(false);
    let strict = replica(&limits).await;
    assert_eq!(ask(&strict).await.0, 500);
}

#[tokio::test]
async fn a_program_without_the_store_says_what_to_list() {
    let store = json!({ "type": "redis", "connection": "redis://127.0.0.1" });
    let config = json!({ "backend": { "rateLimit": { "store": store } } });
    let failed = test_backend![shop].config(config).start_error().await;
    let told = format!("{failed:?}");
    assert!(told.contains("redis_rate_limit_store"), "{told}");
}
