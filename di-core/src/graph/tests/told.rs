//! What is told of some entries, in every order in which they can be listed.

use crate::feature::Entry;
use crate::graph::Graph;
use crate::{Backend, WiringError};

/// The reports, with the entry that each stands under.
pub(super) fn reports(entries: &[Entry]) -> Vec<(&'static str, String)> {
    let reports = Backend::compose(entries).map_err(|error: WiringError| {
        let reports = error.reports().iter();
        reports
            .map(|report| (report.entry, report.text.clone()))
            .collect::<Vec<_>>()
    });
    let reports = reports.err().unwrap_or_default();
    for (_, text) in &reports {
        assert_layout(text);
    }
    reports
}

/// The reports of single mistakes, sorted.
pub(super) fn mistakes(entries: &[Entry]) -> Vec<String> {
    let mut mistakes: Vec<String> = Vec::new();
    for (_, text) in reports(entries) {
        mistakes.extend(apart(&text));
    }
    mistakes.sort();
    mistakes
}

/// The mistakes, which are the same in every order of the entries.
pub(super) fn told(entries: &[Entry]) -> Vec<String> {
    let expected = mistakes(entries);
    for order in orders(entries) {
        assert_eq!(mistakes(&order), expected, "the order of entries matters");
    }
    expected
}

/// The one mistake, which is the same in every order of the entries.
pub(super) fn told_once(entries: &[Entry]) -> String {
    let mut told = told(entries);
    assert_eq!(told.len(), 1, "{told:#?}");
    told.remove(0)
}

/// The first lines of all mistakes, which are the same in every order of the entries: the rest says which
/// of two comes first.
pub(super) fn headlines(entries: &[Entry]) -> Vec<String> {
    let of = |entries: &[Entry]| -> Vec<String> {
        let mistakes = mistakes(entries);
        let lines = mistakes.iter().filter_map(|text| text.lines().next());
        lines.map(str::to_owned).collect()
    };
    let expected = of(entries);
    for order in orders(entries) {
        assert_eq!(of(&order), expected, "the order of entries matters");
    }
    expected
}

/// Nothing is wrong in any order of the entries; `check` sees each graph.
pub(super) fn sound(entries: &[Entry], check: impl Fn(&Graph<'_>)) {
    for order in orders(entries) {
        match Backend::compose(&order) {
            Ok(backend) => check(&backend.graph()),
            Err(error) => panic!("{error}"),
        }
    }
}

/// The ids of the nodes that start, in their order, without the container's own.
pub(super) fn start_order(graph: &Graph<'_>) -> Vec<&'static str> {
    let ids = graph
        .order
        .iter()
        .map(|&node| graph.nodes[node as usize].meta.id);
    ids.filter(|id| !id.starts_with("core.")).collect()
}

/// All permutations of a few entries; of more, the rotations and their reversals.
fn orders(entries: &[Entry]) -> Vec<Vec<Entry>> {
    if entries.len() <= 5 {
        return permutations(entries);
    }
    let rotations = (0..entries.len()).flat_map(|by| {
        let mut rotated = entries.to_vec();
        rotated.rotate_left(by);
        let mut reversed = rotated.clone();
        reversed.reverse();
        [rotated, reversed]
    });
    rotations.collect()
}

fn permutations(entries: &[Entry]) -> Vec<Vec<Entry>> {
    if entries.is_empty() {
        return vec![Vec::new()];
    }
    let of_first = |first: usize| {
        let mut rest = entries.to_vec();
        let first = rest.remove(first);
        let with_first = move |mut order: Vec<Entry>| {
            order.insert(0, first);
            order
        };
        permutations(&rest).into_iter().map(with_first)
    };
    (0..entries.len()).flat_map(of_first).collect()
}

/// The reports of single mistakes that a text is made of.
fn apart(text: &str) -> Vec<String> {
    let mut parts: Vec<String> = Vec::new();
    for line in text.lines() {
        match parts.last_mut() {
            Some(part) if !line.starts_with("GR") => {
                part.push('\n');
                part.push_str(line);
            }
            _ => parts.push(line.to_owned()),
        }
    }
    parts
}

/// Every report has one layout, and can be read at a glance.
pub(super) fn assert_layout(text: &str) {
    for part in apart(text) {
        let lines: Vec<&str> = part.lines().collect();
        assert!(lines.len() <= 15, "too long:\n{part}");
        assert!(
            lines[0].starts_with("GR") && lines[0][6..].starts_with(": "),
            "no code:\n{part}"
        );
        // The path of a cycle is as long as it is.
        let path = lines[0].contains(" wait for each other: ");
        for line in &lines[usize::from(path)..] {
            assert!(line.chars().count() <= 100, "too wide:\n{line}");
        }
        for line in &lines {
            assert_eq!(line.trim_end(), *line, "a line ends in blanks:\n{part}");
        }
        for line in &lines[1..] {
            assert_eq!(&line[11..13], "  ", "the labels are not aligned:\n{part}");
        }
        assert!(
            lines.iter().any(|line| line.starts_with("       help  ")),
            "it says not what to do:\n{part}"
        );
    }
}
