//! What was known of users when they signed in, for those whose tokens do not say it.

use std::time::{Duration, SystemTime};

use greenroom::BoxError;
use greenroom::database::DatabaseClient;
use greenroom::database::sea_orm::sea_query::{Alias, Expr, ExprTrait as _, OnConflict, Query};
use greenroom::database::sea_orm::{ConnectionTrait as _, DbErr};
use greenroom::prelude::*;

use super::migration::USERS;
use super::sweep::Sweep;
use super::{milliseconds, unavailable};

const USER: &str = "user_entity_ref";
const OWNERS: &str = "owners";
const EXPIRES_AT: &str = "expires_at";

/// How long somebody is known after the newest token has ended: an older one may have been made to last longer, but
/// never than this.
const LONGEST_TOKEN: Duration = Duration::from_secs(24 * 60 * 60);

/// Keeps the owners that users can act for, by the user's reference.
pub(crate) struct Users {
    client: DatabaseClient,
    clock: Clock,
    logger: Logger,
    sweep: Sweep,
}

impl Users {
    pub(super) fn new(client: DatabaseClient, clock: Clock, logger: Logger) -> Self {
        Self {
            client,
            clock,
            logger,
            sweep: Sweep::new(Duration::from_secs(60 * 60), 10_000),
        }
    }

    /// Remembers a user, whose token ends then. What was known before no longer counts.
    pub(crate) async fn put(
        &self,
        user: &str,
        owners: &[String],
        until: SystemTime,
    ) -> Result<(), HttpError> {
        let owners = serde_json::to_string(owners).map_err(HttpError::internal)?;
        let mut newest = OnConflict::column(Alias::new(USER));
        newest.update_columns([OWNERS, EXPIRES_AT].map(Alias::new));
        let mut insert = Query::insert();
        insert
            .into_table(Alias::new(USERS))
            .columns([USER, OWNERS, EXPIRES_AT].map(Alias::new))
            .values_panic([
                Expr::val(user),
                Expr::val(owners),
                Expr::val(milliseconds(until)),
            ])
            .on_conflict(newest);
        self.client.execute(&insert).await.map_err(unavailable)?;
        let now = self.clock.now();
        if self.sweep.is_due(now) {
            self.forget(now).await;
        }
        Ok(())
    }

    /// The owners, if the user has signed in.
    pub(crate) async fn owners(&self, user: &str) -> Result<Option<Vec<String>>, HttpError> {
        let mut select = Query::select();
        select
            .column(Alias::new(OWNERS))
            .from(Alias::new(USERS))
            .and_where(Expr::col(Alias::new(USER)).eq(user));
        let read = async || -> Result<_, BoxError> {
            let Some(row) = self.client.query_one(&select).await? else {
                return Ok(None);
            };
            let owners: String = row.try_get("", OWNERS)?;
            Ok(Some(serde_json::from_str(&owners)?))
        };
        read().await.map_err(unavailable)
    }

    /// Those who cannot have a token any more.
    async fn forget(&self, now: SystemTime) {
        let ended = milliseconds(now - LONGEST_TOKEN);
        let mut delete = Query::delete();
        delete
            .from_table(Alias::new(USERS))
            .and_where(Expr::col(Alias::new(EXPIRES_AT)).lt(ended));
        let deleted: Result<_, DbErr> = self.client.execute(&delete).await;
        if let Err(error) = deleted {
            let line = format!("Users whose tokens have ended were not forgotten: {error}");
            self.logger.warn(line);
        }
    }
}
