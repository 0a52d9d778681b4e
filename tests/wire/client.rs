//! HTTP/1.1 by hand, as the recording's own client does it: every byte of a request is decided here, and every byte of
//! an answer seen.

use std::io::{BufRead, BufReader, ErrorKind, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use regex_lite::{Captures, Regex};

use crate::case::{Body, Request};
use crate::tokens::Tokens;

/// How long the recording waited for an answer.
const PATIENCE: Duration = Duration::from_secs(7);

/// An answer as it came.
#[derive(Debug, Default)]
pub struct Answer {
    /// 0 when there was none.
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    /// What was unusual about it.
    pub note: Option<&'static str>,
}

impl Answer {
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.iter();
        let found = headers.find(|(key, _)| key.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    fn none(note: &'static str) -> Self {
        Self {
            note: Some(note),
            ..Self::default()
        }
    }
}

/// Sends a recorded request, with tokens of this run.
pub fn send(to: SocketAddr, request: &Request, tokens: &Tokens) -> Answer {
    match request {
        Request::Raw { raw } => {
            let sent = filled(raw, tokens, Some(to));
            exchange_raw(to, sent.as_bytes())
        }
        Request::Parts {
            method,
            path,
            headers,
            body,
        } => {
            let headers: Vec<_> = headers
                .iter()
                .map(|(name, value)| (name.as_str(), filled(value, tokens, None)))
                .collect();
            let body = body.as_ref().map(|body| bytes(body, tokens));
            let path = filled(path, tokens, None);
            exchange(to, method, &path, &headers, body.as_deref())
        }
    }
}

/// Gets a path, for what has to be done before the cases.
pub fn get(to: SocketAddr, path: &str) -> Answer {
    exchange(to, "GET", path, &[], None)
}

fn filled(text: &str, tokens: &Tokens, host: Option<SocketAddr>) -> String {
    let names = Regex::new(r"\{\{([A-Z0-9_]+)\}\}").expect("it is a pattern");
    let named = |found: &Captures<'_>| match (&found[1], host) {
        ("HOST", Some(host)) => host.to_string(),
        (name, _) => {
            let token = tokens.get(name);
            token
                .unwrap_or_else(|| panic!("no token is called `{name}`"))
                .to_owned()
        }
    };
    names.replace_all(text, named).into_owned()
}

fn bytes(body: &Body, tokens: &Tokens) -> Vec<u8> {
    match body {
        Body::Text(text) => filled(text, tokens, None).into_bytes(),
        Body::Repeated {
            prefix,
            repeat,
            times,
            suffix,
        } => format!("{prefix}{}{suffix}", repeat.repeat(*times)).into_bytes(),
        Body::Bytes { base64 } => STANDARD.decode(base64).expect("a recorded body is base64"),
    }
}

fn exchange(
    to: SocketAddr,
    method: &str,
    path: &str,
    headers: &[(&str, String)],
    body: Option<&[u8]>,
) -> Answer {
    let has = |wanted: &str| {
        headers
            .iter()
            .any(|(name, _)| name.eq_ignore_ascii_case(wanted))
    };
    let chunked = has("transfer-encoding");
    let mut head = format!("{method} {path} HTTP/1.1\r\n");
    if !has("host") {
        head += &format!("Host: {to}\r\n");
    }
    if let Some(body) = body.filter(|_| !chunked && !has("content-length")) {
        head += &format!("Content-Length: {}\r\n", body.len());
    }
    for (name, value) in headers {
        head += &format!("{name}: {value}\r\n");
    }
    head += "\r\n";

    let mut message = Vec::new();
    match body {
        Some(body) if chunked => {
            for chunk in body.chunks(4096) {
                message.extend(format!("{:x}\r\n", chunk.len()).bytes());
                message.extend(chunk);
                message.extend(b"\r\n");
            }
            message.extend(b"0\r\n\r\n");
        }
        Some(body) => message.extend(body),
        None => {}
    }

    let mut stream = connect(to);
    let sent = stream
        .write_all(head.as_bytes())
        .and_then(|()| stream.write_all(&message));
    let note = sent
        .is_err()
        .then_some("the connection broke while the body was sent");
    let mut answer = read_answer(&mut BufReader::new(stream), method == "HEAD");
    answer.note = answer.note.or(note);
    answer
}

fn connect(to: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(to).expect("the backend listens");
    stream
        .set_read_timeout(Some(PATIENCE))
        .and_then(|()| stream.set_write_timeout(Some(PATIENCE)))
        .expect("a socket can have time limits");
    stream
}

/// Sends bytes and reads on until the server closes. The answer is the first of what came; what lies behind its head
/// is its body, further answers too.
fn exchange_raw(to: SocketAddr, sent: &[u8]) -> Answer {
    let mut stream = connect(to);
    // The server may refuse early and close before it has read all.
    let _ = stream.write_all(sent);
    let mut came = Vec::new();
    // A server that keeps the connection open ends this by the time limit.
    let _ = stream.read_to_end(&mut came);
    if came.is_empty() {
        return Answer::none("no response");
    }
    let mut reader = came.as_slice();
    let Some((status, headers)) = read_head(&mut reader) else {
        return Answer::none("no response");
    };
    let mut answer = Answer {
        status,
        headers,
        ..Answer::default()
    };
    match is_chunked(&answer) {
        true => answer.note = read_chunks(&mut reader, &mut answer.body).err(),
        false => answer.body = reader.to_vec(),
    }
    answer
}

fn read_answer(reader: &mut impl BufRead, head_only: bool) -> Answer {
    let (status, headers) = loop {
        match read_head(reader) {
            Some((100, _)) => {}
            Some(head) => break head,
            None => return Answer::none("no answer, or the connection was dropped"),
        }
    };
    let mut answer = Answer {
        status,
        headers,
        ..Answer::default()
    };
    if head_only || matches!(status, 100..=199 | 204 | 304) {
        return answer;
    }
    let length = answer
        .header("content-length")
        .and_then(|length| length.parse().ok());
    answer.note = match length {
        _ if is_chunked(&answer) => read_chunks(reader, &mut answer.body).err(),
        Some(length) => {
            let _ = reader.take(length).read_to_end(&mut answer.body);
            let whole = answer.body.len() as u64 == length;
            (!whole).then_some(INCOMPLETE)
        }
        None => {
            let _ = reader.read_to_end(&mut answer.body);
            None
        }
    };
    answer
}

const INCOMPLETE: &str = "incomplete body, connection dropped";

fn is_chunked(answer: &Answer) -> bool {
    let coding = answer.header("transfer-encoding");
    coding.is_some_and(|coding| coding.contains("chunked"))
}

/// Reads up to the empty line behind the headers.
fn read_head(reader: &mut impl BufRead) -> Option<(u16, Vec<(String, String)>)> {
    let first = read_line(reader)?;
    let status = first
        .strip_prefix("HTTP/")?
        .split(' ')
        .nth(1)?
        .parse()
        .ok()?;
    let mut headers = Vec::new();
    loop {
        let line = read_line(reader)?;
        if line.is_empty() {
            return Some((status, headers));
        }
        let (name, value) = line.split_once(':')?;
        headers.push((name.to_owned(), value.trim().to_owned()));
    }
}

fn read_line(reader: &mut impl BufRead) -> Option<String> {
    let mut line = Vec::new();
    match reader.read_until(b'\n', &mut line) {
        Ok(0) => return None,
        Err(error) if error.kind() != ErrorKind::Interrupted => return None,
        _ => {}
    }
    let line = String::from_utf8_lossy(&line);
    Some(line.trim_end_matches(['\r', '\n']).to_owned())
}

fn read_chunks(reader: &mut impl BufRead, body: &mut Vec<u8>) -> Result<(), &'static str> {
    loop {
        let size = read_line(reader).and_then(|size| u64::from_str_radix(&size, 16).ok());
        let size = size.ok_or(INCOMPLETE)?;
        let before = body.len() as u64;
        reader
            .take(size)
            .read_to_end(body)
            .map_err(|_| INCOMPLETE)?;
        if body.len() as u64 != before + size {
            return Err(INCOMPLETE);
        }
        read_line(reader).ok_or(INCOMPLETE)?;
        if size == 0 {
            return Ok(());
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;
    use std::thread;

    use super::*;

    /// Asks a server that reads a head, says this and hangs up.
    fn asked(method: &str, says: &'static str) -> Answer {
        let listener = TcpListener::bind("127.0.0.1:0").expect("there is a free port");
        let address = listener.local_addr().expect("it has an address");
        let server = thread::spawn(move || {
            let (stream, _) = listener.accept().expect("somebody asks");
            let mut reader = BufReader::new(stream);
            while read_line(&mut reader).is_some_and(|line| !line.is_empty()) {}
            let stream = reader.get_mut();
            stream
                .write_all(says.as_bytes())
                .expect("it can be answered");
        });
        let answer = exchange(address, method, "/", &[], None);
        server.join().expect("the server does not fail");
        answer
    }

    fn body(answer: &Answer) -> &str {
        std::str::from_utf8(&answer.body).unwrap_or_default()
    }

    #[test]
    fn a_body_ends_where_its_head_says() {
        let sized = asked("GET", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokrest");
        assert_eq!((sized.status, body(&sized), sized.note), (200, "ok", None));
        let says = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\
                    2\r\nok\r\n3\r\n, 1\r\n0\r\n\r\nrest";
        let chunked = asked("GET", says);
        assert_eq!((body(&chunked), chunked.note), ("ok, 1", None));
        let unsized_body = asked("GET", "HTTP/1.1 200 OK\r\n\r\nall");
        assert_eq!((body(&unsized_body), unsized_body.note), ("all", None));
    }

    #[test]
    fn what_has_no_body_is_not_waited_for() {
        let head = asked("HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n");
        assert_eq!((head.status, body(&head), head.note), (200, "", None));
        let cached = asked("GET", "HTTP/1.1 304 Not Modified\r\nETag: x\r\n\r\n");
        assert_eq!((cached.header("etag"), cached.note), (Some("x"), None));
    }

    #[test]
    fn an_interim_answer_is_passed_over() {
        let says = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n";
        assert_eq!(asked("GET", says).status, 204);
    }

    #[test]
    fn a_connection_that_breaks_is_told() {
        let short = asked("GET", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nok");
        assert_eq!((body(&short), short.note), ("ok", Some(INCOMPLETE)));
        let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n";
        assert_eq!(asked("GET", head).note, Some(INCOMPLETE));
        assert_eq!(asked("GET", "").status, 0);
    }
}
