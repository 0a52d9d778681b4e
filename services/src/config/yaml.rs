//! Reads YAML 1.2 into the located tree.
//!
//! It works on the parser's events, because every ready-made document type either drops the places,
//! lets a duplicate key pass, or interprets `<<`. JSON is a subset of YAML and goes the same way.
//! One file is one document, and a key is a scalar. `${…}` and `$include` are plain data here; see
//! `transform`.

use std::collections::HashMap;
use std::sync::Arc;

use indexmap::map::Entry as Slot;
use saphyr_parser::{Event, Marker, Parser, ScalarStyle, ScanError, Span, StrInput, Tag};

use super::error::ConfigError;
use super::place::{Place, Source};
use super::scalar;
use super::tree::{Entry, Map, Node, Value};

/// How deep objects and lists may nest; far beyond any setting, well within any stack.
const DEEPEST: usize = 100;

/// How many values aliases may add to one document; ten lines of aliases can otherwise fill the
/// memory.
const MOST_ALIASED: usize = 100_000;

/// The tree of one document; an empty one is `Null`.
///
/// # Errors
/// [`ConfigError::Syntax`] at the first place that is not YAML 1.2, repeats a key, or goes beyond
/// what a configuration may use.
pub(super) fn parse(text: &str, source: &Arc<Source>) -> Result<Node, ConfigError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut builder = Builder {
        text,
        events: Parser::new_from_str(text),
        source,
        anchors: HashMap::new(),
        aliased: 0,
    };
    builder.document()
}

struct Builder<'a> {
    text: &'a str,
    events: Parser<'a, StrInput<'a>>,
    source: &'a Arc<Source>,
    anchors: HashMap<usize, Node>,
    aliased: usize,
}

impl<'a> Builder<'a> {
    fn document(&mut self) -> Result<Node, ConfigError> {
        let mut root = None;
        while let Some(step) = self.events.next() {
            let (event, span) = step.map_err(|error| self.scan_error(&error))?;
            match event {
                Event::Nothing
                | Event::StreamStart
                | Event::StreamEnd
                | Event::DocumentStart(_)
                | Event::DocumentEnd => {}
                _ if root.is_some() => {
                    return Err(self.error(span.start, "a second document; a file holds one"));
                }
                event => root = Some(self.node(event, span, 0)?),
            }
        }
        Ok(root.unwrap_or_else(|| Node::shown(Value::Null, Place::new(self.source, 1, 1))))
    }

    fn next(&mut self) -> Result<(Event<'a>, Span), ConfigError> {
        match self.events.next() {
            Some(step) => step.map_err(|error| self.scan_error(&error)),
            None => Err(self.error(Marker::new(0, 1, 0), "the document ends too early")),
        }
    }

    fn node(&mut self, event: Event<'a>, span: Span, depth: usize) -> Result<Node, ConfigError> {
        if depth > DEEPEST {
            return Err(self.error(span.start, "this is nested too deeply"));
        }
        let place = self.place(span.start);
        let (value, anchor) = match event {
            Event::Alias(anchor) => return self.alias(anchor, span.start),
            Event::Scalar(text, style, anchor, tag) => {
                let value = plain(&text, style, tag.as_deref());
                (
                    value.map_err(|message| self.error(span.start, message))?,
                    anchor,
                )
            }
            Event::SequenceStart(anchor, tag) => {
                self.refuse_tag(tag.as_deref(), "seq", span.start)?;
                (Value::List(self.list(depth)?), anchor)
            }
            Event::MappingStart(anchor, tag) => {
                self.refuse_tag(tag.as_deref(), "map", span.start)?;
                (Value::Map(self.map(depth)?), anchor)
            }
            _ => return Err(self.error(span.start, "a value was expected here")),
        };
        let node = Node::shown(value, place);
        if anchor != 0 {
            self.anchors.insert(anchor, node.clone());
        }
        Ok(node)
    }

    fn list(&mut self, depth: usize) -> Result<Vec<Node>, ConfigError> {
        let mut items = Vec::new();
        loop {
            match self.next()? {
                (Event::SequenceEnd, _) => return Ok(items),
                (event, span) => items.push(self.node(event, span, depth + 1)?),
            }
        }
    }

    fn map(&mut self, depth: usize) -> Result<Map, ConfigError> {
        let mut entries = Map::new();
        loop {
            let (key, key_span) = match self.next()? {
                (Event::MappingEnd, _) => return Ok(entries),
                (Event::Scalar(text, ..), span) => (text.into_owned(), span.start),
                (_, span) => return Err(self.error(span.start, "a key has to be a plain text")),
            };
            let (event, span) = self.next()?;
            let node = self.node(event, span, depth + 1)?;
            let key_place = self.place(key_span);
            match entries.entry(key) {
                Slot::Vacant(slot) => slot.insert(Entry { key_place, node }),
                Slot::Occupied(slot) => {
                    let message = format!(
                        "the key `{}` stands here a second time; the first is at line {}",
                        slot.key(),
                        slot.get().key_place.line(),
                    );
                    return Err(self.error(key_span, message));
                }
            };
        }
    }

    fn alias(&mut self, anchor: usize, at: Marker) -> Result<Node, ConfigError> {
        let Some(node) = self.anchors.get(&anchor) else {
            return Err(self.error(at, "this alias refers to a value that contains it"));
        };
        self.aliased += node.size();
        if self.aliased > MOST_ALIASED {
            return Err(self.error(at, "the aliases of this document repeat too many values"));
        }
        Ok(node.clone())
    }

    fn refuse_tag(&self, tag: Option<&Tag>, own: &str, at: Marker) -> Result<(), ConfigError> {
        match tag {
            Some(tag) if !(tag.is_yaml_core_schema() && tag.suffix == own) => {
                Err(self.error(at, unknown_tag(tag)))
            }
            _ => Ok(()),
        }
    }

    fn place(&self, marker: Marker) -> Place {
        Place::new(self.source, marker.line(), marker.col() + 1)
    }

    fn error(&self, at: Marker, message: impl Into<String>) -> ConfigError {
        ConfigError::Syntax {
            place: self.place(at),
            message: message.into(),
        }
    }

    /// The parser may have read on beyond the end of the line before it noticed; nobody could go there.
    fn scan_error(&self, error: &ScanError) -> ConfigError {
        let at = error.marker();
        let text = self.text.replace("\r\n", "\n").replace('\r', "\n");
        let line = text.split('\n').nth(at.line().saturating_sub(1));
        let length = line.map_or(0, |line| line.chars().count());
        ConfigError::Syntax {
            place: Place::new(self.source, at.line(), at.col().min(length) + 1),
            message: format!("this is not YAML: {}", error.info()),
        }
    }
}

fn plain(text: &str, style: ScalarStyle, tag: Option<&Tag>) -> Result<Value, String> {
    match tag {
        Some(tag) if tag.is_yaml_core_schema() => scalar::tagged(text, &tag.suffix),
        Some(tag) => Err(unknown_tag(tag)),
        None if style == ScalarStyle::Plain => scalar::resolve(text),
        None => Ok(Value::Text(text.to_owned())),
    }
}

fn unknown_tag(tag: &Tag) -> String {
    format!("the tag `{tag}` has no meaning in a configuration")
}
