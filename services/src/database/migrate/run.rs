//! One migration after the other.

use std::time::UNIX_EPOCH;

use sea_orm::sea_query::{Alias, Expr, ExprTrait as _, Query};
use sea_orm::{
    ConnectionTrait, DatabaseConnection, DbBackend, DbErr, SqliteTransactionMode,
    TransactionOptions, TransactionTrait as _,
};
use sea_orm_migration::{MigrationTrait, MigratorTraitSelf as _, SchemaManager};

use super::Context;
use super::history::History;
use super::session::Session;
use crate::database::{DatabaseError, Migrations};

#[derive(Clone, Copy, PartialEq, Eq)]
enum Direction {
    Up,
    Down,
}

pub(super) async fn up(
    context: &Context,
    session: &Session,
    migrations: Migrations,
) -> Result<Vec<String>, DatabaseError> {
    let _standstill = context.plan.standstill();
    let connection = session.connection();
    migrations.install(connection).await?;
    // Whoever had the lock before may have done it all.
    let history = History::read_on(&context.plan.plugin, connection, migrations).await?;
    let pending = history.pending()?;
    let mut done = Vec::new();
    for migration in migrations.migrations() {
        if pending.contains(&migration.name()) {
            one(context, session, migrations, &*migration, Direction::Up).await?;
            done.push(migration.name().to_owned());
        }
    }
    Ok(done)
}

pub(super) async fn down(
    context: &Context,
    session: &Session,
    migrations: Migrations,
    steps: u32,
) -> Result<Vec<String>, DatabaseError> {
    let _standstill = context.plan.standstill();
    let connection = session.connection();
    let history = History::read_on(&context.plan.plugin, connection, migrations).await?;
    history.pending()?;
    let mut done = Vec::new();
    for migration in migrations.migrations().into_iter().rev() {
        if done.len() as u64 >= u64::from(steps) {
            break;
        }
        if history.is_applied(migration.name()) {
            one(context, session, migrations, &*migration, Direction::Down).await?;
            done.push(migration.name().to_owned());
        }
    }
    Ok(done)
}

async fn one(
    context: &Context,
    session: &Session,
    migrations: Migrations,
    migration: &dyn MigrationTrait,
    direction: Direction,
) -> Result<(), DatabaseError> {
    session.still_alone(context).await?;
    let _standstill = context.plan.standstill();
    let connection = session.connection();
    let name = migration.name();
    let plugin = &context.plan.plugin;
    // MySQL ends a transaction at each change of a table by itself.
    let can = connection.get_database_backend() != DbBackend::MySql;
    let in_transaction = migration.use_transaction().unwrap_or(can);
    match direction {
        Direction::Up => tracing::info!(%plugin, migration = name, "Applying a migration"),
        Direction::Down => tracing::info!(%plugin, migration = name, "Undoing a migration"),
    }
    let table = migrations.table();
    let outcome = match in_transaction {
        true => inside(context, connection, &table, migration, direction).await,
        false => outside(context, connection, &table, migration, direction).await,
    };
    outcome.map_err(|error| {
        let what = match direction {
            Direction::Up => "failed",
            Direction::Down => "could not be undone",
        };
        let left = match in_transaction && can {
            true => "nothing of it is kept",
            false => "it ran without a transaction, so look at what it has left",
        };
        DatabaseError::Migration(format!(
            "plugin `{plugin}`: the migration `{name}` {what}: {error}; {left}"
        ))
    })
}

async fn inside(
    context: &Context,
    connection: &DatabaseConnection,
    table: &str,
    migration: &dyn MigrationTrait,
    direction: Direction,
) -> Result<(), DbErr> {
    // On SQLite a reader that becomes a writer fails if another one has written in between.
    let options = TransactionOptions {
        sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
        ..TransactionOptions::default()
    };
    let transaction = connection.begin_with_options(options).await?;
    run(&SchemaManager::new(&transaction), migration, direction).await?;
    remember(context, &transaction, table, migration.name(), direction).await?;
    transaction.commit().await
}

async fn outside(
    context: &Context,
    connection: &DatabaseConnection,
    table: &str,
    migration: &dyn MigrationTrait,
    direction: Direction,
) -> Result<(), DbErr> {
    run(&SchemaManager::new(connection), migration, direction).await?;
    remember(context, connection, table, migration.name(), direction).await
}

async fn run(
    manager: &SchemaManager<'_>,
    migration: &dyn MigrationTrait,
    direction: Direction,
) -> Result<(), DbErr> {
    match direction {
        Direction::Up => migration.up(manager).await,
        Direction::Down => migration.down(manager).await,
    }
}

async fn remember(
    context: &Context,
    connection: &impl ConnectionTrait,
    table: &str,
    name: &str,
    direction: Direction,
) -> Result<(), DbErr> {
    let table = Alias::new(table);
    if direction == Direction::Down {
        let mut delete = Query::delete();
        delete
            .from_table(table)
            .and_where(Expr::col(Alias::new("version")).eq(name));
        connection.execute(&delete).await?;
        return Ok(());
    }
    let now = context.clock.now().duration_since(UNIX_EPOCH);
    let now = now.map_or(0, |now| i64::try_from(now.as_secs()).unwrap_or(i64::MAX));
    let mut insert = Query::insert();
    insert
        .into_table(table)
        .columns([Alias::new("version"), Alias::new("applied_at")])
        .values_panic([name.into(), now.into()]);
    connection.execute(&insert).await?;
    Ok(())
}
