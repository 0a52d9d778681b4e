//! The example `conformance` as a process of its own, in a directory with its configuration and keys.

use std::io::{BufRead as _, BufReader, Read as _};
use std::net::{SocketAddr, TcpListener};
use std::process::{Child, Command, Stdio};
use std::thread;

use crate::built::built;
use crate::keys::KeyRing;
use crate::profile;

/// How often another port is tried, when somebody takes the one that was free a moment ago.
const TRIES: usize = 5;

/// A running backend. It is killed when the test lets go of it.
pub struct Program {
    child: Child,
    pub address: SocketAddr,
    // Configuration and keys.
    _directory: tempfile::TempDir,
}

impl Program {
    /// Starts the backend of a profile with these keys.
    pub fn start(profile: &str, keys: &KeyRing) -> Self {
        for _ in 0..TRIES {
            if let Some(started) = Self::on_a_free_port(profile, keys) {
                return started;
            }
        }
        panic!("{TRIES} ports were free, and taken when the backend wanted them");
    }

    /// The URL that stands for `backend.baseUrl` of most profiles.
    pub fn base(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The configuration names its port in several places, so it has to be known before the start.
    fn on_a_free_port(profile: &str, keys: &KeyRing) -> Option<Self> {
        let free = TcpListener::bind("127.0.0.1:0").expect("there is a free port");
        let address = free.local_addr().expect("it has an address");
        drop(free);

        let directory = tempfile::tempdir().expect("a temporary directory can be made");
        keys.write(directory.path());
        let mut arguments = Vec::new();
        for (name, text) in profile::files(profile) {
            let text = text.replace(profile::PORT, &address.port().to_string());
            std::fs::write(directory.path().join(name), text).expect("a file can be written");
            arguments.extend(["--config", name]);
        }
        let mut child = Command::new(built("conformance"))
            .args(arguments)
            .current_dir(directory.path())
            .env_clear()
            .env("NODE_ENV", profile::mode(profile))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the example is built");
        let mut lines = BufReader::new(child.stdout.take().expect("it is piped")).lines();
        let mut seen = Vec::new();
        for line in lines.by_ref().map_while(Result::ok) {
            if line.contains("Backend started") {
                // Somebody has to read on, or the backend waits with its next line.
                thread::spawn(move || lines.for_each(drop));
                return Some(Self {
                    child,
                    address,
                    _directory: directory,
                });
            }
            seen.push(line);
        }
        let mut errors = String::new();
        let stream = child
            .stderr
            .take()
            .map(|mut it| it.read_to_string(&mut errors));
        let status = child.wait();
        if errors.contains("port is in use") {
            return None;
        }
        panic!(
            "the backend of `{profile}` does not start: {status:?} {stream:?}\n{errors}\n{seen:#?}"
        );
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // It may have ended by itself, which the answers have told by then.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
