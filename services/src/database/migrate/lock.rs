//! One replica migrates, the others wait for it.
//!
//! The lock belongs to a session, or to a process: when that dies, the lock is free at once, and nobody has to clean
//! up. It is asked for again and again instead of being waited for, so that the wait can be explained and has an end.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use sea_orm::{DbErr, RuntimeErr};
use sha2::{Digest as _, Sha256};
use sqlx::mysql::MySqlConnection;
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{ConnectOptions as _, Connection as _, Row as _};
use tokio::time::{Instant, sleep, timeout};

use super::Context;
use super::attentive::be_attentive;
use crate::database::DatabaseError;
use crate::database::open::{answered, mysql_options, postgres_options};
use crate::database::settings::{Engine, Place, ServerOptions};

const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_millis(500);

/// The right to migrate.
pub(super) enum Lock {
    /// A database that no other process has.
    Alone,
    File(File),
    /// With the key.
    Postgres(PgConnection, i64),
    MySql(MySqlConnection, i64),
}

/// What came of asking for it.
enum Answer {
    Mine,
    /// Who has it, as far as is known.
    Theirs(String),
}

impl Lock {
    /// Waits for it, and says for whom.
    pub(super) async fn take(context: &Context, table: &str) -> Result<Self, DatabaseError> {
        let mut lock = Self::reach(context, table).await?;
        lock.wait(context).await?;
        Ok(lock)
    }

    /// Comes to where it is.
    async fn reach(context: &Context, table: &str) -> Result<Self, DatabaseError> {
        let plan = &context.plan;
        let server = match &plan.engine {
            Engine::Sqlite(Place::Memory) => return Ok(Self::Alone),
            Engine::Sqlite(Place::File { path, .. }) => {
                let path = beside(path);
                let file = open(&path).map_err(|error| {
                    DatabaseError::Unusable(format!(
                        "plugin `{}`: the lock for migrations, {}, cannot be opened: {error}",
                        plan.plugin,
                        path.display()
                    ))
                })?;
                return Ok(Self::File(file));
            }
            Engine::Server(server) => server,
        };
        let schema = server.schema.as_deref().unwrap_or_default();
        let key = key(&[&server.database, schema, table]);
        let connecting = async {
            Ok(match &server.options {
                ServerOptions::Postgres(options) => {
                    let options = signed(postgres_options(server, options), &plan.plugin);
                    let mut connection = options.connect().await?;
                    be_attentive(&mut connection).await;
                    Self::Postgres(connection, key)
                }
                ServerOptions::MySql(options) => {
                    Self::MySql(mysql_options(server, options).connect().await?, key)
                }
            })
        };
        let connected = match timeout(plan.pool.acquire_timeout, connecting).await {
            Ok(connected) => connected,
            Err(_) => Err(sqlx::Error::PoolTimedOut),
        };
        connected.map_err(|error: sqlx::Error| {
            let message = format!(
                "plugin `{}`: no connection for the lock on migrations: {error}",
                plan.plugin
            );
            DbErr::Conn(RuntimeErr::Internal(message)).into()
        })
    }

