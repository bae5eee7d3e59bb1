//! Questions to a real Phoenix: what does it show of what we sent?

use std::fmt::Debug;
use std::io::Write;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant, SystemTime};

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

pub use stored::{Stored, Trace};

pub mod ingest;
mod stored;
mod stores;

/// Phoenix stores after it has answered: within a fifth of a second if it has nothing else to do, but behind what the other
/// tests sent it a moment ago if it has, and those send it eight mebibytes and bursts. Waiting costs only what fails.
const PATIENCE: Duration = Duration::from_secs(120);
const PAUSE: Duration = Duration::from_millis(50);

/// Where the Phoenix of the tests is: `PHOENIX_URL`, as `scripts/phoenix start` prints it.
#[must_use]
pub fn phoenix_url() -> Option<String> {
    let url = std::env::var("PHOENIX_URL").ok()?;
    let url = url.trim().trim_end_matches('/');
    (!url.is_empty()).then(|| url.to_owned())
}

/// A running Phoenix.
#[derive(Clone, Debug)]
pub struct Phoenix {
    url: String,
    grpc_url: Option<String>,
    agent: ureq::Agent,
}

/// A project of its own for one test. Deleted at the end of the test, unless it failed: then one wants to look at it.
#[derive(Debug)]
pub struct Project {
    phoenix: Phoenix,
    name: String,
}

impl Phoenix {
    /// The Phoenix at `PHOENIX_URL`. Without one it says that the test is skipped, past the capture of the test
    /// harness, and the test returns:
    ///
    /// ```no_run
    /// # use integration_tests::Phoenix;
    /// let Some(phoenix) = Phoenix::or_skip() else { return };
    /// let project = phoenix.project("first-light");
    /// ```
    #[must_use]
    pub fn or_skip() -> Option<Self> {
        let phoenix = phoenix_url().map(Self::at);
        if phoenix.is_none() {
            let test = std::thread::current().name().unwrap_or("a test").to_owned();
            let _ = writeln!(std::io::stderr().lock(), "{test}: skipped: PHOENIX_URL is not set");
        }
        phoenix
    }

    /// The Phoenix at `url`.
    #[must_use]
    pub fn at(url: String) -> Self {
        let config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .proxy(None)
            .timeout_global(Some(PATIENCE))
            .build();
        Self { url, grpc_url: None, agent: config.into() }
    }

    /// The same with its gRPC receiver at `url`, whatever `PHOENIX_GRPC_URL` says.
    #[must_use]
    pub fn with_grpc(self, url: String) -> Self {
        Self { grpc_url: Some(url), ..self }
    }

    /// `http://host:port`, without a slash at the end.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The endpoint of the gRPC receiver: `PHOENIX_GRPC_URL`, else port 4317 of the same host.
    #[must_use]
    pub fn grpc_url(&self) -> String {
        let beside = || {
            let host = self.url.rsplit_once(':').filter(|(_, port)| port.parse::<u16>().is_ok());
            format!("{}:4317", host.map_or(&*self.url, |(host, _)| host))
        };
        let named = || std::env::var("PHOENIX_GRPC_URL").ok().filter(|url| !url.is_empty());
        self.grpc_url.clone().or_else(named).unwrap_or_else(beside)
    }

    /// A project whose name begins with `prefix` and was never used before.
    #[must_use]
    pub fn project(&self, prefix: &str) -> Project {
        Project { phoenix: self.clone(), name: unique(prefix) }
    }

    /// The answer to `GET <path>`; `None` for 404.
    ///
    /// # Panics
    ///
    /// When the answer is another error, or no JSON: Phoenix answers a path it does not know with its front page.
    #[must_use]
    pub fn rest(&self, path: &str) -> Option<Value> {
        let mut answer = self.agent.get(format!("{}{path}", self.url)).call().expect("Phoenix answers");
        let status = answer.status().as_u16();
        let text = answer.body_mut().read_to_string().expect("the answer is text");
        if status == 404 {
            return None;
        }
        assert_eq!(status, 200, "GET {path}: {text}");
        Some(serde_json::from_str(&text).unwrap_or_else(|error| panic!("GET {path}: {error}: {text}")))
    }

