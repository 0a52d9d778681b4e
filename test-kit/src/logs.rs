//! Lines of a log, narrowed down to those that a test asks for.

use std::fmt;

use greenroom::logger::{Fields, Level};
use serde_json::Value;

/// A line of a backend's log.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct LogLine {
    /// How important it is.
    pub level: Level,
    /// What it says.
    pub message: String,
    /// The plugin that it belongs to.
    pub plugin: Option<String>,
    /// When it was written, as the line says it: RFC 3339, with milliseconds. None where the line is no JSON, and in a
    /// [`FakeLogger`](crate::mock_services::FakeLogger).
    pub time: Option<String>,
    /// All other fields.
    pub fields: Fields,
}

/// Lines of a backend's log, oldest first, as they were when this was made.
///
/// Each method that narrows them down gives what is left. An assertion that fails prints what was asked for, and
/// the lines among which it was looked for.
#[derive(Clone, Debug)]
pub struct Logs {
    lines: Vec<LogLine>,
    asked: Vec<String>,
}

impl LogLine {
    pub(crate) fn parse(line: &str) -> Self {
        let Ok(Value::Object(mut fields)) = serde_json::from_str(line) else {
            // The test's configuration asks for text; what the line says is all that can be told.
            return Self {
                level: Level::Info,
                message: line.to_owned(),
                plugin: None,
                time: None,
                fields: Fields::new(),
            };
        };
        let mut text = |name| match fields.remove(name) {
            Some(Value::String(text)) => Some(text),
            _ => None,
        };
        let time = text("timestamp");
        let level = match text("level").as_deref() {
            Some("error") => Level::Error,
            Some("warn") => Level::Warn,
            Some("debug") => Level::Debug,
            Some("trace") => Level::Trace,
            _ => Level::Info,
        };
        let (message, plugin) = (text("message").unwrap_or_default(), text("plugin"));
        Self {
            level,
            message,
            plugin,
            time,
            fields,
        }
    }
}

/// `error example: the shop is closed {"days":3}`.
impl fmt::Display for LogLine {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}", self.level)?;
        if let Some(plugin) = &self.plugin {
            write!(formatter, " {plugin}")?;
        }
        write!(formatter, ": {}", self.message)?;
        if self.fields.is_empty() {
            return Ok(());
        }
        write!(formatter, " {}", Value::Object(self.fields.clone()))
    }
}

impl Logs {
    pub(crate) fn of(lines: Vec<LogLine>) -> Self {
        Self {
            lines,
            asked: Vec::new(),
        }
    }

    /// The lines of a plugin.
    #[must_use]
    pub fn plugin(self, id: &str) -> Self {
        self.narrowed(format!("of plugin `{id}`"), |line| {
            line.plugin.as_deref() == Some(id)
        })
    }

    /// The lines of just this level.
    #[must_use]
    pub fn level(self, level: Level) -> Self {
        self.narrowed(format!("of level {level}"), |line| line.level == level)
    }

    /// The lines whose message contains this text.
    #[must_use]
    pub fn containing(self, text: &str) -> Self {
        self.narrowed(format!("that say `{text}`"), |line| {
            line.message.contains(text)
        })
    }

    /// The lines with a field of this value.
    #[must_use]
    pub fn field(self, name: &str, value: impl Into<Value>) -> Self {
        let value = value.into();
        self.narrowed(format!("with {name} = {value}"), |line| {
            line.fields.get(name) == Some(&value)
        })
    }

    /// The lines themselves.
    #[must_use]
    pub fn lines(&self) -> &[LogLine] {
        &self.lines
    }

    /// What the lines say.
    #[must_use]
    pub fn messages(&self) -> Vec<&str> {
        self.lines.iter().map(|line| &*line.message).collect()
    }

    /// Asserts that a line's message contains this text, and gives the first such line.
    ///
    /// # Panics
    ///
    /// When none does: with all lines.
    #[track_caller]
    pub fn assert_contains(&self, text: &str) -> &LogLine {
        let Some(found) = self.lines.iter().find(|line| line.message.contains(text)) else {
            panic!("no line{} says `{text}`.\n{self}", self.description())
        };
        found
    }

    /// Asserts that there is no line.
    ///
    /// # Panics
    ///
    /// When there is one: with all lines.
    #[track_caller]
    pub fn assert_empty(&self) {
        assert!(
            self.lines.is_empty(),
            "there should be no line{}.\n{self}",
            self.description()
        );
    }

    fn narrowed(mut self, asked: String, keep: impl Fn(&LogLine) -> bool) -> Self {
        self.lines.retain(keep);
        self.asked.push(asked);
        self
    }

    fn description(&self) -> String {
        let asked = self.asked.iter().map(|asked| format!(" {asked}"));
        asked.collect()
    }
}

/// The lines below a heading, indented.
impl fmt::Display for Logs {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "log{}:", self.description())?;
        if self.lines.is_empty() {
            write!(formatter, "\n  (no line)")?;
        }
        for line in &self.lines {
            write!(formatter, "\n  {line}")?;
        }
        Ok(())
    }
}
