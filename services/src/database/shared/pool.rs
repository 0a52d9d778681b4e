//! The slots, and who may have one.

use std::fmt;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use sea_orm::DbErr;
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{ConnectOptions as _, Connection as _};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, sleep, timeout};

use super::Lease;
use super::session::Greeting;
use crate::database::open::SIGN_OF_LIFE;
use crate::database::target::Target;

/// A connection that was used a moment ago is taken to be alive; after this time it is asked first.
const FRESH: Duration = Duration::from_secs(1);
/// A connection of another plugin is taken from it after this time, as long as there may be new ones.
const FORGOTTEN: Duration = Duration::from_secs(1);
/// After this time a connection is replaced, so that the server can be moved.
const OLD: Duration = Duration::from_secs(30 * 60);
/// How long a polite good-bye may take.
const PARTING: Duration = Duration::from_secs(5);

/// How a pool connects, and how much.
#[derive(Clone)]
pub(in crate::database) struct SharedOptions {
    /// To the database, without a schema.
    pub(in crate::database) connect: PgConnectOptions,
    pub(in crate::database) min: u32,
    pub(in crate::database) max: u32,
    pub(in crate::database) acquire_timeout: Duration,
    pub(in crate::database) idle_timeout: Duration,
}

/// Connections to one database, for any number of plugins.
#[derive(Clone)]
pub(in crate::database) struct SharedPool(Arc<Slots>);

pub(super) struct Slots {
    options: SharedOptions,
    /// As many permits as there may be connections.
    places: Arc<Semaphore>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    idle: Vec<Slot>,
    /// With those in somebody's hands, and those that are being opened.
    open: u32,
    closed: bool,
    /// Grows whenever a connection turns out to be dead: the others may be dead as well.
    epoch: u64,
}

/// A connection, and what is known of it.
pub(super) struct Slot {
    pub(super) connection: PgConnection,
    /// The plugin that it served last, by its membership.
    served: Weak<Member>,
    created: Instant,
    used: Instant,
    epoch: u64,
}

/// A plugin's part in the pool.
#[derive(Clone)]
pub(in crate::database) struct Membership(pub(super) Arc<Member>);

pub(super) struct Member {
    pool: Arc<Slots>,
    greeting: Greeting,
    quota: Arc<Semaphore>,
    max: u32,
    used: AtomicU32,
    pending: AtomicU32,
}

/// What allows somebody to hold a connection.
pub(super) struct Permits {
    _place: OwnedSemaphorePermit,
    _quota: OwnedSemaphorePermit,
    member: Arc<Member>,
}

impl Permits {
    pub(super) fn pool(&self) -> &Arc<Slots> {
        &self.member.pool
    }

    pub(super) fn greeting(&self) -> &Greeting {
        &self.member.greeting
    }
}

impl Drop for Permits {
    fn drop(&mut self) {
        self.member.used.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Counts who waits, however the waiting ends.
struct Waiting<'a>(&'a AtomicU32);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

enum Found {
    Own(Slot),
    Strange(Slot),
    Room,
    Closed,
}

impl SharedPool {
    /// A pool without connections yet.
    pub(in crate::database) fn new(options: SharedOptions) -> Self {
        Self(Arc::new(Slots {
            places: Arc::new(Semaphore::new(options.max as usize)),
            options,
            state: Mutex::default(),
        }))
    }

    /// Lets a plugin in.
    pub(in crate::database) fn join(
        &self,
        plugin: &str,
        schema: &str,
        role: Option<&str>,
        quota: u32,
    ) -> Membership {
        let max = quota.min(self.0.options.max);
        Membership(Arc::new(Member {
            pool: Arc::clone(&self.0),
            greeting: Greeting::new(plugin, schema, role),
            quota: Arc::new(Semaphore::new(max as usize)),
            max,
            used: AtomicU32::new(0),
            pending: AtomicU32::new(0),
        }))
    }

    /// Closes what is idle, and the rest as it comes back, for which it waits a little.
    pub(in crate::database) async fn close(&self) {
        self.0.lock().closed = true;
        let all = Arc::clone(&self.0.places).acquire_many_owned(self.0.options.max);
        let _ = timeout(PARTING, all).await;
        self.0.places.close();
        let idle = std::mem::take(&mut self.0.lock().idle);
        for slot in idle {
            self.0.part(slot).await;
        }
    }
}

impl Membership {
    pub(in crate::database) fn quota(&self) -> u32 {
        self.0.max
    }

