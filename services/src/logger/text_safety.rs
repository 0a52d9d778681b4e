//! Which characters and how much text a line may contain.
//!
//! Whoever can put text into the log can otherwise forge lines (newlines), drive the reader's terminal
//! (escape sequences), turn text around (bidirectional marks) or fill the disk.

use std::borrow::Cow;

/// The most bytes of one message or field that are written; what is beyond is cut off and counted.
pub(super) const LONGEST: usize = 64 * 1024;

/// Whether a character acts on a terminal or a reader of lines instead of being shown.
pub(super) fn is_active(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}'
        )
}

/// The text, or its beginning with a note of how much is missing.
pub(super) fn shortened(text: &str) -> Cow<'_, str> {
    if text.len() <= LONGEST {
        return Cow::Borrowed(text);
    }
    let kept = &text[..text.floor_char_boundary(LONGEST)];
    let missing = text.len() - kept.len();
    Cow::Owned(format!("{kept}… ({missing} bytes more)"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_texts_end_between_characters() {
        assert_eq!(shortened("short"), "short");
        let long = "é".repeat(LONGEST / 2 + 1);
        let kept = "é".repeat(LONGEST / 2);
        assert_eq!(shortened(&long), format!("{kept}… (2 bytes more)"));
        let uneven = format!("a{long}");
        assert!(shortened(&uneven).ends_with("é… (4 bytes more)"));
    }

    #[test]
    fn what_acts_is_known() {
        for character in ['\n', '\r', '\x1b', '\x7f', '\u{9b}', '\u{2028}', '\u{202e}'] {
            assert!(is_active(character), "{character:?}");
        }
        for character in [' ', 'a', 'é', '日', '🦀'] {
            assert!(!is_active(character), "{character:?}");
        }
    }
}
