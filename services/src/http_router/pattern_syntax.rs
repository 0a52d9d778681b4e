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

/// Reads the text of a pattern.
pub(super) fn read(path: &str) -> Result<Vec<Token>, String> {
    let chars: Vec<char> = path.chars().collect();
    Reader {
        chars: &chars,
        at: 0,
    }
    .tokens(Nesting::Outer)
}

/// Calls `found` with every sequence that the optional groups allow.
pub(super) fn multiply<'a>(
    tokens: &'a [Token],
    before: Vec<&'a Token>,
    found: &mut dyn FnMut(Vec<&'a Token>),
) {
    let group = tokens
        .iter()
        .position(|token| matches!(token, Token::Group(_)));
    let Some(at) = group else {
        let mut whole = before;
        whole.extend(tokens);
        return found(whole);
    };
    let Token::Group(inner) = &tokens[at] else {
        return;
    };
    let mut start = before;
    start.extend(&tokens[..at]);
    let after = &tokens[at + 1..];
    multiply(inner, start.clone(), &mut |with| {
        multiply(after, with, found);
    });
    multiply(after, start, found);
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Nesting {
    Outer,
    InGroup,
}

struct Reader<'a> {
    chars: &'a [char],
    at: usize,
}

impl Reader<'_> {
    fn tokens(&mut self, nesting: Nesting) -> Result<Vec<Token>, String> {
        let mut tokens = Vec::new();
        let mut text = String::new();
        loop {
            let at = self.at;
            let next = self.chars.get(at).copied();
            self.at += 1;
            let token = match next {
                None if nesting == Nesting::Outer => break,
                None => return Err(format!("Unexpected end at index {at}, expected }}")),
                Some('}') if nesting == Nesting::InGroup => break,
                Some(c @ ('}' | '(' | ')' | '[' | ']' | '+' | '?' | '!')) => {
                    return Err(format!("Unexpected {c} at index {at}, expected end"));
                }
                Some('\\') => {
                    let escaped = self.chars.get(self.at);
                    text.push(*escaped.ok_or(format!("Unexpected end after \\ at index {at}"))?);
                    self.at += 1;
                    continue;
                }
                Some('{') => Token::Group(self.tokens(Nesting::InGroup)?),
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

    /// A parameter's name: an identifier of JavaScript, or anything in double quotes.
    fn name(&mut self) -> Result<String, String> {
        let start = self.at;
        let first = self.chars.get(start).copied();
        if first == Some('"') {
            let end = self.chars[start + 1..].iter().position(|c| *c == '"');
            let end = end.ok_or(format!("Unterminated quote at index {start}"))?;
            self.at = start + end + 2;
            if end > 0 {
                return Ok(self.chars[start + 1..=start + end].iter().collect());
            }
        } else if first.is_some_and(|c| c.is_alphabetic() || matches!(c, '$' | '_')) {
            let is_name = |c: &char| c.is_alphanumeric() || matches!(c, '$' | '_');
            let length = self.chars[start..]
                .iter()
                .take_while(|c| is_name(c))
                .count();
            self.at = start + length;
            return Ok(self.chars[start..self.at].iter().collect());
        }
        Err(format!("Missing parameter name at index {}", self.at))
    }
}
