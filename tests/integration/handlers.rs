//! Handlers as the page about them writes them, and what their clients and the log read when they fail.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use axum::body::Body;
use axum::http::StatusCode;
use futures_util::StreamExt as _;
use greenroom::config::ByteSize;
use greenroom::handler::body_limit;
use greenroom::prelude::*;
use greenroom_test_kit::{StartedTestBackend, test_backend};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use wiremock::matchers::path;
use wiremock::{Mock, MockServer, ResponseTemplate};

#[derive(Clone, Deserialize, Serialize)]
struct Article {
    title: String,
    #[serde(default)]
    price: u32,
}

/// What a database would say.
#[derive(Debug, thiserror::Error)]
#[error("relation \"articles\" does not exist")]
struct DatabaseError;

#[derive(Default)]
struct Store {
    articles: Mutex<BTreeMap<u32, Article>>,
}

impl Store {
    async fn find(&self, number: u32) -> Result<Option<Article>, DatabaseError> {
        if number > 999 {
            return Err(DatabaseError);
        }
        let articles = self.articles.lock();
        let articles = articles.unwrap_or_else(PoisonError::into_inner);
        Ok(articles.get(&number).cloned())
    }

    async fn add(&self, article: Article) -> Result<u32, AddError> {
        if article.price > 999 {
            return Err(AddError::Database(DatabaseError));
        }
        let articles = self.articles.lock();
        let mut articles = articles.unwrap_or_else(PoisonError::into_inner);
        if articles.values().any(|known| known.title == article.title) {
            return Err(AddError::Exists(article.title));
        }
        let number = u32::try_from(articles.len()).unwrap_or(u32::MAX);
        articles.insert(number, article);
        Ok(number)
    }
}

async fn article(
    State(store): State<Arc<Store>>,
    Path(number): Path<u32>,
) -> Result<Json<Article>, ApiError> {
    let missing = || HttpError::not_found(format!("There is no article {number}"));
    let article = store.find(number).await?.ok_or_else(missing)?;
    Ok(Json(article))
}

async fn price(
    State(store): State<Arc<Store>>,
    Path(number): Path<u32>,
) -> Result<Json<u32>, ApiError> {
    let found = store.find(number).await;
    let found = found.forwarded("The price cannot be told")?;
    Ok(Json(found.map_or(0, |article| article.price)))
}