    /// Used, idle and waited for.
    pub(in crate::database) fn count(&self) -> (u32, u32, u32) {
        let own = Arc::downgrade(&self.0);
        let idle = {
            let state = self.0.pool.lock();
            let own = state.idle.iter().filter(|slot| slot.served.ptr_eq(&own));
            u32::try_from(own.count()).unwrap_or(u32::MAX)
        };
        (
            self.0.used.load(Ordering::Relaxed),
            idle,
            self.0.pending.load(Ordering::Relaxed),
        )
    }

    /// A connection in the plugin's schema, within the deadline.
    pub(in crate::database) async fn acquire(&self, target: &Target) -> Result<Lease, DbErr> {
        let mut last = None;
        let acquiring = timeout(self.0.pool.options.acquire_timeout, self.find(&mut last));
        match acquiring.await {
            Ok(Ok(lease)) => Ok(lease),
            Ok(Err(sqlx::Error::PoolClosed)) => Err(target.unreachable(&sqlx::Error::PoolClosed)),
            Ok(Err(error)) => Err(target.unreachable(&error)),
            Err(_) => Err(target.no_connection(last.as_ref())),
        }
    }

    async fn find(&self, last: &mut Option<sqlx::Error>) -> sqlx::Result<Lease> {
        let member = &self.0;
        let permits = {
            member.pending.fetch_add(1, Ordering::Relaxed);
            let _waiting = Waiting(&member.pending);
            let closed = |_| sqlx::Error::PoolClosed;
            let quota = Arc::clone(&member.quota).acquire_owned().await;
            let place = Arc::clone(&member.pool.places).acquire_owned().await;
            let permits = Permits {
                _quota: quota.map_err(closed)?,
                _place: place.map_err(closed)?,
                member: Arc::clone(member),
            };
            member.used.fetch_add(1, Ordering::Relaxed);
            permits
        };
        loop {
            // Whatever fails here, or is dropped, gives up its place among the open ones.
            match member.pool.take(member) {
                Found::Closed => return Err(sqlx::Error::PoolClosed),
                Found::Own(slot) => {
                    let mut opening = Opening::of(member, slot);
                    if opening.is_alive().await {
                        return Ok(Lease::new(opening.finish(member), permits));
                    }
                }
                Found::Strange(slot) => {
                    let mut opening = Opening::of(member, slot);
                    if opening.is_alive().await && opening.change_hands(member).await {
                        return Ok(Lease::new(opening.finish(member), permits));
                    }
                }
                Found::Room => {
                    let mut opening = Opening::empty(member);
                    opening.connect(member, last).await?;
                    return Ok(Lease::new(opening.finish(member), permits));
                }
            }
        }
    }
}

/// A slot between two owners. Dropping it closes the connection.
struct Opening {
    pool: Arc<Slots>,
    slot: Option<Slot>,
    done: bool,
}

impl Opening {
    fn of(member: &Member, slot: Slot) -> Self {
        Self {
            pool: Arc::clone(&member.pool),
            slot: Some(slot),
            done: false,
        }
    }

    fn empty(member: &Member) -> Self {
        Self {
            pool: Arc::clone(&member.pool),
            slot: None,
            done: false,
        }
    }

    async fn is_alive(&mut self) -> bool {
        let epoch = self.pool.lock().epoch;
        let Some(slot) = &mut self.slot else {
            return false;
        };
        if slot.used.elapsed() < FRESH && slot.epoch == epoch {
            return true;
        }
        slot.epoch = epoch;
        let alive = timeout(SIGN_OF_LIFE, slot.connection.ping()).await;
        let alive = matches!(alive, Ok(Ok(())));
        if !alive {
            self.pool.lock().epoch += 1;
        }
        alive
    }

    async fn change_hands(&mut self, member: &Member) -> bool {
        let Some(slot) = &mut self.slot else {
            return false;
        };
        let changed = member.greeting.say_to_stranger(&mut slot.connection).await;
        if let Err(error) = &changed {
            tracing::debug!(%error, "a connection could not change hands and was closed");
        }
        changed.is_ok()
    }

    /// Connects. A server that is starting is tried again, until somebody loses patience.
    async fn connect(
        &mut self,
        member: &Member,
        last: &mut Option<sqlx::Error>,
    ) -> sqlx::Result<()> {
        let mut pause = Duration::from_millis(10);
        loop {
            let connecting = async {
                let mut connection = self.pool.options.connect.connect().await?;
                member.greeting.say(&mut connection).await?;
                Ok(connection)
            };
            match connecting.await {
                Ok(connection) => {
                    let now = Instant::now();
                    self.slot = Some(Slot {
                        connection,
                        served: Weak::new(),
                        created: now,
                        used: now,
                        epoch: self.pool.lock().epoch,
                    });
                    return Ok(());
                }
                Err(error) if is_passing(&error) => *last = Some(error),
                Err(error) => return Err(error),
            }
            sleep(pause).await;
            pause = (pause * 2).min(Duration::from_millis(500));
        }
    }

