//! The backend: one plugin, and a route for each way to the row.

use std::process::ExitCode;

use greenroom::database::DatabaseClient;
use greenroom::database::sea_orm::EntityTrait as _;
use greenroom::prelude::*;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::bare::Bare;
use crate::tea::{Entity, ID, Migrator, Model, SQL};

#[derive(Deserialize, JsonSchema)]
struct BenchSettings {
    /// Where the bare pool connects to, if it is a PostgreSQL.
    #[serde(default)]
    url: String,
}

#[backend_plugin(id = "bench")]
async fn plugin(
    http_router: HttpRouter,
    database: Database,
    settings: Settings<BenchSettings>,
) -> Result<()> {
    database.migrate::<Migrator>().await?;
    let client = database.client().await?;
    let bare = Bare::beside(&client, &settings.url).await?;
    let through_the_service = Router::new()
        .route("/entity", get(by_entity))
        .route("/sql", get(by_sql))
        .with_state(client);
    http_router.mount(through_the_service);
    http_router.mount(
        Router::new()
            .route("/bare", get(by_bare_pool))
            .with_state(bare),
    );
    for path in ["/entity", "/sql", "/bare"] {
        http_router.add_auth_policy(AuthPolicy::unauthenticated(path));
    }
    Ok(())
}

async fn by_entity(State(client): State<DatabaseClient>) -> Result<Json<Option<Model>>, ApiError> {
    Ok(Json(Entity::find_by_id(ID).one(&client).await?))
}

async fn by_sql(State(client): State<DatabaseClient>) -> Result<Json<Model>, ApiError> {
    let row: (i32, String) = match client.sqlite_pool() {
        Some(pool) => sqlx::query_as(SQL).bind(ID).fetch_one(pool).await?,
        None => {
            let mut connection = client.postgres().await?;
            let query = sqlx::query_as(SQL).bind(ID);
            query.fetch_one(&mut *connection).await?
        }
    };
    Ok(Json(row.into()))
}

async fn by_bare_pool(State(bare): State<Bare>) -> Result<Json<Model>, ApiError> {
    Ok(Json(bare.read().await?))
}

pub(crate) async fn run() -> ExitCode {
    // The arguments of this process are not the backend's.
    let arguments = ["greenroom".into()];
    backend![greenroom::defaults, plugin]
        .run_with(arguments)
        .await
}
