//! What a test cannot do without, and what happens when it is not here.
//!
//! A test that quietly does nothing looks like one that passes. So a skip is told on the real standard error, past the
//! capture of the test harness, and a machine that has to have the thing says so by `GREENROOM_TEST_REQUIRE`. All that
//! can be skipped reads that variable here, so that its words are known in one place.

use std::fmt::Display;
use std::io::Write as _;
use std::panic::Location;

/// The variable that turns skips into failures.
pub const VARIABLE: &str = "GREENROOM_TEST_REQUIRE";

/// Something outside of the program that a test may need.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Requirement {
    /// `postgres`: a PostgreSQL server.
    Postgres,
    /// `mysql`: a MySQL or MariaDB server.
    MySql,
    /// `redis`: a Redis or Valkey server.
    Redis,
    /// `backstage`: a Backstage backend to compare with, for greenroom's own tests.
    Backstage,
}

impl Requirement {
    /// All there are.
    pub const ALL: [Self; 4] = [Self::Postgres, Self::MySql, Self::Redis, Self::Backstage];

    /// Its word in `GREENROOM_TEST_REQUIRE`.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Postgres => "postgres",
            Self::MySql => "mysql",
            Self::Redis => "redis",
            Self::Backstage => "backstage",
        }
    }

    /// Whether `GREENROOM_TEST_REQUIRE` names it.
    ///
    /// # Panics
    ///
    /// When the variable has a word that is none of these.
    #[must_use]
    #[track_caller]
    pub fn is_required(self) -> bool {
        let value = std::env::var_os(VARIABLE).unwrap_or_default();
        let required = parse(&value.to_string_lossy());
        required
            .unwrap_or_else(|problem| panic!("{problem}"))
            .contains(&self)
    }

    /// Tells that a test goes without it, and why. The test returns after that.
    ///
    /// # Panics
    ///
    /// When it is required, or the variable has a word that is none of these.
    #[track_caller]
    pub fn missing(self, why: impl Display) {
        self.missing_at(Location::caller(), why);
    }

    pub(crate) fn missing_at(self, caller: &Location<'_>, why: impl Display) {
        assert!(
            !self.is_required(),
            "`{}` is required by {VARIABLE} and not here: {why}",
            self.word()
        );
        let line = format!("skipped at {caller}, without `{}`: {why}\n", self.word());
        // `eprintln!` would be shown only if the test fails. Without a standard error there is nobody to tell.
        let _ = std::io::stderr().write_all(line.as_bytes());
    }
}

fn parse(text: &str) -> Result<Vec<Requirement>, String> {
    let words = text.split(',').map(str::trim);
    words
        .filter(|word| !word.is_empty())
        .map(|word| {
            let known = Requirement::ALL.into_iter().find(|it| it.word() == word);
            known.ok_or_else(|| {
                let words = Requirement::ALL.map(Requirement::word).join(", ");
                format!("{VARIABLE} has the word `{word}`: it takes {words}, with commas between")
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{Requirement, parse};

    #[test]
    fn words_are_separated_by_commas() {
        let both = Ok(vec![Requirement::Postgres, Requirement::Redis]);
        assert_eq!(parse("postgres,redis"), both);
        assert_eq!(parse(" postgres , redis, "), both);
        assert_eq!(parse(""), Ok(Vec::new()));
    }

    #[test]
    fn a_word_that_is_none_is_told_with_those_that_are() {
        let problem = parse("postgres,reddis").expect_err("no such word");
        assert!(problem.contains("`reddis`"), "{problem}");
        assert!(
            problem.contains("postgres, mysql, redis, backstage"),
            "{problem}"
        );
    }
}
