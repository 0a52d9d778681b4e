//! `DIFFERENCES.md` as data: which cases differ, and how.
//!
//! A section is a reason. A line of its table says of cases, by their names or patterns, one thing that differs: what
//! Backstage answered and what greenroom answers. Such a thing must really differ in each of the cases, and
//! whatever else differs in them is a failure. In a section whose title begins with `Waiting`, a line has only the
//! status of today's answer: the case must differ, in whatever way.

use glob::{Pattern, PatternError};

use crate::compare::Difference;

/// In the column of the recorded answer: whatever it was. In that of greenroom's: for an entity tag of a body that
/// changes from run to run, and that a `HEAD` does not show.
const ANYTHING: &str = "…";

/// All that is known to differ.
pub struct Listed {
    lines: Vec<Line>,
}

struct Line {
    cases: Vec<Pattern>,
    says: Says,
}

impl Line {
    fn is_about(&self, id: &str) -> bool {
        self.cases.iter().any(|cases| cases.matches(id))
    }
}

enum Says {
    Differs(Difference),
    Waits { status: u16 },
}

impl Listed {
    pub fn read() -> Self {
        Self::parse(include_str!("DIFFERENCES.md"))
    }

    fn parse(text: &str) -> Self {
        let mut lines = Vec::new();
        let mut waiting = false;
        for line in text.lines() {
            if let Some(title) = line.strip_prefix("## ") {
                waiting = title.starts_with("Waiting");
            }
            let cells = cells(line);
            // What is no case has no backtick: prose, the head of a table and the line below it.
            let cases = cells.first().map_or("", String::as_str).split(", ");
            let Some(cases) = cases.map(code).collect::<Option<Vec<_>>>() else {
                continue;
            };
            let wrong = || format!("this line of DIFFERENCES.md cannot be read: {line}");
            let says = match (&cells[1..], waiting) {
                ([status], true) => status.parse().ok().map(|status| Says::Waits { status }),
                ([place, recorded, answered], false) => Some(Says::Differs(Difference {
                    place: place.clone(),
                    recorded: value(recorded),
                    answered: value(answered),
                })),
                _ => None,
            };
            let patterns = cases.iter().map(|cases| Pattern::new(cases)).collect();
            let patterns: Result<_, PatternError> = patterns;
            lines.push(Line {
                cases: patterns.unwrap_or_else(|_| panic!("{}", wrong())),
                says: says.unwrap_or_else(|| panic!("{}", wrong())),
            });
        }
        Self { lines }
    }

    /// The patterns that match no case.
    pub fn about_none_of(&self, ids: &[String]) -> Vec<&str> {
        let unused = |cases: &&Pattern| !ids.iter().any(|id| cases.matches(id));
        let cases = self.lines.iter().flat_map(|line| &line.cases);
        cases.filter(unused).map(Pattern::as_str).collect()
    }

    /// Judges what differs in a case.
    pub fn judge(&self, id: &str, status: u16, found: Vec<Difference>) -> Verdict {
        let mut lines = self
            .lines
            .iter()
            .filter(|line| line.is_about(id))
            .peekable();
        if lines.peek().is_none() {
            return match found.is_empty() {
                true => Verdict::Agrees,
                false => Verdict::Fails(Fault {
                    found,
                    wrong: Vec::new(),
                }),
            };
        }
        let mut wrong = Vec::new();
        let mut left = found.clone();
        let mut waits = false;
        for line in lines {
            match &line.says {
                Says::Waits { status: listed } => {
                    waits = true;
                    if *listed != status {
                        wrong.push(format!(
                            "it waits, and its status is not {listed} but {status}"
                        ));
                    }
                }
                Says::Differs(listed) => {
                    let before = left.len();
                    left.retain(|found| !covers(listed, found));
                    if left.len() == before {
                        wrong.push(format!("this is listed, and not so: {listed}"));
                    }
                }
            }
        }
        if found.is_empty() && waits {
            wrong.push("it waits, and agrees already".to_owned());
        }
        if waits {
            left.clear();
        }
        match left.is_empty() && wrong.is_empty() {
            true if waits => Verdict::Waits,
            true => Verdict::Differs,
            false => Verdict::Fails(Fault { found: left, wrong }),
        }
    }
}

/// What became of a case.
pub enum Verdict {
    Agrees,
    /// As listed.
    Differs,
    Waits,
    Fails(Fault),
}

