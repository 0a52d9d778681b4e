//! What waits here while a browser is at the provider.
//!
//! It can be taken once: an answer of the provider that comes a second time finds nothing, at whichever replica.

use std::time::{Duration, SystemTime};

use greenroom::database::DatabaseClient;
use greenroom::database::sea_orm::sea_query::{Alias, Expr, ExprTrait as _, Order, Query};
use greenroom::database::sea_orm::{ConnectionTrait as _, DbErr};
use greenroom::prelude::*;

use super::migration::SIGN_INS;
use super::sweep::Sweep;
use super::{milliseconds, unavailable};

/// How many sign-ins may wait: anybody can begin one, and must not fill the database. It is looked at now and then, so
/// there can be somewhat more.
pub(super) const ROOM: u64 = 10_000;

const ID: &str = "id";
const STATE: &str = "state";
const NONCE: &str = "nonce";
const VERIFIER: &str = "verifier";
const EXPIRES_AT: &str = "expires_at";

/// A sign-in that has begun.
#[derive(Clone, Debug)]
pub(crate) struct Pending {
    /// A hash of the state that was sent, all of it: who asks for many sign-ins must not fill the table.
    pub(crate) state: String,
    /// The nonce that the ID token has to name.
    pub(crate) nonce: Secret<String>,
    /// The verifier of PKCE.
    pub(crate) verifier: Secret<String>,
}

/// Keeps sign-ins that have begun, by an id that only the browser knows.
pub(crate) struct PendingSignIns {
    client: DatabaseClient,
    clock: Clock,
    logger: Logger,
    sweep: Sweep,
}

impl PendingSignIns {
    pub(super) fn new(client: DatabaseClient, clock: Clock, logger: Logger) -> Self {
        Self {
            client,
            clock,
            logger,
            sweep: Sweep::new(Duration::from_secs(60), 1_000),
        }
    }

    /// Keeps one for so long.
    pub(crate) async fn put(
        &self,
        id: &str,
        pending: Pending,
        time: Duration,
    ) -> Result<(), HttpError> {
        let now = self.clock.now();
        let mut insert = Query::insert();
        insert
            .into_table(Alias::new(SIGN_INS))
            .columns([ID, STATE, NONCE, VERIFIER, EXPIRES_AT].map(Alias::new))
            .values_panic([
                Expr::val(id),
                Expr::val(pending.state),
                Expr::val(pending.nonce.expose().as_str()),
                Expr::val(pending.verifier.expose().as_str()),
                Expr::val(milliseconds(now + time)),
            ]);
        self.client.execute(&insert).await.map_err(unavailable)?;
        if self.sweep.is_due(now)
            && let Err(error) = self.make_room(now).await
        {
            let line = format!("Sign-ins that have ended were not forgotten: {error}");
            self.logger.warn(line);
        }
        Ok(())
    }

    /// Takes one out, if it is there and has not ended. Of several who ask for the same, here or in other replicas, the
    /// one gets it who has deleted it.
    pub(crate) async fn take(&self, id: &str) -> Result<Option<Pending>, HttpError> {
        let found = self.find(id).await.map_err(unavailable)?;
        let Some((pending, until)) = found else {
            return Ok(None);
        };
        let mut delete = Query::delete();
        delete
            .from_table(Alias::new(SIGN_INS))
            .and_where(Expr::col(Alias::new(ID)).eq(id));
        let deleted = self.client.execute(&delete).await.map_err(unavailable)?;
        let is_mine = deleted.rows_affected() == 1 && milliseconds(self.clock.now()) < until;
        Ok(is_mine.then_some(pending))
    }

    async fn find(&self, id: &str) -> Result<Option<(Pending, i64)>, DbErr> {
        let mut select = Query::select();
        select
            .columns([STATE, NONCE, VERIFIER, EXPIRES_AT].map(Alias::new))
            .from(Alias::new(SIGN_INS))
            .and_where(Expr::col(Alias::new(ID)).eq(id));
        let Some(row) = self.client.query_one(&select).await? else {
            return Ok(None);
        };
        let pending = Pending {
            state: row.try_get("", STATE)?,
            nonce: Secret::new(row.try_get("", NONCE)?),
            verifier: Secret::new(row.try_get("", VERIFIER)?),
        };
        Ok(Some((pending, row.try_get("", EXPIRES_AT)?)))
    }

    /// Those go that have ended, and then those that end first.
    async fn make_room(&self, now: SystemTime) -> Result<(), DbErr> {
        let ends = || Expr::col(Alias::new(EXPIRES_AT));
        let mut first_too_many = Query::select();
        first_too_many
            .column(Alias::new(EXPIRES_AT))
            .from(Alias::new(SIGN_INS))
            .order_by(Alias::new(EXPIRES_AT), Order::Desc)
            .limit(1)
            .offset(ROOM);
        let mut until = milliseconds(now);
        if let Some(row) = self.client.query_one(&first_too_many).await? {
            let end: i64 = row.try_get("", EXPIRES_AT)?;
            until = Ord::max(until, end);
        }
        let mut delete = Query::delete();
        delete
            .from_table(Alias::new(SIGN_INS))
            .and_where(ends().lte(until));
        self.client.execute(&delete).await.map(drop)
    }
}
