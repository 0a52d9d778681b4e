//! What calls to other services tell about the request that they serve, known wherever the request's task goes.
//!
//! It belongs to the task and not to a span, because a header must go along whatever the levels of the log are.
//! The trace's headers are passed on as they came: a backend that takes no part in a trace must not break it.

use http::{HeaderMap, HeaderName, HeaderValue};

use super::request_id::{REQUEST_ID, RequestId};

const TRACE_PARENT: HeaderName = HeaderName::from_static("traceparent");
const TRACE_STATE: HeaderName = HeaderName::from_static("tracestate");

/// The longest `tracestate` that is passed on, as the standard for it has it.
const LONGEST_STATE: usize = 512;

tokio::task_local! {
    static CURRENT: RequestContext;
}

/// The request that is being served.
#[derive(Clone, Debug)]
pub(crate) struct RequestContext {
    id: RequestId,
    trace: Option<Box<Trace>>,
}

/// A place in a trace.
#[derive(Clone, Debug)]
struct Trace {
    parent: HeaderValue,
    state: Option<HeaderValue>,
}

impl RequestContext {
    /// What is known of the request with this id and these headers.
    pub(super) fn new(id: RequestId, headers: &HeaderMap) -> Self {
        Self {
            id,
            trace: Trace::of(headers).map(Box::new),
        }
    }

    /// Lets a future serve this request.
    pub(super) async fn scope<F: Future>(self, serving: F) -> F::Output {
        CURRENT.scope(self, serving).await
    }

    /// The request that this task serves.
    pub(crate) fn current() -> Option<Self> {
        CURRENT.try_with(Self::clone).ok()
    }

    /// Adds the headers that are missing. A caller with a trace of its own keeps it whole.
    pub(crate) fn forward(self, headers: &mut HeaderMap) {
        let id = headers.entry(REQUEST_ID);
        id.or_insert_with(|| self.id.to_header());
        let Some(trace) = self.trace.filter(|_| !headers.contains_key(&TRACE_PARENT)) else {
            return;
        };
        headers.insert(TRACE_PARENT, trace.parent);
        headers.remove(TRACE_STATE);
        if let Some(state) = trace.state {
            headers.insert(TRACE_STATE, state);
        }
    }
}

impl Trace {
    fn of(headers: &HeaderMap) -> Option<Self> {
        let parent = headers.get(TRACE_PARENT)?;
        let state = headers.get(TRACE_STATE);
        well_formed(parent.as_bytes()).then(|| Self {
            parent: parent.clone(),
            state: state
                .filter(|state| state.len() <= LONGEST_STATE && state.to_str().is_ok())
                .cloned(),
        })
    }
}

/// Whether it is `version-trace-parent-flags` in hexadecimal digits, with ids that are not all zeros.
fn well_formed(value: &[u8]) -> bool {
    let hexadecimal = |part: &&[u8]| {
        let digit = |byte: &u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        part.iter().all(digit)
    };
    let parts: Vec<&[u8]> = value.split(|byte| *byte == b'-').collect();
    let lengths = parts.iter().map(|part| part.len());
    let zeros = |part: &[u8]| part.iter().all(|byte| *byte == b'0');
    lengths.eq([2, 32, 16, 2])
        && parts.iter().all(hexadecimal)
        && parts[0] != b"ff"
        && !zeros(parts[1])
        && !zeros(parts[2])
}

#[cfg(test)]
mod tests {
    use super::*;

    const PARENT: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        let pair = |(name, value): &(&'static str, &str)| {
            let value = HeaderValue::try_from(*value).expect("a valid value");
            (HeaderName::from_static(name), value)
        };
        pairs.iter().map(pair).collect()
    }

    fn forwarded(incoming: &[(&'static str, &str)], set: &[(&'static str, &str)]) -> HeaderMap {
        let incoming = headers(incoming);
        let mut outgoing = headers(set);
        let (id, _) = RequestId::of(&incoming);
        RequestContext::new(id, &incoming).forward(&mut outgoing);
        outgoing
    }

    #[test]
    fn id_and_trace_are_passed_on_as_they_came() {
        let incoming = [
            ("x-request-id", "abc"),
            ("traceparent", PARENT),
            ("tracestate", "a=1"),
            ("cookie", "hunter2"),
        ];
        assert_eq!(forwarded(&incoming, &[]), headers(&incoming[..3]));
    }

    #[test]
    fn what_the_caller_set_stays() {
        let incoming = [("traceparent", PARENT), ("tracestate", "a=1")];
        let other = PARENT.replace("01", "00");
        let set = [("x-request-id", "mine"), ("traceparent", &*other)];
        assert_eq!(forwarded(&incoming, &set), headers(&set));
    }

    #[test]
    fn what_is_no_trace_is_left_out() {
        let upper = PARENT.to_uppercase();
        let zero = format!("00-{}-b7ad6b7169203331-01", "0".repeat(32));
        let invalid = PARENT.replacen("00", "ff", 1);
        for parent in ["", "abc", &upper, &zero, &invalid, &PARENT[..54]] {
            let passed = forwarded(&[("traceparent", parent), ("tracestate", "a=1")], &[]);
            assert_eq!(passed.len(), 1, "{parent}: {passed:?}");
        }
        let long = "a".repeat(LONGEST_STATE + 1);
        let passed = forwarded(&[("traceparent", PARENT), ("tracestate", &long)], &[]);
        assert!(!passed.contains_key(TRACE_STATE));
    }

    #[tokio::test]
    async fn it_is_known_within_the_task_alone() {
        assert!(RequestContext::current().is_none());
        let (id, _) = RequestId::of(&headers(&[("x-request-id", "abc")]));
        let context = RequestContext::new(id.clone(), &HeaderMap::new());
        let inside = context
            .scope(async {
                let elsewhere = tokio::spawn(async { RequestContext::current().is_none() });
                assert!(elsewhere.await.expect("it does not panic"));
                RequestContext::current().expect("it is here")
            })
            .await;
        assert_eq!(inside.id, id);
    }
}
