//! Which user somebody is: by the resolvers of the configuration, the catalog, and a module.

use std::sync::Arc;

use async_trait::async_trait;
use greenroom::handler::{Path, Query};
use greenroom::prelude::*;
use greenroom::user_info::UserIdentity;
use greenroom_auth_node::{SignInAttempt, SignInResolver, SignInResolvers};
use greenroom_test_kit::test_backend;
use jsonwebtoken::Algorithm;
use serde_json::{Value, json};

use crate::browser::{Browser, backend, config, now, real};
use crate::identity_provider::{IdentityProvider, Wrong};

/// A catalog with a few users, which answers plugins alone.
#[backend_plugin(id = "catalog")]
async fn catalog(http_router: HttpRouter) {
    fn entity(name: &str, email: &str) -> Value {
        json!({
            "kind": "User",
            "metadata": {
                "name": name,
                "namespace": "default",
                "annotations": { "keycloak.org/id": if name == "Jane" { "0815" } else { "" } },
            },
            "spec": { "profile": { "email": email } },
            "relations": [{ "type": "memberOf", "targetRef": "group:default/shop" }],
        })
    }
    let named = async |_: Credentials<ServicePrincipal>,
                       Path(name): Path<String>|
           -> Result<Json<Value>, HttpError> {
        match &*name {
            "jane" => Ok(Json(entity("Jane", "jane@corp.test"))),
            _ => Err(HttpError::not_found("there is none")),
        }
    };
    let found = async |_: Credentials<ServicePrincipal>,
                       Query(query): Query<Vec<(String, String)>>|
           -> Json<Value> {
        let filter = query.iter().find(|(name, _)| name == "filter");
        let filter = filter
            .map(|(_, filter)| filter.as_str())
            .unwrap_or_default();
        Json(json!({ "items": match filter {
            "kind=user,spec.profile.email=jane@corp.test"
            | "kind=user,metadata.annotations.keycloak.org/id=0815" => {
                vec![entity("Jane", "jane@corp.test")]
            }
            "kind=user,spec.profile.email=two@corp.test" => {
                vec![entity("one", "two@corp.test"), entity("two", "two@corp.test")]
            }
            // A catalog that finds what was not asked for.
            "kind=user,spec.profile.email=odd@corp.test" => vec![entity("admin", "admin@corp.test")],
            _ => Vec::new(),
        }}))
    };
    http_router.mount(
        Router::new()
            .route("/entities/by-name/user/default/{name}", get(named))
            .route("/entities/by-query", get(found)),
    );
}

fn resolvers(list: Value) -> Value {
    json!({ "signIn": { "resolvers": list } })
}

/// What the app is told when somebody with these claims signs in.
async fn signed_in(list: Value, claims: Value) -> Value {
    let provider = IdentityProvider::start(Algorithm::ES256).await;
    let backend = test_backend![real, catalog].config(config(&provider, resolvers(list)));
    let backend = backend.listen().paused_clock_at(now()).start().await;
    provider.wrong(Wrong {
        user_info: claims,
        ..Wrong::default()
    });
    Browser::new(&backend).sign_in(&provider).await
}

#[tokio::test]
async fn the_catalog_knows_who_somebody_is_and_what_the_groups_own() {
    for resolver in [
        "emailMatchingUserEntityProfileEmail",
        "emailLocalPartMatchingUserEntityName",
        "oidcSubClaimMatchingKeycloakUserId",
    ] {
        let message = signed_in(json!([{ "resolver": resolver }]), json!({})).await;
        let identity = &message["response"]["backstageIdentity"]["identity"];
        let expected = json!({
            "type": "user",
            "userEntityRef": "user:default/jane",
            "ownershipEntityRefs": ["user:default/jane", "group:default/shop"],
        });
        assert_eq!(identity, &expected, "{resolver}: {message}");
    }
}

#[tokio::test]
async fn who_is_no_user_does_not_come_in() {
    let email = "emailMatchingUserEntityProfileEmail";
    let name = "emailLocalPartMatchingUserEntityName";
    let nobody =
        "Failed to sign-in, unable to resolve user identity. The catalog has no user that fits";
    for (list, claims, told) in [
        (
            json!([{ "resolver": email }]),
            json!({ "email": "joe@corp.test" }),
            nobody,
        ),
        (
            json!([{ "resolver": name }]),
            json!({ "email": "joe@corp.test" }),
            nobody,
        ),
        (
            json!([{ "resolver": name }]),
            json!({ "email": "../jane@corp.test" }),
            nobody,
        ),
        (
            json!([{ "resolver": email }]),
            json!({ "email": "odd@corp.test" }),
            nobody,
        ),
        (
            json!([{ "resolver": email }, { "resolver": name }]),
            json!({ "email": "two@corp.test" }),
            "User lookup resulted in multiple matches",
        ),
        (
            json!([{ "resolver": name }]),
            json!({ "email_verified": false }),
            "Login failed, the email of the user profile is not verified",
        ),
        (
            json!([{ "resolver": name, "allowedDomains": ["other.test"] }]),
            json!({}),
            "Sign-in user email is not from an allowed domain",
        ),
        (
            json!([{
                "resolver": "preferredUsernameMatchingUserEntityName",
                "dangerouslyAllowSignInWithoutUserInCatalog": true,
            }]),
            json!({ "preferred_username": "a/b" }),
            "Failed to sign-in, the name of the user cannot be that of an entity",
        ),
    ] {
        let message = signed_in(list, claims.clone()).await;
        assert_eq!(message["error"]["message"], told, "{claims}");
    }
}

