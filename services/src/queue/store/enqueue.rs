//! New rows.

use std::time::SystemTime;

use sea_orm::{DbBackend, DbErr, QueryResult, TransactionTrait as _};

use super::{CHANNEL, DELAYED, READY, Sql, Store, TABLE, length, milliseconds};
use crate::database::is_conflict;
use crate::queue::{Enqueued, JobConnection, JobId, NewJob, When};

/// How many rows one statement inserts.
const ROWS: usize = 250;

const INSERT: &str = "INSERT INTO greenroom_queue_jobs \
     (queue, state, place, due, attempt, lease, enqueued, idempotency_key, payload) VALUES ";

impl Store {
    /// Enqueues through the plugin's own pool. More than one job take a transaction, so that it is all or none.
    pub(in super::super) async fn enqueue(
        &self,
        queue: &str,
        jobs: &[NewJob],
    ) -> Result<Vec<Enqueued>, DbErr> {
        if jobs.len() < 2 {
            return self.enqueue_in(&self.client, queue, jobs).await;
        }
        let transaction = self.client.begin().await?;
        let enqueued = self.enqueue_in(&transaction, queue, jobs).await?;
        transaction.commit().await?;
        Ok(enqueued)
    }

    /// Enqueues through a connection of the caller's.
    pub(in super::super) async fn enqueue_in(
        &self,
        connection: &dyn JobConnection,
        queue: &str,
        jobs: &[NewJob],
    ) -> Result<Vec<Enqueued>, DbErr> {
        let mut enqueued = Vec::with_capacity(jobs.len());
        // Those without a key are told apart from nothing, and go together.
        for chunk in jobs
            .chunk_by(|one, next| one.idempotency_key.is_none() && next.idempotency_key.is_none())
        {
            match chunk {
                [job] if job.idempotency_key.is_some() => {
                    enqueued.push(self.insert_once(connection, queue, job).await?);
                }
                chunk => {
                    for rows in chunk.chunks(ROWS) {
                        self.insert(connection, queue, rows, &mut enqueued).await?;
                    }
                }
            }
        }
        if connection.backend() == DbBackend::Postgres && enqueued.iter().any(|job| job.is_new()) {
            self.notify(connection).await?;
        }
        Ok(enqueued)
    }

    async fn insert(
        &self,
        connection: &dyn JobConnection,
        queue: &str,
        jobs: &[NewJob],
        enqueued: &mut Vec<Enqueued>,
    ) -> Result<(), DbErr> {
        let sql = self
            .sql(INSERT)
            .each(jobs, ", ", |sql, job| self.row(sql, queue, job));
        if connection.backend() == DbBackend::MySql {
            let result = connection.execute(sql.build()).await?;
            // One statement whose number of rows is known takes ids that follow each other.
            let step = self.id_step(connection, jobs.len()).await?;
            let mut id = i64::try_from(result.last_insert_id()).unwrap_or(i64::MAX);
            for _ in jobs {
                enqueued.push(Enqueued::New(JobId::new(id)));
                id = id.saturating_add(step);
            }
            return Ok(());
        }
        let rows = connection.query(sql.push(" RETURNING id").build()).await?;
        for row in rows {
            enqueued.push(Enqueued::New(id(&row)?));
        }
        Ok(())
    }

    /// How far apart the ids of so many rows lie: servers that write to the same tables share the numbers out.
    async fn id_step(&self, connection: &dyn JobConnection, jobs: usize) -> Result<i64, DbErr> {
        if jobs < 2 {
            return Ok(1);
        }
        let sql = self.sql("SELECT CAST(@@auto_increment_increment AS SIGNED) AS step");
        let rows = connection.query(sql.build()).await?;
        rows.first().map_or(Ok(1), |row| row.try_get("", "step"))
    }

