//! Taking jobs.

use sea_orm::{ConnectionTrait as _, DbBackend, DbErr, IsolationLevel, QueryResult};
use sea_orm::{TransactionTrait as _, Value};
use std::time::{Duration, SystemTime};

use super::{READY, RUNNING, Sql, Store, TABLE, length, time};

/// How many jobs of a queue are to be claimed.
#[derive(Clone, Debug)]
pub(in super::super) struct Wanted {
    pub(in super::super) queue: String,
    pub(in super::super) jobs: usize,
    pub(in super::super) visibility: Duration,
}

/// A job that is held from now on.
pub(in super::super) struct Claimed {
    pub(in super::super) id: i64,
    pub(in super::super) lease: i64,
    pub(in super::super) queue: String,
    pub(in super::super) payload: String,
    pub(in super::super) attempt: u32,
    pub(in super::super) has_key: bool,
    pub(in super::super) enqueued: SystemTime,
    place: i64,
}

const COLUMNS: &str = "id, lease, queue, payload, attempt, enqueued, place, \
     CASE WHEN idempotency_key IS NULL THEN 0 ELSE id END AS keyed";

impl Store {
    /// Claims jobs of some queues, the first ones of each. One statement for all of them where the database can.
    pub(in super::super) async fn claim(&self, wanted: &[Wanted]) -> Result<Vec<Claimed>, DbErr> {
        let rows = if self.backend() == DbBackend::MySql {
            self.claim_by_transaction(wanted).await?
        } else {
            let (open, close) = self.among();
            let sql = self.pick(self.take(wanted).push("id ").push(open), wanted);
            self.query(sql.push(close).push(" RETURNING ").push(COLUMNS))
                .await?
        };
        let claimed: Result<Vec<Claimed>, DbErr> = rows.iter().map(claimed).collect();
        let mut claimed = claimed?;
        // What is returned comes in no order.
        claimed.sort_by_key(|job| (job.place, job.id));
        Ok(claimed)
    }

    /// MySQL neither returns what it updates, nor picks from the table that it updates.
    async fn claim_by_transaction(&self, wanted: &[Wanted]) -> Result<Vec<QueryResult>, DbErr> {
        // Under `REPEATABLE READ` a claim would lock the gaps beside its rows, and those who enqueue would wait.
        let isolation = Some(IsolationLevel::ReadCommitted);
        let transaction = self.client.begin_with_config(isolation, None).await?;
        let mut ids: Vec<i64> = Vec::new();
        for wanted in wanted {
            let sql = self.pick_one(self.sql(""), wanted);
            for row in transaction.query_all_raw(sql.build()).await? {
                ids.push(row.try_get("", "id")?);
            }
        }
        let mut rows = Vec::new();
        if let Some(last) = ids.last().copied() {
            let padding = ids.len().next_power_of_two() - ids.len();
            ids.extend(std::iter::repeat_n(last, padding));
            let among = |sql: Sql| {
                let ids = ids.iter().copied().map(Value::from);
                sql.push("id IN (").each(ids, ", ", Sql::bind).push(")")
            };
            let take = among(self.take(wanted));
            transaction.execute_raw(take.build()).await?;
            let read = self.sql("SELECT ").push(COLUMNS).push(" FROM ").push(TABLE);
            let read = among(read.push(" WHERE "));
            rows = transaction.query_all_raw(read.build()).await?;
        }
        transaction.commit().await?;
        Ok(rows)
    }

    /// What stands around a select whose rows are locked: PostgreSQL may run one behind `IN` more than once, and lock more
    /// than it asks for each time; that of an array it runs once.
    pub(super) fn among(&self) -> (&'static str, &'static str) {
        match self.backend() {
            DbBackend::Postgres => ("= ANY(ARRAY(", "))"),
            _ => ("IN (", ")"),
        }
    }

    /// The update that holds what it picks, up to its condition.
    fn take(&self, wanted: &[Wanted]) -> Sql {
        self.sql("UPDATE ")
            .push(TABLE)
            .push(" SET state = ")
            .number(RUNNING)
            .push(", attempt = attempt + 1, lease = lease + 1, due = ")
            .now()
            .push(" + CASE queue ")
            .each(wanted, " ", |sql, wanted| {
                sql.push("WHEN ")
                    .bind(wanted.queue.as_str())
                    .push(" THEN ")
                    .number(length(wanted.visibility))
            })
            .push(" ELSE 0 END WHERE ")
    }

    /// The first jobs of each queue.
    fn pick(&self, sql: Sql, wanted: &[Wanted]) -> Sql {
        let mut number = 0;
        wanted.iter().fold(sql, |sql, wanted| {
            number += 1;
            let sql = sql.push(if number > 1 { " UNION ALL " } else { "" });
            // A lock belongs to a select of its own, which a union is not.
            self.pick_one(sql.push("SELECT id FROM ("), wanted)
                .push(") AS queue_")
                .number(number)
        })
    }

    fn pick_one(&self, sql: Sql, wanted: &Wanted) -> Sql {
        let sql = sql
            .push("SELECT id FROM ")
            .push(TABLE)
            .push(" WHERE queue = ")
            .bind(wanted.queue.as_str())
            .push(" AND state = ")
            .number(READY)
            .push(" ORDER BY place, due, id LIMIT ")
            .bind(i64::try_from(wanted.jobs).unwrap_or(i64::MAX));
        if self.backend() == DbBackend::Sqlite {
            sql
        } else {
            sql.push(" FOR UPDATE SKIP LOCKED")
        }
    }
}

fn claimed(row: &QueryResult) -> Result<Claimed, DbErr> {
    let attempt: i64 = row.try_get("", "attempt")?;
    let keyed: i64 = row.try_get("", "keyed")?;
    Ok(Claimed {
        id: row.try_get("", "id")?,
        lease: row.try_get("", "lease")?,
        queue: row.try_get("", "queue")?,
        payload: row.try_get("", "payload")?,
        attempt: u32::try_from(attempt).unwrap_or(u32::MAX),
        has_key: keyed != 0,
        enqueued: time(row.try_get("", "enqueued")?),
        place: row.try_get("", "place")?,
    })
}
