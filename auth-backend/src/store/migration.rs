//! The tables of the plugin, and how they come about.
//!
//! Their names are ours, since the database may be that of Backstage's auth plugin, whose tables stay as they are.

use async_trait::async_trait;
use greenroom::database::sea_orm::{ConnectionTrait as _, DbBackend};
use greenroom::database::sea_orm_migration::prelude::{
    Alias, ColumnDef, DbErr, DynIden, Index, IntoIden, MigrationName, MigrationTrait,
    MigratorTrait, SchemaManager, Table,
};

pub(super) const USERS: &str = "greenroom_auth_users";
pub(super) const SIGN_INS: &str = "greenroom_auth_sign_ins";

/// The migrations of the plugin. Modules that extend it can have others.
pub(super) struct Migrator;

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![Box::new(Tables)]
    }

    fn migration_table_name() -> DynIden {
        Alias::new("greenroom_auth_migrations").into_iden()
    }
}

struct Tables;

impl MigrationName for Tables {
    fn name(&self) -> &str {
        "m0001_auth_tables"
    }
}

#[async_trait]
impl MigrationTrait for Tables {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let backend = manager.get_connection().get_database_backend();
        let column = |name: &str| ColumnDef::new(Alias::new(name));
        let key = |name: &str| match backend {
            // It would take capitals for small letters.
            DbBackend::MySql => {
                let exact = "VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin";
                column(name).custom(Alias::new(exact)).take()
            }
            _ => column(name).string().take(),
        };
        let long = |name: &str| match backend {
            // Its plain text ends at 64 KiB, and somebody may be in many groups.
            DbBackend::MySql => column(name).custom(Alias::new("MEDIUMTEXT")).take(),
            _ => column(name).text().take(),
        };
        let users = Table::create()
            .table(Alias::new(USERS))
            .if_not_exists()
            .col(key("user_entity_ref").not_null().primary_key())
            .col(long("owners").not_null())
            .col(column("expires_at").big_integer().not_null())
            .take();
        manager.create_table(users).await?;
        let sign_ins = Table::create()
            .table(Alias::new(SIGN_INS))
            .if_not_exists()
            .col(key("id").not_null().primary_key())
            .col(column("state").string_len(64).not_null())
            .col(column("nonce").string_len(255).not_null())
            .col(column("verifier").string_len(255).not_null())
            .col(column("expires_at").big_integer().not_null())
            .take();
        manager.create_table(sign_ins).await?;
        let index = Index::create()
            .name("greenroom_auth_sign_ins_by_end")
            .table(Alias::new(SIGN_INS))
            .col(Alias::new("expires_at"))
            .take();
        manager.create_index(index).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in [SIGN_INS, USERS] {
            let table = Table::drop().table(Alias::new(table)).take();
            manager.drop_table(table).await?;
        }
        Ok(())
    }
}
