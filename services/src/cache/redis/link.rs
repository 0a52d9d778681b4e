//! Calls of a server that may not be there, each of which ends in time.
//!
//! The connection is made by a task of its own, so that a caller who gives up does not break it off for those who come
//! after, even if it takes longer than any of them waits. One that failed is thrown away, and so is one that went quiet
//! long enough to open the breaker: a network that swallows packets closes nothing, and the server behind it may be back
//! under the same address long since.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, Shared};
use redis::{RedisError, RedisResult};
use tokio::time::{Instant, sleep, timeout};
use tracing::instrument::WithSubscriber as _;

use super::address::RedisSettings;
use super::breaker::Breaker;
use super::connection::{Connection, Connector};

/// How long a server is waited for, and when it is not asked any more.
#[derive(Clone, Copy, Debug)]
pub(in super::super) struct Patience {
    /// For one call, with the connection if that is still to be made.
    pub(in super::super) deadline: Duration,
    /// So many failures in a row open the breaker.
    pub(in super::super) failures: u32,
    /// Between two looks whether the server is back.
    pub(in super::super) pause: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            deadline: Duration::from_millis(500),
            failures: 5,
            pause: Duration::from_secs(1),
        }
    }
}

/// Who is told that the server went, and that it came back.
pub(in super::super) trait LinkEvents: Send + Sync {
    /// The server is not asked any more, for this reason.
    fn away(&self, address: &str, reason: &str);

    /// It is asked again, after this time.
    fn back(&self, address: &str, after: Duration);

    /// The server is there and does not do what it is asked, for this reason. Said once a minute at most.
    fn unable(&self, address: &str, reason: &str);
}

/// How long after a word about what the server does not do the next one is left out.
const QUIET: Duration = Duration::from_mins(1);

/// Why there is no answer.
#[derive(Debug)]
pub(in super::super) enum LinkError {
    /// There is none to be had, in time or at all.
    Away(String),
    /// The server is well and says no: because of the command, or of what lies under its key.
    Refused(RedisError),
    /// The server is well and does not do it for anybody, or not for this user.
    Unable(String),
}

type Connecting = Shared<BoxFuture<'static, Result<Connection, Arc<str>>>>;

/// The way to a server.
pub(in super::super) struct Link {
    connector: Connector,
    address: String,
    patience: Patience,
    breaker: Breaker,
    current: Mutex<Current>,
    last_failure: Mutex<String>,
    last_told: Mutex<Option<Instant>>,
    events: Box<dyn LinkEvents>,
}

#[derive(Default)]
struct Current {
    /// Tells a connection from the one before it.
    number: u64,
    connecting: Option<Connecting>,
    /// When it was begun.
    since: Option<Instant>,
}

impl Link {
    /// Opens nothing yet.
    pub(in super::super) fn new(
        settings: &RedisSettings,
        patience: Patience,
        events: Box<dyn LinkEvents>,
    ) -> RedisResult<Arc<Self>> {
        Ok(Arc::new(Self {
            connector: settings.connector()?,
            address: settings.shown().to_owned(),
            patience,
            breaker: Breaker::new(patience.failures),
            current: Mutex::default(),
            last_failure: Mutex::default(),
            last_told: Mutex::default(),
            events,
        }))
    }

    /// Sends what `command` sends, and returns within the deadline, whatever the server does.
    pub(in super::super) async fn call<T, F, Answer>(
        self: &Arc<Self>,
        command: F,
    ) -> Result<T, LinkError>
    where
        F: FnOnce(Connection) -> Answer,
        Answer: Future<Output = RedisResult<T>>,
    {
        if self.breaker.is_open() {
            return Err(LinkError::Away(self.last_failure().clone()));
        }
        match self.try_once(command).await {
            Ok(answer) => {
                self.breaker.answered();
                Ok(answer)
            }
            Err(LinkError::Refused(error)) => {
                self.breaker.answered();
                Err(LinkError::Refused(error))
            }
            Err(LinkError::Unable(reason)) => {
                self.breaker.answered();
                self.tell(&reason);
                Err(LinkError::Unable(reason))
            }
            Err(LinkError::Away(reason)) => {
                if self.breaker.failed() {
                    self.leave_alone(&reason);
                }
                Err(LinkError::Away(reason))
            }
        }
    }

    async fn try_once<T, F, Answer>(&self, command: F) -> Result<T, LinkError>
    where
        F: FnOnce(Connection) -> Answer,
        Answer: Future<Output = RedisResult<T>>,
    {
        self.in_time(async {
            let (number, connection) = self.connected().await?;
            let answer = command(connection).await;
            answer.map_err(|error| self.judge(error, number))
        })
        .await
    }

    /// Whether the server answers. Nobody waits for this: a connection has all the time that it may take to be made, and
    /// the deadline is for the answer alone. Else a server that is slow to connect would never be back.
    async fn look(&self) -> Result<(), LinkError> {
        let (number, mut connection) = self.connected().await?;
        self.in_time(async {
            let answer = redis::cmd("PING").exec_async(&mut connection).await;
            answer.map_err(|error| self.judge(error, number))
        })
        .await
    }

