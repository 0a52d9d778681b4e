//! What the database says has been applied, against what the program has.

use sea_orm::sea_query::{Alias, Expr, ExprTrait as _, Order, Query};
use sea_orm::{ConnectionTrait, DbBackend, DbErr};
use sea_orm_migration::MigratorTraitSelf as _;

use super::Context;
use crate::database::{DatabaseError, Migrations};

/// Both sides.
#[derive(Debug)]
pub(in crate::database) struct History {
    plugin: String,
    /// In the program's order.
    pub(super) known: Vec<String>,
    /// In the database.
    applied: Vec<String>,
}

impl History {
    /// Reads it and changes nothing: a table that is missing has no rows.
    pub(super) async fn read(
        context: &Context,
        migrations: Migrations,
    ) -> Result<Self, DatabaseError> {
        Self::read_on(&context.plan.plugin, &context.client, migrations).await
    }

    pub(super) async fn read_on(
        plugin: &str,
        connection: &impl ConnectionTrait,
        migrations: Migrations,
    ) -> Result<Self, DatabaseError> {
        let table = migrations.table();
        let applied = match has_table(connection, &table).await? {
            true => applied(connection, &table).await?,
            false => Vec::new(),
        };
        let known = migrations.migrations();
        let known = known.iter().map(|migration| migration.name().to_owned());
        Ok(Self {
            plugin: plugin.to_owned(),
            known: known.collect(),
            applied,
        })
    }

    pub(super) fn is_applied(&self, name: &str) -> bool {
        self.applied.iter().any(|applied| applied == name)
    }

    /// What is to be applied, if this program can go on from where the database is.
    pub(super) fn pending(&self) -> Result<Vec<&str>, DatabaseError> {
        let known: Vec<&str> = self.known.iter().map(String::as_str).collect();
        let mut unknown = self.applied.iter().map(String::as_str);
        let unknown: Vec<&str> = unknown
            .by_ref()
            .filter(|name| !known.contains(name))
            .collect();
        if !unknown.is_empty() {
            return Err(DatabaseError::History(format!(
                "plugin `{}`: its database has migrations that this program does not know: {}; a newer program was here: start that one, or undo them with it by `migrate down`",
                self.plugin,
                named(&unknown)
            )));
        }
        let newest = known.iter().rposition(|name| self.is_applied(name));
        let before = newest.map_or(0, |newest| newest + 1);
        let late: Vec<&str> = known[..before]
            .iter()
            .copied()
            .filter(|name| !self.is_applied(name))
            .collect();
        if !late.is_empty() {
            return Err(DatabaseError::History(format!(
                "plugin `{}`: migrations are missing in its database that come before others that are applied: {}; migrations are added at the end, so give them a later place, or undo the others by `migrate down`",
                self.plugin,
                named(&late)
            )));
        }
        Ok(known[before..].to_vec())
    }
}

fn named(names: &[&str]) -> String {
    let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    names.join(", ")
}

async fn has_table(connection: &impl ConnectionTrait, table: &str) -> Result<bool, DbErr> {
    let mut query = Query::select();
    query.expr_as(Expr::val(1), Alias::new("found"));
    let name = match connection.get_database_backend() {
        DbBackend::Sqlite => {
            query.from(Alias::new("sqlite_master"));
            query.and_where(Expr::col(Alias::new("type")).eq("table"));
            "name"
        }
        backend => {
            query.from((Alias::new("information_schema"), Alias::new("tables")));
            let here = match backend {
                DbBackend::MySql => "table_schema = DATABASE()",
                _ => "table_schema = current_schema()",
            };
            query.and_where(Expr::cust(here));
            "table_name"
        }
    };
    query.and_where(Expr::col(Alias::new(name)).eq(table));
    Ok(connection.query_one(&query).await?.is_some())
}

async fn applied(connection: &impl ConnectionTrait, table: &str) -> Result<Vec<String>, DbErr> {
    let mut query = Query::select();
    query
        .column(Alias::new("version"))
        .from(Alias::new(table))
        .order_by(Alias::new("version"), Order::Asc);
    let rows = connection.query_all(&query).await?;
    rows.iter().map(|row| row.try_get("", "version")).collect()
}

#[cfg(test)]
mod tests {
    use super::History;

    fn history(known: &[&str], applied: &[&str]) -> History {
        let owned = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
        History {
            plugin: "tea".to_owned(),
            known: owned(known),
            applied: owned(applied),
        }
    }

    #[test]
    fn what_is_not_applied_is_pending() {
        let new = history(&["a", "b"], &[]);
        assert_eq!(new.pending().expect("it agrees"), ["a", "b"]);
        let half = history(&["a", "b"], &["a"]);
        assert_eq!(half.pending().expect("it agrees"), ["b"]);
        let done = history(&["a", "b"], &["b", "a"]);
        assert!(done.pending().expect("it agrees").is_empty());
    }

    #[test]
    fn what_the_program_does_not_know_is_named() {
        let error = history(&["a"], &["a", "b"])
            .pending()
            .expect_err("`b` is unknown");
        assert!(error.to_string().contains("does not know: `b`;"), "{error}");
    }

    #[test]
    fn what_comes_too_late_is_named() {
        let error = history(&["a", "b", "c"], &["a", "c"])
            .pending()
            .expect_err("`b` is late");
        assert!(error.to_string().contains("are applied: `b`;"), "{error}");
    }
}
