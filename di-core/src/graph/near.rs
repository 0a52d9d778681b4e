//! "Did you mean": the provided service or listed plugin whose id is closest to one that is missing.

use super::node::Node;
use crate::feature::Kind;

const LONGEST: usize = 64;

/// The node whose service has the closest id, if one is close enough to be a slip of the pen: an edit
/// for every eight letters, so that short ids that differ in their only telling letter are left alone.
pub(crate) const fn nearest(nodes: &[Node], id: &str) -> Option<usize> {
    let mut best = None;
    let mut least = 1 + id.len() / 8;
    let mut at = 0;
    while at < nodes.len() {
        // What a decorator wraps may be missing too.
        if let Some(service) = nodes[at].meta.provides
            && !matches!(nodes[at].meta.kind, Kind::Decorator)
        {
            let edits = distance(id, service.id);
            if edits > 0 && edits < least {
                least = edits;
                best = Some(at);
            }
        }
        at += 1;
    }
    best
}

/// The plugin whose id is closest to one that is missing: an edit for every four letters.
pub(crate) const fn nearest_plugin(nodes: &[Node], id: &str) -> Option<usize> {
    let mut best = None;
    let mut least = 1 + id.len().div_ceil(4);
    let mut at = 0;
    while at < nodes.len() {
        if matches!(nodes[at].meta.kind, Kind::Plugin) {
            let edits = distance(id, nodes[at].meta.id);
            if edits > 0 && edits < least {
                least = edits;
                best = Some(at);
            }
        }
        at += 1;
    }
    best
}

/// How many letters to insert, remove or replace to turn one id into the other (Levenshtein).
const fn distance(left: &str, right: &str) -> usize {
    let (left, right) = (left.as_bytes(), right.as_bytes());
    if left.len() >= LONGEST || right.len() >= LONGEST || left.len().abs_diff(right.len()) > 8 {
        return usize::MAX;
    }
    let mut row = [0; LONGEST];
    let mut column = 0;
    while column <= right.len() {
        row[column] = column;
        column += 1;
    }
    let mut line = 0;
    while line < left.len() {
        let mut diagonal = row[0];
        row[0] = line + 1;
        let mut column = 0;
        while column < right.len() {
            let replaced = diagonal + (left[line] != right[column]) as usize;
            diagonal = row[column + 1];
            row[column + 1] = min(replaced, min(row[column], row[column + 1]) + 1);
            column += 1;
        }
        line += 1;
    }
    row[right.len()]
}

const fn min(left: usize, right: usize) -> usize {
    if left < right { left } else { right }
}

#[cfg(test)]
mod tests {
    use super::distance;

    #[test]
    fn a_distance_counts_edits() {
        assert_eq!(distance("core.logger", "core.logger"), 0);
        assert_eq!(distance("core.loger", "core.logger"), 1);
        assert_eq!(distance("core.database", "core.databsae"), 2);
        assert_eq!(distance("", "abc"), 3);
    }

    #[test]
    fn ids_of_a_line_or_of_unlike_lengths_have_none() {
        let id = |letters| "x".repeat(letters);
        assert_eq!(distance(&id(63), &id(62)), 1);
        assert_eq!(distance(&id(63), &id(64)), usize::MAX);
        assert_eq!(distance(&id(64), &id(63)), usize::MAX);
        assert_eq!(distance(&id(1), &id(9)), 8);
        assert_eq!(distance(&id(10), &id(1)), usize::MAX);
    }
}
