//! The examples as backends in processes of their own.

use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use greenroom_test_kit::{EndedProcess, TestProcess, TestProgram};
use tokio::process::Command;
use tokio::time::timeout;

use crate::built::built;

/// How long a test waits for the end of a program before it fails.
const PATIENCE: Duration = Duration::from_secs(30);

/// Starts the test backend of this name with a configuration on a free port.
pub fn start(name: &str, config: &str) -> TestProcess {
    example(
        "test-program",
        &[name, "--config", "app-config.yaml"],
        config,
    )
}

/// Starts an example with these arguments, in a directory that holds this `app-config.yaml`.
pub fn example(example: &str, arguments: &[&str], config: &str) -> TestProcess {
    let program = TestProgram::new(built(example)).arguments(arguments.iter().copied());
    program.file("app-config.yaml", config).start()
}

/// Starts an example with these arguments, in a directory that holds nothing.
pub fn unconfigured(example: &str, arguments: &[&str]) -> TestProcess {
    let program = TestProgram::new(built(example)).arguments(arguments.iter().copied());
    program.start()
}

/// Runs an example whose standard output nobody reads: the exit status and standard error.
pub async fn unread(example: &str, arguments: &[&str]) -> (ExitStatus, String) {
    let (reader, writer) = std::io::pipe().expect("a pipe can be made");
    drop(reader);
    let output = Command::new(built(example))
        .args(arguments)
        .env_clear()
        .stdin(Stdio::null())
        .stdout(writer)
        .stderr(Stdio::piped())
        .spawn()
        .expect("the examples are built")
        .wait_with_output();
    let output = timeout(PATIENCE, output).await.expect("it ends");
    let output = output.expect("it can be waited for");
    let errors = String::from_utf8(output.stderr).expect("it is text");
    (output.status, errors)
}

/// The end of a program, in the order in which the tests name its parts.
pub trait Parts {
    /// Waits for the end: the exit status, all lines of standard output, and standard error.
    fn parts(self) -> impl Future<Output = (ExitStatus, Vec<String>, String)>;
}

impl Parts for TestProcess {
    async fn parts(self) -> (ExitStatus, Vec<String>, String) {
        let EndedProcess {
            status,
            lines,
            errors,
            ..
        } = self.end().await;
        (status, lines, errors)
    }
}
