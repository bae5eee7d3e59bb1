//! An OTLP collector on a real socket that does what a test tells it.

use std::collections::VecDeque;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use opentelemetry_proto::tonic::trace::v1::Span;
use tokio::sync::oneshot;

pub use answer::Answer;
pub use request::{Protocol, Request, attributes};

mod answer;
mod request;
mod server;
#[cfg(test)]
mod tests;

/// How long a test waits for what must come.
const PATIENCE: Duration = Duration::from_secs(10);

/// A collector for OTLP over HTTP/protobuf and over gRPC, both on one loopback port.
///
/// It keeps every request. It answers 500 (gRPC: `INTERNAL`) to all of them, unless [`Collector::answer_ok`] or a
/// [script](Collector::script) says otherwise, so that a test which forgot to expect a request fails. It has a thread
/// and a runtime of its own and ends, with its connections, when it is dropped.
#[derive(Debug)]
pub struct Collector {
    address: SocketAddr,
    shared: Arc<Shared>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

/// Tells some requests from the others.
pub type Which = fn(&Request) -> bool;

#[derive(Debug)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    script: VecDeque<Answer>,
    otherwise: Option<Answer>,
    /// What is answered to some requests, whatever the others get.
    to_some: Option<(Which, Answer)>,
    requests: Vec<Request>,
    connections: usize,
}

