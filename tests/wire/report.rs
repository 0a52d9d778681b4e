//! What a person reads: each case that fails, with everything that is wrong with it, and figures by group.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::case::{Case, Request};
use crate::differences::{Fault, Verdict};

/// The outcome of a profile.
#[derive(Default)]
pub struct Report {
    groups: BTreeMap<String, Figures>,
    faults: String,
    failed: usize,
}

#[derive(Clone, Copy, Default)]
struct Figures {
    agree: usize,
    listed: usize,
    waiting: usize,
    failed: usize,
}

impl Report {
    /// Takes a case down, and gives the line about it.
    pub fn add(&mut self, case: &Case, verdict: Verdict) -> String {
        let figures = self.groups.entry(case.group.clone()).or_default();
        let (count, word) = match &verdict {
            Verdict::Agrees => (&mut figures.agree, "agrees"),
            Verdict::Differs => (&mut figures.listed, "listed"),
            Verdict::Waits => (&mut figures.waiting, "waits "),
            Verdict::Fails(_) => (&mut figures.failed, "FAILS "),
        };
        *count += 1;
        if let Verdict::Fails(Fault { found, wrong }) = &verdict {
            self.failed += 1;
            let _ = writeln!(self.faults, "\n{} [{}]", case.id, first_line(&case.request));
            for found in found {
                let _ = writeln!(self.faults, "  {}", found.to_string().replace('\n', "\n  "));
            }
            for wrong in wrong {
                let _ = writeln!(self.faults, "  {}", wrong.replace('\n', "\n  "));
            }
        }
        format!("{word} {}", case.id)
    }

    /// A table of the groups.
    pub fn figures(&self, profile: &str) -> String {
        let mut table = format!("{profile:<12} agree listed waiting failed\n");
        for (group, figures) in &self.groups {
            let Figures {
                agree,
                listed,
                waiting,
                failed,
            } = figures;
            let _ = writeln!(
                table,
                "{group:<12} {agree:>5} {listed:>6} {waiting:>7} {failed:>6}"
            );
        }
        table
    }

    /// What is wrong, if something is.
    pub fn faults(&self) -> Option<&str> {
        (self.failed > 0).then_some(&self.faults)
    }
}

fn first_line(request: &Request) -> String {
    const LONGEST: usize = 100;
    let line = match request {
        Request::Raw { raw } => raw.lines().next().unwrap_or_default().to_owned(),
        Request::Parts { method, path, .. } => format!("{method} {path}"),
    };
    match line.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}
