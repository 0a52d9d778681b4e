//! Deadlines and pauses, by a clock that stands still and a script in place of the network.

use std::collections::VecDeque;
use std::future::pending;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use greenroom_di_core::BoxFuture;
use http_body_util::{BodyExt as _, Full, StreamBody};
use serde_json::json;
use tokio::net::TcpListener;
use tokio::time::Instant;

use super::{client, settings};
use crate::clock;
use crate::http_client::response::AnyBody;
use crate::http_client::transport::{Failure, Transport};
use crate::http_client::{HttpClient, HttpClientError, HttpRequest, RootHttpClient};
use crate::root_http_router::testing::Recorder;

/// What comes of one try.
enum Step {
    Answer(u16, Option<&'static str>),
    Fail(Failure),
    Silence,
    /// The head comes, the body does not.
    HeadAlone,
}

use Step::{Answer, Fail, HeadAlone, Silence};

#[derive(Clone, Default)]
struct Script {
    steps: Arc<Mutex<VecDeque<Step>>>,
    sent: Arc<Mutex<Vec<Instant>>>,
}

impl Transport for Script {
    fn send(&self, _: &HttpRequest) -> BoxFuture<Result<http::Response<AnyBody>, Failure>> {
        let mut sent = self.sent.lock().unwrap_or_else(PoisonError::into_inner);
        sent.push(Instant::now());
        let mut steps = self.steps.lock().unwrap_or_else(PoisonError::into_inner);
        let step = steps
            .pop_front()
            .expect("the script has a step for each try");
        Box::pin(async move {
            let (status, retry_after, body) = match step {
                Fail(failure) => return Err(failure),
                Silence => pending().await,
                Answer(status, retry_after) => (status, retry_after, full()),
                HeadAlone => {
                    let never = StreamBody::new(futures_util::stream::pending::<
                        Result<http_body::Frame<Bytes>, std::io::Error>,
                    >());
                    (200, None, never.map_err(Into::into).boxed_unsync())
                }
            };
            let mut response = http::Response::builder().status(status);
            if let Some(after) = retry_after {
                response = response.header("retry-after", after);
            }
            Ok(response.body(body).expect("a valid answer"))
        })
    }
}

fn full() -> AnyBody {
    Full::new(Bytes::new())
        .map_err(|never| match never {})
        .boxed_unsync()
}

impl Script {
    fn of(steps: impl IntoIterator<Item = Step>) -> Self {
        Self {
            steps: Arc::new(Mutex::new(steps.into_iter().collect())),
            ..Self::default()
        }
    }

    fn client(&self) -> HttpClient {
        let root = Arc::new(RootHttpClient {
            settings: settings(json!({})),
            hosts: None,
            transport: Box::new(self.clone()),
            clock: clock::testing::with_the_timers(start_of_the_clock()),
        });
        root.for_plugin("shop", Arc::new(Recorder::default()))
    }

    /// The whole seconds between the tries.
    fn pauses(&self) -> Vec<Duration> {
        let sent = self.sent.lock().unwrap_or_else(PoisonError::into_inner);
        sent.windows(2).map(|pair| pair[1] - pair[0]).collect()
    }
}

/// Sun, 06 Nov 1994 08:49:37 GMT.
fn start_of_the_clock() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(784_111_777)
}

/// The clock of a test stands still but for what somebody waits for, and then it goes on to the next millisecond.
fn about(found: Duration, wanted: Duration) -> bool {
    found >= wanted && found <= wanted + Duration::from_millis(2)
}

#[tokio::test(start_paused = true)]
async fn a_call_without_an_answer_ends_at_its_deadline() {
    for (own, whole) in [(None, 30), (Some(Duration::from_secs(5)), 5)] {
        let script = Script::of([Silence]);
        let started = Instant::now();
        let client = script.client();
        let mut request = client.get("http://a.test/");
        if let Some(own) = own {
            request = request.deadline(own);
        }
        let error = request.send().await.expect_err("nobody answers");
        assert_eq!(
            error.to_string(),
            format!("plugin `shop`: GET http://a.test/: not answered within {whole}s")
        );
        assert!(about(started.elapsed(), Duration::from_secs(whole)));
    }
}

