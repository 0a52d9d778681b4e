//! The generated programs, and `cargo` runs on them.

use std::fs;
use std::path::{Path, PathBuf};

use greenroom_benches::{BoxError, cargo};

use crate::container::Container;
use crate::dialect;
use crate::shape::{LARGEST, Shape};

/// The workspace of the generated programs, below the target directory.
#[derive(Debug)]
pub struct Workspace {
    directory: PathBuf,
}

impl Workspace {
    /// Generates the programs, and fetches what they depend on.
    ///
    /// # Errors
    ///
    /// When a file cannot be written, or a dependency cannot be had.
    pub fn generate(programs: &[(Container, usize)]) -> Result<Self, BoxError> {
        let directory = cargo::target_directory()?.join("greenroom-peers");
        let workspace = Self { directory };
        fs::create_dir_all(&workspace.directory)?;
        let this = Path::new(env!("CARGO_MANIFEST_DIR"));
        // The peers are pinned here and compiled there; what was never compiled may not have been loaded.
        let fetch = cargo::command(this).args(["fetch", "--locked"]).status()?;
        if !fetch.success() {
            return Err("what the programs depend on cannot be fetched".into());
        }
        for (from, name) in [
            (this, "Cargo.lock"),
            (cargo::workspace(), "rust-toolchain.toml"),
        ] {
            write(
                &workspace.directory.join(name),
                &fs::read_to_string(from.join(name))?,
            )?;
        }
        let members: Vec<String> = programs
            .iter()
            .map(|(container, objects)| format!("{:?}", container.package(*objects)))
            .collect();
        // The compiler would take ten minutes for the largest; what its code calls is optimised all the same.
        let hasty: String = programs
            .iter()
            .filter(|(_, objects)| *objects == LARGEST)
            .map(|(container, objects)| {
                let package = container.package(*objects);
                format!("\n[profile.release.package.{package}]\nopt-level = 1\n")
            })
            .collect();
        let manifest = format!(
            "[workspace]\nmembers = [{}]\nresolver = \"3\"\n\n{}\n\
             greenroom = {{ path = {:?} }}\ngreenroom-peers-meter = {{ path = {:?} }}\n\n\
             [profile.release]\nstrip = true\n{hasty}",
            members.join(", "),
            pinned()?,
            cargo::workspace().display().to_string(),
            this.join("meter").display().to_string(),
        );
        write(&workspace.directory.join("Cargo.toml"), &manifest)?;
        for &(container, objects) in programs {
            workspace.generate_package(container, objects)?;
        }
        Ok(workspace)
    }

    fn generate_package(&self, container: Container, objects: usize) -> Result<(), BoxError> {
        let package = container.package(objects);
        let dialect = container.dialect();
        let shape = Shape::of(objects);
        let manifest = format!(
            "[package]\nname = {package:?}\nversion = \"0.1.0\"\nedition = \"2024\"\n\n\
             [dependencies]\ngreenroom-peers-meter.workspace = true\n{}",
            dialect.dependencies()
        );
        let directory = self.directory.join(&package);
        fs::create_dir_all(directory.join("src/plugins"))?;
        write(&directory.join("Cargo.toml"), &manifest)?;
        write(
            &directory.join("src/services.rs"),
            &dialect::services(dialect, shape),
        )?;
        let mut list = String::new();
        for (module, plugins) in shape.modules() {
            list += &format!("pub mod group_{module};\n");
            write(
                &directory.join(format!("src/plugins/group_{module}.rs")),
                &dialect::plugins(dialect, shape, plugins),
            )?;
        }
        write(&directory.join("src/plugins/mod.rs"), &list)?;
        self.write_main(container, objects, 0)
    }

    /// Writes the file that lists everything, below this many lines of comment.
    ///
    /// # Errors
    ///
    /// When it cannot be written.
    pub fn write_main(
        &self,
        container: Container,
        objects: usize,
        lines: usize,
    ) -> Result<(), BoxError> {
        let file = self
            .directory
            .join(container.package(objects))
            .join("src/main.rs");
        let text = dialect::main(container.dialect(), Shape::of(objects), lines);
        write(&file, &text)
    }

    /// Runs `cargo` for one program.
    ///
    /// # Errors
    ///
    /// When it fails; what it said is printed.
    pub fn cargo(&self, arguments: &[&str], package: &str) -> Result<(), BoxError> {
        let output = cargo::command(&self.directory)
            .args(arguments)
            .args(["--offline", "--target-dir", "target", "--package", package])
            .env_remove("CARGO_INCREMENTAL")
            .output()?;
        if output.status.success() {
            return Ok(());
        }
        eprint!("{}", String::from_utf8_lossy(&output.stderr));
        Err(format!("cargo {} of {package} failed", arguments.join(" ")).into())
    }

    /// Where a program lies that was built for release.
    #[must_use]
    pub fn program(&self, package: &str) -> PathBuf {
        let file = format!("{package}{}", std::env::consts::EXE_SUFFIX);
        self.directory.join("target/release").join(file)
    }
}

/// The table of this package's manifest that pins what the programs use.
fn pinned() -> Result<&'static str, BoxError> {
    let manifest = include_str!("../Cargo.toml");
    let start = manifest.find("[workspace.dependencies]");
    let table = start.map(|start| &manifest[start..]);
    let table = table.and_then(|table| table.split("\n\n").next());
    table.ok_or_else(|| "the manifest pins no dependencies".into())
}

/// Writes a file, unless it is the same already and a new time would only cause work.
fn write(path: &Path, text: &str) -> Result<(), BoxError> {
    match fs::read_to_string(path) {
        Ok(existing) if existing == text => Ok(()),
        _ => Ok(fs::write(path, text)?),
    }
}
