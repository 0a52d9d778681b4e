//! The worker of a plugin: one loop that claims jobs of all its queues, runs each in a task, and reports what became of them.
//!
//! It claims as many jobs as there are places, and reports what has ended meanwhile by the next statement: the faster the
//! jobs are, the more of them share a statement. A queue is asked again as long as it gave all that was asked for.
//! When none does, the worker looks by one statement, which does not grow with jobs, at longer and longer intervals, and
//! no later than the next job is due. What is enqueued in this process wakes it at once; with PostgreSQL, what is enqueued
//! anywhere does.

mod attempt;
mod drain;
mod heartbeat;
mod held;
mod listen;
mod steady;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use futures_util::FutureExt as _;
use greenroom_di_core::lifecycle::{HookResult, PluginState};
use sea_orm::DbErr;
use tokio::sync::watch;
use tokio::task::{Id, JoinError, JoinSet};
use tokio::time::Instant;
use tracing::Instrument as _;
use tracing::instrument::WithSubscriber as _;

use self::held::{HeldJob, HeldJobs};
use self::steady::{Steadiness, Told};
use super::service::{Declared, Shared};
use super::store::{Back, Claimed, Held, Store, Verdict, Wanted};
use super::{Extension, JobId, QueueError, RawJob};

/// The first pause of a worker that finds nothing.
const SHORTEST_PAUSE: Duration = Duration::from_millis(5);

/// How often it looks, while it has enough to do, whether something is due.
const LOOK: Duration = Duration::from_millis(500);

/// How often it forgets what was done long ago, and counts.
const HOUSEKEEPING: Duration = Duration::from_secs(60);

/// Works once the plugin has started, until a stop is asked for.
pub(super) fn run(
    shared: Arc<Shared>,
    mut state: watch::Receiver<PluginState>,
) -> impl Future<Output = HookResult> + Send + 'static {
    // Whatever becomes of it, nobody waits for its end in vain: not even if it never begins.
    let ended = shared.ended.clone().drop_guard();
    async move {
        let _ended = ended;
        tokio::select! {
            started = state.wait_for(|state| *state == PluginState::Started) => drop(started?),
            () = shared.stop.cancelled() => return Ok(()),
        }
        let store = shared.store().await?.clone();
        Worker::new(shared, store).run().await;
        Ok(())
    }
}

struct Worker {
    shared: Arc<Shared>,
    store: Store,
    held: Arc<HeldJobs>,
    jobs: JoinSet<(Held, Verdict)>,
    /// Which job a task runs, for a task that does not say so itself.
    tasks: BTreeMap<Id, Held>,
    /// What the database does not know yet.
    finished: Vec<(Held, Verdict)>,
    /// The queues that may have jobs.
    hungry: BTreeSet<String>,
    /// How long it waits if it finds nothing.
    pause: Duration,
    next_look: Instant,
    next_housekeeping: Instant,
    steadiness: Steadiness,
    /// Since the database last failed, nothing is tried before this.
    retry: Option<Instant>,
}

impl Worker {
    fn new(shared: Arc<Shared>, store: Store) -> Self {
        let now = Instant::now();
        Self {
            shared,
            store,
            held: Arc::default(),
            jobs: JoinSet::new(),
            tasks: BTreeMap::new(),
            finished: Vec::new(),
            hungry: BTreeSet::new(),
            pause: SHORTEST_PAUSE,
            next_look: now,
            next_housekeeping: now,
            steadiness: Steadiness::default(),
            retry: None,
        }
    }

    async fn run(mut self) {
        // Both end with the worker.
        let mut aides = JoinSet::new();
        let held = Arc::clone(&self.held);
        let beats = heartbeat::run(Arc::clone(&self.shared), self.store.clone(), held);
        aides.spawn(beats.in_current_span().with_current_subscriber());
        let listener = listen::run(Arc::clone(&self.shared), self.store.client().clone());
        aides.spawn(listener.in_current_span().with_current_subscriber());
        while !self.shared.stop.is_cancelled() {
            self.exchange().await;
            self.wait().await;
        }
        self.drain().await;
    }

    /// Tells the database what has ended, and asks it for more.
    async fn exchange(&mut self) {
        if self.retry.is_some_and(|retry| retry > Instant::now()) {
            return;
        }
        let wanted = self.wanted();
        if wanted.is_empty() && self.finished.is_empty() {
            return;
        }
        let finished = std::mem::take(&mut self.finished);
        let began = Instant::now();
        let (ended, claimed) = tokio::join!(self.store.finish(&finished), async {
            if wanted.is_empty() {
                Ok(Vec::new())
            } else {
                self.store.claim(&wanted).await
            }
        });
        match ended {
            Ok(ended) => self.reported(&finished, ended),
            Err(error) => {
                self.finished.extend(finished);
                self.trouble(&error);
            }
        }
        match claimed {
            Ok(claimed) => self.begin(&wanted, claimed, began),
            Err(error) => self.trouble(&error),
        }
    }

