//! The scheduler's tables, and how they come about.

use async_trait::async_trait;
use sea_orm::{ConnectionTrait as _, DbBackend};
use sea_orm_migration::prelude::{
    Alias, ColumnDef, DbErr, DeriveIden, DynIden, Index, IntoIden, MigrationName, MigrationTrait,
    MigratorTrait, SchemaManager, Table,
};

/// The migrations of the scheduler, in a table of their own beside the plugin's.
#[derive(Debug)]
pub(super) struct Migrator;

#[async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![Box::new(Tables)]
    }

    fn migration_table_name() -> DynIden {
        Alias::new("greenroom_scheduler_migrations").into_iden()
    }
}

struct Tables;

impl MigrationName for Tables {
    fn name(&self) -> &str {
        "m0001_scheduler_tables"
    }
}

/// Ids differ by every letter, and MySQL would take capitals for small ones.
fn text_of_ids(mut column: ColumnDef, backend: DbBackend) -> ColumnDef {
    match backend {
        DbBackend::MySql => {
            let exact = "VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin";
            column.custom(Alias::new(exact)).take()
        }
        _ => column.string_len(255).take(),
    }
}

#[derive(DeriveIden)]
enum GreenroomSchedulerTasks {
    Table,
    Id,
    Settings,
    NextSlotAt,
    NextRunAt,
    TriggeredAt,
    RetrySlotAt,
    Fence,
    Beat,
    Holder,
    CancelFence,
    RunSlotAt,
    RunStartedAt,
    RunTimesOutAt,
    LastSlotAt,
    LastEndedAt,
    LastError,
    Skipped,
    LostInRow,
}

#[derive(DeriveIden)]
enum GreenroomSchedulerRuns {
    Table,
    Seq,
    TaskId,
    Fence,
    Outcome,
    SlotAt,
    Slots,
    StartedAt,
    EndedAt,
    Replica,
    Error,
}

#[async_trait]
impl MigrationTrait for Tables {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        use GreenroomSchedulerTasks as T;
        let number = |column: T| ColumnDef::new(column).big_integer().take();
        let counter = |column: T| ColumnDef::new(column).big_integer().not_null().take();
        let backend = manager.get_connection().get_database_backend();
        let mut id = text_of_ids(ColumnDef::new(T::Id), backend);
        let mut tasks = Table::create();
        tasks
            .table(T::Table)
            .col(id.not_null().primary_key())
            .col(ColumnDef::new(T::Settings).text().not_null())
            .col(ColumnDef::new(T::Holder).string_len(64))
            .col(ColumnDef::new(T::LastError).text());
        for column in [T::Fence, T::Beat, T::Skipped, T::LostInRow] {
            tasks.col(counter(column));
        }
        for column in [
            T::NextSlotAt,
            T::NextRunAt,
            T::TriggeredAt,
            T::RetrySlotAt,
            T::CancelFence,
            T::RunSlotAt,
            T::RunStartedAt,
            T::RunTimesOutAt,
            T::LastSlotAt,
            T::LastEndedAt,
        ] {
            tasks.col(number(column));
        }
        manager.create_table(tasks).await?;

        use GreenroomSchedulerRuns as R;
        let runs = Table::create()
            .table(R::Table)
            .col(
                ColumnDef::new(R::Seq)
                    .big_integer()
                    .not_null()
                    .auto_increment()
                    .primary_key(),
            )
            .col(text_of_ids(ColumnDef::new(R::TaskId), backend).not_null())
            .col(ColumnDef::new(R::Fence).big_integer())
            .col(ColumnDef::new(R::Outcome).string_len(16).not_null())
            .col(ColumnDef::new(R::SlotAt).big_integer().not_null())
            .col(ColumnDef::new(R::Slots).big_integer().not_null())
            .col(ColumnDef::new(R::StartedAt).big_integer())
            .col(ColumnDef::new(R::EndedAt).big_integer().not_null())
            .col(ColumnDef::new(R::Replica).string_len(64).not_null())
            .col(ColumnDef::new(R::Error).text())
            .take();
        manager.create_table(runs).await?;
        let index = Index::create()
            .name("greenroom_scheduler_runs_of_task")
            .table(R::Table)
            .col(R::TaskId)
            .col(R::Seq)
            .take();
        manager.create_index(index).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let runs = Table::drop().table(GreenroomSchedulerRuns::Table).take();
        manager.drop_table(runs).await?;
        let tasks = Table::drop().table(GreenroomSchedulerTasks::Table).take();
        manager.drop_table(tasks).await
    }
}
