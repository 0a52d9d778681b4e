//! Where there is no shell to watch over servers, none are started: one that outlives its test is worse than none.

use super::Kind;
use super::server::Signal;

/// A server that there never is.
#[derive(Debug)]
pub(crate) enum Nowhere {}

impl Nowhere {
    pub(crate) async fn launch(_kind: Kind) -> Result<(Self, String), String> {
        Err("the kit starts servers on Unix alone".to_owned())
    }

    pub(crate) fn signal(&self, _signal: Signal) -> Result<(), String> {
        match *self {}
    }

    pub(crate) async fn stop(&self) -> Result<(), String> {
        match *self {}
    }

    pub(crate) async fn start(&self, _url: &str) -> Result<(), String> {
        match *self {}
    }
}