    async fn connected(&self) -> Result<(u64, Connection), LinkError> {
        let (number, connecting) = self.connection();
        match connecting.await {
            Ok(connection) => Ok((number, connection)),
            Err(reason) => {
                self.discard(number);
                Err(LinkError::Away(reason.as_ref().to_owned()))
            }
        }
    }

    async fn in_time<T>(
        &self,
        answer: impl Future<Output = Result<T, LinkError>>,
    ) -> Result<T, LinkError> {
        let deadline = self.patience.deadline;
        timeout(deadline, answer).await.unwrap_or_else(|_| {
            let deadline = deadline.as_millis();
            Err(LinkError::Away(format!("no answer within {deadline} ms")))
        })
    }

    /// The connection, or the making of it.
    fn connection(&self) -> (u64, Connecting) {
        let mut current = self.current();
        if let Some(connecting) = &current.connecting {
            return (current.number, connecting.clone());
        }
        let connector = self.connector.clone();
        let made = async move {
            let made = connector.connect().await;
            made.map_err(|error| Arc::from(error.to_string()))
        };
        let made = tokio::spawn(made.with_current_subscriber());
        let connecting = async move {
            // The task is cancelled with its runtime alone.
            let made = made.await;
            made.unwrap_or_else(|error| Err(Arc::from(error.to_string())))
        };
        let connecting = connecting.boxed().shared();
        current.number += 1;
        current.connecting = Some(connecting.clone());
        current.since = Some(Instant::now());
        (current.number, connecting)
    }

    /// Forgets a connection, unless another has taken its place.
    fn discard(&self, number: u64) {
        let mut current = self.current();
        if current.number == number {
            current.connecting = None;
        }
    }

    /// Forgets a connection as [`discard`](Self::discard) does, but no more often than it would be looked for a server.
    fn renew(&self, number: u64) {
        let since = self.current().since;
        if since.is_some_and(|since| since.elapsed() >= self.patience.pause) {
            self.discard(number);
        }
    }

    fn tell(&self, reason: &str) {
        let now = Instant::now();
        {
            let last = self.last_told.lock();
            let mut last = last.unwrap_or_else(PoisonError::into_inner);
            if last.is_some_and(|last| now - last < QUIET) {
                return;
            }
            *last = Some(now);
        }
        self.events.unable(&self.address, reason);
    }

    /// Forgets a connection, and not the making of one: that is not to blame, and the next look finds it further on.
    fn discard_made(&self) {
        let mut current = self.current();
        let connecting = current.connecting.as_ref();
        if connecting.is_some_and(|connecting| connecting.peek().is_some()) {
            current.connecting = None;
        }
    }

    fn judge(&self, error: RedisError, number: u64) -> LinkError {
        // Of what a server says, these leave it well; all others are about a state in which it answers nobody.
        match error.code() {
            Some("ERR" | "WRONGTYPE") => return LinkError::Refused(error),
            // Reading goes on without room, and without leave to write.
            Some("OOM" | "MISCONF" | "NOREPLICAS" | "NOPERM") => {
                return LinkError::Unable(error.to_string());
            }
            // It may have been another's replica all along, or since another is what the name stands for.
            Some("READONLY") => {
                self.renew(number);
                return LinkError::Unable(error.to_string());
            }
            _ => {}
        }
        if error.is_io_error() || error.is_unrecoverable_error() {
            self.discard(number);
        }
        LinkError::Away(error.to_string())
    }

    /// The breaker has opened: the server is not asked until it is back, which a task looks after.
    fn leave_alone(self: &Arc<Self>, reason: &str) {
        reason.clone_into(&mut self.last_failure());
        self.discard_made();
        self.events.away(&self.address, reason);
        let (link, pause) = (Arc::downgrade(self), self.patience.pause);
        tokio::spawn(look_after(link, pause, Instant::now()).with_current_subscriber());
    }

    fn current(&self) -> MutexGuard<'_, Current> {
        self.current.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn last_failure(&self) -> MutexGuard<'_, String> {
        let last = self.last_failure.lock();
        last.unwrap_or_else(PoisonError::into_inner)
    }
}

/// Looks whether the server is back, until it is or nobody is interested any more.
async fn look_after(link: Weak<Link>, pause: Duration, since: Instant) {
    loop {
        sleep(pause).await;
        let Some(link) = link.upgrade() else {
            return;
        };
        match link.look().await {
            // Who says no is there.
            Ok(()) | Err(LinkError::Refused(_) | LinkError::Unable(_)) => {
                link.breaker.close();
                link.events.back(&link.address, since.elapsed());
                return;
            }
            Err(LinkError::Away(reason)) => reason.clone_into(&mut link.last_failure()),
        }
        link.current().connecting = None;
    }
}
