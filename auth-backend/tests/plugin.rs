//! The plugin in a backend of its own, with the real services that verify what it issues.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, UNIX_EPOCH};

use async_trait::async_trait;
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64;
use greenroom::auth::TokenAccess;
use greenroom::logger::Level;
use greenroom::prelude::*;
use greenroom::services;
use greenroom::user_info::UserIdentity;
use greenroom_auth_node::{SignInAttempt, SignInResolver, SignInResolvers};
use greenroom_test_kit::{StartedTestBackend, TestBackend, TestDirectory, test_backend};
use p256::elliptic_curve::rand_core::OsRng;
use p256::pkcs8::{EncodePrivateKey as _, EncodePublicKey as _, LineEnding};
use serde_json::{Value, json};

features! {
    /// The plugin, and the services that say who calls in place of the kit's.
    real = [
        services::root_auth,
        services::auth,
        services::http_auth,
        services::user_info,
        greenroom_auth_backend::plugin,
    ]
}

/// Shows what it knows of its caller.
#[backend_plugin(id = "example")]
async fn example(http_router: HttpRouter, user_info: UserInfo, auth: Auth) {
    let me = async move |user: Credentials<UserPrincipal>| -> Result<String, ApiError> {
        let info = user_info.user_info(&user.into_any()).await?;
        Ok(serde_json::to_string(&info)?)
    };
    let limited = async move |user: Credentials<UserPrincipal>| -> Result<String, ApiError> {
        let limited = auth.limited_user_token(&user).await?;
        // What is signed by `uip` has to be the very bytes of the limited token.
        auth.authenticate(limited.token.expose(), TokenAccess::Limited)
            .await?;
        Ok(serde_json::to_string(limited.token.expose())?)
    };
    http_router.mount(
        Router::new()
            .route("/me", get(me))
            .route("/limited", get(limited)),
    );
}

/// Lets guests in for a team, but not for long.
struct Newcomers(AtomicUsize);

#[async_trait]
impl SignInResolver for Newcomers {
    async fn resolve(&self, attempt: SignInAttempt) -> Result<UserIdentity, HttpError> {
        assert_eq!(attempt.provider, "guest");
        if self.0.fetch_add(1, Ordering::SeqCst) > 0 {
            return Err(HttpError::not_allowed("There are newcomers enough"));
        }
        let mut user = attempt.proposed;
        let team = "group:default/newcomers".to_owned();
        user.ownership_entity_refs.push(team);
        Ok(user)
    }
}

#[backend_module(plugin = "auth", id = "newcomers")]
async fn newcomers(resolvers: &mut SignInResolvers) -> Result<()> {
    let resolver = Arc::new(Newcomers(AtomicUsize::new(0)));
    resolvers.set("guest", resolver)
}

#[backend_module(plugin = "auth", id = "others")]
async fn others(resolvers: &mut SignInResolvers) -> Result<()> {
    let resolver = Arc::new(Newcomers(AtomicUsize::new(0)));
    resolvers.set("github", Arc::clone(&resolver) as _)?;
    resolvers.set("guest", resolver)
}

const GUEST: &str = "user:development/guest";
const REFRESH: &str = "/api/auth/guest/refresh";
const KEYS: &str = "/api/auth/.well-known/jwks.json";

fn config(auth: Value) -> Value {
    let mut config = json!({
        "backend": { "baseUrl": "http://portal.test" },
        "auth": { "providers": { "guest": { "dangerouslyAllowOutsideDevelopment": true } } },
    });
    for (key, value) in auth.as_object().into_iter().flatten() {
        config["auth"][key] = value.clone();
    }
    config
}

fn with(auth: Value) -> TestBackend {
    test_backend![real, example].config(config(auth))
}

async fn token(backend: &StartedTestBackend) -> String {
    let answer: Value = backend.get(REFRESH).send().await.json();
    let token = answer["backstageIdentity"]["token"].as_str();
    token.expect("a guest has signed in").to_owned()
}

async fn ask(backend: &StartedTestBackend, path: &str, token: &str) -> (u16, Value) {
    let header = format!("Bearer {token}");
    let answer = backend.get(path).header("authorization", header).send();
    let answer = answer.await;
    (answer.status().as_u16(), answer.json())
}

fn part(token: &str, number: usize) -> String {
    let part = token.split('.').nth(number).expect("it has three parts");
    let decoded = BASE64.decode(part).expect("it is base64");
    String::from_utf8(decoded).expect("it is text")
}

