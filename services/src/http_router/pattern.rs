//! The paths of auth policies: path-to-regexp 8 with `end: false`, as the anchor reads them.
//!
//! The grammar is small, and what it means matters for security; so it is matched here rather than
//! rewritten into the dialect of a regex crate (which lacks the lookahead that the original needs).
//! Optional groups are multiplied out when a pattern is read, so that matching is a walk over one list
//! of parts at a time, in place and without allocation.

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

/// More optional groups than this make a pattern that nobody can read either.
const MAX_ALTERNATIVES: usize = 64;

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
        let mut flat = Vec::new();
        multiply(&tokens, Vec::new(), &mut |sequence| flat.push(sequence));
        if flat.len() > MAX_ALTERNATIVES {
            return Err(format!("Too many optional groups: {path}"));
        }
        let alternatives = flat
            .iter()
            .map(|sequence| parts(sequence))
            .collect::<Result<_, _>>();
        Ok(Self {
            alternatives: Some(alternatives.map_err(described)?),
        })
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
    let Some((part, rest)) = parts.split_first() else {
        return path.is_empty() || path[0] == b'/';
    };
    match part {
        Part::Text(text) => starts_with(path, text) && matches(rest, &path[text.len()..]),
        Part::Segment { until } => {
            let blocked = |at: usize| {
                path[at] == b'/' || (!until.is_empty() && starts_with(&path[at..], until))
            };
            let longest = (0..path.len())
                .find(|at| blocked(*at))
                .unwrap_or(path.len());
            (1..=longest)
                .rev()
                .any(|taken| matches(rest, &path[taken..]))
        }
        Part::Rest => (1..=path.len())
            .rev()
            .any(|taken| matches(rest, &path[taken..])),
    }
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
                parts.push(Part::Text(text.to_ascii_lowercase()));
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
        let table: [(&str, &[&str], &[&str]); 14] = [
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
}
