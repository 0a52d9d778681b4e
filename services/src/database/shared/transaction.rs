//! A transaction on a shared connection, and those inside of it.
//!
//! The outermost is a transaction, those inside are savepoints. Dropping one undoes it: the outermost when the
//! connection is tidied up, an inner one before the next statement of those around it.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex as StdMutex, PoisonError};

use sea_orm::{DbErr, RuntimeErr, TransactionOptions};
use tokio::sync::{Mutex, OwnedMutexGuard};

use super::session::simple;
use super::statements::executing;
use super::{Lease, Membership};
use crate::database::target::Target;

/// A transaction or a savepoint.
#[derive(Debug)]
pub(in crate::database) struct SharedTransaction {
    shared: Arc<Shared>,
    /// 0 is the transaction itself.
    depth: u32,
    is_open: bool,
    target: Arc<Target>,
}

#[derive(Debug)]
struct Shared {
    lease: Arc<Mutex<Lease>>,
    /// The outermost savepoint that was dropped and is to be undone.
    dropped: StdMutex<Option<u32>>,
    depth: AtomicU32,
}

impl SharedTransaction {
    pub(in crate::database) async fn begin(
        membership: &Membership,
        target: &Arc<Target>,
        options: TransactionOptions,
    ) -> Result<Self, DbErr> {
        let mut lease = membership.acquire(target).await?;
        let mut sql = "BEGIN".to_owned();
        if let Some(level) = options.isolation_level {
            sql.push_str(&format!(" ISOLATION LEVEL {level}"));
        }
        if let Some(mode) = options.access_mode {
            sql.push_str(&format!(" {mode}"));
        }
        lease.note_transaction(true);
        let begun = lease.run(|connection| simple(connection, &sql)).await;
        begun.map_err(executing)?;
        Ok(Self {
            shared: Arc::new(Shared {
                lease: Arc::new(Mutex::new(lease)),
                dropped: StdMutex::new(None),
                depth: AtomicU32::new(0),
            }),
            depth: 0,
            is_open: true,
            target: Arc::clone(target),
        })
    }

    pub(in crate::database) fn target(&self) -> &Arc<Target> {
        &self.target
    }

    /// A savepoint in it.
    pub(in crate::database) async fn nested(&self) -> Result<Self, DbErr> {
        let mut lease = self.lease().await?;
        let depth = self.shared.depth.fetch_add(1, Ordering::Relaxed) + 1;
        let sql = format!("SAVEPOINT {}", name(depth));
        let made = lease.run(|connection| simple(connection, &sql)).await;
        made.map_err(executing)?;
        Ok(Self {
            shared: Arc::clone(&self.shared),
            depth,
            is_open: true,
            target: Arc::clone(&self.target),
        })
    }

    /// The connection, when those inside that were dropped are undone.
    pub(in crate::database) async fn lease(&self) -> Result<OwnedMutexGuard<Lease>, DbErr> {
        let mut lease = Arc::clone(&self.shared.lease).lock_owned().await;
        if lease.is_torn() {
            return Err(DbErr::Conn(RuntimeErr::Internal(format!(
                "plugin `{}`: a statement of this transaction was given up before its end, so nobody knows what it did; the transaction can only be rolled back",
                self.target.plugin
            ))));
        }
        let dropped = self.shared.dropped();
        if let Some(depth) = dropped {
            let name = name(depth);
            let sql = format!("ROLLBACK TO SAVEPOINT {name}; RELEASE SAVEPOINT {name}");
            let undone = lease.run(|connection| simple(connection, &sql)).await;
            undone.map_err(executing)?;
        }
        Ok(lease)
    }

    pub(in crate::database) async fn commit(mut self) -> Result<(), DbErr> {
        let sql = match self.depth {
            // A transaction that has failed is undone by its commit, and that is no error to the server.
            0 => "SELECT 1; COMMIT".to_owned(),
            depth => format!("RELEASE SAVEPOINT {}", name(depth)),
        };
        self.end(&sql).await
    }

    pub(in crate::database) async fn rollback(mut self) -> Result<(), DbErr> {
        let sql = match self.depth {
            0 => "ROLLBACK".to_owned(),
            depth => {
                let name = name(depth);
                format!("ROLLBACK TO SAVEPOINT {name}; RELEASE SAVEPOINT {name}")
            }
        };
        self.end(&sql).await
    }

    async fn end(&mut self, sql: &str) -> Result<(), DbErr> {
        let mut lease = self.lease().await?;
        let ended = lease.run(|connection| simple(connection, sql)).await;
        ended.map_err(executing)?;
        self.is_open = false;
        if self.depth == 0 {
            lease.note_transaction(false);
        }
        Ok(())
    }
}

impl Shared {
    fn dropped(&self) -> Option<u32> {
        let mut dropped = self.dropped.lock().unwrap_or_else(PoisonError::into_inner);
        dropped.take()
    }
}

impl Drop for SharedTransaction {
    fn drop(&mut self) {
        if self.is_open && self.depth > 0 {
            let mut dropped = self
                .shared
                .dropped
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            // Undoing the outer one undoes those inside of it.
            *dropped = Some(dropped.map_or(self.depth, |known| known.min(self.depth)));
        }
    }
}

/// The number is never used again in this transaction, so it names one savepoint.
fn name(depth: u32) -> String {
    format!("greenroom_{depth}")
}
