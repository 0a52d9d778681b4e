//! `core.queue` in tests.

mod mock;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use greenroom::queue::{
    AfterFailure, DeadAction, DeadJob, Enqueued, JobConnection, JobError, JobId, JobWork, NewJob,
    QueueError, QueueFigures, QueueOptions, QueueService, Queues, RawJob,
};
use serde::de::DeserializeOwned;

use super::of_plugins::OfPlugins;
use crate::TestDouble;

pub use mock::MockQueueService;

/// Keeps the jobs of a plugin, and runs them when the test says so.
///
/// ```
/// # use greenroom::queue::{Job, JobError, QueueOptions, Queues};
/// # use greenroom_test_kit::mock_services::FakeQueues;
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let fake = FakeQueues::new();
/// let queues: Queues = fake.clone();
/// let emails = queues.declare::<String>("emails", QueueOptions::new()).await.unwrap();
/// emails.work(async |job: Job<String>| match &*job.payload {
///     "jane" => Ok(()),
///     _ => Err(JobError::do_not_retry("there is no such mailbox")),
/// }).unwrap();
/// emails.enqueue(&"jane".to_owned()).await.unwrap();
/// emails.enqueue(&"nobody".to_owned()).await.unwrap();
/// assert_eq!(fake.payloads::<String>("emails"), ["jane", "nobody"]);
///
/// let ran = fake.run("emails").await;
/// assert!(ran[0].1.is_ok());
/// assert_eq!(emails.dead_letters().list(10).await.unwrap()[0].reason, "there is no such mailbox");
/// # }
/// ```
///
/// A job that fails stays, with one attempt less, until it has none left. Delays are kept with the job and not waited for.
/// What is enqueued through a transaction is there at once, and stays if that is undone: where this matters, let the real
/// service work on a database of the test's own. In a backend each plugin has its own, [`of_plugin`](Self::of_plugin).
#[derive(Debug)]
pub struct FakeQueues {
    next: AtomicI64,
    queues: Mutex<BTreeMap<String, Declared>>,
    of_plugins: OfPlugins<Self>,
}

#[derive(Debug)]
struct Declared {
    options: QueueOptions,
    work: Option<JobWork>,
    waiting: Vec<RecordedJob>,
    dead: Vec<(RecordedJob, String)>,
    /// The keys of jobs that are done.
    keys: BTreeMap<String, JobId>,
}

/// A job that a [`FakeQueues`] keeps.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RecordedJob {
    /// Its id.
    pub id: JobId,
    /// What was enqueued.
    pub job: NewJob,
    /// Whether it came through a connection of the plugin's, such as a transaction.
    pub in_transaction: bool,
    /// How often it was tried.
    pub attempts: u32,
}

impl FakeQueues {
    /// Without a queue.
    #[must_use]
    pub fn new() -> Arc<Self> {
        Arc::new(Self {
            next: AtomicI64::new(1),
            queues: Mutex::default(),
            of_plugins: OfPlugins::default(),
        })
    }

    /// Those of a plugin in a backend.
    #[must_use]
    pub fn of_plugin(&self, id: &str) -> Arc<Self> {
        self.of_plugins.get(id, Self::new)
    }

    /// The jobs that wait in a queue, in the order in which they would run; none in one that was not declared.
    #[must_use]
    pub fn jobs(&self, queue: &str) -> Vec<RecordedJob> {
        let queues = self.lock();
        let mut jobs = queues
            .get(queue)
            .map(|queue| queue.waiting.clone())
            .unwrap_or_default();
        jobs.sort_by_key(|job| (-i64::from(job.job.priority), job.id));
        jobs
    }

    /// What they are about.
    ///
    /// # Panics
    ///
    /// When one is not about a `T`.
    #[must_use]
    #[track_caller]
    pub fn payloads<T: DeserializeOwned>(&self, queue: &str) -> Vec<T> {
        let read = |job: RecordedJob| {
            serde_json::from_str(&job.job.payload).unwrap_or_else(|error| {
                let payload = job.job.payload;
                panic!("a job of queue `{queue}` is about something else: {error}: {payload}")
            })
        };
        self.jobs(queue).into_iter().map(read).collect()
    }

