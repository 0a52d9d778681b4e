//! A load generator for one request that stays the same, over kept-alive connections.
//!
//! It does as little as it can get away with, because it shares the machine with what it measures: the
//! request is written as one piece, and of an answer only the status, the length and the end are looked
//! at. Each connection has one request under way (a closed loop), so the rate is what the server makes
//! of it and the latency is that of a loaded server.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

/// A request that is sent again and again.
#[derive(Clone, Debug)]
pub struct Request {
    method: &'static str,
    path: String,
    headers: String,
    body: String,
}

impl Request {
    /// A GET.
    #[must_use]
    pub fn get(path: impl Into<String>) -> Self {
        Self {
            method: "GET",
            path: path.into(),
            headers: String::new(),
            body: String::new(),
        }
    }

    /// A POST of this JSON.
    #[must_use]
    pub fn post_json(path: impl Into<String>, body: impl Into<String>) -> Self {
        let body = body.into();
        let length = body.len();
        Self {
            method: "POST",
            path: path.into(),
            headers: format!("Content-Type: application/json\r\nContent-Length: {length}\r\n"),
            body,
        }
    }

    /// The same, with this token.
    #[must_use]
    pub fn bearer(mut self, token: &str) -> Self {
        self.headers
            .push_str(&format!("Authorization: Bearer {token}\r\n"));
        self
    }

    fn written(&self, host: SocketAddr) -> Arc<str> {
        let Self {
            method,
            path,
            headers,
            body,
        } = self;
        format!(
            "{method} {path} HTTP/1.1\r\nHost: {host}\r\nUser-Agent: greenroom-benches\r\nAccept: */*\r\n\
             {headers}\r\n{body}"
        )
        .into()
    }
}

/// When a run of the generator ends.
#[derive(Clone, Copy, Debug)]
pub enum Until {
    /// After this time.
    Elapsed(Duration),
    /// After each connection has had this many answers.
    Answers(usize),
}

/// What a run of the generator saw.
#[derive(Debug, Default)]
pub struct Measured {
    /// From the first request to the last answer.
    pub elapsed: Duration,
    /// The time of each request, in microseconds.
    pub latencies: Vec<f64>,
}

impl Measured {
    /// Answers per second.
    #[must_use]
    pub fn rate(&self) -> f64 {
        self.latencies.len() as f64 / self.elapsed.as_secs_f64()
    }
}

/// The body of the answer to one request.
///
/// # Errors
///
/// When the connection breaks, or the answer is not 200.
pub async fn fetch(address: SocketAddr, request: &Request) -> io::Result<Vec<u8>> {
    let mut client = Client::connect(address, request.written(address)).await?;
    client.ask().await?;
    let head = end_of_head(&client.buffer).unwrap_or_default();
    Ok(client.buffer.split_off(head + END_OF_HEAD.len()))
}

/// Sends a request over this many connections.
///
/// The connections are opened, and used once, before the clock starts.
///
/// # Errors
///
/// When a connection breaks, or an answer is not 200.
pub async fn run(
    address: SocketAddr,
    request: &Request,
    connections: usize,
    until: Until,
) -> io::Result<Measured> {
    let request = request.written(address);
    let mut clients = Vec::with_capacity(connections);
    for _ in 0..connections {
        let mut client = Client::connect(address, Arc::clone(&request)).await?;
        client.ask().await?;
        clients.push(client);
    }
    let started = Instant::now();
    let mut running = JoinSet::new();
    for client in clients {
        running.spawn(client.repeat(started, until));
    }
    let mut measured = Measured::default();
    while let Some(latencies) = running.join_next().await {
        measured
            .latencies
            .extend(latencies.map_err(io::Error::other)??);
    }
    measured.elapsed = started.elapsed();
    Ok(measured)
}

struct Client {
    stream: TcpStream,
    request: Arc<str>,
    buffer: Vec<u8>,
}

impl Client {
    async fn connect(address: SocketAddr, request: Arc<str>) -> io::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let buffer = Vec::with_capacity(4096);
        Ok(Self {
            stream,
            request,
            buffer,
        })
    }

    async fn repeat(mut self, started: Instant, until: Until) -> io::Result<Vec<f64>> {
        let mut latencies = Vec::with_capacity(16 * 1024);
        let mut before = Instant::now();
        loop {
            let is_over = match until {
                Until::Elapsed(time) => before - started >= time,
                Until::Answers(answers) => latencies.len() >= answers,
            };
            if is_over {
                return Ok(latencies);
            }
            self.ask().await?;
            let after = Instant::now();
            latencies.push((after - before).as_secs_f64() * 1e6);
            before = after;
        }
    }

    async fn ask(&mut self) -> io::Result<()> {
        self.stream.write_all(self.request.as_bytes()).await?;
        self.buffer.clear();
        loop {
            if self.stream.read_buf(&mut self.buffer).await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            if is_complete(&self.buffer)? {
                return Ok(());
            }
        }
    }
}

/// Whether an answer has arrived up to the end of its `Content-Length`.
fn is_complete(answer: &[u8]) -> io::Result<bool> {
    const STATUS: &[u8] = b"HTTP/1.1 200 ";
    let Some(head) = end_of_head(answer) else {
        return Ok(false);
    };
    let (head, body) = answer.split_at(head);
    if !head.starts_with(STATUS) {
        let head = String::from_utf8_lossy(head);
        return Err(io::Error::other(format!("an answer is not 200: {head}")));
    }
    let length = content_length(head)
        .ok_or_else(|| io::Error::other("an answer does not tell its length"))?;
    Ok(body.len() >= END_OF_HEAD.len() + length)
}

const END_OF_HEAD: &[u8] = b"\r\n\r\n";

fn end_of_head(answer: &[u8]) -> Option<usize> {
    let mut windows = answer.windows(END_OF_HEAD.len());
    windows.position(|end| end == END_OF_HEAD)
}

fn content_length(head: &[u8]) -> Option<usize> {
    const NAME: &[u8] = b"content-length:";
    let mut lines = head.split(|byte| *byte == b'\n');
    let value = lines.find_map(|line| {
        let (name, value) = line.split_at_checked(NAME.len())?;
        name.eq_ignore_ascii_case(NAME).then_some(value)
    })?;
    str::from_utf8(value).ok()?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_written_as_it_is_sent() {
        let host = SocketAddr::from(([127, 0, 0, 1], 80));
        let request = Request::post_json("/a", "{}").bearer("b.c.d");
        let expected = "POST /a HTTP/1.1\r\nHost: 127.0.0.1:80\r\nUser-Agent: greenroom-benches\r\nAccept: */*\r\n\
                        Content-Type: application/json\r\nContent-Length: 2\r\nAuthorization: Bearer b.c.d\r\n\r\n{}";
        assert_eq!(&*request.written(host), expected);
    }

    #[test]
    fn an_answer_ends_with_its_length() {
        for (answer, complete) in [
            ("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", Some(true)),
            ("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\no", Some(false)),
            ("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n", Some(false)),
            ("HTTP/1.1 200 OK\r\n\r\n", None),
            ("HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n", None),
        ] {
            assert_eq!(is_complete(answer.as_bytes()).ok(), complete, "{answer}");
        }
    }
}
