//! Auth policies and the routes around their edges: which path a policy opens, and which it leaves closed.

use std::collections::HashMap;

use axum::extract::OriginalUri;
use greenroom::prelude::*;
use serde::Serialize;

use super::sent::Sent;

// Routes in small letters answer to capitals too; `/CaseOpen` below opens both.
const REACHED: [&str; 18] = [
    "/open",
    "/open/{id}",
    "/open/{id}/sub",
    "/caseopen",
    "/trail",
    "/trail/sub",
    "/wild",
    "/wild/{*rest}",
    "/opt",
    "/opt/{x}",
    "/opt/{x}/y",
    "/healthz",
    "/health-check",
    "/health.json",
    "/health/sub",
    "/private",
    "/optionalx",
    "/cookie/open",
];

const OPEN: [&str; 10] = [
    "/health",
    "/open/:id",
    "/CaseOpen",
    "/trail/",
    "/wild/*rest",
    "/opt{/:x}",
    "/cookie/open",
    "/optional",
    "/mint",
    "/err-open",
];

pub fn policies() -> Vec<AuthPolicy> {
    let mut policies: Vec<_> = OPEN.map(AuthPolicy::unauthenticated).into();
    policies.push(AuthPolicy::user_cookie("/cookie"));
    policies
}

pub fn routes() -> Router {
    REACHED.into_iter().fold(Router::new(), |router, path| {
        router.route(path, get(reached))
    })
}

#[derive(Serialize)]
struct Reached {
    reached: String,
}

/// Takes the parameters, which have to be in order, and uses none.
async fn reached(_: Path<HashMap<String, String>>, original: OriginalUri) -> Json<Reached> {
    Json(Reached {
        reached: Sent::from(original).path,
    })
}