    /// The `data` of the answer to a GraphQL query.
    ///
    /// # Panics
    ///
    /// When Phoenix reports errors.
    #[must_use]
    #[expect(clippy::needless_pass_by_value, reason = "json!() at the call")]
    pub fn graphql(&self, query: &str, variables: Value) -> Value {
        let body = json!({ "query": query, "variables": variables });
        let mut answer = self.agent.post(format!("{}/graphql", self.url)).send_json(body).expect("Phoenix answers");
        let mut answer: Value = answer.body_mut().read_json().expect("the answer is JSON");
        assert!(answer.get("errors").is_none_or(Value::is_null), "{query}: {}", answer["errors"]);
        answer["data"].take()
    }

    /// The trace of this id (32 hexadecimal digits) once it has `spans` spans.
    ///
    /// # Panics
    ///
    /// When it has not in time.
    #[must_use]
    pub fn trace(&self, id: &str, spans: usize) -> Trace {
        poll(&format!("trace {id} with {spans} spans"), || {
            let trace = self.graphql(TRACE, json!({ "id": id }))["getTraceByOtelId"].take();
            let stored = trace["numSpans"].as_u64().unwrap_or(0);
            (stored >= spans as u64).then(|| Trace::new(trace.clone())).ok_or_else(|| trace["numSpans"].clone())
        })
    }

    /// What the trace of this id costs, in dollars. Phoenix reckons after it has stored, so this waits too.
    ///
    /// # Panics
    ///
    /// When it has no cost in time.
    #[must_use]
    pub fn cost(&self, trace_id: &str) -> f64 {
        poll(&format!("cost of trace {trace_id}"), || {
            let trace = self.graphql(TRACE, json!({ "id": trace_id }))["getTraceByOtelId"].take();
            trace["costSummary"]["total"]["cost"]
                .as_f64()
                .filter(|cost| *cost > 0.0)
                .ok_or(trace["costSummary"].clone())
        })
    }
}

impl Project {
    /// Its name, for `PHOENIX_PROJECT_NAME` or `.project(…)`.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Where the REST interface has it.
    #[must_use]
    pub fn path(&self) -> String {
        format!("/v1/projects/{}", utf8_percent_encode(&self.name, NON_ALPHANUMERIC))
    }

    /// Its spans once there are at least `count`, the earliest first.
    ///
    /// # Panics
    ///
    /// When there are fewer in time.
    #[must_use]
    pub fn spans(&self, count: usize) -> Vec<Stored> {
        poll(&format!("{count} spans in {}", self.name), || {
            let spans = self.spans_now();
            if spans.len() >= count { Ok(spans) } else { Err(spans.len()) }
        })
    }

    /// Its only span of this name, waited for.
    ///
    /// # Panics
    ///
    /// When there is none in time, or there are more.
    #[must_use]
    pub fn span(&self, name: &str) -> Stored {
        poll(&format!("a span named {name} in {}", self.name), || {
            let mut named = self.spans_now();
            named.retain(|span| span.name == name);
            assert!(named.len() <= 1, "{} spans are named {name}", named.len());
            named.pop().ok_or("none")
        })
    }

    /// Its spans at this moment, the earliest first; none when the project does not exist.
    ///
    /// # Panics
    ///
    /// When Phoenix answers something else.
    #[must_use]
    pub fn spans_now(&self) -> Vec<Stored> {
        let mut spans = Vec::new();
        let mut cursor = String::new();
        loop {
            let path = format!("{}/spans?limit=1000&sort=start_time&order=asc{cursor}", self.path());
            let Some(page) = self.phoenix.rest(&path) else { return spans };
            spans.extend(page["data"].as_array().expect("a page has data").iter().map(Stored::new));
            match page["next_cursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => return spans,
            }
        }
    }

