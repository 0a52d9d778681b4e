//! From nothing to a server that answers.

use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::{PermissionsExt as _, chown};
use std::path::Path;
use std::process::Stdio;

use tokio::process::Command;
use tokio::time::timeout;

use super::process::Process;
use super::user::{self, User};
use super::{Failure, LOG, Local, PATIENCE, TRIES, end_of_log, mysql, port, postgres, redis};
use crate::servers::Kind;
use crate::servers::watchdog::Watchdog;

pub(super) async fn launch(kind: Kind) -> Result<(Local, String), String> {
    // Before a folder is made: most machines lack one server or the other.
    let installed = match kind {
        Kind::Postgres => Installed::Postgres(postgres::find()?),
        Kind::MySql => Installed::MySql(mysql::find()?),
        Kind::Redis => Installed::Redis(redis::find()?),
    };
    let failed = |error: io::Error| format!("{} cannot be prepared: {error}", kind.name());
    let folder = tempfile::Builder::new()
        .prefix("greenroom-test-")
        .tempdir()
        .map_err(failed)?;
    // How a server is ended whose data nobody wants.
    let signal = match kind {
        // SIGKILL would leave its processes and a segment of shared memory behind.
        Kind::Postgres => "QUIT",
        Kind::MySql | Kind::Redis => "KILL",
    };
    let watchdog = Watchdog::of_folder(folder.path(), signal).map_err(failed)?;
    let folder = folder.keep();
    let user = match kind {
        Kind::Postgres => user::other_than_root(&folder, &["postgres", "nobody"])?,
        Kind::MySql => user::other_than_root(&folder, &["mysql", "nobody"])?,
        Kind::Redis => None,
    };
    let preparation = Preparation {
        folder: &folder,
        user,
        watchdog: &watchdog,
    };
    preparation.own(&folder).map_err(failed)?;
    let recipe = match installed {
        Installed::Postgres(programs) => postgres::prepare(&programs, &preparation).await,
        Installed::MySql(programs) => mysql::prepare(&programs, &preparation).await,
        Installed::Redis(program) => redis::prepare(program, &preparation),
    };
    let mut local = Local {
        kind,
        recipe: recipe?,
        port: 0,
        process: Process::none(),
        folder,
        watchdog,
    };
    for tries in 1.. {
        local.port = port::free().map_err(failed)?;
        let url = kind.url(local.recipe.user_name, local.port, &local.recipe.password);
        match local.start_once(&url).await {
            Ok(()) => return Ok((local, url)),
            Err(Failure::Ended(_)) if tries < TRIES => {}
            Err(Failure::Ended(problem) | Failure::Other(problem)) => return Err(problem),
        }
    }
    unreachable!("the last try returns")
}

enum Installed {
    Postgres(postgres::Programs),
    MySql(mysql::Programs),
    Redis(std::path::PathBuf),
}

/// A folder on its way to become that of a server.
pub(super) struct Preparation<'a> {
    pub(super) folder: &'a Path,
    pub(super) user: Option<User>,
    watchdog: &'a Watchdog,
}

impl Preparation<'_> {
    /// A file that the server alone can read.
    pub(super) fn file(&self, name: &str, content: &str) -> io::Result<()> {
        let path = self.folder.join(name);
        // The folder is nobody else's, so that nobody reads it before its mode is set.
        fs::write(&path, content)?;
        fs::set_permissions(&path, Permissions::from_mode(0o600))?;
        self.own(&path)
    }

    fn own(&self, path: &Path) -> io::Result<()> {
        let user = self.user.as_ref();
        user.map_or(Ok(()), |user| chown(path, Some(user.uid), Some(user.gid)))
    }

    /// Runs a program to its end.
    pub(super) async fn run(&self, mut command: std::process::Command) -> Result<(), String> {
        let program = command.get_program().to_string_lossy().into_owned();
        let failed = |error: io::Error| format!("{program}: {error}");
        let log = fs::File::options()
            .create(true)
            .append(true)
            .open(self.folder.join(LOG))
            .map_err(failed)?;
        super::process::surround(&mut command, self.user.as_ref(), self.folder);
        command
            .stdin(Stdio::null())
            .stdout(log.try_clone().map_err(failed)?)
            .stderr(log);
        let mut command = Command::from(command);
        let mut child = command.kill_on_drop(true).spawn().map_err(failed)?;
        if let Some(id) = child.id() {
            self.watchdog.watch(id);
        }
        let status = timeout(PATIENCE, child.wait()).await;
        self.watchdog.rest();
        match status {
            Ok(Ok(status)) if status.success() => Ok(()),
            Ok(Ok(status)) => Err(format!("{program}: {status}\n{}", end_of_log(self.folder))),
            Ok(Err(error)) => Err(failed(error)),
            Err(_) => Err(format!(
                "{program} does not end within {} s",
                PATIENCE.as_secs()
            )),
        }
    }
}
