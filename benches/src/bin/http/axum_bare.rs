//! axum with the handler and nothing else: how far the other two are from what the machine can do.

use std::net::SocketAddr;
use std::process::ExitCode;

use axum::Router;
use axum::routing::get;
use greenroom_benches::BoxError;
use tokio::net::TcpListener;

use crate::handler::health;

pub(crate) async fn run(address: SocketAddr) -> Result<ExitCode, BoxError> {
    let router = Router::new().route("/api/example/health", get(health));
    axum::serve(TcpListener::bind(address).await?, router).await?;
    Ok(ExitCode::SUCCESS)
}
