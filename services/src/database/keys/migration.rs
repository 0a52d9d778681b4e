//! The tables of keys, and how they come about.
//!
//! That of plugins' keys may be there: Backstage makes it with migrations of its own, of which knex keeps a list. Where we
//! make it, we write it into that list, so that a Node replica that comes later takes it as it is.

use async_trait::async_trait;
use sea_orm::ConnectionTrait as _;
use sea_orm::sea_query::{Alias, Expr, ExprTrait as _, Query};
use sea_orm_migration::prelude::{
    ColumnDef, DbErr, DynIden, IntoIden, MigrationName, MigrationTrait, MigratorTrait,
    SchemaManager, Table, TableCreateStatement,
};

pub(super) const PLUGIN_KEYS: &str = "backstage_backend_public_keys__keys";
pub(super) const USER_KEYS: &str = "greenroom_user_keys";

pub(super) const ID: &str = "id";
pub(super) const KEY: &str = "key";
pub(super) const EXPIRES_AT: &str = "expires_at";

/// The list of Backstage's migrations of the table, and its entry in it.
const KNEX: &str = "backstage_backend_public_keys__knex_migrations";
const KNEX_ENTRY: &str = "20240327104803_public_keys.js";

/// The table of plugins' keys.
pub(super) struct PluginKeys;

/// The table of the keys of users' tokens.
pub(super) struct UserKeys;

impl MigratorTrait for PluginKeys {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![Box::new(MakePluginKeys)]
    }

    fn migration_table_name() -> DynIden {
        Alias::new("greenroom_plugin_keys_migrations").into_iden()
    }
}

impl MigratorTrait for UserKeys {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![Box::new(MakeUserKeys)]
    }

    fn migration_table_name() -> DynIden {
        Alias::new("greenroom_user_keys_migrations").into_iden()
    }
}

struct MakePluginKeys;

impl MigrationName for MakePluginKeys {
    fn name(&self) -> &str {
        "m0001_plugin_keys"
    }
}

#[async_trait]
impl MigrationTrait for MakePluginKeys {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(keys(PLUGIN_KEYS)).await?;
        if manager.has_table(KNEX).await? {
            return Ok(());
        }
        manager.create_table(knex()).await?;
        let mut entry = Query::insert();
        entry
            .into_table(Alias::new(KNEX))
            .columns(["name", "batch", "migration_time"].map(Alias::new))
            .values_panic([
                Expr::val(KNEX_ENTRY),
                Expr::val(1),
                Expr::current_timestamp(),
            ]);
        manager.get_connection().execute(&entry).await.map(drop)
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::drop().table(Alias::new(PLUGIN_KEYS)).take();
        manager.drop_table(table).await?;
        let mut entry = Query::delete();
        entry
            .from_table(Alias::new(KNEX))
            .and_where(Expr::col(Alias::new("name")).eq(KNEX_ENTRY));
        manager.get_connection().execute(&entry).await.map(drop)
    }
}

struct MakeUserKeys;

impl MigrationName for MakeUserKeys {
    fn name(&self) -> &str {
        "m0001_user_keys"
    }
}

#[async_trait]
impl MigrationTrait for MakeUserKeys {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(keys(USER_KEYS)).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::drop().table(Alias::new(USER_KEYS)).take();
        manager.drop_table(table).await
    }
}

/// As Backstage has it: a time is a text, which each program reads for itself.
fn keys(name: &str) -> TableCreateStatement {
    let column = |name: &str| ColumnDef::new(Alias::new(name));
    Table::create()
        .table(Alias::new(name))
        .if_not_exists()
        .col(column(ID).string_len(255).not_null().primary_key())
        .col(column(KEY).text().not_null())
        .col(column(EXPIRES_AT).string_len(255).not_null())
        .take()
}

/// As knex makes it.
fn knex() -> TableCreateStatement {
    let column = |name: &str| ColumnDef::new(Alias::new(name));
    Table::create()
        .table(Alias::new(KNEX))
        .col(
            column("id")
                .integer()
                .not_null()
                .auto_increment()
                .primary_key(),
        )
        .col(column("name").string_len(255))
        .col(column("batch").integer())
        .col(column("migration_time").timestamp_with_time_zone().null())
        .take()
}