    /// Runs each job that waits once, one after the other, and gives what they came to. What they enqueue meanwhile waits
    /// for the next call. A panic of a job goes on here.
    ///
    /// # Panics
    ///
    /// When nobody works on the queue.
    pub async fn run(&self, queue: &str) -> Vec<(JobId, Result<(), JobError>)> {
        let work = self.lock().get(queue).and_then(|queue| {
            let work = queue.work.clone()?;
            Some((work, queue.options.max_attempts))
        });
        let Some((work, max_attempts)) = work else {
            panic!("nobody works on the queue `{queue}`");
        };
        let mut ran = Vec::new();
        for recorded in self.jobs(queue) {
            let mut job = RawJob::new(recorded.id, queue, recorded.job.payload.clone());
            job.attempt = recorded.attempts + 1;
            job.max_attempts = max_attempts;
            let outcome = work.run(job).await;
            self.settle(queue, recorded.id, &outcome);
            ran.push((recorded.id, outcome));
        }
        ran
    }

    fn settle(&self, queue: &str, id: JobId, outcome: &Result<(), JobError>) {
        let mut queues = self.lock();
        let Some(queue) = queues.get_mut(queue) else {
            return;
        };
        let Some(index) = queue.waiting.iter().position(|job| job.id == id) else {
            return;
        };
        queue.waiting[index].attempts += 1;
        let is_last = queue.waiting[index].attempts >= queue.options.max_attempts;
        match outcome {
            Ok(()) => {
                let job = queue.waiting.remove(index);
                let key = job.job.idempotency_key.map(|key| (key, id));
                queue.keys.extend(key);
            }
            Err(error) if is_last || error.then() == AfterFailure::GiveUp => {
                let job = queue.waiting.remove(index);
                queue.dead.push((job, error.to_string()));
            }
            Err(_) => {}
        }
    }

    fn record(
        &self,
        queue: &str,
        jobs: Vec<NewJob>,
        in_transaction: bool,
    ) -> Result<Vec<Enqueued>, QueueError> {
        let mut queues = self.lock();
        let known = declared(&mut queues, queue)?;
        let enqueued = jobs.into_iter().map(|job| {
            if let Some(id) = known.with_key(job.idempotency_key.as_deref()) {
                return Enqueued::Existing(id);
            }
            let id = JobId::new(self.next.fetch_add(1, Ordering::Relaxed));
            known.waiting.push(RecordedJob {
                id,
                job,
                in_transaction,
                attempts: 0,
            });
            Enqueued::New(id)
        });
        Ok(enqueued.collect())
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Declared>> {
        self.queues.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Declared {
    fn with_key(&self, key: Option<&str>) -> Option<JobId> {
        let key = key?;
        let dead = self.dead.iter().map(|(job, _)| job);
        let mut known = self.waiting.iter().chain(dead);
        let known = known.find(|job| job.job.idempotency_key.as_deref() == Some(key));
        known
            .map(|job| job.id)
            .or_else(|| self.keys.get(key).copied())
    }
}

fn declared<'a>(
    queues: &'a mut BTreeMap<String, Declared>,
    queue: &str,
) -> Result<&'a mut Declared, QueueError> {
    queues.get_mut(queue).ok_or_else(|| QueueError::Undeclared {
        queue: queue.to_owned(),
    })
}

#[async_trait]
impl QueueService for FakeQueues {
    async fn declare_raw(&self, queue: &str, options: QueueOptions) -> Result<(), QueueError> {
        let mut queues = self.lock();
        let queue = queue.to_owned();
        if queues.contains_key(&queue) {
            return Err(QueueError::Declared { queue });
        }
        let declared = Declared {
            options,
            work: None,
            waiting: Vec::new(),
            dead: Vec::new(),
            keys: BTreeMap::new(),
        };
        queues.insert(queue, declared);
        Ok(())
    }

    async fn enqueue_raw(
        &self,
        queue: &str,
        jobs: Vec<NewJob>,
    ) -> Result<Vec<Enqueued>, QueueError> {
        self.record(queue, jobs, false)
    }

    async fn enqueue_in_raw(
        &self,
        _connection: &dyn JobConnection,
        queue: &str,
        jobs: Vec<NewJob>,
    ) -> Result<Vec<Enqueued>, QueueError> {
        self.record(queue, jobs, true)
    }

    fn work_raw(&self, queue: &str, work: JobWork) -> Result<(), QueueError> {
        let mut queues = self.lock();
        let known = declared(&mut queues, queue)?;
        if known.work.is_some() {
            let queue = queue.to_owned();
            return Err(QueueError::Worked { queue });
        }
        known.work = Some(work);
        Ok(())
    }

