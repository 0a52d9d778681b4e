//! The paths of auth policies: path-to-regexp 8 with `end: false`, as the anchor reads them.
//!
//! The grammar is small, and what it means matters for security; so it is matched here rather than
//! rewritten into the dialect of a regex crate (which lacks the lookahead that the original needs).
//! Optional groups are multiplied out when a pattern is read, so that matching is a walk over one list
//! of parts at a time. A pattern without parameters is compared in place. With them all places that the parts so far
//! can end at are followed together: to try one after the other, as the original does, takes time without bounds for
//! a path that somebody made for it.

use super::pattern_syntax::{Token, multiply, read};

/// A pattern, read and ready.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Pattern {
    // Any of them may match. None: everything matches.
    alternatives: Option<Vec<Vec<Part>>>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    /// These characters, in lower case.
    Text(String),
    /// One or more characters of one segment, of which none may begin `until`: the text since the last
    /// parameter, which keeps two parameters in one segment apart.
    Segment { until: String },
    /// One or more characters.
    Rest,
}

/// A segment that no pattern names.
pub(super) const ANY: &str = "~~~";

/// More optional groups than this make a pattern that nobody can read either.
pub(super) const MAX_ALTERNATIVES: usize = 64;

impl Pattern {
    /// Reads a pattern; the error is a sentence about what is wrong where.
    pub(super) fn parse(path: &str) -> Result<Self, String> {
        if path == "/" || path == "*" {
            return Ok(Self { alternatives: None });
        }
        if !path.starts_with(['/', '{']) {
            return Err(format!("Path must begin with `/`: {path}"));
        }
        let described = |message: String| {
            format!("{message}: {path}; visit https://git.new/pathToRegexpError for info")
        };
        let tokens = read(path).map_err(described)?;
        let flat = multiply(&tokens, MAX_ALTERNATIVES)
            .ok_or_else(|| format!("Too many optional groups: {path}"))?;
        let alternatives = flat
            .iter()
            .map(|sequence| parts(sequence))
            .collect::<Result<_, _>>();
        Ok(Self {
            alternatives: Some(alternatives.map_err(described)?),
        })
    }

    /// A path for each way through the optional groups, in which the text [`ANY`] stands for every parameter.
    pub(super) fn examples(&self) -> Vec<String> {
        let Some(alternatives) = &self.alternatives else {
            return vec!["/".to_owned(), format!("/{ANY}")];
        };
        let example = |part: &Part| match part {
            Part::Text(text) => text.clone(),
            Part::Segment { .. } => ANY.to_owned(),
            Part::Rest => format!("{ANY}/{ANY}"),
        };
        let alternatives = alternatives.iter();
        alternatives
            .map(|parts| parts.iter().map(example).collect())
            .collect()
    }

    /// Whether the pattern matches what `other` matches, as far as [examples](Self::examples) show it.
    pub(super) fn covers(&self, other: &Self) -> bool {
        other.examples().iter().all(|path| self.matches(path))
    }

    /// Whether the pattern matches `path` or something that `path` lies below.
    pub(super) fn matches(&self, path: &str) -> bool {
        match &self.alternatives {
            None => true,
            Some(alternatives) => alternatives
                .iter()
                .any(|parts| matches(parts, path.as_bytes())),
        }
    }
}

fn matches(parts: &[Part], path: &[u8]) -> bool {
    let is_end = |at: usize| at == path.len() || path[at] == b'/';
    match parts {
        [] => is_end(0),
        [Part::Text(text)] => starts_with(path, text) && is_end(text.len()),
        parts => {
            let ends = ends(parts, path);
            (0..ends.len()).any(|at| ends[at] && is_end(at))
        }
    }
}

/// Where the parts can end, for every place of the path and the one behind it.
fn ends(parts: &[Part], path: &[u8]) -> Vec<bool> {
    let mut starts = vec![false; path.len() + 1];
    starts[0] = true;
    for part in parts {
        let mut ends = vec![false; path.len() + 1];
        // Whether a parameter that began at one of the starts is still going on.
        let mut inside = false;
        for at in 0..path.len() {
            let goes_on = inside || starts[at];
            match part {
                Part::Text(text) => {
                    if starts[at] && starts_with(&path[at..], text) {
                        ends[at + text.len()] = true;
                    }
                    continue;
                }
                Part::Segment { until } => {
                    let ended =
                        path[at] == b'/' || (!until.is_empty() && starts_with(&path[at..], until));
                    inside = goes_on && !ended;
                }
                Part::Rest => inside = goes_on,
            }
            ends[at + 1] = inside;
        }
        starts = ends;
    }
    starts
}

fn starts_with(path: &[u8], text: &str) -> bool {
    path.get(..text.len())
        .is_some_and(|start| start.eq_ignore_ascii_case(text.as_bytes()))
}