    /// `traceCount`, `recordCount`, `tokenCountTotal`, `costSummary` …, as GraphQL names them; `null` if there is none.
    #[must_use]
    pub fn summary(&self) -> Value {
        self.phoenix.graphql(PROJECT, json!({ "name": self.name }))["getProjectByName"].take()
    }

    /// How many spans it has, once there are `expected`, or when for `PATIENCE` no more have come.
    ///
    /// # Panics
    ///
    /// When Phoenix answers something else.
    #[must_use]
    pub fn count(&self, expected: u64) -> u64 {
        let (mut most, mut since) = (0, Instant::now());
        loop {
            let stored = self.summary()["recordCount"].as_u64().unwrap_or(0);
            if stored > most {
                (most, since) = (stored, Instant::now());
            }
            if stored >= expected || since.elapsed() > PATIENCE {
                return stored;
            }
            std::thread::sleep(Duration::from_millis(200));
        }
    }

    /// The session of this id (`numTraces`, `userId`, `firstInput` …), waited for.
    ///
    /// # Panics
    ///
    /// When there is none in time.
    #[must_use]
    pub fn session(&self, id: &str) -> Value {
        poll(&format!("session {id} in {}", self.name), || {
            let answer = self.phoenix.graphql(SESSIONS, json!({ "name": self.name }));
            let sessions = answer["getProjectByName"]["sessions"]["edges"].as_array().cloned().unwrap_or_default();
            let session = sessions.iter().map(|edge| &edge["node"]).find(|session| session["sessionId"] == id);
            session.cloned().ok_or(answer)
        })
    }

    fn delete(&self) {
        let _ = self.phoenix.agent.delete(format!("{}{}", self.phoenix.url, self.path())).call();
    }
}

impl Drop for Project {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            self.delete();
        }
    }
}

/// A name nobody has used: sessions and projects outlive the test in Phoenix's database.
///
/// # Panics
///
/// Before 1970.
#[must_use]
pub fn unique(prefix: &str) -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let now = SystemTime::UNIX_EPOCH.elapsed().expect("a clock").as_micros();
    format!("{prefix}-{now:x}-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed))
}

/// Asks until the answer is `Ok`, for as long as the answers go on changing or begin to in `PATIENCE`.
///
/// # Panics
///
/// With the last answer when none was.
pub fn poll<T, E: Debug + PartialEq>(what: &str, ask: impl Fn() -> Result<T, E>) -> T {
    let mut last: Option<E> = None;
    let mut deadline = Instant::now() + PATIENCE;
    loop {
        match ask() {
            Ok(answer) => return answer,
            Err(answer) if last.as_ref() == Some(&answer) => {
                assert!(Instant::now() < deadline, "Phoenix has no {what}; it has {answer:?}");
            }
            Err(answer) => {
                deadline = Instant::now() + PATIENCE;
                last = Some(answer);
            }
        }
        std::thread::sleep(PAUSE);
    }
}

const TRACE: &str = "query($id: String!) { getTraceByOtelId(traceId: $id) {
    numSpans errorCount userId session { sessionId } costSummary { total { cost } } rootSpan { name }
    spans(first: 1000) { edges { node {
        name spanKind spanId parentId latencyMs statusCode statusMessage userId metadata attributes
        input { value mimeType } output { value mimeType }
        tokenCountPrompt tokenCountTotal cumulativeTokenCountTotal costSummary { total { cost } }
        events { name message timestamp attributes }
    } } } } }";

const PROJECT: &str = "query($name: String!) { getProjectByName(name: $name) {
    traceCount recordCount sessionCount tokenCountPrompt tokenCountCompletion tokenCountTotal
    costSummary { total { cost tokens } prompt { cost tokens } completion { cost tokens } } } }";

const SESSIONS: &str = "query($name: String!) { getProjectByName(name: $name) {
    sessions(first: 100) { edges { node {
        sessionId numTraces userId firstInput { value } lastOutput { value } tokenUsage { total }
        costSummary { total { cost } }
    } } } } }";
