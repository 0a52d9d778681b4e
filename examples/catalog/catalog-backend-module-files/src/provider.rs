//! Finds the files: from the targets of the configuration, and on from entities of kind `Location`.
//!
//! Files are read in the order of the targets, those of one glob by name, and what they refer to after them.
//! A file that is reached twice is read once.

use std::collections::{BTreeSet, VecDeque};
use std::path::{Path, PathBuf};

use async_trait::async_trait;
use catalog_node::{
    CatalogError, Contribution, Entity, EntityProvider, Found, Kind, Mistake, Origin,
};
use greenroom::BoxError;
use serde_json::Value;

use crate::descriptor;

/// Provides the entities of descriptor files.
#[derive(Clone, Debug)]
pub struct FileProvider {
    directory: PathBuf,
    targets: Vec<String>,
}

impl FileProvider {
    /// The files of these paths and globs, of which relative ones start from the directory.
    #[must_use]
    pub fn new(directory: PathBuf, targets: Vec<String>) -> Self {
        Self { directory, targets }
    }

    fn read_files(&self) -> Contribution {
        let mut reader = Reader {
            directory: &self.directory,
            queue: VecDeque::new(),
            seen: BTreeSet::new(),
            all: Contribution::default(),
        };
        for target in &self.targets {
            reader.add(&self.directory, target, "catalog.locations");
        }
        while let Some(path) = reader.queue.pop_front() {
            reader.read(&path);
        }
        reader.all
    }
}

#[async_trait]
impl EntityProvider for FileProvider {
    fn name(&self) -> &str {
        "files"
    }

    async fn read(&self) -> Result<Contribution, BoxError> {
        let provider = self.clone();
        Ok(tokio::task::spawn_blocking(move || provider.read_files()).await?)
    }
}

struct Reader<'a> {
    directory: &'a Path,
    queue: VecDeque<PathBuf>,
    seen: BTreeSet<PathBuf>,
    all: Contribution,
}

impl Reader<'_> {
    /// Adds the files of a target, which is named at this place and starts from this directory.
    fn add(&mut self, from: &Path, target: &str, place: &str) {
        if target.contains("://") {
            return self.error(place, format!("found the URL `{target}`, wanted a path"));
        }
        // Only what is written is a glob; a directory may have brackets in its name.
        let from = glob::Pattern::escape(&from.to_string_lossy());
        // Without the `./` in between, which would show in the names of files.
        let pattern: PathBuf = Path::new(&from).join(target).components().collect();
        let paths = match glob::glob(&pattern.to_string_lossy()) {
            Ok(paths) => paths,
            Err(error) => {
                return self.error(place, format!("`{target}` is no glob: {error}"));
            }
        };
        let mut some = false;
        for path in paths {
            match path {
                Ok(path) if path.is_file() => {
                    some = true;
                    // One file has many names; the one of the system tells them apart.
                    if self
                        .seen
                        .insert(path.canonicalize().unwrap_or_else(|_| path.clone()))
                    {
                        self.queue.push_back(path);
                    }
                }
                Ok(_) => {}
                Err(error) => self.error(place, error.to_string()),
            }
        }
        if !some {
            self.error(place, format!("there is no file `{target}`"));
        }
    }

    fn read(&mut self, path: &Path) {
        let name = path.strip_prefix(self.directory).unwrap_or(path);
        let name = name.display().to_string();
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) => return self.error(&name, format!("the file cannot be read: {error}")),
        };
        let Contribution { entities, errors } = descriptor::read(&name, &text);
        self.all.errors.extend(errors);
        let directory = path.parent().unwrap_or(Path::new(""));
        for Found { entity, origin } in entities {
            if entity.kind == Kind::Location {
                self.follow(&entity, &origin, directory);
            }
            self.all.entities.push(Found { entity, origin });
        }
    }

    fn follow(&mut self, location: &Entity, origin: &Origin, directory: &Path) {
        let one = location
            .spec
            .get("target")
            .map(|value| ("spec.target".to_owned(), value));
        let many = match location.spec.get("targets") {
            Some(Value::Array(values)) => values
                .iter()
                .enumerate()
                .map(|(index, value)| (format!("spec.targets[{index}]"), value))
                .collect(),
            Some(value) => vec![("spec.targets".to_owned(), value)],
            None => Vec::new(),
        };
        for (path, value) in one.into_iter().chain(many) {
            match value.as_str() {
                Some(target) => self.add(directory, target, &origin.place(&path)),
                None => {
                    let message = format!("found `{value}`, wanted a path or a glob");
                    self.all
                        .errors
                        .push(origin.error(&Mistake::new(path, message)));
                }
            }
        }
    }

    fn error(&mut self, place: &str, message: String) {
        self.all.errors.push(CatalogError::new(place, message));
    }
}

