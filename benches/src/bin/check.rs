//! How long `cargo check` takes for backends of 50 to 1,000 plugins.
//!
//! ```text
//! cargo run --release -p greenroom-benches --bin check
//! ```
//!
//! Each size is a generated crate: 100 services whose factories depend on each other, plugins of 8
//! dependencies each, ten to a module, and one `backend!` that lists them all. Each crate is there twice,
//! because two times matter: that of a whole check, without incremental compilation, as in CI; and that of
//! a check after a line was added above `backend!`, with it, as in an editor.
//!
//! The crates and what they depend on are built below the target directory and stay there, so that a
//! second run has nothing to warm up.

#![expect(
    clippy::disallowed_methods,
    reason = "what is measured here is real time; nobody holds its clock"
)]

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use greenroom_benches::statistics::median;
use greenroom_benches::table::{Table, verdict};
use greenroom_benches::{BoxError, cargo};

const SIZES: [usize; 4] = [50, 200, 500, 1_000];
const ROUNDS: usize = 3;
const SERVICES: usize = 100;
/// The services of the first half are there once, those of the second once for each plugin.
const ROOT_SERVICES: usize = 50;
const DEPENDENCIES: usize = 8;
const PLUGINS_IN_A_MODULE: usize = 10;
const LINT: &str = "long_running_const_eval";
/// How many seconds longer the largest may take than the smallest.
const AIM: f64 = 6.0;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    Whole,
    Edit,
}

impl Mode {
    const ALL: [Self; 2] = [Self::Whole, Self::Edit];

    fn package(self, size: usize) -> String {
        match self {
            Self::Whole => format!("whole-{size}"),
            Self::Edit => format!("edit-{size}"),
        }
    }
}

fn main() -> Result<(), BoxError> {
    let workspace = Workspace::generate()?;
    for size in SIZES {
        for mode in Mode::ALL {
            workspace.warm_up(&mode.package(size))?;
        }
    }
    let mut seconds = vec![[Vec::new(), Vec::new()]; SIZES.len()];
    for round in 0..ROUNDS {
        for (size, seconds) in SIZES.into_iter().zip(&mut seconds) {
            for (mode, seconds) in Mode::ALL.into_iter().zip(seconds) {
                let package = mode.package(size);
                // If somebody works on greenroom meanwhile, that is not what is timed.
                workspace.warm_up(&package)?;
                workspace.write_main(&package, size, 1 + round)?;
                let started = Instant::now();
                workspace.check(&package)?;
                seconds.push(started.elapsed().as_secs_f64());
            }
        }
    }
    let mut lints = Vec::new();
    for size in SIZES {
        lints.push(workspace.long_constants(&Mode::Whole.package(size))?);
    }
    report(&seconds, &lints);
    Ok(())
}

fn report(seconds: &[[Vec<f64>; 2]], lints: &[usize]) {
    let mut table = Table::new(&[
        "plugins",
        "whole s",
        "ms/plugin",
        "s over 50",
        "ms/plugin over 50",
        "after an edit s",
        "s over 50",
        LINT,
    ]);
    let base = seconds[0].each_ref().map(|values| median(values));
    let mut difference = f64::NAN;
    for ((size, seconds), lints) in SIZES.into_iter().zip(seconds).zip(lints) {
        let [whole, edit] = seconds.each_ref().map(|values| median(values));
        let more = (size - SIZES[0]) as f64;
        difference = whole - base[0];
        table.row([
            size.to_string(),
            format!("{whole:.2}"),
            format!("{:.2}", whole * 1000.0 / size as f64),
            format!("{difference:.2}"),
            if more > 0.0 {
                format!("{:.2}", difference * 1000.0 / more)
            } else {
                "-".to_owned()
            },
            format!("{edit:.2}"),
            format!("{:.2}", edit - base[1]),
            lints.to_string(),
        ]);
    }
    println!("{ROUNDS} rounds, {DEPENDENCIES} dependencies a plugin, {SERVICES} services\n");
    println!("{table}");
    println!("No check had a warning; the last column is with the lint forced on.");
    println!(
        "Aim: 1,000 plugins within {AIM} s of 50 (whole): {}, {difference:.2} s.",
        verdict(difference <= AIM)
    );
}

/// The generated crates.
struct Workspace {
    directory: PathBuf,
}

impl Workspace {
    fn generate() -> Result<Self, BoxError> {
        let directory = cargo::target_directory()?.join("greenroom-benches/check");
        let workspace = Self { directory };
        fs::create_dir_all(&workspace.directory)?;
        for name in ["Cargo.lock", "rust-toolchain.toml"] {
            fs::copy(
                cargo::workspace().join(name),
                workspace.directory.join(name),
            )?;
        }
        // Without incremental compilation but where it is asked for.
        let mut manifest = String::from(
            "[workspace]\nmembers = [\"whole-*\", \"edit-*\"]\nresolver = \"3\"\n\n\
             [profile.dev]\nincremental = false\n",
        );
        for size in SIZES {
            let edit = Mode::Edit.package(size);
            write!(
                manifest,
                "\n[profile.dev.package.{edit}]\nincremental = true\n"
            )?;
            for mode in Mode::ALL {
                workspace.generate_package(&mode.package(size), size)?;
            }
        }
        write(&workspace.directory.join("Cargo.toml"), &manifest)?;
        Ok(workspace)
    }

