//! What path-to-regexp 8 makes of a pattern with `end: false`, written for being read rather than for being fast.
//!
//! It shares nothing with the matcher that it judges: groups are taken or left one by one, and a match is looked for by
//! trying every length of every parameter.

use std::collections::HashMap;

/// More ways through the groups of a pattern than these are not judged.
const MOST_WAYS: usize = 64;

/// What a pattern is.
#[derive(Debug)]
pub enum Verdict {
    /// It is none.
    Malformed,
    /// It is beyond what is judged here.
    TooLarge,
    /// It opens some paths.
    Opens(Reference),
}

/// A pattern that is one.
#[derive(Debug)]
pub struct Reference {
    everything: bool,
    ways: Vec<Vec<Piece>>,
}

#[derive(Clone, Debug)]
enum Token {
    Text(char),
    Param,
    Wildcard,
    Group(Vec<Token>),
}

#[derive(Clone, Debug)]
enum Piece {
    Char(char),
    /// Some characters of one segment, none of which begins this text.
    Segment(Vec<char>),
    Rest,
}

/// Reads a pattern of ASCII characters.
pub fn read(pattern: &str) -> Verdict {
    if matches!(pattern, "/" | "*") {
        let ways = Vec::new();
        return Verdict::Opens(Reference {
            everything: true,
            ways,
        });
    }
    // A path that does not begin like one can never match; it is refused here, and by nobody there.
    if !pattern.starts_with(['/', '{']) {
        return Verdict::Malformed;
    }
    let chars: Vec<char> = pattern.chars().collect();
    let mut at = 0;
    let Some(tokens) = tokens(&chars, &mut at, 0) else {
        return Verdict::Malformed;
    };
    let mut flat = vec![Vec::new()];
    if !take_or_leave(&tokens, &mut flat) {
        return Verdict::TooLarge;
    }
    let ways: Option<Vec<_>> = flat.iter().map(|way| pieces(way)).collect();
    match ways {
        Some(ways) => Verdict::Opens(Reference {
            everything: false,
            ways,
        }),
        None => Verdict::Malformed,
    }
}

fn tokens(chars: &[char], at: &mut usize, depth: usize) -> Option<Vec<Token>> {
    let mut found = Vec::new();
    while let Some(&c) = chars.get(*at) {
        *at += 1;
        found.push(match c {
            '}' if depth > 0 => return Some(found),
            '}' | '(' | ')' | '[' | ']' | '+' | '?' | '!' => return None,
            '{' => Token::Group(tokens(chars, at, depth + 1)?),
            ':' => name(chars, at).then_some(Token::Param)?,
            '*' => name(chars, at).then_some(Token::Wildcard)?,
            '\\' => {
                *at += 1;
                Token::Text(*chars.get(*at - 1)?)
            }
            c => Token::Text(c),
        });
    }
    (depth == 0).then_some(found)
}

/// Passes over the name of a parameter: an identifier, or any text in quotes, in which a backslash escapes.
fn name(chars: &[char], at: &mut usize) -> bool {
    let start = *at;
    if chars.get(start) != Some(&'"') {
        while chars.get(*at).is_some_and(|c| {
            matches!(c, 'a'..='z' | 'A'..='Z' | '_' | '$') || *at > start && c.is_ascii_digit()
        }) {
            *at += 1;
        }
        return *at > start;
    }
    *at += 1;
    let mut length = 0;
    loop {
        match chars.get(*at) {
            None => return false,
            Some('"') => {
                *at += 1;
                return length > 0;
            }
            Some('\\') if chars.get(*at + 1).is_none() => return false,
            Some('\\') => *at += 2,
            Some(_) => *at += 1,
        }
        length += 1;
    }
}

/// Every way through the groups, added to each of those so far; false if there are too many.
fn take_or_leave(tokens: &[Token], ways: &mut Vec<Vec<Token>>) -> bool {
    for token in tokens {
        let Token::Group(inner) = token else {
            ways.iter_mut().for_each(|way| way.push(token.clone()));
            continue;
        };
        let mut taken = ways.clone();
        if !take_or_leave(inner, &mut taken) {
            return false;
        }
        ways.extend(taken);
        if ways.len() > MOST_WAYS {
            return false;
        }
    }
    true
}

/// One way as a list to match by; none if two parameters touch.
fn pieces(way: &[Token]) -> Option<Vec<Piece>> {
    let mut pieces = Vec::new();
    // The text since the last parameter, and whether a slash is in it.
    let (mut text, mut fresh) = (Vec::new(), true);
    for token in way {
        match token {
            Token::Text(c) => {
                fresh |= *c == '/';
                text.push(*c);
                pieces.push(Piece::Char(*c));
                continue;
            }
            _ if !fresh && text.is_empty() => return None,
            Token::Param if fresh => pieces.push(Piece::Segment(Vec::new())),
            Token::Param => pieces.push(Piece::Segment(text)),
            Token::Wildcard => pieces.push(Piece::Rest),
            Token::Group(_) => unreachable!("groups are gone"),
        }
        (text, fresh) = (Vec::new(), false);
    }
    Some(pieces)
}

impl Reference {
    /// Whether the pattern opens the path.
    pub fn opens(&self, path: &str) -> bool {
        let path: Vec<char> = path.chars().collect();
        let opens = |way: &Vec<Piece>| from(way, 0, &path, 0, &mut HashMap::new());
        self.everything || self.ways.iter().any(opens)
    }
}

fn from(
    pieces: &[Piece],
    piece: usize,
    path: &[char],
    at: usize,
    known: &mut HashMap<(usize, usize), bool>,
) -> bool {
    let Some(next) = pieces.get(piece) else {
        return path.get(at).is_none_or(|c| *c == '/');
    };
    if let Some(known) = known.get(&(piece, at)) {
        return *known;
    }
    let mut found = false;
    match next {
        Piece::Char(c) => {
            found = begins(&path[at..], &[*c]) && from(pieces, piece + 1, path, at + 1, known);
        }
        Piece::Segment(without) => {
            for end in at + 1..=path.len() {
                let last = &path[end - 1..];
                if last[0] == '/' || !without.is_empty() && begins(last, without) {
                    break;
                }
                found |= from(pieces, piece + 1, path, end, known);
            }
        }
        Piece::Rest => {
            for end in at + 1..=path.len() {
                found |= from(pieces, piece + 1, path, end, known);
            }
        }
    }
    known.insert((piece, at), found);
    found
}

fn begins(path: &[char], text: &[char]) -> bool {
    path.len() >= text.len()
        && path
            .iter()
            .zip(text)
            .all(|(a, b)| a.eq_ignore_ascii_case(b))
}
