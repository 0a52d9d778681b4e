//! Reads YAML into JSON values, with the line of every member.
//!
//! It works on the parser's events, since a mistake has to be told with its line, and a key that stands twice
//! has to be one. Plain scalars are null, booleans and numbers as in JSON, and text otherwise. Aliases and
//! tags are refused: no descriptor needs them, and an alias can make a small file a huge value.

use std::collections::BTreeMap;

use saphyr_parser::{Event, Parser, ScalarStyle, ScanError, Span, StrInput};
use serde_json::{Map, Value};

/// How deep lists and objects may nest.
const DEEPEST: usize = 100;

/// One document of a file.
#[derive(Debug, PartialEq)]
pub(crate) struct Document {
    pub(crate) value: Value,
    /// The lines by path, such as `metadata.tags[0]`; the path of the whole is empty.
    pub(crate) lines: BTreeMap<String, usize>,
    /// What was passed over, so that the value is not what was meant.
    pub(crate) mistakes: Vec<Problem>,
}

/// What is wrong on a line.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Problem {
    pub(crate) line: usize,
    pub(crate) message: String,
}

impl Problem {
    fn new(line: usize, message: impl Into<String>) -> Self {
        let message = message.into();
        Self { line, message }
    }
}

/// The documents of a file, up to the first place that is not YAML.
pub(crate) fn read(text: &str) -> (Vec<Document>, Option<Problem>) {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut reader = Reader {
        events: Parser::new_from_str(text),
        document: Document::empty(),
    };
    let mut documents = Vec::new();
    loop {
        match reader.document() {
            Ok(Some(document)) => documents.push(document),
            Ok(None) => return (documents, None),
            Err(problem) => return (documents, Some(problem)),
        }
    }
}

struct Reader<'a> {
    events: Parser<'a, StrInput<'a>>,
    document: Document,
}

impl Document {
    fn empty() -> Self {
        Self {
            value: Value::Null,
            lines: BTreeMap::new(),
            mistakes: Vec::new(),
        }
    }
}

impl<'a> Reader<'a> {
    /// The next document.
    fn document(&mut self) -> Result<Option<Document>, Problem> {
        while let Some(step) = self.events.next() {
            match step.map_err(|error| not_yaml(&error))? {
                (
                    Event::Nothing
                    | Event::StreamStart
                    | Event::StreamEnd
                    | Event::DocumentStart(_)
                    | Event::DocumentEnd,
                    _,
                ) => {}
                (event, span) => {
                    let value = self.node(event, span, "", 0)?;
                    let read = std::mem::replace(&mut self.document, Document::empty());
                    return Ok(Some(Document { value, ..read }));
                }
            }
        }
        Ok(None)
    }

    fn next(&mut self) -> Result<(Event<'a>, Span), Problem> {
        let step = self.events.next();
        let step = step.ok_or_else(|| Problem::new(1, "the document ends too early"))?;
        step.map_err(|error| not_yaml(&error))
    }

    fn node(
        &mut self,
        event: Event<'a>,
        span: Span,
        path: &str,
        depth: usize,
    ) -> Result<Value, Problem> {
        let line = span.start.line();
        if depth > DEEPEST {
            return Err(Problem::new(line, "this is nested too deeply"));
        }
        self.document.lines.entry(path.to_owned()).or_insert(line);
        if let Event::Scalar(_, _, _, Some(_))
        | Event::SequenceStart(_, Some(_))
        | Event::MappingStart(_, Some(_)) = event
        {
            self.pass_over(line, "a tag means nothing in a descriptor");
        }
        match event {
            Event::Scalar(text, style, ..) => Ok(scalar(&text, style)),
            Event::SequenceStart(..) => self.list(path, depth),
            Event::MappingStart(..) => self.object(path, depth),
            _ => {
                self.pass_over(line, "found an alias, wanted the value itself");
                Ok(Value::Null)
            }
        }
    }

