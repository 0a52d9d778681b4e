//! The routes of the catalog, below `/api/catalog`, in the shape of Backstage's.

use std::sync::Arc;

use catalog_node::{CatalogError, EntityRef};
use greenroom::prelude::*;
use serde_json::Value;

use crate::fields;
use crate::filter::Filter;
use crate::store::Content;

pub(crate) fn create(content: Arc<Content>) -> Router {
    Router::new()
        .route("/entities", get(list))
        .route("/entities/by-name/{kind}/{namespace}/{name}", get(by_name))
        .route("/errors", get(errors))
        .with_state(content)
}

async fn list(
    State(content): State<Arc<Content>>,
    Query(parameters): Query<Vec<(String, String)>>,
) -> Result<Json<Vec<Value>>, ApiError> {
    let request = ListRequest::parse(&parameters).map_err(HttpError::input)?;
    let rows = content.entities.values();
    let rows = rows.filter(|row| request.filter.accepts(&row.index));
    let rows = rows.skip(request.offset).take(request.limit);
    Ok(Json(rows.map(|row| request.answer(&row.json)).collect()))
}

async fn by_name(
    State(content): State<Arc<Content>>,
    Path((kind, namespace, name)): Path<(String, String, String)>,
) -> Result<Json<Value>, ApiError> {
    let reference = EntityRef::new(&kind, &namespace, &name);
    let row = content.entities.get(&reference);
    let row = row
        .ok_or_else(|| HttpError::not_found(format!("The catalog has no entity `{reference}`")))?;
    Ok(Json(row.json.clone()))
}

async fn errors(State(content): State<Arc<Content>>) -> Json<Vec<CatalogError>> {
    Json(content.errors.clone())
}

/// The parameters of a list.
#[derive(Debug, PartialEq, Eq)]
struct ListRequest {
    filter: Filter,
    fields: Vec<String>,
    offset: usize,
    limit: usize,
}

impl ListRequest {
    fn parse(parameters: &[(String, String)]) -> Result<Self, String> {
        let mut request = Self {
            filter: Filter::default(),
            fields: Vec::new(),
            offset: 0,
            limit: usize::MAX,
        };
        for (name, value) in parameters {
            let number = || {
                let message = || format!("found `{value}` in `{name}`, wanted a whole number");
                value.parse().map_err(|_| message())
            };
            match name.as_str() {
                "filter" => request.filter.add(value)?,
                "fields" => {
                    let fields = value.split(',').map(str::trim);
                    let fields = fields.filter(|field| !field.is_empty());
                    request.fields.extend(fields.map(str::to_owned));
                }
                "offset" => request.offset = number()?,
                "limit" => request.limit = number()?,
                // A list that is not what was asked for is worse than none.
                _ => {
                    return Err(format!(
                        "found the parameter `{name}`, wanted `filter`, `fields`, `offset` or `limit`"
                    ));
                }
            }
        }
        Ok(request)
    }

    fn answer(&self, entity: &Value) -> Value {
        if self.fields.is_empty() {
            entity.clone()
        } else {
            fields::pick(entity, &self.fields)
        }
    }
}

#[cfg(test)]
mod tests {
    use axum::body::{Body, to_bytes};
    use axum::http::Request;
    use catalog_node::{Contribution, Entity, Found, Kind, Origin};
    use serde_json::json;
    use tower::ServiceExt as _;

    use super::*;
    use crate::merge::merge;

    /// What the router alone answers about these domains: status and body.
    async fn ask(domains: &[&str], path: &str) -> (u16, Value) {
        let found = domains.iter().map(|name| Found {
            entity: Entity::new(Kind::Domain, *name).with("owner", "team"),
            origin: Origin::new("a test"),
        });
        let contribution = Contribution {
            entities: found.collect(),
            errors: Vec::new(),
        };
        let content = Content::new(merge(vec![contribution], &[]));
        let request = Request::get(path).body(Body::empty());
        let request = request.expect("the request is whole");
        let Ok(answer) = create(Arc::new(content)).oneshot(request).await;
        let status = answer.status().as_u16();
        let body = to_bytes(answer.into_body(), 10_000).await;
        let body = body.expect("it is short");
        (status, serde_json::from_slice(&body).unwrap_or_default())
    }

    #[tokio::test]
    async fn a_list_is_what_was_asked_for() {
        let path = "/entities?filter=kind=domain&offset=1&limit=1&fields=metadata.name";
        let expected = json!([{ "metadata": { "name": "b" } }]);
        assert_eq!(ask(&["a", "b", "c"], path).await, (200, expected));
        assert_eq!(ask(&["a"], "/entities?limit=all").await.0, 400);
    }

    #[tokio::test]
    async fn an_entity_is_found_by_its_name_in_any_case() {
        let (status, entity) = ask(&["Shop"], "/entities/by-name/Domain/default/shop").await;
        assert_eq!((status, &entity["metadata"]["name"]), (200, &json!("Shop")));
        let nothing = ask(&["Shop"], "/entities/by-name/domain/default/none").await;
        assert_eq!(nothing.0, 404);
    }

    fn parse(parameters: &[(&str, &str)]) -> Result<ListRequest, String> {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        ListRequest::parse(&parameters.iter().map(owned).collect::<Vec<_>>())
    }

    #[test]
    fn parameters_are_read_or_refused_by_name() {
        let request = parse(&[("fields", "kind, metadata.name,"), ("fields", "spec")]);
        assert_eq!(
            request.map(|it| it.fields),
            Ok(["kind", "metadata.name", "spec"].map(str::to_owned).into())
        );
        let request = parse(&[("limit", "5"), ("offset", "2")]).expect("they are fine");
        assert_eq!((request.offset, request.limit), (2, 5));
        assert_eq!(
            parse(&[("limit", "-1")]),
            Err("found `-1` in `limit`, wanted a whole number".to_owned())
        );
        assert!(parse(&[("order", "asc:kind")]).is_err_and(|it| it.contains("`order`")));
    }
}
