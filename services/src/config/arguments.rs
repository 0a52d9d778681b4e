//! What a program tells the configuration service when it starts.

use std::path::PathBuf;
use std::sync::Arc;

use serde_json::Value;

use super::{Config, Environment, LoadOptions, SetByOption, StaticConfig};

/// Where a backend's configuration comes from: one of the backend's inputs. Without it the usual files and
/// the environment are read.
#[derive(Clone, Debug, Default)]
pub struct ConfigArguments(Source);

#[derive(Clone, Debug)]
enum Source {
    Load {
        files: Vec<PathBuf>,
        environment: Option<Environment>,
        options: Vec<SetByOption>,
    },
    Fixed(Config),
    Shared(Arc<StaticConfig>),
}

impl Default for Source {
    fn default() -> Self {
        Self::Load {
            files: Vec::new(),
            environment: None,
            options: Vec::new(),
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
            options: Vec::new(),
        })
    }

    /// These files, in another environment than the process's own.
    #[must_use]
    pub fn files_in(files: Vec<PathBuf>, environment: Environment) -> Self {
        let environment = Some(environment);
        let options = Vec::new();
        Self(Source::Load {
            files,
            environment,
            options,
        })
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

    /// Sets a key above all files and the environment, as an option of the command line does: `option` is its name, for
    /// messages. A configuration that is [fixed](Self::fixed) or [shared](Self::shared) stays as it is.
    ///
    /// ```
    /// use greenroom_services::config::ConfigArguments;
    ///
    /// let arguments = ConfigArguments::default().with_option("--role", "backend.role", "worker");
    /// ```
    #[must_use]
    pub fn with_option(
        mut self,
        option: &'static str,
        key: impl Into<String>,
        value: impl Into<Value>,
    ) -> Self {
        if let Source::Load { options, .. } = &mut self.0 {
            options.push(SetByOption {
                option,
                key: key.into(),
                value: value.into(),
            });
        }
        self
    }

    /// What to load, or the configuration itself.
    pub(super) fn into_options(self) -> Result<LoadOptions, Arc<StaticConfig>> {
        match self.0 {
            Source::Fixed(config) => Err(Arc::new(StaticConfig::new(config))),
            Source::Shared(config) => Err(config),
            Source::Load {
                files,
                environment,
                options,
            } => Ok(LoadOptions {
                files,
                environment: environment.unwrap_or_else(Environment::from_process),
                options,
            }),
        }
    }
}