    fn list(&mut self, path: &str, depth: usize) -> Result<Value, Problem> {
        let mut items = Vec::new();
        loop {
            match self.next()? {
                (Event::SequenceEnd, _) => return Ok(Value::Array(items)),
                (event, span) => {
                    let path = format!("{path}[{}]", items.len());
                    items.push(self.node(event, span, &path, depth + 1)?);
                }
            }
        }
    }

    fn object(&mut self, path: &str, depth: usize) -> Result<Value, Problem> {
        let mut members = Map::new();
        loop {
            let (key, line) = match self.next()? {
                (Event::MappingEnd, _) => return Ok(Value::Object(members)),
                (Event::Scalar(text, ..), span) => (text.into_owned(), span.start.line()),
                (_, span) => return Err(Problem::new(span.start.line(), "a key has to be a text")),
            };
            let dot = if path.is_empty() { "" } else { "." };
            let path = format!("{path}{dot}{key}");
            if members.contains_key(&key) {
                self.pass_over(line, format!("the key `{key}` stands here a second time"));
            }
            // A member is where its key is; its value may begin further down.
            self.document.lines.entry(path.clone()).or_insert(line);
            let (event, span) = self.next()?;
            let value = self.node(event, span, &path, depth + 1)?;
            members.entry(key).or_insert(value);
        }
    }

    fn pass_over(&mut self, line: usize, message: impl Into<String>) {
        self.document.mistakes.push(Problem::new(line, message));
    }
}

fn scalar(text: &str, style: ScalarStyle) -> Value {
    match (style, text) {
        (ScalarStyle::Plain, "" | "~" | "null") => Value::Null,
        (ScalarStyle::Plain, "true") => Value::Bool(true),
        (ScalarStyle::Plain, "false") => Value::Bool(false),
        (ScalarStyle::Plain, _) => match text.parse() {
            Ok(number) => Value::Number(number),
            Err(_) => Value::String(text.to_owned()),
        },
        _ => Value::String(text.to_owned()),
    }
}

fn not_yaml(error: &ScanError) -> Problem {
    let message = format!("this is not YAML: {}", error.info());
    Problem::new(error.marker().line(), message)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_file_may_hold_several_documents_and_each_member_has_its_line() {
        let (documents, problem) = read(
            "# first\na:\n  b.c/d: [1, two]\n  e: |\n    text\n---\n---\nf: '1'\ng: [null, true, 1.5, 1.2.3]\n",
        );
        assert_eq!(problem, None);
        let values: Vec<_> = documents.iter().map(|it| &it.value).collect();
        assert_eq!(
            values,
            [
                &json!({ "a": { "b.c/d": [1, "two"], "e": "text\n" } }),
                &Value::Null,
                &json!({ "f": "1", "g": [null, true, 1.5, "1.2.3"] }),
            ]
        );
        let lines = &documents[0].lines;
        let line = |path: &str| lines.get(path).copied();
        assert_eq!(
            [
                line(""),
                line("a"),
                line("a.b.c/d[1]"),
                line("a.e"),
                line("x")
            ],
            [Some(2), Some(2), Some(3), Some(4), None]
        );
        assert_eq!(documents[2].lines.get("f"), Some(&8));
    }

    #[test]
    fn what_is_no_yaml_ends_the_file_and_leaves_what_was_before() {
        let (documents, problem) = read("a: 1\n---\nb: [1\n---\nc: 3\n");
        assert_eq!(documents.len(), 1);
        let problem = problem.expect("there is one");
        assert!(
            problem.message.starts_with("this is not YAML: "),
            "{problem:?}"
        );
        assert!((3..=4).contains(&problem.line), "{problem:?}");
    }

    #[test]
    fn keys_that_stand_twice_aliases_and_tags_are_mistakes() {
        let (documents, problem) = read("a: &x 1\na: 2\nb: *x\nc: !odd 3\n---\nd: 4\n");
        assert_eq!(problem, None);
        let lines: Vec<_> = documents[0].mistakes.iter().map(|it| it.line).collect();
        assert_eq!(lines, [2, 3, 4], "{documents:?}");
        assert_eq!(documents[1].mistakes, []);
        let deep = "[".repeat(200);
        assert!(read(&deep).1.is_some());
    }
}
