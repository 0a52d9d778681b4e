//! What can be done with todos. The routes, the job and the nightly task all come through here, so that whatever changes a
//! list also forgets what the cache has of it.

use std::time::Duration;

use greenroom::cache::EntryOptions;
use greenroom::prelude::*;
use serde::{Deserialize, Serialize};

use super::entity::Model;
use super::repository::Repository;

/// How long a list may be wrong at most, should the cache not have been told of a change.
const LISTED: Duration = Duration::from_mins(1);

/// As clients see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Todo {
    pub id: i64,
    pub title: String,
    pub done: bool,
    pub reminded: bool,
}

/// A part of a user's list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page {
    pub todos: Vec<Todo>,
    /// What the next page comes after, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<i64>,
}

/// A job: a user is to be reminded of this todo. Jobs carry no more than an id, because the row may be another one by the
/// time that they run.
#[derive(Debug, Serialize, Deserialize)]
pub struct Reminder {
    todo: i64,
}

#[derive(Clone)]
pub struct Todos {
    repository: Repository,
    cache: Cache,
    reminders: Queue<Reminder>,
    page_size: u16,
    logger: Logger,
}

impl Todos {
    pub fn new(
        repository: Repository,
        cache: Cache,
        reminders: Queue<Reminder>,
        page_size: u16,
        logger: Logger,
    ) -> Self {
        Self {
            repository,
            cache,
            reminders,
            page_size,
            logger,
        }
    }

    /// A page of the list, from the cache if it is there. All pages of an owner have one tag, by which they are forgotten.
    pub async fn list(&self, owner: &str, after: i64) -> Result<Page> {
        let key = format!("{owner} after {after}");
        let options = EntryOptions::new().ttl(LISTED).tag(owner);
        let page = self.cache.get_or_compute(&key, options, async || {
            let size = usize::from(self.page_size);
            // One more than a page tells whether there is another.
            let limit = u64::from(self.page_size) + 1;
            let rows = self.repository.list(owner, after, limit).await?;
            let next = (rows.len() > size).then(|| rows[size - 1].id);
            let todos = rows.into_iter().take(size).map(Todo::from).collect();
            Ok::<_, greenroom::BoxError>(Page { todos, next })
        });
        Ok(page.await?)
    }

    pub async fn find(&self, owner: &str, id: i64) -> Result<Option<Todo>> {
        let row = self.repository.find(owner, id).await?;
        Ok(row.map(Todo::from))
    }

    /// Adds a todo and its reminder: both or neither, because one transaction writes them.
    pub async fn add(
        &self,
        owner: &str,
        title: String,
        remind_after: Option<Duration>,
    ) -> Result<Todo> {
        let transaction = self.repository.begin().await?;
        let row = self.repository.add(&transaction, owner, title).await?;
        if let Some(delay) = remind_after {
            let reminder = Reminder { todo: row.id };
            let job = self.reminders.job(&reminder).delay(delay);
            job.enqueue_in(&transaction).await?;
        }
        transaction.commit().await?;
        self.forget_lists(owner).await;
        Ok(row.into())
    }

    pub async fn set_done(&self, owner: &str, id: i64, done: bool) -> Result<Option<Todo>> {
        let row = self.repository.set_done(owner, id, done).await?;
        self.forget_lists(owner).await;
        Ok(row.map(Todo::from))
    }

    /// Whether it was there.
    pub async fn remove(&self, owner: &str, id: i64) -> Result<bool> {
        let removed = self.repository.remove(owner, id).await?;
        self.forget_lists(owner).await;
        Ok(removed)
    }

    /// What the job does. A job may come twice; then there is nobody left to remind.
    pub async fn remind(&self, reminder: &Reminder) -> Result<()> {
        if let Some(row) = self.repository.set_reminded(reminder.todo).await? {
            let (id, owner) = (row.id, &row.owner);
            self.forget_lists(owner).await;
            // Here a mail would be sent.
            self.logger
                .info(format!("{owner} is reminded of the todo {id}"));
        }
        Ok(())
    }

    /// What the nightly task does. Lists in the cache are left to end by themselves.
    pub async fn sweep(&self, keep: Duration) -> Result<()> {
        let count = self.repository.remove_done(keep).await?;
        self.logger
            .info(format!("Todos that are swept away: {count}"));
        Ok(())
    }

    /// The change is made, so a cache that is away is no reason to answer with an error: its lists end by themselves.
    async fn forget_lists(&self, owner: &str) {
        if let Err(error) = self.cache.delete_by_tag(owner).await {
            self.logger
                .warn(format!("Lists may be wrong for a minute: {error}"));
        }
    }
}

impl From<Model> for Todo {
    fn from(row: Model) -> Self {
        Self {
            id: row.id,
            title: row.title,
            done: row.done_at.is_some(),
            reminded: row.reminded_at.is_some(),
        }
    }
}
