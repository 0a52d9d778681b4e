//! What belongs to a session, and how it is made as good as new.

use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, Row as _};

/// How a plugin's sessions begin.
#[derive(Clone, Debug)]
pub(super) struct Greeting {
    /// Sets role, search path and name.
    own: String,
    /// Undoes what a session may have become, then the same.
    again: String,
    /// Asks whether there is no transaction, and does that.
    again_outside: String,
}

impl Greeting {
    pub(super) fn new(plugin: &str, schema: &str, role: Option<&str>) -> Self {
        let role = role.map_or(String::new(), |role| format!("SET ROLE {}; ", quoted(role)));
        let own = format!(
            "{role}SET search_path TO {}; SET application_name TO {}",
            quoted(schema),
            literal(&format!("backstage_plugin_{plugin}")),
        );
        // What `DISCARD ALL` does, but for the statements that sqlx has prepared and remembers.
        let again = format!(
            "SET SESSION AUTHORIZATION DEFAULT; RESET ALL; SELECT pg_advisory_unlock_all(); CLOSE ALL; UNLISTEN *; \
             DISCARD SEQUENCES; DISCARD TEMP; {own}"
        );
        // Outside of a transaction both are the same moment.
        let again_outside = format!("SELECT now() = statement_timestamp(); {again}");
        Self {
            own,
            again,
            again_outside,
        }
    }

    /// For a connection that is new.
    pub(super) async fn say(&self, connection: &mut PgConnection) -> sqlx::Result<()> {
        simple(connection, &self.own).await
    }

    /// For a session of the same plugin that may have been changed, and in which somebody may have left a transaction open
    /// with a statement of their own. If nobody has, it is one round to the server.
    pub(super) async fn say_again(&self, connection: &mut PgConnection) -> sqlx::Result<()> {
        match outside(connection, &self.again_outside).await {
            Ok(true) => return Ok(()),
            Ok(false) => {}
            // In a transaction that has failed, everything is refused.
            Err(sqlx::Error::Database(_)) => {}
            Err(error) => return Err(error),
        }
        simple(connection, "ROLLBACK").await?;
        simple(connection, &self.again).await
    }

    /// For a session that was another plugin's. What sqlx has prepared names the other's tables, and the types that
    /// it knows by name are the other's too.
    pub(super) async fn say_to_stranger(&self, connection: &mut PgConnection) -> sqlx::Result<()> {
        connection.clear_cached_statements().await?;
        simple(connection, "DEALLOCATE ALL").await?;
        simple(connection, &self.again).await
    }
}

/// What the first of these statements answers, once all have run.
async fn outside(connection: &mut PgConnection, sql: &str) -> sqlx::Result<bool> {
    let rows = connection.fetch_all(AssertSqlSafe(sql.to_owned())).await?;
    rows.first().ok_or(sqlx::Error::RowNotFound)?.try_get(0)
}

/// Runs statements without preparing them.
pub(super) async fn simple(connection: &mut PgConnection, sql: &str) -> sqlx::Result<()> {
    connection.execute(AssertSqlSafe(sql.to_owned())).await?;
    Ok(())
}

/// Whether a statement can leave something behind in the session.
pub(super) fn can_alter_session(sql: &str) -> bool {
    const HARMLESS: [&str; 5] = ["select", "insert", "update", "delete", "with"];
    let word = sql.trim_start();
    let end = word
        .find(|letter: char| !letter.is_ascii_alphabetic())
        .unwrap_or(word.len());
    let word = &word[..end];
    !HARMLESS
        .iter()
        .any(|known| word.eq_ignore_ascii_case(known))
        || touches_session(sql)
}

/// Functions that change the session inside of a query.
fn touches_session(sql: &str) -> bool {
    const NAMES: [&str; 3] = ["set_config", "pg_advisory", "pg_try_advisory"];
    let sql = sql.as_bytes();
    NAMES.iter().any(|name| {
        sql.windows(name.len())
            .any(|window| window.eq_ignore_ascii_case(name.as_bytes()))
    })
}

/// A name as PostgreSQL reads it.
pub(in crate::database) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

#[cfg(test)]
mod tests {
    use super::{Greeting, can_alter_session, quoted};

    #[test]
    fn names_are_quoted() {
        assert_eq!(
            quoted(r#"a"; DROP SCHEMA b; --"#),
            r#""a""; DROP SCHEMA b; --""#
        );
        let greeting = Greeting::new("it's", "cat\"s", Some("ro\"le"));
        assert!(greeting.own.contains(r#"SET ROLE "ro""le""#));
        assert!(greeting.own.contains(r#"search_path TO "cat""s""#));
        assert!(greeting.own.contains("'backstage_plugin_it''s'"));
    }

    #[test]
    fn what_may_change_a_session_is_seen() {
        for harmless in [
            "SELECT 1",
            " insert into t values (1)",
            "WITH a AS (SELECT 1) SELECT 1",
        ] {
            assert!(!can_alter_session(harmless), "{harmless}");
        }
        for altering in [
            "SET search_path TO b",
            "CREATE TEMP TABLE t (a int)",
            "LISTEN a",
            "SELECT set_config('search_path', 'b', false)",
            "select PG_TRY_ADVISORY_LOCK(1)",
            "/* */ SET x TO 1",
            "BEGIN",
            "",
        ] {
            assert!(can_alter_session(altering), "{altering}");
        }
    }
}
