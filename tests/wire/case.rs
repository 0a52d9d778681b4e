//! A recorded exchange, as a line of `cases.jsonl`.

use serde::Deserialize;
use serde_json::{Map, Value};

/// What was sent, and what came back.
#[derive(Debug, Deserialize)]
pub struct Case {
    pub id: String,
    pub group: String,
    #[serde(default = "main")]
    pub profile: String,
    pub request: Request,
    pub response: Recorded,
}

fn main() -> String {
    "main".to_owned()
}

/// A request, either by its parts or byte for byte.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub enum Request {
    Raw {
        raw: String,
    },
    Parts {
        method: String,
        path: String,
        #[serde(default)]
        headers: Vec<(String, String)>,
        body: Option<Body>,
    },
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub enum Body {
    Text(String),
    Repeated {
        prefix: String,
        repeat: String,
        times: usize,
        suffix: String,
    },
    Bytes {
        base64: String,
    },
}

/// The answer, with what changes from run to run replaced.
#[derive(Debug, Deserialize)]
pub struct Recorded {
    pub status: u16,
    pub headers: Map<String, Value>,
    pub body: Map<String, Value>,
    pub note: Option<String>,
}

/// All recorded cases, in their order.
pub fn all() -> Vec<Case> {
    let lines = include_str!("cases.jsonl").lines();
    lines
        .map(|line| {
            serde_json::from_str(line).unwrap_or_else(|error| panic!("{error} in the case {line}"))
        })
        .collect()
}

/// The cases of a profile that somebody wants to see: all, or those that `WIRE_ONLY` names.
pub fn of(profile: &str) -> Vec<Case> {
    let only = std::env::var("WIRE_ONLY").ok();
    let only = only.map(|only| glob::Pattern::new(&only).expect("`WIRE_ONLY` is a pattern"));
    let mut cases = all();
    cases.retain(|case| {
        let wanted = only.as_ref().is_none_or(|only| only.matches(&case.id));
        wanted && case.profile == profile
    });
    cases
}
