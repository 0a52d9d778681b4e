//! Tests of the service as a whole, and of the parts whose tests are long.

mod directives;
mod duration;
mod layers;
mod read;
mod section;
mod show;
mod tagged;
mod watch;
mod yaml;

use std::fs;
use std::path::Path;

use super::{Config, Environment, LoadOptions, RootConfigService, load};

/// A directory of its own for a test, with files in it.
struct Dir(tempfile::TempDir);

impl Dir {
    fn with(files: &[(&str, &str)]) -> Self {
        let dir = Self(tempfile::tempdir().expect("a directory"));
        for (name, text) in files {
            dir.write(name, text);
        }
        dir
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.path().join(name);
        fs::create_dir_all(path.parent().expect("it has a parent")).expect("it can be made");
        fs::write(path, text).expect("it can be written");
    }

    fn options(&self, variables: &[(&str, &str)]) -> LoadOptions {
        let empty = Environment::new(self.path());
        let environment = variables
            .iter()
            .fold(empty, |all, (name, value)| all.with_variable(*name, *value));
        LoadOptions {
            environment,
            ..LoadOptions::default()
        }
    }

    fn load(&self, variables: &[(&str, &str)]) -> Result<Config, String> {
        load(self.options(variables))
            .map(|s| s.current())
            .map_err(|errors| errors.to_string())
    }
}

/// The configuration of one file, without any variable.
fn config(text: &str) -> Config {
    Dir::with(&[("app-config.yaml", text)])
        .load(&[])
        .expect("it loads")
}

/// The whole of a configuration, without places.
fn json(config: &Config) -> serde_json::Value {
    config.get("").expect("any JSON fits")
}
