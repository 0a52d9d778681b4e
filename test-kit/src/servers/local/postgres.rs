//! PostgreSQL.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::Recipe;
use super::launch::Preparation;
use super::programs;

/// Where packages put what is not in `PATH`, for each version a directory.
const VERSIONS: [&str; 3] = ["/usr/lib/postgresql", "/usr/local/opt", "/opt/homebrew/opt"];

/// The settings of a server of tests. It writes nothing to the disk before the system does, which a crash of the server
/// survives, and one of the machine does not; a commit is still handed to the system before it is answered.
const SETTINGS: [&str; 12] = [
    "listen_addresses=127.0.0.1",
    "unix_socket_directories=",
    "fsync=off",
    "full_page_writes=off",
    "wal_level=minimal",
    "max_wal_senders=0",
    "max_connections=300",
    "shared_buffers=32MB",
    "dynamic_shared_memory_type=mmap",
    "jit=off",
    "timezone=UTC",
    "log_timezone=UTC",
];

/// What it takes.
pub(super) struct Programs {
    initdb: PathBuf,
    postgres: PathBuf,
}

/// Those in `PATH`, else the newest.
pub(super) fn find() -> Result<Programs, String> {
    programs::directories()
        .chain(installed())
        .find_map(|directory| {
            Some(Programs {
                initdb: programs::program(&directory, "initdb")?,
                postgres: programs::program(&directory, "postgres")?,
            })
        })
        .ok_or_else(|| format!("no `initdb` and `postgres` in PATH or {}", VERSIONS[0]))
}

/// The directories of programs that packages have made, the newest version first.
fn installed() -> impl Iterator<Item = PathBuf> {
    let mut found: Vec<(Vec<u32>, PathBuf)> = VERSIONS
        .iter()
        .filter_map(|directory| std::fs::read_dir(directory).ok())
        .flatten()
        .flatten()
        .filter_map(|entry| Some((version(&entry.path())?, entry.path().join("bin"))))
        .collect();
    found.sort_by(|(one, _), (other, _)| other.cmp(one));
    found.into_iter().map(|(_, directory)| directory)
}

/// `15` and `9.6` of Debian, `postgresql@17` of Homebrew.
fn version(directory: &Path) -> Option<Vec<u32>> {
    let name = directory.file_name()?.to_str()?;
    let version = name.strip_prefix("postgresql@").unwrap_or(name);
    version.split('.').map(|part| part.parse().ok()).collect()
}

pub(super) async fn prepare(
    programs: &Programs,
    preparation: &Preparation<'_>,
) -> Result<Recipe, String> {
    let password = super::password();
    let name = "password";
    let written = preparation.file(name, &password);
    written.map_err(|error| error.to_string())?;
    let data = preparation.folder.join("data");
    let mut initdb = Command::new(&programs.initdb);
    initdb
        .args(["--username=greenroom", "--encoding=UTF8", "--locale=C"])
        // The password goes over the loopback alone, and to hash it a thousand times for each connection takes time.
        .args(["--auth=password", "--no-sync", "--pwfile", name, "--pgdata"])
        .arg(&data);
    preparation.run(initdb).await?;
    let mut arguments = vec![OsString::from("-D"), data.into()];
    for setting in SETTINGS {
        arguments.extend(["-c".into(), setting.into()]);
    }
    Ok(Recipe {
        program: programs.postgres.clone(),
        arguments,
        on_port: |port| vec!["-p".into(), port.to_string().into()],
        user: preparation.user,
        user_name: "greenroom",
        password,
        stop: "INT",
    })
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::version;

    #[test]
    fn versions_are_numbers() {
        assert_eq!(version(Path::new("/usr/lib/postgresql/15")), Some(vec![15]));
        assert!(version(Path::new("/a/15")) > version(Path::new("/a/9.6")));
        assert_eq!(version(Path::new("/a/postgresql@17")), Some(vec![17]));
        assert_eq!(version(Path::new("/a/redis")), None);
    }
}
