//! A server that knows as much of Redis as these tests need, and says what they want.

use std::time::Duration;

use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

/// Answers each command with what `answers` says of the number of the connection, from 1, and of the command's name. The
/// first answer of a connection takes `delay`. Returns its address.
pub(super) async fn serve(delay: Duration, answers: fn(usize, &str) -> &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("it is bound").to_string();
    tokio::spawn(async move {
        let mut connections = JoinSet::new();
        for number in 1.. {
            let (stream, _) = listener.accept().await.expect("somebody connects");
            connections.spawn(async move {
                let mut stream = BufReader::new(stream);
                let mut delay = Some(delay);
                while let Some(name) = command(&mut stream).await {
                    tokio::time::sleep(delay.take().unwrap_or_default()).await;
                    let answer = answers(number, &name);
                    if stream.write_all(answer.as_bytes()).await.is_err() {
                        return;
                    }
                }
            });
        }
    });
    address
}

/// The name of the next command; `None` at the end.
async fn command(stream: &mut BufReader<TcpStream>) -> Option<String> {
    let mut name = String::new();
    for word in 0..number(stream, '*').await? {
        let mut text = vec![0; number(stream, '$').await? + 2];
        stream.read_exact(&mut text).await.ok()?;
        if word == 0 {
            name = String::from_utf8_lossy(&text).trim().to_uppercase();
        }
    }
    Some(name)
}

async fn number(stream: &mut BufReader<TcpStream>, mark: char) -> Option<usize> {
    let mut line = String::new();
    stream.read_line(&mut line).await.ok()?;
    line.strip_prefix(mark)?.trim().parse().ok()
}