    /// How many jobs there is a place for, of the queues that may have some.
    fn wanted(&self) -> Vec<Wanted> {
        let queues = self.shared.worked();
        let wanted = queues.into_iter().filter_map(|(queue, declared)| {
            let options = declared.options;
            let jobs = options
                .concurrency
                .saturating_sub(self.held.running(&queue));
            (jobs > 0 && self.hungry.contains(&queue)).then_some(Wanted {
                queue,
                jobs,
                visibility: options.visibility,
            })
        });
        wanted.collect()
    }

    /// The database knows what became of these.
    fn reported(&mut self, finished: &[(Held, Verdict)], ended: u64) {
        self.recovered();
        self.held.forget(finished.iter().map(|(held, _)| *held));
        let late = (finished.len() as u64).saturating_sub(ended);
        if late > 0 {
            tracing::warn!(
                jobs = late,
                "Jobs came to an end after another worker had taken them over: they run, or ran, twice"
            );
        }
        // What goes back may be due before the next look.
        let back = finished.iter().filter_map(|(_, verdict)| match verdict {
            Verdict::Retry { after, .. } => Some(*after),
            Verdict::Release => Some(Duration::ZERO),
            Verdict::Done { .. } | Verdict::Dead { .. } => None,
        });
        if let Some(first) = back.min() {
            // A handler may want to wait for longer than timers can tell.
            let due = Instant::now() + first.clamp(SHORTEST_PAUSE, HOUSEKEEPING);
            self.next_look = self.next_look.min(due);
        }
    }

    /// Runs what was claimed; a queue that gave less than it was asked for has no more.
    fn begin(&mut self, wanted: &[Wanted], claimed: Vec<Claimed>, at: Instant) {
        self.recovered();
        for wanted in wanted {
            let got = claimed.iter().filter(|job| job.queue == wanted.queue);
            if got.count() < wanted.jobs {
                self.hungry.remove(&wanted.queue);
            }
        }
        let queues: BTreeMap<String, Declared> = self.shared.worked().into_iter().collect();
        for job in claimed {
            if let Some(declared) = queues.get(&job.queue) {
                self.spawn(job, declared, at);
            }
        }
    }

    fn spawn(&mut self, job: Claimed, declared: &Declared, at: Instant) {
        let Declared { options, work } = declared;
        let held = (job.id, job.lease);
        // A stop reaches it at once, whatever the worker waits for.
        let cancellation = self.shared.stop.child_token();
        let entry = HeldJob {
            queue: job.queue.clone(),
            lease: job.lease,
            visibility: options.visibility,
            cancellation: cancellation.clone(),
            renewed: at,
            runs: true,
        };
        self.held.insert(job.id, entry);
        if let Some(verdict) = attempt::orphan(&self.shared, &job, options) {
            self.held.ended(held);
            self.finished.push((held, verdict));
            return;
        }
        let Some(work) = work.clone() else {
            return;
        };
        let span = tracing::info_span!(
            "job",
            plugin = self.shared.plugin,
            queue = job.queue,
            job = job.id,
            attempt = job.attempt
        );
        let raw = RawJob {
            id: JobId::new(job.id),
            queue: job.queue.as_str().into(),
            payload: job.payload,
            attempt: job.attempt,
            max_attempts: options.max_attempts,
            enqueued_at: job.enqueued,
            cancellation,
            extension: Some(extension(&self.store, job.queue, held)),
        };
        let (shared, options) = (Arc::clone(&self.shared), options.clone());
        let run = attempt::run(shared, options, work, raw, job.has_key);
        let run = async move { (held, run.await) };
        let task = self
            .jobs
            .spawn(run.instrument(span).with_current_subscriber());
        self.tasks.insert(task.id(), held);
    }

    /// Waits until there is something to do.
    async fn wait(&mut self) {
        let now = Instant::now();
        let retry = self.retry.filter(|retry| *retry > now);
        let mut collected = self.collect();
        if retry.is_none() && (collected || !self.finished.is_empty() || !self.wanted().is_empty())
        {
            // The jobs and whoever else is in this thread come first.
            tokio::task::yield_now().await;
            // One queue that is always busy must not keep the others asleep.
            if self.shared.wake.notified().now_or_never().is_some() {
                self.woken();
            }
            if now >= self.next_look {
                self.look().await;
            }
            return;
        }
        let timer = retry.map_or(self.next_look, |retry| retry.max(self.next_look));
        let shared = Arc::clone(&self.shared);
        tokio::select! {
            biased;
            () = shared.stop.cancelled() => {}
            Some(ended) = self.jobs.join_next_with_id(), if !self.jobs.is_empty() => {
                self.end(ended);
                collected = true;
            }
            () = shared.wake.notified() => self.woken(),
            () = tokio::time::sleep_until(timer) => {
                // What has ended is told first: a look that fails must not keep it waiting.
                if self.finished.is_empty() {
                    self.look().await;
                }
            }
        }
        if collected {
            self.collect();
        }
    }

