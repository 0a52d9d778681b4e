//! `backend.cors` in the configuration.

use http::{HeaderValue, StatusCode};
use serde_json::{Map, Value, json};

use super::origins::{self, Origins};
use super::{Cors, Preflight};
use crate::config::{Config, ConfigError, ConfigSchema, Mistakes};
use crate::root_http_router::settings::{OneOrMore, header_value};

const CORS: &str = "backend.cors";
const ORIGIN: &str = "backend.cors.origin";
const METHODS: &str = "backend.cors.methods";
const ALLOWED_HEADERS: &str = "backend.cors.allowedHeaders";
const EXPOSED_HEADERS: &str = "backend.cors.exposedHeaders";
const CREDENTIALS: &str = "backend.cors.credentials";
const MAX_AGE: &str = "backend.cors.maxAge";
const PREFLIGHT_CONTINUE: &str = "backend.cors.preflightContinue";
const OPTIONS_STATUS: &str = "backend.cors.optionsSuccessStatus";

/// What is allowed unless configured, in the anchor's order.
const DEFAULT_METHODS: &str = "GET,HEAD,PUT,PATCH,POST,DELETE";

/// Reads it; none if the key is absent.
pub(in super::super) fn read(config: &Config, mistakes: &mut Mistakes) -> Option<Cors> {
    let section: Option<Map<String, Value>> = mistakes.take(config.get_optional(CORS)).flatten();
    section?;
    let origins = mistakes.take(read_origins(config));
    let methods = mistakes.take(list(config, METHODS)).flatten();
    let allowed_headers = mistakes.take(list(config, ALLOWED_HEADERS)).flatten();
    let exposed_headers = mistakes.take(list(config, EXPOSED_HEADERS)).flatten();
    let credentials: Option<bool> = mistakes.take(config.get_optional(CREDENTIALS)).flatten();
    let max_age: Option<u64> = mistakes.take(config.get_optional(MAX_AGE)).flatten();
    let goes_on: Option<bool> = mistakes
        .take(config.get_optional(PREFLIGHT_CONTINUE))
        .flatten();
    let status = mistakes.take(status(config)).flatten();
    let methods = methods.unwrap_or(HeaderValue::from_static(DEFAULT_METHODS));
    Some(Cors {
        origins: origins?,
        credentials: credentials.unwrap_or(false),
        exposed_headers: exposed_headers.filter(|value| !value.is_empty()),
        preflight: Preflight {
            methods: Some(methods).filter(|value| !value.is_empty()),
            allowed_headers,
            max_age: max_age.map(HeaderValue::from),
            status: match goes_on {
                Some(true) => None,
                Some(false) | None => Some(status.unwrap_or(StatusCode::NO_CONTENT)),
            },
        },
    })
}

/// Adds its keys to the schema.
pub(in super::super) fn describe(schema: &mut ConfigSchema) {
    let texts = || {
        json!({ "anyOf": [
            { "type": "string" },
            { "type": "array", "items": { "type": "string" } },
        ]})
    };
    for (key, description) in [
        (
            ORIGIN,
            "Origins that may call from a browser; `*` stands for any part without a slash.",
        ),
        (METHODS, "Methods that they may use."),
        (
            ALLOWED_HEADERS,
            "Headers that they may send; unless given, whatever they ask for.",
        ),
        (EXPOSED_HEADERS, "Headers of answers that they may read."),
    ] {
        schema.add_schema(key, texts(), description);
    }
    schema.add_key::<bool>(CREDENTIALS, "Whether they may send cookies.");
    schema.add_key::<u64>(
        MAX_AGE,
        "For how many seconds a browser may remember all this.",
    );
    schema.add_key::<bool>(PREFLIGHT_CONTINUE, "Whether handlers answer OPTIONS.");
    schema.add_schema(
        OPTIONS_STATUS,
        json!({ "type": "integer", "minimum": 200, "maximum": 299 }),
        "The status of the answer to OPTIONS.",
    );
}

fn read_origins(config: &Config) -> Result<Origins, ConfigError> {
    let Some(texts) = config.get_optional::<OneOrMore>(ORIGIN)? else {
        return Ok(Origins::Any);
    };
    let patterns = texts
        .all()
        .iter()
        .map(|text| origins::pattern(text))
        .collect();
    let patterns: Result<Vec<_>, String> = patterns;
    patterns
        .map(Origins::Matching)
        .map_err(|message| config.refusal(ORIGIN, message))
}

fn list(config: &Config, key: &str) -> Result<Option<HeaderValue>, ConfigError> {
    let texts: Option<OneOrMore> = config.get_optional(key)?;
    let joined = texts.map(|texts| header_value(config, key, &texts.all().join(",")));
    joined.transpose()
}

fn status(config: &Config) -> Result<Option<StatusCode>, ConfigError> {
    let Some(status) = config.get_optional::<u16>(OPTIONS_STATUS)? else {
        return Ok(None);
    };
    let status = StatusCode::from_u16(status)
        .ok()
        .filter(StatusCode::is_success);
    let refusal = || config.refusal(OPTIONS_STATUS, "it must be a status from 200 to 299");
    status.ok_or_else(refusal).map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mistakes(cors: &Value) -> Vec<String> {
        let config = Config::from_json(json!({ "backend": { "cors": cors } }));
        let mut mistakes = Mistakes::default();
        read(&config, &mut mistakes);
        let mistakes = mistakes.finish(()).err().unwrap_or_default();
        mistakes.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_wrong_value_is_named_by_its_key() {
        for (cors, key) in [
            (json!("everybody"), CORS),
            (json!({"origin": 7}), ORIGIN),
            (
                json!({"origin": ["http://ok.example", "http://{a,b}.example"]}),
                ORIGIN,
            ),
            (json!({"methods": {}}), METHODS),
            (json!({"allowedHeaders": ["A\nB"]}), ALLOWED_HEADERS),
            (json!({"exposedHeaders": 1}), EXPOSED_HEADERS),
            (json!({"credentials": "perhaps"}), CREDENTIALS),
            (json!({"maxAge": "long"}), MAX_AGE),
            (json!({"preflightContinue": 2}), PREFLIGHT_CONTINUE),
            (json!({"optionsSuccessStatus": 404}), OPTIONS_STATUS),
        ] {
            let mistakes = mistakes(&cors);
            assert_eq!(mistakes.len(), 1, "{cors}: {mistakes:?}");
            assert!(mistakes[0].contains(key), "{mistakes:?}");
        }
    }

    #[test]
    fn no_section_is_no_cors() {
        let mut mistakes = Mistakes::default();
        assert!(read(&Config::from_json(json!({})), &mut mistakes).is_none());
        assert!(mistakes.finish(()).is_ok());
    }
}
