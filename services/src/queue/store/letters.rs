//! Jobs that were given up, and how many of which there are.

use sea_orm::{DbErr, QueryResult};

use super::{DEAD, DELAYED, DONE, READY, RUNNING, Sql, Store, TABLE, time};
use crate::queue::{DeadAction, DeadJob, JobId, QueueFigures};

impl Store {
    pub(in super::super) async fn dead(
        &self,
        queue: &str,
        after: Option<JobId>,
        limit: u64,
    ) -> Result<Vec<DeadJob>, DbErr> {
        let sql = self
            .sql("SELECT id, payload, attempt, reason, enqueued, due FROM ")
            .push(TABLE)
            .push(" WHERE ");
        let sql = dead(sql, queue)
            .push(" AND id > ")
            .bind(after.map_or(0, JobId::get))
            .push(" ORDER BY id LIMIT ")
            .bind(i64::try_from(limit).unwrap_or(i64::MAX));
        self.query(sql).await?.iter().map(letter).collect()
    }

    pub(in super::super) async fn settle(
        &self,
        queue: &str,
        job: Option<JobId>,
        action: DeadAction,
    ) -> Result<u64, DbErr> {
        let sql = match action {
            DeadAction::Discard => self.sql("DELETE FROM ").push(TABLE),
            DeadAction::Retry => self
                .sql("UPDATE ")
                .push(TABLE)
                .push(" SET state = ")
                .number(READY)
                .push(", attempt = 0, due = ")
                .now(),
        };
        let sql = dead(sql.push(" WHERE "), queue);
        let sql = match job {
            Some(job) => sql.push(" AND id = ").bind(job.get()),
            None => sql,
        };
        self.execute(sql).await
    }

    /// The figures of all queues that have jobs.
    pub(in super::super) async fn figures(&self) -> Result<Vec<(String, QueueFigures)>, DbErr> {
        let sql = self
            .sql("SELECT queue, state, COUNT(*) AS jobs FROM ")
            .push(TABLE)
            .push(" GROUP BY queue, state");
        let mut all: Vec<(String, QueueFigures)> = Vec::new();
        for row in self.query(sql).await? {
            let queue: String = row.try_get("", "queue")?;
            let state: i64 = row.try_get("", "state")?;
            let jobs: i64 = row.try_get("", "jobs")?;
            let jobs = u64::try_from(jobs).unwrap_or_default();
            let index = all.iter().position(|(name, _)| *name == queue);
            let index = index.unwrap_or_else(|| {
                all.push((queue, QueueFigures::default()));
                all.len() - 1
            });
            let figures = &mut all[index].1;
            match state {
                READY => figures.ready = jobs,
                DELAYED => figures.delayed = jobs,
                RUNNING => figures.running = jobs,
                DEAD => figures.dead = jobs,
                DONE => figures.done = jobs,
                _ => {}
            }
        }
        Ok(all)
    }
}

fn dead(sql: Sql, queue: &str) -> Sql {
    sql.push("queue = ")
        .bind(queue)
        .push(" AND state = ")
        .number(DEAD)
}

fn letter(row: &QueryResult) -> Result<DeadJob, DbErr> {
    let attempts: i64 = row.try_get("", "attempt")?;
    let reason: Option<String> = row.try_get("", "reason")?;
    Ok(DeadJob {
        id: JobId::new(row.try_get("", "id")?),
        payload: row.try_get("", "payload")?,
        attempts: u32::try_from(attempts).unwrap_or(u32::MAX),
        reason: reason.unwrap_or_default(),
        enqueued_at: time(row.try_get("", "enqueued")?),
        dead_since: time(row.try_get("", "due")?),
    })
}
