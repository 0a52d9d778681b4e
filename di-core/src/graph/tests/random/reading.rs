//! Reports, read back: which mistakes they tell, by code and by the lines that they point at.

use super::oracle::Finding;

const FILE: &str = "src/lib.rs:";

/// What a report says on the side: a name that is close, and where a declaration stands.
const ASIDE: [&str; 4] = ["near", "as", "declared", "declared at"];

/// A mistake as it is told.
#[derive(Clone, Debug)]
pub(super) struct Told {
    pub(super) finding: Finding,
    pub(super) headline: String,
}

impl Told {
    pub(super) fn is_cycle(&self) -> bool {
        ["GR0002", "GR0010"].contains(&self.finding.code.as_str())
    }

    /// What two rivals are rivals for, if it is that.
    pub(super) fn rivalry(&self) -> Option<&str> {
        match self.finding.code.as_str() {
            "GR0003" => self.headline.strip_prefix("two factories provide "),
            "GR0011" => self
                .headline
                .strip_suffix(" is sealed: nothing can replace it"),
            "GR0005" | "GR0006" | "GR0019" => Some(&self.headline),
            _ => None,
        }
    }
}

pub(super) fn read(position: u32, text: &str) -> Vec<Told> {
    let mut all: Vec<Told> = Vec::new();
    for line in text.lines() {
        if let Some((code, headline)) = line.split_once(": ")
            && code.starts_with("GR")
        {
            all.push(Told {
                finding: Finding {
                    position,
                    code: code.to_owned(),
                    lines: Vec::new(),
                },
                headline: headline.to_owned(),
            });
        } else if let Some(told) = all.last_mut() {
            let (label, rest) = line.split_at(11);
            if !ASIDE.contains(&label.trim()) {
                told.finding.lines.extend(lines_in(rest));
            }
        }
    }
    all
}

/// The lines of the test's one file.
fn lines_in(text: &str) -> impl Iterator<Item = u32> {
    let places = text.match_indices(FILE);
    places.filter_map(|(at, _)| {
        // The container's own file ends like that one.
        if text[..at].ends_with('/') {
            return None;
        }
        let (line, _) = text[at + FILE.len()..].split_once(':')?;
        line.parse().ok()
    })
}
