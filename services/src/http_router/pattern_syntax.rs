//! The grammar of path-to-regexp 8: from the text of a pattern to its parts as written.
//!
//! The messages are those of the original, so that what is found about them elsewhere applies here.

/// A part as written, with groups still nested.
pub(super) enum Token {
    /// Characters that stand for themselves.
    Text(String),
    /// `:name`.
    Param(String),
    /// `*name`.
    Wildcard(String),
    /// `{…}`.
    Group(Vec<Token>),
}

/// Groups lie no deeper in each other than this: each is one more that can be left out.
const DEEPEST: usize = super::pattern::MAX_ALTERNATIVES;

/// Reads the text of a pattern.
pub(super) fn read(path: &str) -> Result<Vec<Token>, String> {
    let chars: Vec<char> = path.chars().collect();
    Reader {
        chars: &chars,
        at: 0,
    }
    .tokens(0)
}

/// Every sequence that the optional groups allow, those with a group before those without it; none if there are more
/// than `most`.
pub(super) fn multiply(tokens: &[Token], most: usize) -> Option<Vec<Vec<&Token>>> {
    let mut sequences = vec![Vec::new()];
    for token in tokens {
        let Token::Group(inner) = token else {
            for sequence in &mut sequences {
                sequence.push(token);
            }
            continue;
        };
        let inner = multiply(inner, most)?;
        let with = |start: &Vec<_>| inner.iter().map(|end| [&start[..], end].concat()).collect();
        let mut both: Vec<_> = sequences.iter().flat_map::<Vec<_>, _>(with).collect();
        both.append(&mut sequences);
        if both.len() > most {
            return None;
        }
        sequences = both;
    }
    Some(sequences)
}

struct Reader<'a> {
    chars: &'a [char],
    at: usize,
}

impl Reader<'_> {
    fn tokens(&mut self, depth: usize) -> Result<Vec<Token>, String> {
        let mut tokens = Vec::new();
        let mut text = String::new();
        loop {
            let at = self.at;
            let next = self.chars.get(at).copied();
            self.at += 1;
            let token = match next {
                None if depth == 0 => break,
                None => return Err(format!("Unexpected end at index {at}, expected }}")),
                Some('}') if depth > 0 => break,
                Some(c @ ('}' | '(' | ')' | '[' | ']' | '+' | '?' | '!')) => {
                    return Err(format!("Unexpected {c} at index {at}, expected end"));
                }
                Some('\\') => {
                    let escaped = self.chars.get(self.at);
                    text.push(*escaped.ok_or(format!("Unexpected end after \\ at index {at}"))?);
                    self.at += 1;
                    continue;
                }
                Some('{') if depth == DEEPEST => {
                    return Err(format!("Too many optional groups at index {at}"));
                }
                Some('{') => Token::Group(self.tokens(depth + 1)?),
                Some(':') => Token::Param(self.name()?),
                Some('*') => Token::Wildcard(self.name()?),
                Some(c) => {
                    text.push(c);
                    continue;
                }
            };
            if !text.is_empty() {
                tokens.push(Token::Text(std::mem::take(&mut text)));
            }
            tokens.push(token);
        }
        if !text.is_empty() {
            tokens.push(Token::Text(text));
        }
        Ok(tokens)
    }

    /// A parameter's name: an identifier of JavaScript, or anything in double quotes, where a backslash escapes.
    fn name(&mut self) -> Result<String, String> {
        let start = self.at;
        let first = self.chars.get(start).copied();
        let mut name = String::new();
        if first == Some('"') {
            name = self.quoted()?;
        } else if first.is_some_and(|c| c.is_alphabetic() || matches!(c, '$' | '_')) {
            let is_name = |c: &&char| c.is_alphanumeric() || matches!(c, '$' | '_');
            name.extend(self.chars[start..].iter().take_while(is_name));
            self.at = start + name.chars().count();
        }
        if name.is_empty() {
            return Err(format!("Missing parameter name at index {}", self.at));
        }
        Ok(name)
    }

    fn quoted(&mut self) -> Result<String, String> {
        let start = self.at;
        let unterminated = || format!("Unterminated quote at index {start}");
        let mut name = String::new();
        loop {
            self.at += 1;
            match self.chars.get(self.at).ok_or_else(unterminated)? {
                '"' => break,
                '\\' => {
                    self.at += 1;
                    name.push(*self.chars.get(self.at).ok_or_else(unterminated)?);
                }
                c => name.push(*c),
            }
        }
        self.at += 1;
        Ok(name)
    }
}
