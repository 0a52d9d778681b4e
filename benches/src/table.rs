//! Tables for people, which are valid Markdown too: the README's were pasted from a terminal.

use std::fmt;

/// A table whose first column is text and whose others are numbers.
#[derive(Clone, Debug)]
pub struct Table {
    rows: Vec<Vec<String>>,
}

impl Table {
    /// An empty table with these headings.
    #[must_use]
    pub fn new(headings: &[&str]) -> Self {
        let headings = headings.iter().map(|&heading| heading.to_owned()).collect();
        Self {
            rows: vec![headings],
        }
    }

    /// Adds a row.
    pub fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        self.rows.push(cells.into_iter().collect());
    }

    fn widths(&self) -> Vec<usize> {
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or_default();
        let width = |column: usize| {
            let cells = self.rows.iter().filter_map(|row| row.get(column));
            cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
        };
        (0..columns).map(width).collect()
    }
}

impl fmt::Display for Table {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let widths = self.widths();
        for (number, row) in self.rows.iter().enumerate() {
            for (column, (cell, &width)) in row.iter().zip(&widths).enumerate() {
                match column {
                    0 => write!(formatter, "| {cell:<width$} |")?,
                    _ => write!(formatter, " {cell:>width$} |")?,
                }
            }
            writeln!(formatter)?;
            if number == 0 {
                for (column, &width) in widths.iter().enumerate() {
                    let (start, end) = if column == 0 {
                        ("|-", "-|")
                    } else {
                        ("-", ":|")
                    };
                    write!(formatter, "{start}{:-<width$}{end}", "")?;
                }
                writeln!(formatter)?;
            }
        }
        Ok(())
    }
}

/// The word for whether an aim was met.
#[must_use]
pub fn verdict(is_met: bool) -> &'static str {
    if is_met { "met" } else { "MISSED" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_aligned() {
        let mut table = Table::new(&["what", "ms"]);
        table.row(["readiness".to_owned(), "9.5".to_owned()]);
        let expected = "| what      |  ms |\n|-----------|----:|\n| readiness | 9.5 |\n";
        assert_eq!(table.to_string(), expected);
    }
}
