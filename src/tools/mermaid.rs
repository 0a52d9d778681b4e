//! The graph as a Mermaid flowchart, which GitHub and others draw in a Markdown page.

use std::fmt::Write as _;

use greenroom_di_core::graph::FeatureView;

use super::drawing::{Line, Shape, draw};

/// The flowchart. Plugins are round, modules and decorators have double or slanted sides, root services are
/// hexagons.
pub(crate) fn mermaid(features: &[FeatureView<'_>]) -> String {
    let (figures, arrows) = draw(features);
    let mut text = String::from("flowchart LR\n");
    for figure in figures {
        let (open, close) = match figure.shape {
            Shape::Plugin => ("([", "])"),
            Shape::Module => ("[[", "]]"),
            Shape::RootService => ("{{", "}}"),
            Shape::PluginService => ("[", "]"),
            Shape::Decorator => ("[/", "/]"),
        };
        let label = escaped(&figure.label);
        let _ = writeln!(text, "  {}{open}\"{label}\"{close}", figure.key);
    }
    for arrow in arrows {
        let line = match arrow.line {
            Line::Solid => "-->",
            Line::Dashed => "-.->",
        };
        let label = match arrow.label.as_str() {
            "" => String::new(),
            label => format!("|\"{}\"|", escaped(label)),
        };
        let _ = writeln!(text, "  {} {line}{label} {}", arrow.from, arrow.to);
    }
    text
}

/// A text between quotes: whatever could end them, begin markup or be a character reference is written as one.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '\n' => out.push_str("<br/>"),
            letter if letter.is_alphanumeric() || " ./:-_,".contains(letter) => out.push(letter),
            letter => {
                let _ = write!(out, "#{};", u32::from(letter));
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::escaped;

    #[test]
    fn nothing_in_a_label_is_taken_for_markup() {
        assert_eq!(escaped("core.logger/a-b"), "core.logger/a-b");
        assert_eq!(
            escaped("a\"]\n<b>#`&;"),
            "a#34;#93;<br/>#60;b#62;#35;#96;#38;#59;"
        );
    }
}