/// Why a case fails.
pub struct Fault {
    /// What differs and is not listed.
    pub found: Vec<Difference>,
    /// What is listed and not so.
    pub wrong: Vec<String>,
}

fn covers(listed: &Difference, found: &Difference) -> bool {
    let tag = listed.place == "header etag" && listed.answered == ANYTHING;
    listed.place == found.place
        && (listed.recorded == ANYTHING || listed.recorded == found.recorded)
        && (tag || listed.answered == found.answered)
}

/// The cells of a line of a table; none of any other line.
fn cells(line: &str) -> Vec<String> {
    const ESCAPED: &str = "\u{0}";
    let line = line.replace("\\|", ESCAPED);
    let inner = line
        .trim()
        .strip_prefix('|')
        .and_then(|line| line.strip_suffix('|'));
    let cells = inner.into_iter().flat_map(|inner| inner.split('|'));
    cells
        .map(|cell| cell.trim().replace(ESCAPED, "|"))
        .collect()
}

/// What stands between backticks.
fn code(cell: &str) -> Option<String> {
    let fence = if cell.starts_with("``") { "``" } else { "`" };
    let code = cell.strip_prefix(fence)?.strip_suffix(fence)?;
    Some(code.trim().to_owned())
}

/// A value is written between backticks, but for the words that stand for none.
fn value(cell: &str) -> String {
    code(cell).unwrap_or_else(|| cell.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "\
# Title

## A reason

| case | where | Backstage | greenroom |
|---|---|---|---|
| `a/*` | status | `500` | `401` |
| `a/1`, `a/3` | body /m | … | `\"x \\| y\"` |

## Waiting for the end

| case | status today |
|---|---|
| `b/?` | 404 |
";

    fn difference(place: &str, recorded: &str, answered: &str) -> Difference {
        Difference {
            place: place.to_owned(),
            recorded: recorded.to_owned(),
            answered: answered.to_owned(),
        }
    }

    fn fault(verdict: Verdict) -> (usize, usize) {
        match verdict {
            Verdict::Fails(fault) => (fault.found.len(), fault.wrong.len()),
            _ => (0, 0),
        }
    }

    #[test]
    fn a_case_differs_as_listed_and_in_nothing_else() {
        let listed = Listed::parse(TEXT);
        let status = difference("status", "500", "401");
        let message = difference("body /m", "\"z\"", "\"x | y\"");
        let both = vec![status.clone(), message.clone()];
        assert!(matches!(
            listed.judge("a/2", 401, vec![status.clone()]),
            Verdict::Differs
        ));
        assert!(matches!(
            listed.judge("a/1", 401, both.clone()),
            Verdict::Differs
        ));
        assert!(matches!(
            listed.judge("a/3", 401, both.clone()),
            Verdict::Differs
        ));

        // Something else differs too, or something that is listed does not.
        assert_eq!(fault(listed.judge("a/2", 401, both)), (1, 0));
        assert_eq!(fault(listed.judge("a/1", 401, vec![status])), (0, 1));
        assert_eq!(fault(listed.judge("a/1", 401, Vec::new())), (0, 2));
        let other = difference("status", "500", "403");
        assert_eq!(fault(listed.judge("a/2", 403, vec![other])), (1, 1));
    }

    #[test]
    fn what_is_not_listed_agrees_or_fails() {
        let listed = Listed::parse(TEXT);
        assert!(matches!(
            listed.judge("c/1", 200, Vec::new()),
            Verdict::Agrees
        ));
        assert_eq!(
            fault(listed.judge("c/1", 200, vec![difference("note", "x", "y")])),
            (1, 0)
        );
    }

    #[test]
    fn what_waits_has_its_status_and_differs() {
        let listed = Listed::parse(TEXT);
        let any = || vec![difference("body", "x", "y")];
        assert!(matches!(listed.judge("b/1", 404, any()), Verdict::Waits));
        assert_eq!(fault(listed.judge("b/1", 200, any())), (0, 1));
        assert_eq!(fault(listed.judge("b/1", 404, Vec::new())), (0, 1));
    }

    #[test]
    fn a_line_about_no_case_is_found() {
        let listed = Listed::parse(TEXT);
        assert_eq!(listed.about_none_of(&["a/1".to_owned()]), ["a/3", "b/?"]);
    }
}
