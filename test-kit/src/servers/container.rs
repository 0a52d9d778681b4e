//! A server in a container, where none is installed.
//!
//! By the command line of Docker or Podman, which is there wherever the engine is; a client library of the engine would
//! be a large dependency of every test for the third way to get a server.

use std::process::{Command as Blocking, Stdio};
use std::time::Duration;

use tokio::process::Command;
use tokio::time::{sleep, timeout};

use super::server::Signal;
use super::watchdog::Watchdog;
use super::{Kind, local, probe};

/// A command line without an engine behind it is one that is not here.
const TO_ANSWER: Duration = Duration::from_secs(5);

/// How long an image may take to come.
const TO_COME: Duration = Duration::from_secs(300);

/// How long a server may take until it answers.
const TO_START: Duration = Duration::from_secs(120);

/// A container. It is removed with this value.
#[derive(Debug)]
pub(crate) struct Container {
    kind: Kind,
    program: &'static str,
    name: String,
    // Its end removes the container.
    _watchdog: Watchdog,
}

/// What is particular to a kind of server.
struct Image {
    name: &'static str,
    port: u16,
    user: &'static str,
    /// Variables of the container; the one without a value is that of the password.
    environment: &'static [&'static str],
    password: &'static str,
    command: &'static [&'static str],
}

fn image(kind: Kind) -> Image {
    match kind {
        Kind::Postgres => Image {
            name: "docker.io/library/postgres:17-alpine",
            port: 5432,
            user: "greenroom",
            environment: &["POSTGRES_USER=greenroom"],
            password: "POSTGRES_PASSWORD",
            command: &["postgres", "-c", "fsync=off", "-c", "max_connections=300"],
        },
        Kind::MySql => Image {
            name: "docker.io/library/mariadb:11",
            port: 3306,
            user: "root",
            environment: &[],
            password: "MARIADB_ROOT_PASSWORD",
            command: &["--max-connections=300", "--skip-name-resolve"],
        },
        Kind::Redis => Image {
            name: "docker.io/library/redis:7-alpine",
            port: 6379,
            user: "",
            environment: &[],
            password: "PASSWORD",
            command: &[
                "sh",
                "-c",
                r#"exec redis-server --requirepass "$PASSWORD" --databases 1024 --save """#,
            ],
        },
    }
}

impl Container {
    /// Starts one; gives the URL of its server too.
    ///
    /// # Errors
    ///
    /// When no engine answers, or the container does not start.
    pub(crate) async fn launch(kind: Kind) -> Result<(Self, String), String> {
        let program = engine().await.ok_or("neither Docker nor Podman answers")?;
        let image = image(kind);
        let (name, password) = (
            format!("greenroom-test-{}", local::password()),
            local::password(),
        );
        let port = local::free_port().map_err(|error| format!("no free port: {error}"))?;
        let remove = [program, "rm", "--force", "--volumes", &name];
        let watchdog = Watchdog::of_command(remove.map(Into::into).to_vec());
        let watchdog = watchdog.map_err(|error| format!("/bin/sh: {error}"))?;
        let container = Self {
            kind,
            program,
            name,
            _watchdog: watchdog,
        };
        let publish = format!("127.0.0.1:{port}:{}", image.port);
        let mut run = Command::new(program);
        run.args(["run", "--detach", "--name", &container.name])
            .args(["--publish", &publish, "--env", image.password])
            .args(image.environment.iter().flat_map(|it| ["--env", it]))
            .arg(image.name)
            .args(image.command)
            .env(image.password, &password);
        done(run, TO_COME).await?;
        let url = kind.url(image.user, port, &password);
        container.answers(&url).await?;
        Ok((container, url))
    }

    pub(crate) fn signal(&self, signal: Signal) -> Result<(), String> {
        let arguments: &[&str] = match signal {
            Signal::Kill => &["kill", "--signal", "KILL"],
            Signal::Freeze => &["pause"],
            Signal::Thaw => &["unpause"],
        };
        let output = Blocking::new(self.program)
            .args(arguments)
            .arg(&self.name)
            .stdin(Stdio::null())
            .output();
        judge(self.program, output)
    }

    pub(crate) async fn stop(&self) -> Result<(), String> {
        self.tell("stop").await
    }

    pub(crate) async fn start(&self, url: &str) -> Result<(), String> {
        self.tell("start").await?;
        self.answers(url).await
    }

    async fn tell(&self, what: &str) -> Result<(), String> {
        let mut command = Command::new(self.program);
        command.args([what, &self.name]);
        done(command, TO_START).await
    }

    async fn answers(&self, url: &str) -> Result<(), String> {
        let mut last = String::new();
        let answer = timeout(TO_START, async {
            while let Err(problem) = probe::probe(self.kind, url).await {
                last = problem;
                sleep(Duration::from_millis(100)).await;
            }
        });
        let answer = answer.await;
        answer.map_err(|_| format!("{} in a container does not start: {last}", self.kind.name()))
    }
}

/// The command line whose engine answers.
async fn engine() -> Option<&'static str> {
    for program in ["docker", "podman"] {
        let mut info = Command::new(program);
        info.arg("info");
        if done(info, TO_ANSWER).await.is_ok() {
            return Some(program);
        }
    }
    None
}

async fn done(mut command: Command, patience: Duration) -> Result<(), String> {
    let program = command
        .as_std()
        .get_program()
        .to_string_lossy()
        .into_owned();
    command.stdin(Stdio::null()).kill_on_drop(true);
    match timeout(patience, command.output()).await {
        Ok(output) => judge(&program, output),
        Err(_) => Err(format!(
            "{program} does not answer within {} s",
            patience.as_secs()
        )),
    }
}

fn judge(program: &str, output: std::io::Result<std::process::Output>) -> Result<(), String> {
    let output = output.map_err(|error| format!("{program}: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(format!("{program}: {}: {}", output.status, said.trim()))
}
