//! The one thing that there is, and questions to its database that cannot be answered.

use greenroom::database::DatabaseClient;
use greenroom::database::sea_orm::{ConnectionTrait as _, EntityTrait as _};
use greenroom::prelude::*;

use super::thing::{Entity, Model};

pub fn routes(client: DatabaseClient) -> Router {
    Router::new()
        .route("/db", get(first))
        .route("/err/db", get(failing))
        .route("/err/db-wrapped", get(failing_in_other_words))
        .with_state(client)
}

async fn first(State(client): State<DatabaseClient>) -> Result<Json<Option<Model>>, ApiError> {
    Ok(Json(Entity::find_by_id(1).one(&client).await?))
}

async fn failing(State(client): State<DatabaseClient>) -> Result<(), ApiError> {
    client
        .execute_unprepared("select * from no_such_table")
        .await?;
    Ok(())
}

async fn failing_in_other_words(State(client): State<DatabaseClient>) -> Result<(), HttpError> {
    let asked = client
        .execute_unprepared("select * from no_such_table")
        .await;
    asked.map_err(|error| HttpError::forwarded("query failed", HttpError::internal(error)))?;
    Ok(())
}