fn parts(sequence: &[&Token]) -> Result<Vec<Part>, String> {
    let mut parts = Vec::new();
    let mut between = String::new();
    let mut segment_is_fresh = true;
    for token in sequence {
        match token {
            Token::Text(text) => {
                between.push_str(text);
                segment_is_fresh |= text.contains('/');
                let text = text.to_ascii_lowercase();
                match parts.last_mut() {
                    Some(Part::Text(before)) => before.push_str(&text),
                    _ => parts.push(Part::Text(text)),
                }
            }
            Token::Param(name) | Token::Wildcard(name)
                if !segment_is_fresh && between.is_empty() =>
            {
                return Err(format!("Missing text before \"{name}\" param"));
            }
            Token::Param(_) => {
                let until = if segment_is_fresh {
                    String::new()
                } else {
                    between
                };
                parts.push(Part::Segment {
                    until: until.to_ascii_lowercase(),
                });
                (between, segment_is_fresh) = (String::new(), false);
            }
            Token::Wildcard(_) => {
                parts.push(Part::Rest);
                (between, segment_is_fresh) = (String::new(), false);
            }
            Token::Group(_) => {}
        }
    }
    Ok(parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_open_what_they_open_in_the_anchor() {
        let health = [
            "/health",
            "/health/",
            "/HEALTH",
            "/health/sub",
            "/health//",
            "/health/../private",
        ];
        let not_health = [
            "/healthz",
            "/health-check",
            "/health.json",
            "/health%2Fsub",
            "/%68ealth",
            "/",
            "",
            "//health",
            "/healt",
            "/./health",
            "/x/../health",
            "/health;x=1",
        ];
        let table: [(&str, &[&str], &[&str]); 16] = [
            ("/health", &health, &not_health),
            ("/HeaLth", &health, &not_health),
            (
                "/open/:id",
                &[
                    "/open/a",
                    "/open/a/",
                    "/open/a/sub",
                    "/open/..",
                    "/OPEN/a",
                    "/open/a%2Fb",
                ],
                &["/open", "/open/", "/open//a"],
            ),
            (
                "/trail/",
                &["/trail/", "/trail//"],
                &["/trail", "/trail/sub"],
            ),
            (
                "/wild/*rest",
                &["/wild/a", "/wild/a/b", "/wild//"],
                &["/wild", "/wild/"],
            ),
            (
                "/wild/*rest/end",
                &["/wild/a/b/end", "/wild/a/end/x"],
                &["/wild/end", "/wild/a"],
            ),
            (
                "/opt{/:x}",
                &["/opt", "/opt/", "/opt/x", "/opt/x/y"],
                &["/optx", "/optionalx"],
            ),
            (
                "/a{/b{/c}}/d",
                &["/a/d", "/a/b/d", "/a/b/c/d"],
                &["/a/c/d", "/a/b/c"],
            ),
            ("/", &["/", "/a", "/a/b", ""], &[]),
            ("*", &["/", "/a", "/a/b", ""], &[]),
            (
                "/:a-:b",
                &["/x-y", "/x-y-z", "/x-y/z"],
                &["/x", "/x-", "/-y"],
            ),
            ("/:a--:b", &["/x--y", "/x-y--z"], &["/x-y", "/x--"]),
            ("/:\"two words\"/x", &["/a/x"], &["/x"]),
            ("/a\\:b", &["/a:b"], &["/ab", "/aX"]),
            ("/:\"a\\\"b\"/x", &["/a/x"], &["/a", "/a/b/x"]),
            (
                "/*a/b/*c/d",
                &["/x/b/y/d", "/b/b/b/d/d"],
                &["/x/b/d", "/b/y/d"],
            ),
        ];
        for (pattern, open, closed) in table {
            let parsed = Pattern::parse(pattern).expect("the pattern is well formed");
            for path in open {
                assert!(parsed.matches(path), "{pattern} opens {path}");
            }
            for path in closed {
                assert!(!parsed.matches(path), "{pattern} leaves {path} closed");
            }
        }
    }

    #[test]
    fn malformed_patterns_are_refused_in_the_anchors_words() {
        let table = [
            (
                "/x/*",
                "Missing parameter name at index 4: /x/*; visit https://git.new/pathToRegexpError for info",
            ),
            ("/:", "Missing parameter name at index 2"),
            ("/:1", "Missing parameter name at index 2"),
            ("/a?", "Unexpected ? at index 2, expected end"),
            ("/(a)", "Unexpected ( at index 1, expected end"),
            ("/a}", "Unexpected } at index 2, expected end"),
            ("/{a", "Unexpected end at index 3, expected }"),
            ("/:\"a", "Unterminated quote at index 2"),
            ("/:a:b", "Missing text before \"b\" param"),
            ("health", "Path must begin with `/`"),
            ("", "Path must begin with `/`"),
        ];
        for (pattern, expected) in table {
            let error = Pattern::parse(pattern).expect_err("the pattern is malformed");
            assert!(error.starts_with(expected), "{pattern}: {error}");
        }
    }
    #[test]
    fn a_pattern_of_many_groups_is_refused_before_it_is_multiplied() {
        for pattern in [
            format!("/{}", "{a}".repeat(40)),
            format!("/{}{}", "{a".repeat(100), "}".repeat(100)),
            format!("/{}", "{".repeat(100_000)),
        ] {
            let error = Pattern::parse(&pattern).expect_err("there are too many");
            assert!(error.starts_with("Too many optional groups"), "{error}");
        }
        let most = format!("/{}", "{a}".repeat(6));
        assert!(Pattern::parse(&most).is_ok());
    }

    /// To try one end after the other would take longer than anybody lives.
    #[test]
    fn a_path_that_was_made_for_a_pattern_takes_no_longer_than_another() {
        let pattern = "/*a/x/*b/x/*c/x/*d/x/*e/x/*f/y";
        let pattern = Pattern::parse(pattern).expect("the pattern is well formed");
        let path = "/x".repeat(8_000);
        assert!(!pattern.matches(&path));
        assert!(pattern.matches(&format!("{path}/y")));
        let pattern = Pattern::parse("/:a.:b-:c.:d-:e.:f-!").expect_err("`!` is reserved");
        assert!(pattern.starts_with("Unexpected !"), "{pattern}");
        let pattern = Pattern::parse("/:a.:b-:c.:d-:e.:f-x").expect("the pattern is well formed");
        assert!(!pattern.matches(&format!("/{}", ".-".repeat(8_000))));
    }
}
