//! The convenience around the life cycle service; what the container does with hooks and tasks is tested there.

use std::sync::{Mutex, PoisonError};

use super::*;

/// Keeps what it is given.
#[derive(Default)]
struct Kept(Mutex<Vec<(Cow<'static, str>, BoxFuture<HookResult>)>>);

impl LifecycleService for Kept {
    fn add_startup_hook(&self, _: Hook) -> Result<(), LateHook> {
        Ok(())
    }

    fn add_shutdown_hook(&self, _: Hook) -> Result<(), LateHook> {
        Ok(())
    }

    fn spawn_boxed(&self, name: Cow<'static, str>, task: BoxFuture<HookResult>) {
        let mut tasks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        tasks.push((name, task));
    }
}

#[tokio::test]
async fn a_task_is_handed_on_with_its_name() {
    let kept = Arc::new(Kept::default());
    let lifecycle: Lifecycle = Arc::clone(&kept) as _;
    let mut source = [Ok(()), Err("the source ran dry")].into_iter().cycle();
    lifecycle.spawn("endless", async move {
        loop {
            source.next().transpose()?;
        }
    });
    lifecycle.spawn("well", async { Ok(()) });
    lifecycle.spawn(format!("badly {}", 1), async {
        Err("the source ran dry".into())
    });
    let tasks = std::mem::take(&mut *kept.0.lock().unwrap_or_else(PoisonError::into_inner));
    let mut told = Vec::new();
    for (name, task) in tasks {
        let outcome = task.await.map_err(|error| error.to_string());
        told.push((name.into_owned(), outcome));
    }
    let expected = [
        ("endless", Err("the source ran dry".to_owned())),
        ("well", Ok(())),
        ("badly 1", Err("the source ran dry".to_owned())),
    ];
    assert_eq!(
        told,
        expected.map(|(name, outcome)| (name.to_owned(), outcome))
    );
}
