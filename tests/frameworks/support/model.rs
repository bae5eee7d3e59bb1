//! An OpenAI-compatible server on a real socket.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::net::{Ipv4Addr, SocketAddr, TcpListener as StdListener};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use crate::Reply;

/// Answers `/chat/completions` with the [`Reply`]s it was given, in their order, as one JSON document or as a stream of
/// events, whichever was asked for. Texts are embedded by the words in them. Whatever nobody foresaw is a 500.
///
/// It has a thread and a runtime of its own and ends when it is dropped.
#[derive(Debug)]
pub struct Model {
    address: SocketAddr,
    shared: Arc<Shared>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug, Default)]
struct Shared {
    replies: Mutex<VecDeque<Reply>>,
}

impl Model {
    /// A model on a port that the operating system chooses.
    ///
    /// # Panics
    ///
    /// When there is none.
    #[must_use]
    pub fn start(replies: impl IntoIterator<Item = Reply>) -> Self {
        let listener = StdListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port is free");
        let address = listener.local_addr().expect("a bound socket has an address");
        let shared = Arc::new(Shared { replies: Mutex::new(replies.into_iter().collect()) });
        let (stop, stopped) = oneshot::channel();
        let serving = Arc::clone(&shared);
        let serve = move || run(listener, serving, stopped);
        let thread = std::thread::Builder::new().name("model".to_owned()).spawn(serve).expect("a thread starts");
        Self { address, shared, stop: Some(stop), thread: Some(thread) }
    }

    /// `http://127.0.0.1:<port>/v1`: the base URL that clients of OpenAI take.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}/v1", self.address)
    }

    /// Its port, which is another one in every run.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// The replies that nobody has asked for yet.
    #[must_use]
    pub fn left(&self) -> usize {
        self.shared.lock().len()
    }
}

impl Drop for Model {
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
    fn lock(&self) -> MutexGuard<'_, VecDeque<Reply>> {
        self.replies.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn answer(&self, path: &str, request: &Value) -> Answer {
        match path {
            "/v1/chat/completions" => match self.lock().pop_front() {
                Some(reply) => reply.answer(request),
                None => Answer::error(500, "no reply is left"),
            },
            "/v1/embeddings" => embed(request),
            _ => Answer::error(404, &format!("nobody serves {path}")),
        }
    }
}

/// What goes back over the wire.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) kind: &'static str,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn json(body: &Value) -> Self {
        Self { status: 200, kind: "application/json", body: body.to_string() }
    }

    pub(crate) fn error(status: u16, message: &str) -> Self {
        let error = json!({ "error": { "message": message, "type": "error", "param": null, "code": null } });
        Self { status, ..Self::json(&error) }
    }
}

fn run(listener: StdListener, shared: Arc<Shared>, stop: oneshot::Receiver<()>) {
    // Its own spans are no part of what a test looks at.
    let _silent = tracing::subscriber::set_default(tracing::subscriber::NoSubscriber::new());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime starts");
    runtime.block_on(async {
        listener.set_nonblocking(true).expect("a socket need not block");
        let listener = TcpListener::from_std(listener).expect("a runtime takes a listener");
        let accept = async {
            while let Ok((stream, _)) = listener.accept().await {
                let shared = Arc::clone(&shared);
                tokio::spawn(async move {
                    let service = service_fn(|request| respond(request, &shared));
                    let _ = hyper::server::conn::http1::Builder::new()
                        .serve_connection(TokioIo::new(stream), service)
                        .await;
                });
            }
        };
        tokio::select! { () = accept => {}, _ = stop => {} }
    });
}

async fn respond(request: Request<Incoming>, shared: &Shared) -> Result<Response<Full<Bytes>>, Infallible> {
    let path = request.uri().path().to_owned();
    let body = request.into_body().collect().await.map(|body| body.to_bytes()).unwrap_or_default();
    let request = serde_json::from_slice(&body).unwrap_or_default();
    let answer = shared.answer(&path, &request);
    let mut response = Response::new(Full::new(Bytes::from(answer.body)));
    *response.status_mut() = answer.status.try_into().expect("an HTTP status");
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(answer.kind));
    response.headers_mut().insert("x-request-id", HeaderValue::from_static("req_1"));
    Ok(response)
}

/// The words that a vector counts; texts that share one are alike.
const WORDS: [&str; 4] = ["refund", "parcel", "weather", "tea"];

fn embed(request: &Value) -> Answer {
    let texts = match &request["input"] {
        Value::Array(texts) => texts.clone(),
        text => vec![text.clone()],
    };
    let vector = |text: &Value| {
        let text = text.as_str().unwrap_or_default().to_lowercase();
        let counts = WORDS.iter().map(|word| text.matches(word).count() as f64);
        counts.chain([0.1]).collect::<Vec<f64>>()
    };
    let data = texts.iter().enumerate();
    let data: Vec<_> =
        data.map(|(index, text)| json!({ "object": "embedding", "index": index, "embedding": vector(text) })).collect();
    let tokens = 4 * texts.len();
    Answer::json(&json!({
        "object": "list",
        "data": data,
        "model": "text-embedding-3-small",
        "usage": { "prompt_tokens": tokens, "total_tokens": tokens },
    }))
}
