//! A plugin that calls another service, in a test, which may call nothing outside.

use greenroom::prelude::*;
use greenroom_test_kit::test_backend;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;
use wiremock::matchers::{header, path, query_param};
use wiremock::{Mock, MockServer, ResponseTemplate};

#[derive(Deserialize, JsonSchema)]
struct WeatherSettings {
    /// The service that knows the weather.
    url: String,
}

#[derive(Deserialize)]
struct Weather {
    degrees: f64,
}

#[backend_plugin(id = "weather")]
async fn weather(router: HttpRouter, client: HttpClient, settings: Settings<WeatherSettings>) {
    let now = async move || -> Result<String, ApiError> {
        let request = client.get(&settings.url).query("city", "Zürich");
        let response = request.send().await?.error_for_status()?;
        let weather: Weather = response.json().await?;
        Ok(format!("{} °C", weather.degrees))
    };
    router.mount(Router::new().route("/now", get(now)));
    router.add_auth_policy(AuthPolicy::unauthenticated("/now"));
}

#[tokio::test]
async fn a_plugin_calls_a_mock_and_nothing_else() {
    let mock = MockServer::start().await;
    let answer = ResponseTemplate::new(200).set_body_json(json!({ "degrees": 21.5 }));
    Mock::given(path("/weather"))
        .and(query_param("city", "Zürich"))
        .and(header("x-request-id", "abc"))
        .respond_with(answer)
        .mount(&mock)
        .await;

    let mocked = format!("{}/weather", mock.uri());
    let refused = "plugin `weather`: GET https://weather.invalid/now?city=…: refused";
    for (url, status, body) in [
        (&*mocked, 200, "21.5 °C"),
        ("https://weather.invalid/now", 500, "internal error"),
    ] {
        let backend = test_backend![weather]
            .config(json!({ "weather": { "url": url } }))
            .start()
            .await;
        let request = backend.get("/api/weather/now");
        let answer = request.header("x-request-id", "abc").send().await;
        answer.assert_status(status);
        assert!(answer.text().contains(body), "{answer:?}");

        let lines = answer.logs().clone().containing(refused);
        assert_eq!(lines.lines().is_empty(), status == 200, "{lines}");
    }
}
