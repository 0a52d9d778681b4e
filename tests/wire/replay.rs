//! One profile: a backend is started, and every case of it sent, in the order of the recording.

use std::net::SocketAddr;

use crate::client;
use crate::compare::{compare, renew};
use crate::differences::Listed;
use crate::keys::KeyRing;
use crate::program::Program;
use crate::report::Report;
use crate::shape::{Replace, shape};
use crate::tokens::Tokens;

const TOO_MANY: u16 = 429;

/// More requests than any recorded limit allows.
const PLENTY: usize = 100;

/// Replays the cases of a profile; fails with all that is wrong.
pub fn replay(profile: &str) {
    let cases = crate::case::of(profile);
    if cases.is_empty() {
        return;
    }
    let listed = Listed::read();
    let keys = KeyRing::make();
    let backend = Program::start(profile, &keys);
    let base = backend.base();
    let tokens = Tokens::mint(&keys, &base);
    let replace = Replace::at(&base);

    // Whoever signs in leaves behind what is known of the user, and the recording was made after that.
    client::get(backend.address, "/api/auth/guest/refresh");

    let mut report = Report::default();
    for mut case in cases {
        renew(&mut case.response, &keys);
        if case.response.status == TOO_MANY {
            exhaust(backend.address);
        }
        let answer = client::send(backend.address, &case.request, &tokens);
        let shaped = shape(&answer, &replace);
        let found = compare(&case.response, &shaped);
        let verdict = listed.judge(&case.id, shaped.status, found);
        println!("{}", report.add(&case, verdict));
    }
    let figures = report.figures(profile);
    match report.faults() {
        Some(faults) => panic!("\n{figures}{faults}"),
        None => println!("\n{figures}"),
    }
}

/// Asks until the backend has had enough, as the recording had asked before.
fn exhaust(backend: SocketAddr) {
    let mut answers = (0..PLENTY).map(|_| client::get(backend, "/.backstage/health/v1/liveness"));
    assert!(
        answers.any(|answer| answer.status == TOO_MANY),
        "the backend has no limit"
    );
}
