//! The statements on a table of keys, and how a row is written.

use std::time::SystemTime;

use sea_orm::sea_query::{Alias, Expr, ExprTrait as _, Query};
use sea_orm::{ConnectionTrait as _, DbErr, QueryResult};

use super::migration::{EXPIRES_AT, ID, KEY, PLUGIN_KEYS, USER_KEYS};
use crate::auth::{KeyUse, SharedKey, rfc3339};
use crate::database::DatabaseClient;

/// The keys of one plugin for one use.
pub(super) struct Table {
    plugin: String,
    name: &'static str,
    client: DatabaseClient,
}

impl Table {
    pub(super) fn new(plugin: &str, of: KeyUse, client: DatabaseClient) -> Self {
        Self {
            plugin: plugin.to_owned(),
            name: match of {
                KeyUse::Plugin => PLUGIN_KEYS,
                KeyUse::User => USER_KEYS,
            },
            client,
        }
    }

    pub(super) async fn add(&self, key: &SharedKey) -> Result<(), DbErr> {
        let SharedKey { key, expires_at } = key;
        let id = key.get("kid").and_then(|id| id.as_str());
        let id = id.unwrap_or_default();
        let written = serde_json::Value::Object(key.clone()).to_string();
        let mut insert = Query::insert();
        insert
            .into_table(Alias::new(self.name))
            .columns([ID, KEY, EXPIRES_AT].map(Alias::new))
            .values_panic([
                Expr::val(id),
                Expr::val(written),
                // In the very form in which Backstage writes times.
                Expr::val(rfc3339(*expires_at)),
            ]);
        self.client.execute(&insert).await.map(drop)
    }

    /// Those that have not expired by now; the others are deleted on the way.
    pub(super) async fn keys(&self, now: SystemTime) -> Result<Vec<SharedKey>, DbErr> {
        let mut select = Query::select();
        select
            .columns([ID, KEY, EXPIRES_AT].map(Alias::new))
            .from(Alias::new(self.name));
        let mut keys = Vec::new();
        let mut expired = Vec::new();
        for row in self.client.query_all(&select).await? {
            let id: String = row.try_get("", ID)?;
            match read(&row)? {
                Some(key) if key.expires_at <= now => expired.push(id),
                Some(key) => keys.push(key),
                None => tracing::warn!(
                    plugin = self.plugin,
                    "The key `{id}` in the table `{}` cannot be read, so tokens that are signed by it do not count here",
                    self.name
                ),
            }
        }
        if !expired.is_empty() {
            self.delete(expired).await;
        }
        Ok(keys)
    }

    /// Nobody depends on it: who reads next tries again.
    async fn delete(&self, expired: Vec<String>) {
        let mut delete = Query::delete();
        delete
            .from_table(Alias::new(self.name))
            .and_where(Expr::col(Alias::new(ID)).is_in(expired));
        if let Err(error) = self.client.execute(&delete).await {
            tracing::debug!(
                plugin = self.plugin,
                "Expired keys in the table `{}` were not deleted: {error}",
                self.name
            );
        }
    }
}

/// None if somebody has written what is no key.
fn read(row: &QueryResult) -> Result<Option<SharedKey>, DbErr> {
    let key: String = row.try_get("", KEY)?;
    let expires_at: String = row.try_get("", EXPIRES_AT)?;
    let key = serde_json::from_str(&key).ok();
    let expires_at = humantime::parse_rfc3339(&expires_at).ok();
    Ok(key
        .zip(expires_at)
        .map(|(key, expires_at)| SharedKey { key, expires_at }))
}
