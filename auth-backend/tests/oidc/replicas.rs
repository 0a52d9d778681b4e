//! It does not matter to which replica a browser comes back, nor whether the one that it was sent from is still there.

use std::sync::Arc;
use std::time::SystemTime;

use greenroom::clock::ClockService;
use greenroom_test_kit::{Engine, StartedTestBackend, TestDatabase, TestReplicas, test_backend};
use jsonwebtoken::Algorithm;
use serde_json::{Value, json};

use crate::browser::{APP, Browser, config, now, real, told};
use crate::identity_provider::IdentityProvider;

const REFRESH: &str = "/api/auth/oidc/refresh?env=development";

/// The time of the provider. The kit's held clock would jump while a server works.
struct Standing;

impl ClockService for Standing {
    fn now(&self) -> SystemTime {
        now()
    }
}

/// Replicas on each engine that outlives them.
async fn each(test: impl AsyncFn(&IdentityProvider, TestReplicas<'_>)) {
    for database in TestDatabase::each().await {
        if database.engine() == Engine::SqliteMemory {
            continue;
        }
        let provider = IdentityProvider::start(Algorithm::ES256).await;
        let make = || {
            let backend = test_backend![real].config(config(&provider, json!({})));
            let backend = backend.listen().database(&database);
            backend.service::<dyn ClockService>(Arc::new(Standing))
        };
        test(&provider, TestReplicas::start(2, make).await).await;
    }
}

async fn info(backend: &StartedTestBackend, token: &str) -> u16 {
    let info = backend.get("/api/auth/v1/userinfo");
    let info = info.header("authorization", format!("Bearer {token}"));
    info.send().await.status().as_u16()
}

#[tokio::test]
async fn who_leaves_one_comes_back_to_the_other_and_stays_when_both_are_gone() {
    each(async |provider, mut replicas| {
        let mut browser = Browser::new(replicas.replica(0));
        let back = browser.agree(provider).await;
        browser.backend = replicas.replica(1);
        let message = told(&browser.get(&back).await, APP);
        let identity = &message["response"]["backstageIdentity"];
        let token = identity["token"].as_str().unwrap_or_default().to_owned();
        assert_eq!(
            identity["identity"]["userEntityRef"], "user:default/jane",
            "{message}"
        );
        assert_eq!(info(replicas.replica(0), &token).await, 200);
        browser.backend = replicas.replica(0);
        browser.script("POST", REFRESH).await.assert_status(200);
        let cookies = browser.cookies;

        replicas.kill(0).await;
        replicas.kill(1).await;
        let restarted = replicas.start_another().await;
        let restarted = replicas.replica(restarted);
        assert_eq!(info(restarted, &token).await, 200);
        let mut browser = Browser::new(restarted);
        browser.cookies = cookies;
        let refreshed: Value = browser.script("POST", REFRESH).await.json();
        let user = &refreshed["backstageIdentity"]["identity"]["userEntityRef"];
        assert_eq!(user, "user:default/jane", "{refreshed}");
    })
    .await;
}

#[tokio::test]
async fn who_comes_back_to_both_comes_in_once() {
    each(async |provider, replicas| {
        let mut one = Browser::new(replicas.replica(0));
        let back = one.agree(provider).await;
        let mut other = Browser::new(replicas.replica(1));
        other.cookies = one.cookies.clone();
        let (first, second) = tokio::join!(one.get(&back), other.get(&back));
        let messages = [told(&first, APP), told(&second, APP)];
        let mut refused = messages.iter().filter_map(|told| told["error"].as_object());
        let over = "The sign-in has ended already, or took too long";
        assert_eq!(
            refused.next().map(|error| &error["message"]),
            Some(&json!(over))
        );
        assert!(refused.next().is_none(), "{messages:?}");
        assert_eq!(provider.asked("token"), 1, "the other is not asked for");
    })
    .await;
}
