//! The pages say what is so: each error code has its page and its case, the code in a page is that of the
//! file that it names, and the output in it is what the compiler printed.
//!
//! A comment `<!-- code of FILE -->` says that the next block is a part of that file,
//! `<!-- output of FILE.stderr -->` that it is the expected output of a compile-fail case, and
//! `<!-- printed by EXAMPLE ARGUMENTS -->` that the example prints it; a line `…` stands for any lines. With
//! `UPDATE_PAGES=1` the blocks are written anew in place of being compared.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::built::built;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The files with this extension, in the folder and below it.
fn files(folder: &str, extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![root().join(folder)];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(&folder).expect("the folder is a part of the repository") {
            let path = entry.expect("the folder can be read").path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|found| found == extension) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// The codes that the compiler can print.
fn codes() -> BTreeSet<String> {
    let mut codes = BTreeSet::new();
    for file in files("di-core/src/graph/report", "rs") {
        let text = read(&file);
        for (at, _) in text.match_indices("\"GR") {
            codes.insert(text[at + 1..at + 7].to_owned());
        }
    }
    codes
}

#[test]
fn every_code_has_its_page_and_its_case() {
    let codes = codes();
    assert!(codes.len() >= 19, "{codes:?}");
    let cases: Vec<String> = files("tests/ui", "stderr")
        .iter()
        .map(|file| read(file))
        .collect();
    let index = read(&root().join("docs/README.md"));
    let mut missing = Vec::new();
    for code in &codes {
        let page = fs::read_to_string(root().join(format!("docs/errors/{code}.md")));
        if !page.is_ok_and(|page| page.starts_with(&format!("# {code}: "))) {
            missing.push(format!("docs/errors/{code}.md, beginning with the code"));
        }
        if !index.contains(&format!("[{code}](errors/{code}.md)")) {
            missing.push(format!("a line for {code} in docs/README.md"));
        }
        let panicked = format!("panicked: {code}: ");
        if !cases.iter().any(|case| case.contains(&panicked)) {
            missing.push(format!("a case in tests/ui that fails with {code}"));
        }
    }
    for page in files("docs/errors", "md") {
        let code = page.file_stem().unwrap_or_default().to_string_lossy();
        if !codes.contains(&*code) {
            missing.push(format!("a report that prints {code}, which has a page"));
        }
    }
    assert_eq!(missing, [""; 0]);
}

#[test]
fn blocks_in_the_pages_are_those_of_the_files_that_they_name() {
    let mut pages = files("docs", "md");
    pages.push(root().join("README.md"));
    let update = std::env::var_os("UPDATE_PAGES").is_some();
    let mut wrong = Vec::new();
    for page in pages {
        let written = read(&page);
        let refreshed = refresh(&written);
        if refreshed != written && update {
            fs::write(&page, refreshed).expect("the page can be written");
        } else if refreshed != written {
            wrong.push(page);
        }
    }
    assert!(
        wrong.is_empty(),
        "blocks of these pages are out of date, `UPDATE_PAGES=1 cargo test --test integration pages` \
         writes them: {wrong:#?}"
    );
}

/// The page with its blocks as they should be.
fn refresh(page: &str) -> String {
    let mut refreshed = String::new();
    let mut rest = page;
    while let Some((before, marker, after)) = next_marker(rest) {
        refreshed.push_str(before);
        rest = after;
        let Some((fence, body)) = after.split_once('\n') else {
            break;
        };
        let Some((body, after)) = body.split_once("```\n") else {
            panic!("the block after `{before}` has no end");
        };
        assert!(
            fence.starts_with("```"),
            "a block follows a marker: {fence}"
        );
        let wanted = match marker {
            Marker::Code(file) => {
                let file = read(&root().join(file));
                if !body.is_empty() && file.contains(body) {
                    body.to_owned()
                } else {
                    file
                }
            }
            Marker::Output(file) => output(file),
            Marker::Printed(command) => {
                let printed = printed(command);
                match has_parts(&printed, body) {
                    true => body.to_owned(),
                    false => like(body, printed),
                }
            }
        };
        refreshed.push_str(fence);
        refreshed.push('\n');
        refreshed.push_str(&wanted);
        refreshed.push_str("```\n");
        rest = after;
    }
    refreshed.push_str(rest);
    refreshed
}

enum Marker<'a> {
    Code(&'a str),
    Output(&'a str),
    Printed(&'a str),
}

/// The text up to and with the next marker line, the marker, and the text after that line.
fn next_marker(page: &str) -> Option<(&str, Marker<'_>, &str)> {
    let mut from = 0;
    loop {
        let start = from + page[from..].find("<!-- ")?;
        let end = start + page[start..].find(" -->\n")?;
        let inside = &page[start + 5..end];
        let after = end + " -->\n".len();
        let marker = inside
            .strip_prefix("code of ")
            .map(Marker::Code)
            .or_else(|| inside.strip_prefix("output of ").map(Marker::Output))
            .or_else(|| inside.strip_prefix("printed by ").map(Marker::Printed));
        match marker {
            Some(marker) => return Some((&page[..after], marker, &page[after..])),
            None => from = after,
        }
    }
}

/// The expected output of a case, as it would read in a crate `shop` of the reader's own.
fn output(case: &str) -> String {
    let source = case.replace(".stderr", ".rs");
    read(&root().join(case))
        .replace(&format!("$DIR/{source}"), "src/main.rs")
        .replace(&source, "src/main.rs")
        .replace("$CRATE", "shop")
}

/// What an example prints to its standard output in the root of the repository.
fn printed(command: &str) -> String {
    let mut words = command.split(' ');
    let example = words.next().expect("the command has a name");
    let output = Command::new(built(example))
        .args(words)
        .env_clear()
        .current_dir(root())
        .output();
    let output = output.unwrap_or_else(|error| panic!("{command}: {error}"));
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command}: {errors}");
    String::from_utf8(output.stdout).expect("it is text")
}

/// Whether a block is the text, whole but for what each of its lines `…` stands for.
fn has_parts(text: &str, block: &str) -> bool {
    let text: Vec<&str> = text.lines().collect();
    let block: Vec<&str> = block.lines().collect();
    let parts: Vec<&[&str]> = block.split(|line| is_gap(line)).collect();
    let [first, middle @ .., last] = &parts[..] else {
        return text == block;
    };
    let Some(mut rest) = text
        .strip_prefix(*first)
        .and_then(|rest| rest.strip_suffix(*last))
    else {
        return false;
    };
    for part in middle {
        let found = (0..=rest.len()).find(|at| rest[*at..].starts_with(part));
        let Some(at) = found else {
            return false;
        };
        rest = &rest[at + part.len()..];
    }
    true
}

fn is_gap(line: &str) -> bool {
    line.trim() == "…"
}

/// The text, cut where the block was if that left out its end.
fn like(block: &str, text: String) -> String {
    let lines = block.lines().count();
    match block.lines().position(is_gap) {
        None => text,
        Some(gap) if gap + 1 == lines => {
            let shown = text.lines().take(gap).chain(block.lines().last());
            shown.map(|line| format!("{line}\n")).collect()
        }
        Some(_) => panic!("a block that leaves out lines has to be mended by hand: {block}"),
    }
}

#[test]
fn a_block_may_leave_out_lines() {
    let text = "a\nb\nc\nxd\n";
    for block in ["a\nb\nc\nxd\n", "a\n  …\n", "…\nb\n…\nxd\n", "a\n…\nxd\n"] {
        assert!(has_parts(text, block), "{block}");
    }
    for block in [
        "a\n",
        "b\n…\n",
        "…\nb\n",
        "…\nd\n",
        "…\nc\n…\nb\n…\n",
        "a\nb\nc\nxd\nxd\n",
    ] {
        assert!(!has_parts(text, block), "{block}");
    }
    assert_eq!(like("b\n", text.to_owned()), text);
    assert_eq!(like("b\nb\n  …\n", text.to_owned()), "a\nb\n  …\n");
}

/// `[`name`](../path)` in `docs/compared.md` names a case, or a test in that file.
#[test]
fn the_tests_that_the_comparison_names_exist() {
    let page = read(&root().join("docs/compared.md"));
    let mut seen = 0;
    for (at, _) in page.match_indices("](../") {
        let path = page[at + 5..].split(')').next().unwrap_or_default();
        let name = page[..at]
            .rsplit('[')
            .next()
            .unwrap_or_default()
            .trim_matches('`');
        let file = read(&root().join(path));
        let is_case = Path::new(path).file_stem().is_some_and(|stem| stem == name);
        assert!(
            is_case || file.contains(&format!("fn {name}(")),
            "{name} is not in {path}"
        );
        seen += 1;
    }
    assert!(seen > 50, "{seen}");
}