    /// One job with a key. Who loses a race for it finds the winner's.
    async fn insert_once(
        &self,
        connection: &dyn JobConnection,
        queue: &str,
        job: &NewJob,
    ) -> Result<Enqueued, DbErr> {
        let key = job.idempotency_key.as_deref().unwrap_or_default();
        if connection.backend() == DbBackend::MySql {
            // It has no way to pass over this one conflict alone; a statement that fails does not end its transaction.
            if let Some(id) = self.with_key(connection, queue, key, "").await? {
                return Ok(Enqueued::Existing(id));
            }
            let sql = self.row(self.sql(INSERT), queue, job);
            return match connection.execute(sql.build()).await {
                Ok(result) => {
                    let id = i64::try_from(result.last_insert_id()).unwrap_or(i64::MAX);
                    Ok(Enqueued::New(JobId::new(id)))
                }
                // A transaction that began before the winner's sees its job by a locking read alone.
                Err(error) if is_conflict(&error) => {
                    let locking = " LOCK IN SHARE MODE";
                    match self.with_key(connection, queue, key, locking).await? {
                        Some(id) => Ok(Enqueued::Existing(id)),
                        None => Err(error),
                    }
                }
                Err(error) => Err(error),
            };
        }
        const TRIES: usize = 3;
        for _ in 0..TRIES {
            let sql = self
                .row(self.sql(INSERT), queue, job)
                .push(" ON CONFLICT (queue, idempotency_key) DO NOTHING RETURNING id");
            let rows = connection.query(sql.build()).await?;
            if let Some(row) = rows.first() {
                return Ok(Enqueued::New(id(row)?));
            }
            if let Some(id) = self.with_key(connection, queue, key, "").await? {
                return Ok(Enqueued::Existing(id));
            }
            // It was forgotten between the two.
        }
        let message = "the job with this idempotency key comes and goes; try again";
        Err(DbErr::Custom(message.to_owned()))
    }

    async fn with_key(
        &self,
        connection: &dyn JobConnection,
        queue: &str,
        key: &str,
        locking: &str,
    ) -> Result<Option<JobId>, DbErr> {
        let sql = self
            .sql("SELECT id FROM ")
            .push(TABLE)
            .push(" WHERE queue = ")
            .bind(queue)
            .push(" AND idempotency_key = ");
        let sql = with_bytes(sql, key).push(locking);
        let rows = connection.query(sql.build()).await?;
        rows.first().map(id).transpose()
    }

    /// A job that is due counts from the moment in which it is enqueued, so that older ones come first.
    fn row(&self, sql: Sql, queue: &str, job: &NewJob) -> Sql {
        let now: SystemTime = self.clock.now();
        let state = match job.when {
            When::After(delay) if !delay.is_zero() => DELAYED,
            When::At(at) if at > now => DELAYED,
            _ => READY,
        };
        let sql = sql
            .push("(")
            .bind(queue)
            .push(", ")
            .bind(state)
            .push(", ")
            .bind(-i64::from(job.priority))
            .push(", ");
        let sql = match job.when {
            When::Now => sql.now(),
            When::After(delay) => sql.now().push(" + ").bind(length(delay)),
            When::At(at) => sql.bind(milliseconds(at)),
        };
        let sql = sql.push(", 0, 0, ").now().push(", ");
        let sql = match job.idempotency_key.as_deref() {
            Some(key) => with_bytes(sql, key),
            None => sql.push("NULL"),
        };
        sql.push(", ").bind(job.payload.as_str()).push(")")
    }

    /// Wakes the workers of all replicas when the transaction is committed.
    async fn notify(&self, connection: &dyn JobConnection) -> Result<(), DbErr> {
        let sql = self.sql("SELECT pg_notify(").bind(CHANNEL);
        let sql = sql.push(", CAST(current_schema() AS TEXT))");
        connection.execute(sql.build()).await.map(drop)
    }
}

/// A key, which MySQL compares as bytes.
fn with_bytes(sql: Sql, key: &str) -> Sql {
    if sql.is_mysql() {
        sql.bind(key.as_bytes().to_vec())
    } else {
        sql.bind(key)
    }
}

fn id(row: &QueryResult) -> Result<JobId, DbErr> {
    row.try_get("", "id").map(JobId::new)
}
