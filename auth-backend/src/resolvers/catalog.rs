//! Asks the catalog for users, by HTTP as any plugin would be asked, wherever discovery says that it is.
//!
//! What is found is looked at again: a name or an address that reaches a query is whatever somebody has written into
//! a profile. A catalog that does not know the path is one that is not there, and knows nobody.

use std::time::Duration;

use axum::http::StatusCode;
use greenroom::config::ByteSize;
use greenroom::prelude::*;
use greenroom::user_info::UserIdentity;
use serde::Deserialize;
use serde_json::{Map, Value};
use url::Url;

const DEADLINE: Duration = Duration::from_secs(10);
const LARGEST: ByteSize = ByteSize::mb(1);

/// The catalog, as the auth plugin sees it.
pub(crate) struct Catalog {
    auth: Auth,
    discovery: Discovery,
    client: HttpClient,
}

/// What is of interest of an entity.
#[derive(Deserialize)]
struct Entity {
    kind: String,
    metadata: Metadata,
    #[serde(default)]
    spec: Value,
    #[serde(default)]
    relations: Vec<Relation>,
}

#[derive(Deserialize)]
struct Metadata {
    name: String,
    namespace: Option<String>,
    #[serde(default)]
    annotations: Map<String, Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Relation {
    #[serde(rename = "type")]
    kind: String,
    target_ref: String,
}

#[derive(Deserialize)]
struct Found {
    items: Vec<Entity>,
}

impl Catalog {
    pub(crate) fn new(auth: Auth, discovery: Discovery, client: HttpClient) -> Self {
        Self {
            auth,
            discovery,
            client,
        }
    }

    /// The user of this name in the namespace `default`.
    pub(crate) async fn user_named(&self, name: &str) -> Result<Option<UserIdentity>, HttpError> {
        if !is_name(name) {
            return Ok(None);
        }
        let path = ["entities", "by-name", "user", "default", name];
        let user: Option<Entity> = self.ask(&path, None).await?;
        let same = |user: &Entity| user.metadata.name.eq_ignore_ascii_case(name);
        Ok(user.filter(same).and_then(Entity::into_user))
    }

    /// The user whose profile has this address.
    pub(crate) async fn user_of_email(
        &self,
        email: &str,
    ) -> Result<Option<UserIdentity>, HttpError> {
        let filter = format!("kind=user,spec.profile.email={email}");
        self.only(&filter, |user| {
            let found = user.spec.pointer("/profile/email").and_then(Value::as_str);
            found.is_some_and(|found| found.eq_ignore_ascii_case(email))
        })
        .await
    }

    /// The user with this annotation.
    pub(crate) async fn user_annotated(
        &self,
        annotation: &str,
        value: &str,
    ) -> Result<Option<UserIdentity>, HttpError> {
        // A comma would begin another condition.
        if value.is_empty() || value.contains([',', '=']) {
            return Ok(None);
        }
        let filter = format!("kind=user,metadata.annotations.{annotation}={value}");
        self.only(&filter, |user| {
            let found = user.metadata.annotations.get(annotation);
            found.and_then(Value::as_str) == Some(value)
        })
        .await
    }

    /// The one user that the catalog finds and that fits.
    async fn only(
        &self,
        filter: &str,
        fits: impl Fn(&Entity) -> bool,
    ) -> Result<Option<UserIdentity>, HttpError> {
        let found: Option<Found> = self.ask(&["entities", "by-query"], Some(filter)).await?;
        let found = found.map(|found| found.items).unwrap_or_default();
        let mut users = found.into_iter().filter(|user| fits(user));
        match (users.next(), users.next()) {
            (Some(_), Some(_)) => Err(HttpError::conflict(
                "User lookup resulted in multiple matches",
            )),
            (user, _) => Ok(user.and_then(Entity::into_user)),
        }
    }

    async fn ask<T: serde::de::DeserializeOwned>(
        &self,
        path: &[&str],
        filter: Option<&str>,
    ) -> Result<Option<T>, HttpError> {
        let base = self.discovery.base_url("catalog").await;
        let base = base.map_err(HttpError::internal)?;
        let mut url = Url::parse(&base).map_err(HttpError::internal)?;
        url.path_segments_mut()
            .map_err(|()| HttpError::internal("the catalog's address has no path"))?
            .extend(path);
        let own = self.auth.own_service_credentials().into_any();
        let token = self.auth.plugin_request_token(&own, "catalog").await?;
        let mut call = self.client.get(&url).deadline(DEADLINE).body_limit(LARGEST);
        if let Some(token) = token {
            call = call.bearer(token.expose());
        }
        if let Some(filter) = filter {
            // Two are enough to see that it is not the only one.
            call = call.query("filter", filter).query("limit", "2");
        }
        let answer = call.send().await.map_err(unavailable)?;
        if answer.status() == StatusCode::NOT_FOUND {
            return Ok(None);
        }
        let answer = answer.error_for_status().map_err(unavailable)?;
        answer.json().await.map(Some).map_err(unavailable)
    }
}

fn unavailable(error: greenroom::http_client::HttpClientError) -> HttpError {
    HttpError::unavailable("The catalog cannot be asked for users at the moment").with_source(error)
}

impl Entity {
    /// The user, and the groups that it is a member of; none for an entity that is no user.
    fn into_user(self) -> Option<UserIdentity> {
        if !self.kind.eq_ignore_ascii_case("user") {
            return None;
        }
        let namespace = self.metadata.namespace.as_deref().unwrap_or("default");
        let user = format!("user:{namespace}/{}", self.metadata.name).to_lowercase();
        let mut owners = vec![user.clone()];
        for relation in self.relations {
            let is_group = relation.target_ref.starts_with("group:");
            if relation.kind == "memberOf" && is_group && !owners.contains(&relation.target_ref) {
                owners.push(relation.target_ref);
            }
        }
        Some(UserIdentity {
            user_entity_ref: user,
            ownership_entity_refs: owners,
        })
    }
}

/// Whether an entity can have this name: parts of letters and digits, with `-`, `_` or `.` between them.
fn is_name(name: &str) -> bool {
    name.len() <= 63
        && name
            .split(['-', '_', '.'])
            .all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_user_owns_what_its_groups_own() {
        let entity = json!({
            "kind": "User",
            "metadata": { "name": "Jane" },
            "relations": [
                { "type": "memberOf", "targetRef": "group:default/team" },
                { "type": "memberOf", "targetRef": "group:default/team" },
                { "type": "memberOf", "targetRef": "system:default/shop" },
                { "type": "ownerOf", "targetRef": "group:default/other" },
            ],
        });
        let entity: Entity = serde_json::from_value(entity).expect("it is an entity");
        let user = entity.into_user().expect("it is a user");
        assert_eq!(user.user_entity_ref, "user:default/jane");
        assert_eq!(
            user.ownership_entity_refs,
            ["user:default/jane", "group:default/team"]
        );
        let group = json!({ "kind": "Group", "metadata": { "name": "team" } });
        let group: Entity = serde_json::from_value(group).expect("it is an entity");
        assert!(group.into_user().is_none());
    }

    #[test]
    fn names_that_no_entity_has_are_not_asked_for() {
        for (name, can_be) in [
            ("jane", true),
            ("Jane.Doe-2_x", true),
            ("..", false),
            (".", false),
            ("jane/../admin", false),
            ("jane%2fadmin", false),
            ("jane+work", false),
            ("", false),
            ("-jane", false),
        ] {
            assert_eq!(is_name(name), can_be, "{name}");
        }
    }
}
