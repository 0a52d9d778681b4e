//! A record of what a backend did, for tests that ask in which order.

use std::sync::{Arc, Mutex, PoisonError};

use greenroom::{Backend, Inputs, RootContext, Running};

/// What happened, in order. A backend's inputs hold one, so that tests share nothing.
#[derive(Clone, Default)]
pub struct Diary(Arc<Mutex<Vec<String>>>);

impl Diary {
    pub fn write(&self, what: impl Into<String>) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(what.into());
    }

    pub fn read(&self) -> Vec<String> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

/// The diary that the test brought.
pub fn diary(context: &RootContext) -> Diary {
    context
        .input::<Diary>()
        .cloned()
        .expect("the test brings a diary")
}

/// Starts a backend that has a diary.
pub async fn started_with_diary(backend: Backend) -> (Diary, Running) {
    let diary = Diary::default();
    let running = backend.start(Inputs::new().with(diary.clone())).await;
    (diary, running.expect("it starts"))
}