#[tokio::test]
async fn the_first_resolver_that_finds_a_user_says_who_it_is() {
    let list = json!([
        { "resolver": "preferredUsernameMatchingUserEntityName" },
        { "resolver": "emailMatchingUserEntityProfileEmail" },
    ]);
    let message = signed_in(list, json!({ "email": "jane+work@corp.test" })).await;
    let identity = &message["response"]["backstageIdentity"]["identity"];
    assert_eq!(identity["userEntityRef"], "user:default/jane", "{message}");
}

#[tokio::test]
async fn a_catalog_that_cannot_be_asked_lets_nobody_in_by_another_way() {
    let provider = IdentityProvider::start(Algorithm::ES256).await;
    let mut config = config(&provider, json!({}));
    // Nobody listens there.
    let port = greenroom_test_kit::free_port();
    let target = format!("http://127.0.0.1:{port}/api/catalog");
    config["discovery"] = json!({ "endpoints": [{ "target": target, "plugins": ["catalog"] }] });
    config["backend"]["httpClient"] = json!({ "retries": 0 });
    let backend = test_backend![real].config(config).paused_clock_at(now());
    let backend = backend.start().await;
    let message = Browser::new(&backend).sign_in(&provider).await;
    let unavailable = json!({
        "name": "ServiceUnavailableError",
        "message": "The catalog cannot be asked for users at the moment",
    });
    assert_eq!(message["error"], unavailable);
}

/// Takes people for what their groups say.
struct ByGroup;

#[async_trait]
impl SignInResolver for ByGroup {
    async fn resolve(&self, attempt: SignInAttempt) -> Result<UserIdentity, HttpError> {
        assert_eq!(attempt.provider, "oidc");
        assert_eq!(attempt.profile.email.as_deref(), Some("jane@corp.test"));
        let groups = attempt.claims["groups"].as_array();
        let mut groups = groups.into_iter().flatten().filter_map(Value::as_str);
        let group = groups.next();
        let group = group.ok_or_else(|| HttpError::not_allowed("There is no group"))?;
        let mut user = attempt.proposed;
        user.ownership_entity_refs
            .push(format!("group:default/{group}"));
        Ok(user)
    }
}

#[backend_module(plugin = "auth", id = "by-group")]
async fn by_group(resolvers: &mut SignInResolvers) -> Result<()> {
    resolvers.set("oidc", Arc::new(ByGroup))
}

#[tokio::test]
async fn a_module_has_the_last_word() {
    for (changes, begins) in [
        (json!({}), "user:default/jane"),
        // Without a resolver it is proposed to be nobody whom a catalog knows.
        (json!({ "signIn": null }), "user:default/oidc-"),
    ] {
        let provider = IdentityProvider::start(Algorithm::ES256).await;
        let backend = test_backend![real, by_group].config(config(&provider, changes));
        let backend = backend.listen().paused_clock_at(now()).start().await;
        let message = Browser::new(&backend).sign_in(&provider).await;
        let identity = &message["response"]["backstageIdentity"]["identity"];
        let user = identity["userEntityRef"].as_str().unwrap_or_default();
        assert!(user.starts_with(begins), "{message}");
        let owners = json!([user, "group:default/shop"]);
        assert_eq!(identity["ownershipEntityRefs"], owners);

        provider.wrong(Wrong {
            claims: json!({ "groups": [] }),
            ..Wrong::default()
        });
        let message = Browser::new(&backend).sign_in(&provider).await;
        assert_eq!(message["error"]["message"], "There is no group");
    }
}

#[tokio::test]
async fn without_a_resolver_there_are_the_providers_tokens_alone() {
    let provider = IdentityProvider::start(Algorithm::ES256).await;
    let backend = backend(&provider, json!({ "signIn": null })).start().await;
    let message = Browser::new(&backend).sign_in(&provider).await;
    let response = &message["response"];
    assert!(
        response["providerInfo"]["accessToken"].is_string(),
        "{message}"
    );
    assert!(response.get("backstageIdentity").is_none(), "{message}");
}
