//! The configuration service over files and the environment.
//!
//! It holds the last good state. A bad save changes nothing but the log: a running backend must not
//! fall because somebody saved a file half way through a thought, and it must not go blind
//! afterwards either.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::watch;

use super::RootConfigService;
use super::error::ConfigErrors;
use super::files::{self, Files, Stamps};
use super::load::{LoadOptions, assemble};
use super::snapshot::Config;
use super::watcher::Watcher;

/// How often the files are looked at. A change is taken over at the second look that sees the same
/// state.
pub(super) const INTERVAL: Duration = Duration::from_millis(500);

/// The configuration from files and the environment; see [`load`].
pub struct FileConfig {
    shared: Arc<Shared>,
    watcher: Mutex<Option<Watcher>>,
}

/// Loads the configuration. Nothing is watched before [`FileConfig::watch`] is called.
///
/// # Errors
/// All mistakes of all files: a named file that is missing, what is not YAML 1.2, a directive that
/// cannot be followed, an `APP_CONFIG_…` variable that does not fit.
pub fn load(options: LoadOptions) -> Result<FileConfig, ConfigErrors> {
    let mut files = Files::default();
    let config = assemble(&options, &mut files)?;
    let watched = Mutex::new(Watched {
        loaded: files.into_stamps(),
        settling: None,
    });
    let current = watch::Sender::new(config);
    Ok(FileConfig {
        shared: Arc::new(Shared {
            options,
            current,
            watched,
        }),
        watcher: Mutex::new(None),
    })
}

impl FileConfig {
    /// Begins to watch the files, the included ones too, until the service is dropped. A second
    /// call changes nothing.
    ///
    /// The files are looked at twice a second, by the clock of the tokio runtime in which this is
    /// called. What there is to say goes to the tracing dispatch that is current at this call.
    ///
    /// # Panics
    /// Outside of a tokio runtime.
    pub fn watch(&self) {
        let mut watcher = self.watcher.lock().unwrap_or_else(PoisonError::into_inner);
        watcher.get_or_insert_with(|| {
            let shared = Arc::clone(&self.shared);
            Watcher::start(INTERVAL, move || {
                shared.look();
            })
        });
    }

    #[cfg(test)]
    pub(super) fn look(&self) -> Look {
        self.shared.look()
    }
}

impl RootConfigService for FileConfig {
    fn current(&self) -> Config {
        self.shared.current.borrow().clone()
    }

    fn subscribe(&self) -> watch::Receiver<Config> {
        self.shared.current.subscribe()
    }
}

impl std::fmt::Debug for FileConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("FileConfig").field(&self.current()).finish()
    }
}

struct Shared {
    options: LoadOptions,
    current: watch::Sender<Config>,
    watched: Mutex<Watched>,
}

/// What is known of the files.
struct Watched {
    /// Their state when they were last read.
    loaded: Stamps,
    /// Another state that the last look saw.
    settling: Option<Stamps>,
}

/// What one look at the files came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Look {
    Unchanged,
    /// They have changed, and may be changing still.
    Settling,
    Reloaded,
    /// They have changed, but cannot be used.
    Refused,
}

impl Shared {
    /// Looks at the files, and reads them again once a change has come to rest: a file that is read
    /// while it is being written may be valid YAML and still be half of what was meant.
    fn look(&self) -> Look {
        let mut watched = self.watched.lock().unwrap_or_else(PoisonError::into_inner);
        let now = files::again(&watched.loaded);
        if now == watched.loaded {
            watched.settling = None;
            return Look::Unchanged;
        }
        if watched.settling.as_ref() != Some(&now) {
            watched.settling = Some(now);
            return Look::Settling;
        }
        let mut files = Files::default();
        let result = assemble(&self.options, &mut files);
        let read = files.into_stamps();
        watched.settling = None;
        match result {
            Ok(config) => {
                watched.loaded = read;
                drop(watched);
                tracing::info!(
                    files = config.files().len(),
                    "the configuration was reloaded"
                );
                self.current.send_replace(config);
                Look::Reloaded
            }
            Err(errors) => {
                // A load that failed may not have come to all files: those of the last good one
                // stay watched.
                let mut loaded = now;
                loaded.extend(read);
                watched.loaded = loaded;
                drop(watched);
                tracing::warn!(
                    "the configuration has changed, but the last good one stays: {errors}"
                );
                Look::Refused
            }
        }
    }
}
