//! The same by hand: a table, and a loop that claims and deletes.

use greenroom_benches::BoxError;
use sqlx::postgres::PgPoolOptions;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{AssertSqlSafe, PgPool, Row as _, SqlitePool};

use super::{CONCURRENCY, Took, timed};

const ROWS: usize = 250;

/// SQLite has one writer.
fn connections(url: &str) -> u32 {
    if url.starts_with("sqlite") { 1 } else { 4 }
}

pub(super) async fn run(url: &str, jobs: usize) -> Result<Took, BoxError> {
    let most = connections(url);
    if url.starts_with("sqlite") {
        let pool = SqlitePoolOptions::new().max_connections(most);
        let options: SqliteConnectOptions = url.parse()?;
        // As the backend's database has it.
        let options = options.journal_mode(SqliteJournalMode::Wal);
        let options = options.synchronous(SqliteSynchronous::Normal);
        on_sqlite(pool.connect_with(options).await?, jobs).await
    } else {
        let pool = PgPoolOptions::new().max_connections(most);
        on_postgres(pool.connect(url).await?, jobs).await
    }
}

fn insert(rows: usize, placeholder: impl Fn(usize) -> String) -> AssertSqlSafe<String> {
    let rows: Vec<String> = (1..=rows)
        .map(|row| format!("({}, 0)", placeholder(row)))
        .collect();
    let rows = rows.join(", ");
    AssertSqlSafe(format!(
        "INSERT INTO bare_jobs (payload, taken) VALUES {rows}"
    ))
}

async fn on_postgres(pool: PgPool, jobs: usize) -> Result<Took, BoxError> {
    let table = "CREATE TABLE IF NOT EXISTS bare_jobs \
         (id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, payload TEXT NOT NULL, taken BIGINT NOT NULL)";
    sqlx::query(table).execute(&pool).await?;
    let payloads: Vec<String> = (0..jobs).map(|job| job.to_string()).collect();
    let enqueue = async {
        let mut transaction = pool.begin().await?;
        for chunk in payloads.chunks(ROWS) {
            let sql = insert(chunk.len(), |row| format!("${row}"));
            let query = chunk
                .iter()
                .fold(sqlx::query(sql), sqlx::query::Query::bind);
            query.execute(&mut *transaction).await?;
        }
        transaction.commit().await
    };
    let ((), enqueue) = timed(enqueue).await?;
    let claim = "UPDATE bare_jobs SET taken = 1 WHERE id = ANY(ARRAY( \
         SELECT id FROM bare_jobs WHERE taken = 0 ORDER BY id LIMIT $1 FOR UPDATE SKIP LOCKED)) \
         RETURNING id, payload";
    let work = async {
        let most = i64::try_from(CONCURRENCY).unwrap_or(i64::MAX);
        loop {
            let rows = sqlx::query(claim).bind(most).fetch_all(&pool).await?;
            if rows.is_empty() {
                return Ok::<(), sqlx::Error>(());
            }
            let ids: Vec<i64> = rows.iter().map(|row| row.get("id")).collect();
            let delete = sqlx::query("DELETE FROM bare_jobs WHERE id = ANY($1)");
            delete.bind(ids).execute(&pool).await?;
        }
    };
    let ((), work) = timed(work).await?;
    pool.close().await;
    Ok(Took { enqueue, work })
}

async fn on_sqlite(pool: SqlitePool, jobs: usize) -> Result<Took, BoxError> {
    let table = "CREATE TABLE IF NOT EXISTS bare_jobs \
         (id INTEGER PRIMARY KEY AUTOINCREMENT, payload TEXT NOT NULL, taken BIGINT NOT NULL)";
    sqlx::query(table).execute(&pool).await?;
    let payloads: Vec<String> = (0..jobs).map(|job| job.to_string()).collect();
    let enqueue = async {
        let mut transaction = pool.begin().await?;
        for chunk in payloads.chunks(ROWS) {
            let sql = insert(chunk.len(), |_| "?".to_owned());
            let query = chunk
                .iter()
                .fold(sqlx::query(sql), sqlx::query::Query::bind);
            query.execute(&mut *transaction).await?;
        }
        transaction.commit().await
    };
    let ((), enqueue) = timed(enqueue).await?;
    let claim = "UPDATE bare_jobs SET taken = 1 WHERE id IN ( \
         SELECT id FROM bare_jobs WHERE taken = 0 ORDER BY id LIMIT ?) RETURNING id, payload";
    let work = async {
        let most = i64::try_from(CONCURRENCY).unwrap_or(i64::MAX);
        loop {
            let rows = sqlx::query(claim).bind(most).fetch_all(&pool).await?;
            let ids: Vec<i64> = rows.iter().map(|row| row.get("id")).collect();
            let (Some(first), Some(last)) = (ids.iter().min(), ids.iter().max()) else {
                return Ok::<(), sqlx::Error>(());
            };
            let delete = "DELETE FROM bare_jobs WHERE taken = 1 AND id BETWEEN ? AND ?";
            let delete = sqlx::query(delete).bind(*first).bind(*last);
            delete.execute(&pool).await?;
        }
    };
    let ((), work) = timed(work).await?;
    pool.close().await;
    Ok(Took { enqueue, work })
}
