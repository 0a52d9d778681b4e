//! A statement that is put together: placeholders and the time are written differently in each SQL.
//!
//! SeaORM's builder writes most of what is needed here, but not a claim. So all statements are plain, and read as such.

use sea_orm::{DbBackend, Statement, Value};

use super::Held;

/// The time in milliseconds. SQLite has no server and no clock of its own: there the caller's is bound.
const POSTGRES_NOW: &str = "CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT)";
const MYSQL_NOW: &str =
    "(TIMESTAMPDIFF(MICROSECOND, '1970-01-01 00:00:00', UTC_TIMESTAMP(3)) DIV 1000)";

/// A statement, and what is bound to it.
pub(super) struct Sql {
    backend: DbBackend,
    now: i64,
    text: String,
    values: Vec<Value>,
}

impl Sql {
    /// An empty one; `now` is the caller's time.
    pub(super) fn new(backend: DbBackend, now: i64) -> Self {
        Self {
            backend,
            now,
            text: String::new(),
            values: Vec::new(),
        }
    }

    pub(super) fn is_mysql(&self) -> bool {
        self.backend == DbBackend::MySql
    }

    pub(super) fn push(mut self, text: &str) -> Self {
        self.text.push_str(text);
        self
    }

    /// A number that is the same whenever this statement is run, so that it needs no placeholder.
    pub(super) fn number(mut self, number: i64) -> Self {
        self.text.push_str(&number.to_string());
        self
    }

    pub(super) fn bind(mut self, value: impl Into<Value>) -> Self {
        self.values.push(value.into());
        if self.backend == DbBackend::Postgres {
            self.text.push('$');
            self.text.push_str(&self.values.len().to_string());
        } else {
            self.text.push('?');
        }
        self
    }

    pub(super) fn now(self) -> Self {
        match self.backend {
            DbBackend::Postgres => self.push(POSTGRES_NOW),
            DbBackend::MySql => self.push(MYSQL_NOW),
            _ => {
                let now = self.now;
                self.bind(now)
            }
        }
    }

    /// `part`, for each item, with `separator` in between.
    pub(super) fn each<T>(
        mut self,
        items: impl IntoIterator<Item = T>,
        separator: &str,
        part: impl Fn(Self, T) -> Self,
    ) -> Self {
        for (index, item) in items.into_iter().enumerate() {
            if index > 0 {
                self.text.push_str(separator);
            }
            self = part(self, item);
        }
        self
    }

    /// That a row is one of these, under the lease that is named. There must be one.
    ///
    /// The last is repeated until their number is a power of two: each number of placeholders is another statement to the
    /// database, and it remembers some of them only.
    pub(super) fn held(self, held: &[Held]) -> Self {
        let last = held.last().copied();
        let padding = held.len().next_power_of_two() - held.len();
        let padded = held
            .iter()
            .copied()
            .chain(last.into_iter().cycle().take(padding));
        self.push("(")
            .each(padded, " OR ", |sql, (id, lease)| {
                sql.push("(id = ")
                    .bind(id)
                    .push(" AND lease = ")
                    .bind(lease)
                    .push(")")
            })
            .push(")")
    }

    pub(super) fn build(self) -> Statement {
        Statement::from_sql_and_values(self.backend, self.text, self.values)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sql(backend: DbBackend) -> Sql {
        Sql::new(backend, 7).push("SELECT ").now().push(" + ")
    }

    #[test]
    fn placeholders_and_the_time_are_those_of_the_database() {
        let built = sql(DbBackend::Sqlite).bind(1).push("-").bind(2).build();
        assert_eq!(built.sql, "SELECT ? + ?-?");
        let values = built.values.expect("three are bound");
        assert_eq!(values.0[0], Value::from(7_i64));
        let built = sql(DbBackend::Postgres).bind(1).push("-").bind(2).build();
        assert!(built.sql.ends_with(" + $1-$2"), "{}", built.sql);
        assert!(built.sql.contains("clock_timestamp()"), "{}", built.sql);
        let built = sql(DbBackend::MySql).bind(1).build();
        assert!(built.sql.contains("UTC_TIMESTAMP(3)"), "{}", built.sql);
    }

    #[test]
    fn few_statements_hold_any_number_of_jobs() {
        let built = |number: i64| {
            let held: Vec<Held> = (0..number).map(|id| (id, 1)).collect();
            Sql::new(DbBackend::Postgres, 0).held(&held).build().sql
        };
        assert_eq!(built(1), "((id = $1 AND lease = $2))");
        assert_eq!(built(3), built(4));
        assert_ne!(built(4), built(5));
        assert_eq!(built(5), built(8));
    }
}
