//! What a program tells the configuration service when it starts.

use std::path::PathBuf;
use std::sync::Arc;

use super::{Config, Environment, LoadOptions, StaticConfig};

/// Where a backend's configuration comes from: one of the backend's inputs. Without it the usual files and
/// the environment are read.
#[derive(Clone, Debug, Default)]
pub struct ConfigArguments(Source);

#[derive(Clone, Debug)]
enum Source {
    Load {
        files: Vec<PathBuf>,
        environment: Option<Environment>,
    },
    Fixed(Config),
    Shared(Arc<StaticConfig>),
}

impl Default for Source {
    fn default() -> Self {
        Self::Load {
            files: Vec::new(),
            environment: None,
        }
    }
}

impl ConfigArguments {
    /// These files in place of the usual ones, if there are any; later ones win.
    #[must_use]
    pub fn files(files: Vec<PathBuf>) -> Self {
        Self(Source::Load {
            files,
            environment: None,
        })
    }

    /// These files, in another environment than the process's own.
    #[must_use]
    pub fn files_in(files: Vec<PathBuf>, environment: Environment) -> Self {
        let environment = Some(environment);
        Self(Source::Load { files, environment })
    }

    /// This configuration, and neither files nor environment.
    #[must_use]
    pub fn fixed(config: Config) -> Self {
        Self(Source::Fixed(config))
    }

    /// This configuration, and neither files nor environment. Who keeps a handle of it changes it while the backend
    /// runs.
    #[must_use]
    pub fn shared(config: Arc<StaticConfig>) -> Self {
        Self(Source::Shared(config))
    }

    /// What to load, or the configuration itself.
    pub(super) fn into_options(self) -> Result<LoadOptions, Arc<StaticConfig>> {
        match self.0 {
            Source::Fixed(config) => Err(Arc::new(StaticConfig::new(config))),
            Source::Shared(config) => Err(config),
            Source::Load { files, environment } => Ok(LoadOptions {
                files,
                environment: environment.unwrap_or_else(Environment::from_process),
            }),
        }
    }
}
