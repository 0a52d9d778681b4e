//! Ending, renewing and giving back what is held.

use std::time::Duration;

use sea_orm::{DbErr, QueryResult, RuntimeErr};

use super::{DEAD, DELAYED, DONE, Held, READY, RUNNING, Sql, Store, TABLE, length};

/// What becomes of a job that ran.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in super::super) enum Verdict {
    /// It is done.
    Done {
        /// How long it is kept.
        keep: Duration,
    },
    /// It is tried again.
    Retry { after: Duration, reason: String },
    /// It is given up.
    Dead { reason: String },
    /// It goes back, as if it had not been taken.
    Release,
}

/// How many jobs one statement is about.
const JOBS: usize = 64;

impl Store {
    /// Ends jobs; gives how many of them were still held. Those that are done go together. One that the database
    /// refuses keeps none of the others waiting.
    pub(in super::super) async fn finish(
        &self,
        finished: &[(Held, Verdict)],
    ) -> Result<u64, DbErr> {
        let mut gone: Vec<Held> = Vec::new();
        let mut released: Vec<Held> = Vec::new();
        let mut kept: Vec<(Duration, Vec<Held>)> = Vec::new();
        let mut failed: Vec<(i64, i64, &str, Held)> = Vec::new();
        let mut ended = 0;
        for (held, verdict) in finished {
            match verdict {
                Verdict::Done { keep } if keep.is_zero() => gone.push(*held),
                Verdict::Done { keep } => match kept.iter_mut().find(|(time, _)| time == keep) {
                    Some((_, jobs)) => jobs.push(*held),
                    None => kept.push((*keep, vec![*held])),
                },
                Verdict::Release => released.push(*held),
                Verdict::Retry { after, reason } => {
                    let state = if after.is_zero() { READY } else { DELAYED };
                    failed.push((state, length(*after), reason, *held));
                }
                Verdict::Dead { reason } => failed.push((DEAD, 0, reason, *held)),
            }
        }
        for jobs in gone.chunks(JOBS) {
            let sql = self.sql("DELETE FROM ").push(TABLE).push(" WHERE ");
            ended += self.execute(sql.held(jobs)).await?;
        }
        for (keep, jobs) in &kept {
            for jobs in jobs.chunks(JOBS) {
                let sql = self.update(DONE).push(", due = ").now().push(" + ");
                let sql = sql.bind(length(*keep)).push(" WHERE ");
                ended += self.execute(sql.held(jobs)).await?;
            }
        }
        for jobs in released.chunks(JOBS) {
            let sql = self
                .update(READY)
                .push(", attempt = attempt - 1, due = ")
                .now()
                .push(" WHERE state = ")
                .number(RUNNING)
                .push(" AND ");
            ended += self.execute(sql.held(jobs)).await?;
        }
        let mut refused = None;
        for (state, after, reason, held) in failed {
            match self.put(state, after, reason, held).await {
                Ok(put) => ended += put,
                Err(error) if is_refusal(&error) => refused = refused.or(Some(error)),
                Err(error) => return Err(error),
            }
        }
        refused.map_or(Ok(ended), Err)
    }

    /// Holds jobs for this long from now on, or as long as they are held anyway; gives those that are no longer held.
    pub(in super::super) async fn renew(
        &self,
        held: &[Held],
        visibility: Duration,
    ) -> Result<Vec<Held>, DbErr> {
        let mut lost = Vec::new();
        for jobs in held.chunks(JOBS) {
            let until = |sql: Sql| sql.now().push(" + ").number(length(visibility));
            let sql = self
                .sql("UPDATE ")
                .push(TABLE)
                .push(" SET due = CASE WHEN due > ");
            let sql = until(until(sql).push(" THEN due ELSE "))
                .push(" END WHERE state = ")
                .number(RUNNING)
                .push(" AND ");
            if self.execute(sql.held(jobs)).await? == jobs.len() as u64 {
                continue;
            }
            let sql = self.sql("SELECT id, lease FROM ").push(TABLE);
            let sql = sql.push(" WHERE state = ").number(RUNNING).push(" AND ");
            let still: Result<Vec<Held>, DbErr> =
                self.query(sql.held(jobs)).await?.iter().map(row).collect();
            let still = still?;
            lost.extend(jobs.iter().filter(|job| !still.contains(job)));
        }
        Ok(lost)
    }

    /// Ends holds that last for longer than they can: the clock was set back. Who lives holds them anew.
    pub(in super::super) async fn shorten(
        &self,
        queue: &str,
        visibility: Duration,
    ) -> Result<u64, DbErr> {
        let until = |sql: Sql| sql.now().push(" + ").number(length(visibility));
        let sql = self.sql("UPDATE ").push(TABLE).push(" SET due = ");
        let sql = until(sql).push(" WHERE queue = ").bind(queue);
        let sql = sql.push(" AND state = ").number(RUNNING);
        self.execute(until(sql.push(" AND due > "))).await
    }

    async fn put(&self, state: i64, after: i64, reason: &str, held: Held) -> Result<u64, DbErr> {
        let sql = self
            .update(state)
            .push(", due = ")
            .now()
            .push(" + ")
            .bind(after)
            .push(", reason = ")
            .bind(reason)
            .push(" WHERE ");
        self.execute(sql.held(&[held])).await
    }

    fn update(&self, state: i64) -> Sql {
        self.sql("UPDATE ")
            .push(TABLE)
            .push(" SET state = ")
            .number(state)
    }
}

/// Whether the database answered: one that is away would only be waited for again.
fn is_refusal(error: &DbErr) -> bool {
    matches!(
        error,
        DbErr::Exec(RuntimeErr::SqlxError(error)) if error.as_database_error().is_some()
    )
}

fn row(row: &QueryResult) -> Result<Held, DbErr> {
    Ok((row.try_get("", "id")?, row.try_get("", "lease")?))
}