#[cfg(test)]
mod tests {
    use greenroom_test_kit::TestDirectory;

    use super::*;

    fn entity(kind: &str, name: &str, spec: &str) -> String {
        format!(
            "apiVersion: backstage.io/v1alpha1\nkind: {kind}\nmetadata:\n  name: {name}\nspec:\n  {spec}\n"
        )
    }

    /// Writes the files; gives the names of the entities that are found, and the errors.
    fn read(files: &[(&str, &str)], targets: &[&str]) -> (Vec<String>, Vec<String>) {
        // A name that would be a glob if it were not taken as it is.
        let name = Path::new("a [b]");
        let root = files
            .iter()
            .fold(TestDirectory::new(), |root, (path, text)| {
                root.file(name.join(path), text)
            });
        let directory = root.resolve(name);
        let targets = targets.iter().map(|it| (*it).to_owned()).collect();
        let Contribution { entities, errors } = FileProvider::new(directory, targets).read_files();
        let names = entities.into_iter().map(|it| it.entity.metadata.name);
        let errors = errors.iter().map(ToString::to_string);
        (names.collect(), errors.collect())
    }

    #[test]
    fn locations_are_followed_from_where_they_stand_and_files_read_once() {
        let all = entity("Location", "all", "targets: [./parts/*.yaml, all.yaml]");
        let more = entity("Location", "more", "target: ../all.yaml");
        let shop = entity("Domain", "shop", "owner: team");
        let files = [
            ("all.yaml", all.as_str()),
            ("parts/b.yaml", &more),
            ("parts/a.yaml", &shop),
            ("parts/a.yml", "not looked at: ["),
        ];
        let (names, errors) = read(&files, &["./all.yaml", "*.yaml"]);
        assert_eq!(
            (names, errors),
            (["all", "shop", "more"].map(str::to_owned).into(), vec![],)
        );
    }

    #[test]
    fn what_leads_nowhere_is_told_with_the_line_that_says_so() {
        let all = entity(
            "Location",
            "all",
            "targets:\n    - ./none.yaml\n    - https://example.com/a.yaml\n    - 3",
        );
        let (names, errors) = read(&[("all.yaml", &all)], &["all.yaml", "x/*.yaml", "***"]);
        assert_eq!(names, ["all"]);
        assert_eq!(errors[0], "catalog.locations: there is no file `x/*.yaml`");
        assert!(
            errors[1].starts_with("catalog.locations: `***` is no glob: "),
            "{errors:?}"
        );
        assert_eq!(
            errors[2..],
            [
                "all.yaml:7: there is no file `./none.yaml`",
                "all.yaml:8: found the URL `https://example.com/a.yaml`, wanted a path",
                "all.yaml:9: `spec.targets[2]`: found `3`, wanted a path or a glob",
            ]
        );
    }

    #[test]
    fn a_file_that_is_no_text_does_not_stop_the_others() {
        let root = TestDirectory::new()
            .file("a.yaml", [0xff, 0xfe, 0x00])
            .file("b.yaml", entity("Domain", "shop", "owner: team"));
        let provider = FileProvider::new(root.path().to_owned(), vec!["*.yaml".to_owned()]);
        let Contribution { entities, errors } = provider.read_files();
        assert_eq!((entities.len(), errors.len()), (1, 1));
        assert_eq!(errors[0].place, "a.yaml");
    }
}