    async fn wait(&mut self, context: &Context) -> Result<(), DatabaseError> {
        let plugin = &context.plan.plugin;
        let since = Instant::now();
        let mut pause = FIRST_PAUSE;
        let mut told = String::new();
        let limit = context.plan.pool.acquire_timeout;
        loop {
            let asked = answered(limit, self.ask()).await.map_err(|error| {
                let message = format!(
                    "plugin `{plugin}`: the lock on migrations cannot be asked for: {error}"
                );
                DbErr::Conn(RuntimeErr::Internal(message))
            });
            let holder = match asked? {
                Answer::Mine => return Ok(()),
                Answer::Theirs(holder) => holder,
            };
            if since.elapsed() >= context.patience {
                return Err(DatabaseError::Locked(format!(
                    "plugin `{plugin}`: its database has been migrated by {holder} for longer than {} s; if that one hangs, end its process, or its sessions on the server: the lock ends with them; `backend.database.migrationLockTimeout` says how long one waits",
                    context.patience.as_secs_f64()
                )));
            }
            if told != holder {
                tracing::info!(%plugin, %holder, "Waiting for another one that migrates this database");
                told = holder;
            }
            sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    async fn ask(&mut self) -> sqlx::Result<Answer> {
        match self {
            Self::Alone => Ok(Answer::Mine),
            Self::File(file) => ask_file(file),
            Self::Postgres(connection, key) => ask_postgres(connection, *key).await,
            Self::MySql(connection, key) => ask_mysql(connection, *key).await,
        }
    }

    /// Whether the session that has it still lives.
    pub(super) async fn check(&mut self, limit: Duration) -> sqlx::Result<()> {
        match self {
            Self::Alone | Self::File(_) => Ok(()),
            Self::Postgres(connection, _) => answered(limit, connection.ping()).await,
            Self::MySql(connection, _) => answered(limit, connection.ping()).await,
        }
    }

    pub(super) async fn release(self) {
        // The end of the session, or of the file, is the end of the lock.
        let _ = match self {
            Self::Alone => Ok(()),
            Self::File(file) => {
                drop(file);
                Ok(())
            }
            Self::Postgres(connection, _) => connection.close().await,
            Self::MySql(connection, _) => connection.close().await,
        };
    }
}

/// A number for a name, the same in every process.
fn key(parts: &[&str]) -> i64 {
    let mut hash = Sha256::new();
    hash.update("greenroom migrations");
    for part in parts {
        hash.update([0]);
        hash.update(part);
    }
    let hash = hash.finalize();
    let first: [u8; 8] = hash[..8].try_into().expect("it is longer");
    i64::from_be_bytes(first)
}

/// A name for the server's list of sessions that says who migrates.
pub(super) fn signed(options: PgConnectOptions, plugin: &str) -> PgConnectOptions {
    let mut name = format!(
        "greenroom migrates {plugin}, process {}",
        std::process::id()
    );
    // The server cuts it there.
    while name.len() > 63 {
        name.pop();
    }
    options.application_name(&name)
}

async fn ask_postgres(connection: &mut PgConnection, key: i64) -> sqlx::Result<Answer> {
    let got = sqlx::query_scalar("SELECT pg_try_advisory_lock($1)").bind(key);
    if got.fetch_one(&mut *connection).await? {
        return Ok(Answer::Mine);
    }
    // The two halves of the key are columns of their own there.
    const HOLDER: &str = "SELECT a.application_name, a.pid, coalesce(a.client_addr::text, 'this machine') AS host \
        FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid \
        WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1 \
        AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database()) \
        AND l.classid::bigint = ($1 >> 32) & 4294967295 AND l.objid::bigint = $1 & 4294967295";
    let holder = sqlx::query(HOLDER).bind(key);
    let holder = holder.fetch_optional(&mut *connection).await?;
    Ok(Answer::Theirs(match holder {
        None => "another session".to_owned(),
        Some(row) => format!(
            "`{}` on {}, session {} of the server",
            row.try_get::<String, _>("application_name")?,
            row.try_get::<String, _>("host")?,
            row.try_get::<i32, _>("pid")?,
        ),
    }))
}

async fn ask_mysql(connection: &mut MySqlConnection, key: i64) -> sqlx::Result<Answer> {
    let name = format!("greenroom:{key:x}");
    let got = sqlx::query_scalar("SELECT GET_LOCK(?, 0)").bind(&name);
    let got: Option<i64> = got.fetch_one(&mut *connection).await?;
    if got == Some(1) {
        return Ok(Answer::Mine);
    }
    const HOLDER: &str = "SELECT CAST(id AS SIGNED) AS id, CAST(user AS CHAR) AS user, CAST(host AS CHAR) AS host \
        FROM information_schema.processlist WHERE id = IS_USED_LOCK(?)";
    let holder = sqlx::query(HOLDER).bind(&name);
    let holder = holder.fetch_optional(&mut *connection).await?;
    Ok(Answer::Theirs(match holder {
        None => "another session".to_owned(),
        Some(row) => format!(
            "`{}` on {}, session {} of the server",
            row.try_get::<String, _>("user")?,
            row.try_get::<String, _>("host")?,
            row.try_get::<i64, _>("id")?,
        ),
    }))
}

fn beside(database: &Path) -> PathBuf {
    let mut name = database.as_os_str().to_owned();
    name.push(".migration-lock");
    name.into()
}

fn open(path: &Path) -> std::io::Result<File> {
    let mut options = OpenOptions::new();
    // Whoever has the lock has written its name into it.
    options.create(true).read(true).write(true).truncate(false);
    options.open(path)
}

fn ask_file(file: &mut File) -> sqlx::Result<Answer> {
    match file.try_lock() {
        Ok(()) => {
            file.set_len(0)?;
            file.rewind()?;
            write!(file, "process {}", std::process::id())?;
            Ok(Answer::Mine)
        }
        Err(TryLockError::WouldBlock) => {
            let mut holder = String::new();
            file.rewind()?;
            file.take(100).read_to_string(&mut holder)?;
            Ok(Answer::Theirs(match holder.is_empty() {
                true => "another process".to_owned(),
                false => holder,
            }))
        }
        Err(TryLockError::Error(error)) => Err(error.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::key;

    #[test]
    fn each_database_schema_and_table_has_a_lock_of_its_own() {
        let one = key(&["a", "", "t"]);
        assert_eq!(one, key(&["a", "", "t"]));
        assert_ne!(one, key(&["b", "", "t"]));
        assert_ne!(one, key(&["a", "t", ""]));
        assert_ne!(one, key(&["a", "", "u"]));
    }
}