impl Collector {
    /// A collector on a port that the operating system chooses.
    #[must_use]
    pub fn start() -> Self {
        Self::start_at(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))
    }

    /// A collector at `address`: for one that comes back after an outage.
    ///
    /// # Panics
    ///
    /// When the address cannot be had.
    #[must_use]
    pub fn start_at(address: SocketAddr) -> Self {
        Self::start_with(address, None)
    }

    /// A collector at `address` that answers `answer` from its first request on: for one that comes back while somebody
    /// keeps asking.
    ///
    /// # Panics
    ///
    /// When the address cannot be had.
    #[must_use]
    pub fn start_answering(address: SocketAddr, answer: Answer) -> Self {
        Self::start_with(address, Some(answer))
    }

    fn start_with(address: SocketAddr, otherwise: Option<Answer>) -> Self {
        let listener = std::net::TcpListener::bind(address).expect("the address is free");
        let address = listener.local_addr().expect("a bound socket has an address");
        let shared =
            Arc::new(Shared { state: Mutex::new(State { otherwise, ..State::default() }), changed: Condvar::new() });
        let (stop, stopped) = oneshot::channel();
        let serving = Arc::clone(&shared);
        let serve = move || server::run(listener, serving, stopped);
        let thread = std::thread::Builder::new().name("collector".to_owned()).spawn(serve).expect("a thread starts");
        Self { address, shared, stop: Some(stop), thread: Some(thread) }
    }

    /// Answers success to every request that the script says nothing about.
    #[must_use]
    pub fn answer_ok(self) -> Self {
        self.answer_always(Answer::ok())
    }

    /// Answers `answer` to every request that the script says nothing about.
    #[must_use]
    pub fn answer_always(self, answer: Answer) -> Self {
        self.shared.lock().otherwise = Some(answer);
        self
    }

    /// Answers `answer` from now on, and returns how many requests had another answer before.
    pub fn change_to(&self, answer: Answer) -> usize {
        let mut state = self.shared.lock();
        state.otherwise = Some(answer);
        state.to_some = None;
        state.requests.len()
    }

    /// The same, but for the requests that `which` is true of: those are answered `other`, whatever a script says.
    pub fn change_to_but(&self, answer: Answer, which: Which, other: Answer) -> usize {
        let mut state = self.shared.lock();
        state.otherwise = Some(answer);
        state.to_some = Some((which, other));
        state.requests.len()
    }

    /// Adds the answers to the next requests, one each, in the order in which the requests are complete.
    pub fn script(&self, answers: impl IntoIterator<Item = Answer>) {
        self.shared.lock().script.extend(answers);
    }

    /// How many answers of the script have not been given yet.
    #[must_use]
    pub fn unanswered(&self) -> usize {
        self.shared.lock().script.len()
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// `http://127.0.0.1:<port>`: an endpoint for either protocol.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The requests so far, in the order in which they were complete, whatever was answered.
    #[must_use]
    pub fn requests(&self) -> Vec<Request> {
        self.shared.lock().requests.clone()
    }

    /// The connections that were ever accepted.
    #[must_use]
    pub fn connections(&self) -> usize {
        self.shared.lock().connections
    }

    /// The spans it accepted: those of requests that were answered with success.
    #[must_use]
    pub fn spans(&self) -> Vec<Span> {
        self.shared.lock().accepted_spans()
    }

    /// The only accepted span of this name.
    ///
    /// # Panics
    ///
    /// When there is none, or more than one.
    #[must_use]
    pub fn span(&self, name: &str) -> Span {
        let mut named = self.spans();
        named.retain(|span| span.name == name);
        assert_eq!(named.len(), 1, "accepted spans named {name:?}");
        named.remove(0)
    }

    /// All bodies of all requests, decompressed: what must not contain a canary.
    #[must_use]
    pub fn bytes(&self) -> Vec<u8> {
        self.shared.lock().requests.iter().flat_map(|request| request.body.iter().copied()).collect()
    }

    /// Whether `text` is anywhere in the bodies or headers of the requests.
    #[must_use]
    pub fn saw(&self, text: &str) -> bool {
        let in_bytes = |bytes: &[u8]| bytes.windows(text.len()).any(|window| window == text.as_bytes());
        let state = self.shared.lock();
        state
            .requests
            .iter()
            .any(|request| in_bytes(&request.body) || request.headers.values().any(|value| in_bytes(value.as_bytes())))
    }

    /// Waits for `count` requests, at most ten seconds, and returns all there are by then.
    ///
    /// # Panics
    ///
    /// When they do not come.
    #[expect(clippy::must_use_candidate, reason = "having waited is enough")]
    pub fn await_requests(&self, count: usize) -> Vec<Request> {
        self.wait(&format!("{count} requests"), |state| state.requests.len() >= count);
        self.requests()
    }

    /// Waits for `count` accepted spans, at most ten seconds, and returns all there are by then.
    ///
    /// # Panics
    ///
    /// When they do not come.
    #[expect(clippy::must_use_candidate, reason = "having waited is enough")]
    pub fn await_spans(&self, count: usize) -> Vec<Span> {
        self.wait(&format!("{count} spans"), |state| state.accepted_spans().len() >= count);
        self.spans()
    }

    fn wait(&self, what: &str, done: impl Fn(&State) -> bool) {
        let deadline = Instant::now() + PATIENCE;
        let mut state = self.shared.lock();
        while !done(&state) {
            let left = deadline.saturating_duration_since(Instant::now());
            assert!(!left.is_zero(), "{what} did not come; {} requests did", state.requests.len());
            state = self.shared.changed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

impl Drop for Collector {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn connected(&self) {
        self.lock().connections += 1;
    }

    /// Keeps `request` and says what to answer.
    fn receive(&self, mut request: Request) -> Answer {
        let mut state = self.lock();
        let to_some = state.to_some.as_ref().filter(|(which, _)| which(&request)).map(|(_, answer)| answer.clone());
        let answer = to_some.or_else(|| state.script.pop_front()).or_else(|| state.otherwise.clone());
        let answer = answer.unwrap_or_else(Answer::unscripted);
        request.accepted = answer.accepts();
        state.requests.push(request);
        self.changed.notify_all();
        answer
    }
}

impl State {
    fn accepted_spans(&self) -> Vec<Span> {
        self.requests.iter().filter(|request| request.accepted).flat_map(Request::spans).collect()
    }
}