#[derive(Debug, thiserror::Error)]
enum AddError {
    #[error("There is an article `{0}` already")]
    Exists(String),
    #[error("the database failed")]
    Database(#[source] DatabaseError),
}

impl From<AddError> for HttpError {
    fn from(error: AddError) -> Self {
        match error {
            AddError::Exists(_) => Self::conflict(error.to_string()),
            AddError::Database(_) => Self::internal(error),
        }
    }
}

async fn add(
    State(store): State<Arc<Store>>,
    Json(article): Json<Article>,
) -> Result<(StatusCode, Json<u32>), ApiError> {
    let number = store.add(article).await.map_err(HttpError::from)?;
    Ok((StatusCode::CREATED, Json(number)))
}

async fn photo(photo: Body) -> Result<Json<usize>, ApiError> {
    let mut received = 0;
    let mut pieces = photo.into_data_stream();
    while let Some(piece) = pieces.next().await {
        received += piece?.len();
    }
    Ok(Json(received))
}

fn routes(store: Arc<Store>) -> Router {
    Router::new()
        .route("/articles", post(add).layer(body_limit(ByteSize::kb(1))))
        .route("/photos", post(photo).layer(body_limit(ByteSize::mb(50))))
        .route("/articles/{number}", get(article))
        .route("/articles/{number}/price", get(price))
        .with_state(store)
}

#[derive(Deserialize, schemars::JsonSchema)]
struct ShopSettings {
    /// Where the stock is kept.
    stock: String,
}

#[backend_plugin(id = "shop")]
async fn shop(router: HttpRouter, client: HttpClient, settings: Settings<ShopSettings>) {
    router.mount(routes(Arc::default()));
    let stock = async move || -> Result<Json<Value>, ApiError> {
        let answer = client.get(&settings.stock).send().await?;
        let answer = answer.forward_error().await?;
        Ok(Json(answer.json().await?))
    };
    router.mount(Router::new().route("/stock", get(stock)));
    router.add_auth_policy(AuthPolicy::unauthenticated("/"));
}

#[backend_plugin(id = "safe")]
async fn safe(router: HttpRouter) {
    let echo = async |Json(body): Json<Value>| Json(body);
    router.mount(Router::new().route("/echo", post(echo)));
}

async fn backend(stock: &str) -> StartedTestBackend {
    let shop_settings = json!({ "shop": { "stock": stock } });
    test_backend![shop, safe]
        .config(shop_settings)
        .start()
        .await
}

fn answered(name: &str, message: &str, method: &str, url: &str, status: u16) -> Value {
    json!({
        "error": { "name": name, "message": message },
        "request": { "method": method, "url": url },
        "response": { "statusCode": status },
    })
}

#[tokio::test]
async fn what_a_handler_says_reaches_the_client() {
    let backend = backend("http://127.0.0.1:1").await;
    let apple = json!({ "title": "apple" });
    let added = backend.post("/api/shop/articles").json(&apple).send().await;
    added.assert_status(201).assert_json(json!(0));
    let found = backend.get("/api/shop/articles/0").send().await;
    assert_eq!(
        found.header("content-type"),
        Some("application/json; charset=utf-8")
    );

    let again = backend.post("/api/shop/articles").json(&apple).send().await;
    let message = "There is an article `apple` already";
    let expected = answered("ConflictError", message, "POST", "/articles", 409);
    again.assert_status(409).assert_json(expected);
    for (number, name, message, status) in [
        ("7", "NotFoundError", "There is no article 7", 404),
        ("x", "InputError", "invalid path: expected u32", 400),
    ] {
        let url = format!("/articles/{number}");
        let answer = backend.get(&format!("/api/shop{url}")).send().await;
        let expected = answered(name, message, "GET", &url, status);
        answer.assert_status(status).assert_json(expected);
    }
    let large = json!({ "title": "x".repeat(2000) });
    let large = backend.post("/api/shop/articles").json(&large).send().await;
    large.assert_status(413);
    assert_eq!(large.json::<Value>()["error"]["limit"], 1024);

    let photo = async |length| {
        let photo = backend.post("/api/shop/photos").body("x".repeat(length));
        photo.send().await
    };
    let most = 50 * 1024 * 1024;
    let answer = photo(most).await;
    answer.assert_status(200).assert_json(json!(most));
    let answer = photo(most + 1).await;
    answer.assert_status(413);
    assert_eq!(answer.json::<Value>()["error"]["length"], most + 1);
}

#[tokio::test]
async fn who_may_not_come_in_is_told_so_before_the_body_is_read() {
    let backend = backend("http://127.0.0.1:1").await;
    for body in [r#"{"a":"#.to_owned(), "x".repeat(200_000)] {
        let request = backend.post("/api/safe/echo").body(body);
        let request = request.header("content-type", "application/json");
        let answer = request.send().await;
        let expected = answered(
            "AuthenticationError",
            "Missing credentials",
            "POST",
            "/echo",
            401,
        );
        answer.assert_status(401).assert_json(expected);
    }
}

#[tokio::test]
async fn what_a_database_says_is_for_the_log() {
    let backend = backend("http://127.0.0.1:1").await;
    let dear = json!({ "title": "pearl", "price": 1000 });
    let dear = backend.post("/api/shop/articles").json(&dear).send().await;
    let plain = backend.get("/api/shop/articles/1000").send().await;
    let forwarded = backend.get("/api/shop/articles/1000/price").send().await;
    for (answer, before) in [
        (dear, ""),
        (plain, ""),
        (forwarded, "The price cannot be told; caused by Error: "),
    ] {
        answer.assert_status(500);
        assert!(!answer.text().contains("relation"), "{}", answer.text());
        let logs = answer.logs();
        let line = logs.assert_contains("relation \"articles\" does not exist");
        let id = line.fields["logId"].as_str().expect("the line has an id");
        assert_eq!(
            answer.json::<Value>()["error"]["message"],
            format!("{before}An internal error occurred logId={id}")
        );
    }
}

#[tokio::test]
async fn what_another_backend_says_is_handed_on() {
    let stock = MockServer::start().await;
    let remote = json!({
        "error": { "name": "NotFoundError", "message": "There is no stock" },
        "request": { "method": "GET", "url": "/stock" },
        "response": { "statusCode": 404 },
    });
    let gone = ResponseTemplate::new(404).set_body_json(&remote);
    let mock = Mock::given(path("/stock")).respond_with(gone);
    mock.mount(&stock).await;
    let backend = backend(&format!("{}/stock", stock.uri())).await;
    let answer = backend.get("/api/shop/stock").send().await;
    answer.assert_status(404);
    let error = &answer.json::<Value>()["error"];
    assert_eq!(error["name"], "ResponseError");
    assert_eq!(error["message"], "Request failed with 404 Not Found");
    assert_eq!(
        (&error["cause"], &error["body"]),
        (&remote["error"], &remote)
    );
}