    fn finish(mut self, member: &Arc<Member>) -> Slot {
        self.done = true;
        let mut slot = self.slot.take().expect("only who has a slot comes here");
        slot.served = Arc::downgrade(member);
        slot
    }
}

impl Drop for Opening {
    fn drop(&mut self) {
        if !self.done {
            self.pool.lock().open -= 1;
        }
    }
}

/// Whether an error while connecting may be over soon.
pub(in crate::database) fn is_passing(error: &sqlx::Error) -> bool {
    use std::io::ErrorKind;
    match error {
        sqlx::Error::Io(error) => matches!(
            error.kind(),
            ErrorKind::ConnectionRefused | ErrorKind::ConnectionReset | ErrorKind::UnexpectedEof
        ),
        // Too many connections, starting up, shutting down.
        sqlx::Error::Database(error) => error
            .code()
            .is_some_and(|code| ["53300", "57P03", "57P01"].contains(&&*code)),
        _ => false,
    }
}

impl Slots {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What somebody with permits may do. An open connection is the taker's from here on.
    fn take(&self, member: &Arc<Member>) -> Found {
        let own = Arc::downgrade(member);
        let mut state = self.lock();
        if state.closed {
            return Found::Closed;
        }
        // The newest of one's own: so the others can grow old and be closed.
        if let Some(at) = state.idle.iter().rposition(|slot| slot.served.ptr_eq(&own)) {
            return Found::Own(state.idle.remove(at));
        }
        // The oldest of the others.
        let may_open = state.open < self.options.max;
        let forgotten = |slot: &Slot| slot.used.elapsed() >= FORGOTTEN;
        if let Some(oldest) = state.idle.first()
            && (!may_open || forgotten(oldest))
        {
            return Found::Strange(state.idle.remove(0));
        }
        // Who has a permit finds either an idle connection or room for one more.
        state.open += 1;
        Found::Room
    }

    /// Takes a connection back that is fit for the same plugin.
    pub(super) fn put_back(self: &Arc<Self>, mut slot: Slot) {
        slot.used = Instant::now();
        let mut state = self.lock();
        if state.closed || slot.created.elapsed() >= OLD {
            state.open -= 1;
            drop(state);
            self.part_later(slot);
            return;
        }
        slot.epoch = state.epoch;
        let is_first = state.idle.is_empty();
        state.idle.push(slot);
        drop(state);
        if is_first {
            self.sweep_later();
        }
    }

    /// Closes a connection of which it is not known what it was left in.
    pub(super) fn discard(&self, slot: Slot, is_dead: bool) {
        drop(slot);
        let mut state = self.lock();
        state.open -= 1;
        if is_dead {
            state.epoch += 1;
        }
    }

    async fn part(&self, slot: Slot) {
        self.lock().open -= 1;
        let _ = timeout(PARTING, slot.connection.close()).await;
    }

    fn part_later(&self, slot: Slot) {
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(async move {
                let _ = timeout(PARTING, slot.connection.close()).await;
            });
        }
    }

    /// Closes in time what nobody uses, as long as there is something idle.
    fn sweep_later(self: &Arc<Self>) {
        let Ok(runtime) = tokio::runtime::Handle::try_current() else {
            return;
        };
        let pool = Arc::downgrade(self);
        let idle_timeout = self.options.idle_timeout;
        runtime.spawn(async move {
            loop {
                sleep(idle_timeout).await;
                let Some(pool) = pool.upgrade() else { return };
                let (old, empty) = pool.take_unused();
                for slot in old {
                    let _ = timeout(PARTING, slot.connection.close()).await;
                }
                if empty {
                    return;
                }
            }
        });
    }

    fn take_unused(&self) -> (Vec<Slot>, bool) {
        let mut state = self.lock();
        let mut old = Vec::new();
        while state.open > self.options.min
            && let Some(slot) = state.idle.first()
            && slot.used.elapsed() >= self.options.idle_timeout
        {
            old.push(state.idle.remove(0));
            state.open -= 1;
        }
        (old, state.idle.is_empty())
    }
}

impl fmt::Debug for SharedPool {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.0.lock();
        formatter
            .debug_struct("SharedPool")
            .field("open", &state.open)
            .field("idle", &state.idle.len())
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Membership {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Membership")
            .field("max", &self.0.max)
            .finish_non_exhaustive()
    }
}
