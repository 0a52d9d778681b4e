//! A server of the kit's own, wherever it runs: it can be stopped, killed and started again at the same address.

#[cfg(unix)]
use super::container::Container;
#[cfg(not(unix))]
use super::elsewhere::{Nowhere as Container, Nowhere as Local};
#[cfg(unix)]
use super::local::Local;
use super::{Kind, probe};

/// A server. It ends with this value.
#[derive(Debug)]
pub(crate) struct Server {
    pub(crate) kind: Kind,
    pub(crate) url: String,
    host: Host,
}

#[derive(Debug)]
enum Host {
    Local(Local),
    Container(Container),
}

/// What is done to a server, at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Signal {
    /// It ends as by a crash.
    Kill,
    /// It keeps its connections and answers nothing.
    Freeze,
    /// It goes on.
    Thaw,
}

impl Server {
    /// Starts one by what is installed, else in a container.
    ///
    /// # Errors
    ///
    /// Why neither is possible here.
    pub(crate) async fn launch(kind: Kind) -> Result<Self, String> {
        if kind.is_off() {
            return Err(format!("{} says that none is to be used", kind.variable()));
        }
        let no_local = match Local::launch(kind).await {
            Ok((local, url)) => {
                let host = Host::Local(local);
                return Ok(Self { kind, url, host });
            }
            Err(problem) => problem,
        };
        match Container::launch(kind).await {
            Ok((container, url)) => {
                let host = Host::Container(container);
                Ok(Self { kind, url, host })
            }
            Err(problem) => Err(format!("{no_local}; {problem}")),
        }
    }

    /// Ends it as an administrator does, and returns when it has ended.
    pub(crate) async fn stop(&self) -> Result<(), String> {
        match &self.host {
            Host::Local(local) => local.stop().await,
            Host::Container(container) => container.stop().await,
        }
    }

    /// Returns when it is done.
    pub(crate) fn signal(&self, signal: Signal) -> Result<(), String> {
        match &self.host {
            Host::Local(local) => local.signal(signal),
            Host::Container(container) => container.signal(signal),
        }
    }

    /// Starts it again, and returns when it answers.
    pub(crate) async fn start(&self) -> Result<(), String> {
        match &self.host {
            Host::Local(local) => local.start(&self.url).await,
            Host::Container(container) => container.start(&self.url).await,
        }
    }

    pub(crate) async fn answers(&self) -> bool {
        probe::probe(self.kind, &self.url).await.is_ok()
    }
}
