//! A plugin that calls another service, in a backend that may call nothing outside.

use greenroom::Inputs;
use greenroom::config::{Config, ConfigArguments};
use greenroom::http_client::OnlyHosts;
use greenroom::http_error::HttpError;
use greenroom::logger::Sink;
use greenroom::prelude::*;
use greenroom::root_http_router::RootHttpRouterService;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;
use wiremock::matchers::{header, path, query_param};
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::support::request;

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
    let now = async move || -> Result<String, HttpError> {
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
    for (url, status, body) in [
        (&*mocked, 200, "21.5 °C"),
        ("https://weather.invalid/now", 500, "internal error"),
    ] {
        let config = Config::from_json(json!({
            "backend": { "listen": "127.0.0.1:0" },
            "weather": { "url": url },
        }));
        let (sink, lines) = Sink::memory();
        let inputs = Inputs::new()
            .with(ConfigArguments::fixed(config))
            .with(OnlyHosts::this_machine())
            .with(sink);
        let running = backend![greenroom::defaults, weather].start(inputs).await;
        let running = running.expect("no call is made while it starts");
        let server = running.root_service::<dyn RootHttpRouterService>();
        let address = server.and_then(|server| server.address());
        let address = address.expect("it listens");

        let id = "x-request-id: abc\r\n";
        let answer = request(address, "GET", "/api/weather/now", id, "").await;
        assert_eq!(answer.status, status);
        assert!(answer.body.contains(body), "{answer:?}");
        running.stop().await;

        let refused = "plugin `weather`: GET https://weather.invalid/now?city=…: refused";
        let log = lines.all().join("\n");
        assert_eq!(log.contains(refused), status == 500, "{log}");
    }
}
