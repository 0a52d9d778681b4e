//! Which files make up the configuration.
//!
//! Files that were named are used as they were named, and nothing else is. Otherwise the first
//! directory that has any of the customary files gives them all: mixing directories would make it
//! hard to say where a value comes from. This module finds files; it does not read them.

use std::path::{Path, PathBuf};

use super::environment::Environment;
use super::files::Files;

/// The files to read, the later ones winning, as absolute paths.
pub(super) fn find(
    named: &[PathBuf],
    environment: &Environment,
    files: &mut Files,
) -> Vec<PathBuf> {
    if !named.is_empty() {
        return named
            .iter()
            .map(|path| environment.directory().join(path))
            .collect();
    }
    let customary = names(environment);
    for directory in directories(environment) {
        let present: Vec<_> = customary
            .iter()
            .map(|name| directory.join(name))
            .filter(|path| files.exists(path))
            .collect();
        if !present.is_empty() {
            return present;
        }
    }
    Vec::new()
}

/// The customary names, the later ones winning.
fn names(environment: &Environment) -> Vec<String> {
    let list = environment
        .non_empty("GREENROOM_ENV")
        .or_else(|| environment.non_empty("BACKSTAGE_ENV"))
        .unwrap_or_default();
    let stages: Vec<&str> = list
        .split(',')
        .map(str::trim)
        .filter(|stage| !stage.is_empty() && *stage != "local")
        .collect();
    let mut names = vec!["app-config.yaml".to_owned()];
    names.extend(
        stages
            .iter()
            .map(|stage| format!("app-config.{stage}.yaml")),
    );
    names.push("app-config.local.yaml".to_owned());
    names.extend(
        stages
            .iter()
            .map(|stage| format!("app-config.{stage}.local.yaml")),
    );
    names
}

/// Where the customary files may lie, in the order of preference.
///
/// Cargo says at run time where the `Cargo.toml` of the started package is. For an example that is
/// often the root of a workspace, so the directory of the example's source is tried too.
fn directories(environment: &Environment) -> Vec<PathBuf> {
    let mut directories = vec![environment.directory().to_owned()];
    if let Some(manifest) = environment.non_empty("CARGO_MANIFEST_DIR") {
        let manifest = PathBuf::from(manifest);
        directories.push(manifest.clone());
        if let Some(example) = environment.executable().and_then(example) {
            let examples = manifest.join("examples");
            directories.push(examples.join(example));
            directories.push(examples);
        }
    }
    directories
}

/// The name of the example that `executable` is; cargo puts examples into a directory of that name.
fn example(executable: &Path) -> Option<&Path> {
    let directory = executable.parent()?.file_name()?;
    if directory == "examples" {
        executable.file_stem().map(Path::new)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn touch(path: &Path) {
        fs::create_dir_all(path.parent().expect("it has a parent")).expect("it can be made");
        fs::write(path, "").expect("it can be written");
    }

    fn found(environment: &Environment, root: &Path) -> Vec<String> {
        let paths = find(&[], environment, &mut Files::default());
        paths
            .iter()
            .map(|path| super::super::files::name(path, root))
            .collect()
    }

    #[test]
    fn the_order_of_the_customary_names() {
        let environment = Environment::new("/").with_variable("BACKSTAGE_ENV", "eu, prod,");
        let expected = [
            "app-config.yaml",
            "app-config.eu.yaml",
            "app-config.prod.yaml",
            "app-config.local.yaml",
            "app-config.eu.local.yaml",
            "app-config.prod.local.yaml",
        ];
        assert_eq!(names(&environment), expected);
        let own = environment.with_variable("GREENROOM_ENV", "production");
        assert_eq!(names(&own)[1], "app-config.production.yaml");
        assert_eq!(names(&own).len(), 4);
    }

    #[test]
    fn named_files_switch_the_customary_ones_off() {
        let root = tempfile::tempdir().expect("a directory");
        touch(&root.path().join("app-config.yaml"));
        let named = [PathBuf::from("x.yaml"), PathBuf::from("/etc/y.yaml")];
        let paths = find(
            &named,
            &Environment::new(root.path()),
            &mut Files::default(),
        );
        assert_eq!(
            paths,
            [root.path().join("x.yaml"), PathBuf::from("/etc/y.yaml")]
        );
    }

    #[test]
    fn the_first_directory_that_has_one_gives_them_all() {
        let root = tempfile::tempdir().expect("a directory");
        let root = root.path();
        let environment = Environment::new(root.join("elsewhere"))
            .with_variable(
                "CARGO_MANIFEST_DIR",
                root.join("workspace").display().to_string(),
            )
            .with_executable(root.join("target/debug/examples/hello"));
        assert_eq!(found(&environment, root), Vec::<String>::new());
        touch(&root.join("workspace/examples/app-config.yaml"));
        assert_eq!(
            found(&environment, root),
            ["workspace/examples/app-config.yaml"]
        );
        touch(&root.join("workspace/examples/hello/app-config.yaml"));
        touch(&root.join("workspace/examples/hello/app-config.local.yaml"));
        assert_eq!(
            found(&environment, root),
            [
                "workspace/examples/hello/app-config.yaml",
                "workspace/examples/hello/app-config.local.yaml"
            ]
        );
        touch(&root.join("workspace/app-config.yaml"));
        assert_eq!(found(&environment, root), ["workspace/app-config.yaml"]);
        touch(&root.join("elsewhere/app-config.local.yaml"));
        assert_eq!(
            found(&environment, root),
            ["elsewhere/app-config.local.yaml"]
        );
    }

    #[test]
    fn only_what_lies_in_a_folder_of_examples_is_one() {
        assert_eq!(
            example(Path::new("/t/debug/examples/hello")),
            Some(Path::new("hello"))
        );
        assert_eq!(example(Path::new("/t/debug/hello")), None);
    }
}