    /// Takes up what has ended; says whether there was anything.
    fn collect(&mut self) -> bool {
        let mut any = false;
        while let Some(ended) = self.jobs.try_join_next_with_id() {
            self.end(ended);
            any = true;
        }
        any
    }

    fn end(&mut self, ended: Result<(Id, (Held, Verdict)), JoinError>) {
        let (held, verdict) = match ended {
            Ok((task, ended)) => {
                self.tasks.remove(&task);
                ended
            }
            Err(error) => {
                // Even the drop of what it left behind panicked; or it was aborted.
                let Some(held) = self.tasks.remove(&error.id()) else {
                    return;
                };
                let verdict = match error.try_into_panic() {
                    Ok(payload) => Verdict::Retry {
                        after: SHORTEST_PAUSE,
                        reason: attempt::cut(format!("it panicked: {}", attempt::text(&*payload))),
                    },
                    Err(_) => Verdict::Release,
                };
                (held, verdict)
            }
        };
        self.held.ended(held);
        self.finished.push((held, verdict));
    }

    /// Looks for something to do, and plans the next look.
    async fn look(&mut self) {
        let queues = self.shared.worked();
        let names: Vec<&str> = queues.iter().map(|(name, _)| name.as_str()).collect();
        if let Err(error) = self.look_at(&names).await {
            self.trouble(&error);
        }
    }

    async fn look_at(&mut self, queues: &[&str]) -> Result<(), DbErr> {
        // What is due is due from here: a clock that a test holds may move while the database answers.
        let asked = Instant::now();
        let seen = self.store.look(queues).await?;
        self.recovered();
        self.heed_clock(Told {
            time: seen.time,
            asked,
            answered: Instant::now(),
        })
        .await?;
        let mut any = !seen.ready.is_empty();
        for index in seen.ready {
            self.hungry.insert(queues[index].to_owned());
        }
        let expires = match self.steadiness.trusts_in() {
            Some(time) => seen.running.map(|running| running.max(time)),
            None => seen.running,
        };
        let is_over = |time: Option<Duration>| time.is_some_and(|time| time.is_zero());
        let back = if is_over(expires) {
            // After a jump of the clock even what runs here would seem to be nobody's.
            heartbeat::renew(&self.store, &self.held, u32::MAX).await?;
            Some(Back::Expired)
        } else {
            is_over(seen.delayed).then_some(Back::Delayed)
        };
        if let Some(back) = back
            && self.store.bring_back(back, seen.time).await? > 0
        {
            self.all_hungry();
            any = true;
        }
        let due = seen.delayed.into_iter().chain(expires).min();
        let most = self.shared.longest_pause();
        self.pause = if any {
            SHORTEST_PAUSE
        } else {
            (self.pause * 2).min(most)
        };
        let pause = if any { LOOK.min(most) } else { self.pause };
        let due = due.map_or(pause, |due| due.max(SHORTEST_PAUSE));
        self.next_look = asked + pause.min(due);
        if asked >= self.next_housekeeping {
            self.next_housekeeping = asked + HOUSEKEEPING;
            self.store.forget().await?;
            for (queue, figures) in self.store.figures().await? {
                self.shared.metrics.depth(&queue, figures);
            }
        }
        Ok(())
    }

    fn all_hungry(&mut self) {
        let queues = self.shared.worked();
        self.hungry.extend(queues.into_iter().map(|(name, _)| name));
    }

    /// Somebody has enqueued a job.
    fn woken(&mut self) {
        self.all_hungry();
        if self.shared.look_soon.swap(false, Ordering::Relaxed) {
            self.look_soon();
        }
    }

    fn look_soon(&mut self) {
        self.pause = SHORTEST_PAUSE;
        let soon = Instant::now() + SHORTEST_PAUSE;
        self.next_look = self.next_look.min(soon);
    }

    /// Says once that the database fails, and leaves it alone for a while.
    fn trouble(&mut self, error: &DbErr) {
        if self.retry.is_none() {
            tracing::warn!(%error, "The database of the queues fails; jobs wait until it works again");
        }
        let most = self.shared.settings.poll_interval;
        self.pause = (self.pause * 2).min(most);
        let next = Instant::now() + self.pause;
        self.retry = Some(next);
        self.next_look = next;
    }

    fn recovered(&mut self) {
        if self.retry.take().is_some() {
            tracing::info!("The database of the queues works again");
        }
    }
}

/// How a job gets more time.
fn extension(store: &Store, queue: String, held: Held) -> Extension {
    let store = store.clone();
    Arc::new(move |time| {
        let (store, queue) = (store.clone(), queue.clone());
        Box::pin(async move {
            let lost = store.renew(&[held], time).await?;
            if lost.is_empty() {
                return Ok(());
            }
            let job = JobId::new(held.0);
            Err(QueueError::Lost { queue, job })
        })
    })
}