    fn generate_package(&self, package: &str, size: usize) -> Result<(), BoxError> {
        let facade = cargo::workspace().display().to_string();
        let manifest = format!(
            "[package]\nname = \"{package}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n\
             [dependencies]\ngreenroom = {{ path = {facade:?} }}\n"
        );
        let directory = self.directory.join(package);
        fs::create_dir_all(directory.join("src/plugins"))?;
        write(&directory.join("Cargo.toml"), &manifest)?;
        write(&directory.join("src/services.rs"), &services())?;
        let modules = size.div_ceil(PLUGINS_IN_A_MODULE);
        let mut list = String::new();
        for module in 0..modules {
            writeln!(list, "pub mod group_{module};")?;
            let path = format!("src/plugins/group_{module}.rs");
            let first = module * PLUGINS_IN_A_MODULE;
            let plugins = plugins(first..size.min(first + PLUGINS_IN_A_MODULE));
            write(&directory.join(path), &plugins)?;
        }
        write(&directory.join("src/plugins/mod.rs"), &list)?;
        self.write_main(package, size, 0)
    }

    /// The file with `backend!`, below this many lines of comment.
    fn write_main(&self, package: &str, size: usize, lines: usize) -> Result<(), BoxError> {
        let mut text = "// A line that an editor has just added.\n".repeat(lines);
        text.push_str("mod plugins;\nmod services;\n\nfn main() {\n");
        text.push_str("    let _backend = greenroom::backend![\n        greenroom::defaults,\n");
        for service in 0..SERVICES {
            writeln!(text, "        services::service_{service},")?;
        }
        for plugin in 0..size {
            let module = plugin / PLUGINS_IN_A_MODULE;
            writeln!(text, "        plugins::group_{module}::plugin_{plugin},")?;
        }
        text.push_str("    ];\n}\n");
        write(&self.directory.join(package).join("src/main.rs"), &text)
    }

    /// Checks what one package depends on, and itself; a warning may be somebody else's.
    fn warm_up(&self, package: &str) -> Result<(), BoxError> {
        self.run(package, "check", &[]).map(drop)
    }

    /// Checks one package, and accepts no warning.
    fn check(&self, package: &str) -> Result<(), BoxError> {
        let output = self.run(package, "check", &[])?;
        if output.contains("warning") {
            eprint!("{output}");
            return Err(format!("the check of {package} warns").into());
        }
        Ok(())
    }

    /// How many constants take more steps than the compiler finds usual. The expansion of `backend!`
    /// allows them, so the lint has to be forced.
    fn long_constants(&self, package: &str) -> Result<usize, BoxError> {
        let force = ["--profile", "check", "--", "--force-warn", LINT];
        let output = self.run(package, "rustc", &force)?;
        Ok(output
            .matches("constant evaluation is taking a long time")
            .count())
    }

    fn run(&self, package: &str, subcommand: &str, arguments: &[&str]) -> Result<String, BoxError> {
        let output = cargo::command(&self.directory)
            .args([subcommand, "--offline", "--target-dir", "target"])
            .args(["--package", package])
            .args(arguments)
            .env_remove("CARGO_INCREMENTAL")
            .output()?;
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        if !output.status.success() {
            eprint!("{text}");
            return Err(format!("cargo {subcommand} of {package} failed").into());
        }
        Ok(text)
    }
}

/// Writes a file, unless it is the same already and a new time would only cause work.
fn write(path: &Path, text: &str) -> Result<(), BoxError> {
    match fs::read_to_string(path) {
        Ok(existing) if existing == text => Ok(()),
        _ => Ok(fs::write(path, text)?),
    }
}

/// Interfaces, implementations and factories. Service `n` depends on three before it.
fn services() -> String {
    let mut text = String::from("use std::sync::Arc;\n\nuse greenroom::prelude::*;\n");
    for service in 0..SERVICES {
        let scope = if service < ROOT_SERVICES {
            "root"
        } else {
            "plugin"
        };
        let mut before = [service / 2, service / 3, service.saturating_sub(1)].to_vec();
        before.retain(|&before| before < service);
        before.sort_unstable();
        before.dedup();
        let parameters: Vec<String> = before
            .iter()
            .map(|before| format!("_service_{before}: Service{before}"))
            .collect();
        let parameters = parameters.join(", ");
        text.push_str(&format!(
            r#"
#[service(id = "bench.service{service}", scope = "{scope}", provided_by = "services::service_{service}")]
pub trait Service{service}Service: Send + Sync {{}}

pub type Service{service} = Arc<dyn Service{service}Service>;

struct Implementation{service};

impl Service{service}Service for Implementation{service} {{}}

#[service_factory]
pub fn service_{service}({parameters}) -> Arc<dyn Service{service}Service> {{
    Arc::new(Implementation{service})
}}
"#
        ));
    }
    text
}

fn plugins(range: std::ops::Range<usize>) -> String {
    let mut text = String::from("use greenroom::prelude::*;\n\nuse crate::services::*;\n");
    for plugin in range {
        let parameters: Vec<String> = (0..DEPENDENCIES)
            .map(|dependency| (7 * plugin + 13 * dependency) % SERVICES)
            .map(|service| format!("    _service_{service}: Service{service},\n"))
            .collect();
        let parameters = parameters.concat();
        text.push_str(&format!(
            r#"
#[backend_plugin(id = "plugin-{plugin}")]
pub async fn plugin_{plugin}(
{parameters}) -> Result<()> {{
    Ok(())
}}
"#
        ));
    }
    text
}
