//! axum with what greenroom does by default.

use std::net::SocketAddr;
use std::process::ExitCode;

use axum::Router;
use axum::routing::get;
use greenroom_benches::{BoxError, layered};
use tokio::net::TcpListener;
use tracing::Level;

use crate::handler::health;

pub(crate) async fn run(address: SocketAddr, level: Level) -> Result<ExitCode, BoxError> {
    layered::log(level);
    let router = layered::layered(Router::new().route("/health", get(health)));
    axum::serve(TcpListener::bind(address).await?, router).await?;
    Ok(ExitCode::SUCCESS)
}