#[tokio::test(start_paused = true)]
async fn the_deadline_holds_for_the_body_too() {
    let script = Script::of([HeadAlone]);
    let response = script.client().get("http://a.test/").send().await;
    let error = response.expect("the head is there").text().await;
    let error = error.expect_err("the body never comes");
    assert!(matches!(error, HttpClientError::Timeout { .. }), "{error}");
}

#[tokio::test(start_paused = true)]
async fn it_holds_for_a_socket_that_says_nothing() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("it is bound");
    let client = client(json!({}));
    let request = client.get(format!("http://{address}/"));
    let error = request.deadline(Duration::from_secs(1)).send().await;
    let error = error.expect_err("nobody answers");
    assert!(matches!(error, HttpClientError::Timeout { .. }), "{error}");
}

#[tokio::test(start_paused = true)]
async fn the_longest_deadline_is_none() {
    let script = Script::of([Answer(200, None)]);
    let client = script.client();
    let request = client.get("http://a.test/").deadline(Duration::MAX);
    assert!(request.send().await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn retry_after_is_waited_for() {
    let script = Script::of([
        Answer(503, Some("7")),
        Answer(429, Some("Sun, 06 Nov 1994 08:49:57 GMT")),
        Answer(429, Some("Sun, 06 Nov 1994 08:49:37 GMT")),
        Answer(200, None),
    ]);
    let client = script.client();
    let response = client.get("http://a.test/").retries(3).send().await;
    assert_eq!(response.expect("the last try goes well").status(), 200);
    let pauses = script.pauses();
    assert!(about(pauses[0], Duration::from_secs(7)), "{pauses:?}");
    // A date is a time of the client's clock, which has gone on by then.
    let at_the_date = pauses[0] + pauses[1];
    assert!(about(at_the_date, Duration::from_secs(20)), "{pauses:?}");
    assert!(about(pauses[2], Duration::ZERO), "{pauses:?}");
}

#[tokio::test(start_paused = true)]
async fn an_answer_stays_that_cannot_be_waited_out() {
    let script = Script::of([Answer(503, Some("31"))]);
    let started = Instant::now();
    let response = script.client().get("http://a.test/").send().await;
    let response = response.expect("503 is an answer");
    assert_eq!(response.status(), 503);
    assert_eq!(response.headers()["retry-after"], "31");
    assert_eq!(started.elapsed(), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn pauses_grow_and_there_are_two_of_them() {
    let script = Script::of([
        Fail(Failure::Connect("refused".to_owned())),
        Answer(502, None),
        Answer(504, None),
    ]);
    let response = script.client().delete("http://a.test/").send().await;
    assert_eq!(response.expect("the last answer stays").status(), 504);
    let pauses = script.pauses();
    let millis: Vec<_> = pauses.iter().map(Duration::as_millis).collect();
    assert_eq!(millis.len(), 2);
    assert!((100..=202).contains(&millis[0]), "{millis:?}");
    assert!((200..=402).contains(&millis[1]), "{millis:?}");
}

#[tokio::test(start_paused = true)]
async fn the_last_failure_is_told() {
    let broken = || Fail(Failure::Interrupted("reset".to_owned()));
    let script = Script::of([
        broken(),
        broken(),
        Fail(Failure::Connect("refused".to_owned())),
    ]);
    let error = script.client().get("http://a.test/").send().await;
    let error = error.expect_err("no try goes well");
    assert!(matches!(error, HttpClientError::Connect { .. }), "{error}");
}

#[tokio::test(start_paused = true)]
async fn what_is_not_safe_or_not_wanted_is_tried_once() {
    let overloaded = || Script::of([Answer(503, Some("0"))]);
    let script = overloaded();
    let response = script
        .client()
        .post("http://a.test/")
        .retries(5)
        .send()
        .await;
    assert_eq!(response.expect("an answer").status(), 503);
    let script = overloaded();
    let response = script
        .client()
        .get("http://a.test/")
        .retries(0)
        .send()
        .await;
    assert_eq!(response.expect("an answer").status(), 503);
    let script = Script::of([Fail(Failure::Connect("refused".to_owned()))]);
    let error = script.client().patch("http://a.test/").send().await;
    assert!(error.is_err(), "and its script has one step");
}
