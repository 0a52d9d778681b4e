//! A text that a constant can build: a buffer of fixed size with the layout of a report.
//!
//! Every report has one layout: a first line with code and verdict, then lines of a right-aligned label
//! and a text. It is readable without colour and at most a screen high.

use crate::place::Place;

const CAPACITY: usize = 6 * 1024;
const LABEL_WIDTH: usize = 11;

/// The text of a report. What does not fit is left out, and a last line says so.
#[derive(Clone)]
pub struct Text {
    bytes: [u8; CAPACITY],
    length: usize,
    full: bool,
}

impl Text {
    const CUT: &'static str = "\n     (more)  the rest does not fit here: mend these first";

    /// An empty text.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            bytes: [0; CAPACITY],
            length: 0,
            full: false,
        }
    }

    /// Whether nothing was written.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// The text so far.
    #[must_use]
    pub const fn as_str(&self) -> &str {
        match core::str::from_utf8(self.bytes.split_at(self.length).0) {
            Ok(text) => text,
            // Whole strings alone are appended, so this cannot be.
            Err(_) => "",
        }
    }

    /// Appends the text whole or, when it does not fit, not at all.
    pub(crate) const fn push(&mut self, text: &str) {
        if self.full {
            return;
        }
        let room = CAPACITY - self.length;
        if text.len() + Self::CUT.len() > room {
            self.full = true;
            self.append(Self::CUT);
        } else {
            self.append(text);
        }
    }

    const fn append(&mut self, text: &str) {
        let rest = self.bytes.split_at_mut(self.length).1;
        rest.split_at_mut(text.len())
            .0
            .copy_from_slice(text.as_bytes());
        self.length += text.len();
    }

    /// Begins a report: its code and, after a colon, what the caller appends.
    pub(crate) const fn headline(&mut self, code: &str) {
        if self.length > 0 {
            self.push("\n");
        }
        self.push(code);
        self.push(": ");
    }

    /// Begins a line of a report.
    pub(crate) const fn line(&mut self, label: &str) {
        self.push("\n");
        let mut width = label.len();
        while width < LABEL_WIDTH {
            self.push(" ");
            width += 1;
        }
        self.push(label);
        self.push("  ");
    }

    /// Appends an id or a piece of code.
    pub(crate) const fn code(&mut self, text: &str) {
        self.push("`");
        self.push(text);
        self.push("`");
    }

    pub(crate) const fn place(&mut self, place: &Place) {
        let (package, file) = place.shown();
        if let Some((name, version)) = package {
            self.push(name);
            self.push("@");
            self.push(version);
            self.push(" ");
        }
        self.push(file);
        self.push(":");
        self.number(place.line);
        self.push(":");
        self.number(place.column);
    }

    pub(crate) const fn number(&mut self, number: u32) {
        if number >= 10 {
            self.number(number / 10);
        }
        let digit = (number % 10) as usize;
        self.push("0123456789".split_at(digit).1.split_at(1).0);
    }
}

impl Default for Text {
    fn default() -> Self {
        Self::new()
    }
}

impl std::fmt::Debug for Text {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.as_str().fmt(formatter)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_labels_are_laid_out() {
        let mut text = Text::new();
        text.headline("GR0001");
        text.code("a.b");
        text.line("at");
        text.number(0);
        text.push(" ");
        text.number(1_234);
        assert_eq!(text.as_str(), "GR0001: `a.b`\n         at  0 1234");
    }

    #[test]
    fn what_does_not_fit_is_said_to_be_left_out() {
        let mut text = Text::new();
        for _ in 0..CAPACITY {
            text.push("öö");
        }
        assert!(
            text.as_str()
                .ends_with("the rest does not fit here: mend these first")
        );
        assert!(text.as_str().len() <= CAPACITY);
    }
}