#[tokio::test]
async fn a_guest_signs_in_and_is_known_everywhere_without_a_request() {
    let backend = with(json!({})).listen().start().await;
    let token = token(&backend).await;
    let (status, limited) = ask(&backend, "/api/example/limited", &token).await;
    assert_eq!(status, 200, "{limited}");
    backend.logs().containing(KEYS).assert_empty();

    let known = json!({ "userEntityRef": GUEST, "ownershipEntityRefs": [GUEST] });
    assert_eq!(ask(&backend, "/api/example/me", &token).await, (200, known));
    let claims = json!({ "claims": { "sub": GUEST, "ent": [GUEST] } });
    for token in [&token, limited.as_str().expect("it is a token")] {
        let info = ask(&backend, "/api/auth/v1/userinfo", token).await;
        assert_eq!(info, (200, claims.clone()));
    }
    let log = backend.logs();
    assert!(!log.to_string().contains(&token), "{log}");
    log.level(Level::Warn)
        .plugin("auth")
        .assert_contains("`auth.keyStore`");
}

#[tokio::test]
async fn a_token_is_written_as_backstage_writes_it() {
    let time = UNIX_EPOCH + Duration::from_millis(1_700_000_000_250);
    let backend = with(json!({})).paused_clock_at(time).start().await;
    let keys = backend.get(KEYS).send().await;
    keys.assert_status(200).assert_text(r#"{"keys":[]}"#);
    let answer = backend.post(REFRESH).send().await;
    let answer = answer.assert_status(200);
    let signed_in: Value = answer.json();
    let token = signed_in["backstageIdentity"]["token"].as_str();
    let token = token.expect("there is one");
    answer.assert_text(&format!(
        r#"{{"profile":{{}},"backstageIdentity":{{"token":"{token}","identity":{{"type":"user","userEntityRef":"{GUEST}","ownershipEntityRefs":["{GUEST}"]}},"expiresInSeconds":3599}}}}"#
    ));
    let keys: Value = backend.get(KEYS).send().await.json();
    let key = keys["keys"][0].as_object().expect("there is one");
    assert!(!key.contains_key("use"), "{key:?}");
    let id = &key["kid"];
    let header = format!(r#"{{"typ":"vnd.backstage.user","alg":"ES256","kid":{id}}}"#);
    assert_eq!(part(token, 0), header);
    let claims: Value = serde_json::from_str(&part(token, 1)).expect("they are JSON");
    let proof = &claims["uip"];
    assert_eq!(
        part(token, 1),
        format!(
            r#"{{"iss":"http://portal.test/api/auth","sub":"{GUEST}","aud":"backstage","iat":1700000000,"exp":1700003600,"uip":{proof}}}"#
        )
    );
}

#[tokio::test]
async fn a_token_names_owners_where_it_is_wanted() {
    let backend = with(json!({ "omitIdentityTokenOwnershipClaim": false }))
        .start()
        .await;
    let token = token(&backend).await;
    let begins = format!(
        r#"{{"iss":"http://portal.test/api/auth","sub":"{GUEST}","ent":["{GUEST}"],"aud":"backstage","#
    );
    let claims = part(&token, 1);
    assert!(claims.starts_with(&begins), "{claims}");
    // So that it is not asked for.
    assert_eq!(ask(&backend, "/api/example/me", &token).await.0, 200);
}

#[tokio::test]
async fn a_token_ends_after_an_hour_and_a_new_one_has_another_key() {
    let backend = with(json!({})).paused_clock().start().await;
    let first = token(&backend).await;
    backend.advance(Duration::from_secs(59 * 60)).await;
    assert_eq!(ask(&backend, "/api/auth/v1/userinfo", &first).await.0, 200);
    backend.advance(Duration::from_secs(60)).await;
    let (status, refused) = ask(&backend, "/api/auth/v1/userinfo", &first).await;
    let message = json!("Failed user token verification");
    assert_eq!((status, &refused["error"]["message"]), (401, &message));
    let second = token(&backend).await;
    assert_ne!(part(&first, 0), part(&second, 0));
    assert_eq!(ask(&backend, "/api/auth/v1/userinfo", &second).await.0, 200);
}

#[tokio::test]
async fn user_info_is_for_users_who_have_signed_in() {
    let backend = test_backend![real, example].config(json!({
        "auth": { "providers": { "guest": { "dangerouslyAllowOutsideDevelopment": true } } },
        "backend": { "auth": { "externalAccess": [
            { "type": "static", "options": { "token": "static-token", "subject": "caller" } },
        ]}},
    }));
    let backend = backend.start().await;
    let path = "/api/auth/v1/userinfo";
    for (token, status, message) in [
        (
            "static-token",
            400,
            "Userinfo endpoint must be called with a token that represents a user principal",
        ),
        ("another-token", 401, "Illegal token"),
    ] {
        let (answered, body) = ask(&backend, path, token).await;
        assert_eq!(
            (answered, &body["error"]["message"]),
            (status, &json!(message))
        );
    }
    let service = backend
        .get(path)
        .header("authorization", "Bearer static-token");
    let tag = r#"W/"c8-fL5kALf4d9mzZ98PAPrcN6CehOI""#;
    service.send().await.assert_header("etag", tag);
    let nobody = backend.get(path).send().await;
    let body: Value = nobody.assert_status(401).json();
    assert_eq!(body["error"]["message"], "No token provided");
}

#[tokio::test]
async fn what_there_is_not_is_told_as_backstage_tells_it() {
    let backend = with(json!({})).start().await;
    for (path, status, name, message) in [
        ("guest/start", 501, "NotImplementedError", "Not implemented"),
        (
            "guest/handler/frame",
            501,
            "NotImplementedError",
            "Not implemented",
        ),
        ("v1/token", 501, "NotImplementedError", "Not implemented"),
        (
            "guest",
            404,
            "NotFoundError",
            "Unknown auth provider 'guest'",
        ),
        (
            "guest/nothing",
            404,
            "NotFoundError",
            "Unknown auth provider 'guest'",
        ),
        (
            "github/refresh",
            404,
            "NotFoundError",
            "Unknown auth provider 'github'",
        ),
    ] {
        let body = backend.get(&format!("/api/auth/{path}")).send().await;
        let body: Value = body.assert_status(status).json();
        assert_eq!(
            body["error"],
            json!({ "name": name, "message": message }),
            "{path}"
        );
        assert_eq!(body["request"]["url"], format!("/{path}"));
    }
    backend.get("/api/auth").send().await.assert_status(404);
    backend.delete(REFRESH).send().await.assert_status(404);
    // A guest has no session that could end.
    let logout = backend.post("/api/auth/guest/logout").send().await;
    let body: Value = logout.assert_status(404).json();
    assert_eq!(body["error"]["message"], "Unknown auth provider 'guest'");
    let document = backend
        .get("/api/auth/.well-known/openid-configuration")
        .send()
        .await;
    let document: Value = document.assert_status(200).json();
    assert_eq!(
        document["jwks_uri"],
        "http://portal.test/api/auth/.well-known/jwks.json"
    );
}

/// The tags are hashes of the bodies, so the bodies are the model's byte for byte.
#[tokio::test]
async fn answers_have_the_entity_tags_of_backstage() {
    let backend = with(json!({})).start().await;
    let token = token(&backend).await;
    for (path, tag) in [
        ("guest/start", "92-LRvY08KA39qekUUaVbL3oqQSS0A"),
        ("guest/handler/frame", "9a-IoFUlMQXnyDPmPXI0LIqpNYrqls"),
        ("v1/userinfo", "4c-5b2ai3RoLsoKlwCGnf554wi4Uvw"),
    ] {
        let request = backend.get(&format!("/api/auth/{path}"));
        let request = request.header("authorization", format!("Bearer {token}"));
        let answer = request.send().await;
        answer.assert_header("etag", &format!("W/\"{tag}\""));
    }
}

#[tokio::test]
async fn without_guests_in_the_configuration_nobody_comes_in() {
    let auth = json!({ "auth": { "providers": { "github": {} } } });
    let backend = test_backend![real].config(auth).start().await;
    backend.get(REFRESH).send().await.assert_status(404);
    let warnings = backend.logs().level(Level::Warn).plugin("auth");
    warnings.assert_contains("`auth.providers.github`");
}

#[tokio::test]
async fn production_refuses_guests_before_it_starts() {
    let guest = json!({ "auth": { "providers": { "guest": {} } } });
    let failed = test_backend![real].config(guest).start_error().await;
    let error = failed.error.to_string();
    assert!(error.contains("`auth.providers.guest`"), "{error}");
    assert!(error.contains("for development only"), "{error}");
}

#[tokio::test]
async fn a_module_says_who_somebody_is_and_who_may_come_in() {
    let backend = test_backend![real, example, newcomers].config(config(json!({})));
    let backend = backend.listen().start().await;
    let token = token(&backend).await;
    let owners = json!([GUEST, "group:default/newcomers"]);
    let known = json!({ "userEntityRef": GUEST, "ownershipEntityRefs": owners });
    assert_eq!(ask(&backend, "/api/example/me", &token).await, (200, known));
    let refused = backend.get(REFRESH).send().await;
    let body: Value = refused.assert_status(403).json();
    assert_eq!(body["error"]["message"], "There are newcomers enough");
    backend
        .logs()
        .level(Level::Warn)
        .containing("sign-in resolver")
        .assert_empty();
}

#[tokio::test]
async fn a_resolver_that_nobody_asks_is_told_and_two_for_one_provider_are_a_mistake() {
    let alone = test_backend![real, others]
        .config(config(json!({})))
        .start()
        .await;
    let warnings = alone.logs().level(Level::Warn).plugin("auth");
    warnings.assert_contains("sign-in resolver for `github`");
    let two = test_backend![real, newcomers, others].config(config(json!({})));
    let error = two.start_error().await.error.to_string();
    assert!(
        error.contains("`guest` has a sign-in resolver already"),
        "{error}"
    );
}

/// A pair of keys in files.
fn keys() -> TestDirectory {
    let key = p256::SecretKey::random(&mut OsRng);
    let private = key.to_pkcs8_pem(LineEnding::LF).expect("it can be encoded");
    let public = key.public_key().to_public_key_pem(LineEnding::LF);
    TestDirectory::new()
        .file("user.key.pem", private.as_bytes())
        .file("user.pub.pem", public.expect("it can be encoded"))
}

fn key_store(keys: &TestDirectory) -> Value {
    json!({ "keyStore": { "provider": "static", "static": { "keys": [{
        "publicKeyFile": keys.resolve("user.pub.pem"),
        "privateKeyFile": keys.resolve("user.key.pem"),
        "keyId": "user-key-1",
        "algorithm": "ES256",
    }]}}})
}

#[tokio::test]
async fn keys_of_the_configuration_are_the_same_in_every_replica() {
    let keys = keys();
    let one = with(key_store(&keys)).start().await;
    let another = with(key_store(&keys)).start().await;
    let published: Value = another.get(KEYS).send().await.json();
    let key = &published["keys"][0];
    let about = [
        &key["kid"],
        &key["alg"],
        &key["use"],
        &key["kty"],
        &key["crv"],
    ];
    assert_eq!(about, ["user-key-1", "ES256", "sig", "EC", "P-256"]);
    assert!(key.get("d").is_none(), "the private half stays at home");
    let token = token(&one).await;
    let (status, limited) = ask(&another, "/api/example/limited", &token).await;
    assert_eq!(status, 200, "{limited}");
    one.logs().containing("in memory").assert_empty();

    // This user has not signed in there.
    let header = format!("Bearer {token}");
    let unknown = another
        .get("/api/auth/v1/userinfo")
        .header("authorization", header);
    let unknown = unknown.send().await;
    unknown
        .assert_status(404)
        .assert_text("User info not found");
}

#[tokio::test]
async fn another_backend_fetches_the_keys() {
    let there = test_backend![real]
        .config(config(json!({})))
        .listen()
        .start()
        .await;
    let address = there.address().expect("it listens");
    let target = format!("http://{address}/api/{{{{pluginId}}}}");
    let here = test_backend![
        services::root_auth,
        services::auth,
        services::http_auth,
        services::user_info,
        example
    ];
    let endpoints = json!({ "endpoints": [{ "target": target, "plugins": ["auth"] }] });
    let here = here.config(json!({ "discovery": endpoints })).start().await;
    let token = token(&there).await;
    let known = json!({ "userEntityRef": GUEST, "ownershipEntityRefs": [GUEST] });
    assert_eq!(ask(&here, "/api/example/me", &token).await, (200, known));
}

#[tokio::test]
async fn a_key_store_that_cannot_be_read_keeps_the_backend_from_starting() {
    for (auth, key) in [
        (
            json!({ "keyStore": { "provider": "firestore" } }),
            "`auth.keyStore.provider`",
        ),
        (
            json!({ "keyStore": { "provider": "static" } }),
            "`auth.keyStore.static.keys`",
        ),
        (
            json!({ "keyStore": { "provider": "static", "static": { "keys": [
                { "keyId": "a", "publicKeyFile": "nowhere.pem" },
            ]}}}),
            "`auth.keyStore.static.keys[0].publicKeyFile`",
        ),
        (
            json!({ "identityTokenAlgorithm": "RS256" }),
            "`auth.identityTokenAlgorithm`",
        ),
    ] {
        let failed = with(auth).start_error().await;
        let error = failed.error.to_string();
        assert!(error.contains(key), "{key}: {error}");
    }
}