    async fn dead_letters(
        &self,
        queue: &str,
        after: Option<JobId>,
        limit: u64,
    ) -> Result<Vec<DeadJob>, QueueError> {
        let mut queues = self.lock();
        let dead = &declared(&mut queues, queue)?.dead;
        let behind = dead
            .iter()
            .filter(|(job, _)| after.is_none_or(|after| job.id > after));
        let letters = behind.map(|(job, reason)| {
            let mut letter = DeadJob::new(job.id, job.job.payload.clone(), reason.clone());
            letter.attempts = job.attempts;
            letter
        });
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        Ok(letters.take(limit).collect())
    }

    async fn settle_dead(
        &self,
        queue: &str,
        job: Option<JobId>,
        action: DeadAction,
    ) -> Result<u64, QueueError> {
        let mut queues = self.lock();
        let known = declared(&mut queues, queue)?;
        let (meant, others): (Vec<_>, Vec<_>) = std::mem::take(&mut known.dead)
            .into_iter()
            .partition(|(dead, _)| job.is_none_or(|job| dead.id == job));
        known.dead = others;
        let count = meant.len() as u64;
        if action == DeadAction::Retry {
            let again = meant
                .into_iter()
                .map(|(job, _)| RecordedJob { attempts: 0, ..job });
            known.waiting.extend(again);
        }
        Ok(count)
    }

    async fn figures(&self, queue: &str) -> Result<QueueFigures, QueueError> {
        let mut queues = self.lock();
        let known = declared(&mut queues, queue)?;
        let mut figures = QueueFigures::default();
        figures.ready = known.waiting.len() as u64;
        figures.dead = known.dead.len() as u64;
        Ok(figures)
    }
}

impl TestDouble for FakeQueues {
    type Service = dyn QueueService;

    fn into_service(self: Arc<Self>) -> Queues {
        self
    }

    fn for_plugin(self: Arc<Self>, plugin: &'static str) -> Queues {
        self.of_plugin(plugin)
    }
}

#[cfg(test)]
mod tests {
    use greenroom::queue::{Job, Queue};

    use super::*;

    async fn emails(fake: &Arc<FakeQueues>, options: QueueOptions) -> Queue<String> {
        let queues: Queues = fake.clone();
        let declared = queues.declare("emails", options).await;
        declared.expect("it is not declared yet")
    }

    #[tokio::test]
    async fn jobs_run_in_their_order_when_the_test_says_so() {
        let fake = FakeQueues::new();
        let emails = emails(&fake, QueueOptions::new().max_attempts(2)).await;
        emails.enqueue(&"later".to_owned()).await.expect("recorded");
        let urgent = emails.job(&"first".to_owned()).priority(5);
        urgent.enqueue().await.expect("recorded");
        assert_eq!(fake.payloads::<String>("emails"), ["first", "later"]);

        let fails = async |job: Job<String>| match job.attempt() {
            1 if job.payload == "later" => Err("busy"),
            _ => Ok(()),
        };
        emails.work(fails).expect("nobody works yet");
        let ran = fake.run("emails").await;
        assert!(ran[0].1.is_ok() && ran[1].1.is_err(), "{ran:?}");
        assert_eq!(fake.jobs("emails")[0].attempts, 1);
        assert!(fake.run("emails").await[0].1.is_ok());
        assert_eq!(fake.jobs("emails"), []);
    }

    #[tokio::test]
    async fn keys_and_dead_letters_are_those_of_the_real_one() {
        let fake = FakeQueues::new();
        let emails = emails(&fake, QueueOptions::new().max_attempts(1)).await;
        emails
            .work(async |_: Job<String>| Err::<(), _>("busy"))
            .expect("nobody works yet");
        let enqueue = async || {
            let job = emails.job(&"hello".to_owned()).idempotency_key("jane");
            job.enqueue().await.expect("recorded")
        };
        let first = enqueue().await;
        assert_eq!(enqueue().await, Enqueued::Existing(first.id()));
        fake.run("emails").await;
        assert_eq!(enqueue().await, Enqueued::Existing(first.id()));
        let dead = emails.dead_letters().list(9).await.expect("listed");
        assert_eq!((dead[0].id, &*dead[0].reason), (first.id(), "busy"));
        let letters = emails.dead_letters();
        assert!(letters.retry(first.id()).await.expect("settled"));
        assert_eq!(fake.jobs("emails")[0].attempts, 0);
    }
}
