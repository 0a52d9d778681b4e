//! The graph in the language of Graphviz.

use std::fmt::Write as _;

use greenroom_di_core::graph::FeatureView;

use super::drawing::{Line, Shape, draw};

/// The drawing.
pub(crate) fn dot(features: &[FeatureView<'_>]) -> String {
    let (figures, arrows) = draw(features);
    let mut text = String::from("digraph backend {\n  rankdir=LR;\n");
    for figure in figures {
        let shape = match figure.shape {
            Shape::Plugin => "oval",
            Shape::Module => "component",
            Shape::RootService => "hexagon",
            Shape::PluginService => "box",
            Shape::Decorator => "parallelogram",
        };
        let label = quoted(&figure.label);
        let _ = writeln!(text, "  {} [label={label}, shape={shape}];", figure.key);
    }
    for arrow in arrows {
        let mut attributes = Vec::new();
        if !arrow.label.is_empty() {
            attributes.push(format!("label={}", quoted(&arrow.label)));
        }
        if arrow.line == Line::Dashed {
            attributes.push("style=dashed".to_owned());
        }
        let attributes = match attributes.join(", ") {
            none if none.is_empty() => none,
            some => format!(" [{some}]"),
        };
        let _ = writeln!(text, "  {} -> {}{attributes};", arrow.from, arrow.to);
    }
    text.push_str("}\n");
    text
}

/// A text in quotes. Graphviz reads a backslash as the beginning of an escape of its own.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for letter in text.chars() {
        match letter {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            letter if letter.is_control() => out.push(' '),
            letter => out.push(letter),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn nothing_in_a_label_ends_it() {
        assert_eq!(quoted("a\"b\\N\nc\u{7}"), "\"a\\\"b\\\\N\\nc \"");
    }
}
