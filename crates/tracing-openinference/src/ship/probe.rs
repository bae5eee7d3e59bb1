//! One request at a time, answered in full: for the doctor, who explains what the export thread only counts.

use std::time::Duration;

use ::http::StatusCode;
use opentelemetry_sdk::{Resource, trace::SpanData};
use reqwest::{Response, Url};

use super::{
    encode::Encoder,
    http,
    otlp::{self, Otlp, Transport, causes, public},
};
use crate::BuildError;

/// As much of an answer as is ever looked at.
const LONGEST_ANSWER: usize = 1 << 20;

/// Asks the backend of these settings, with their headers.
pub(crate) struct Probe {
    client: otlp::Client,
    encoder: Encoder,
    otlp: Otlp,
}

/// What came back.
#[derive(Debug)]
pub(crate) enum Reply {
    Http(HttpReply),
    #[cfg_attr(not(feature = "grpc"), expect(dead_code, reason = "this build has no client that makes it"))]
    Grpc {
        /// `0` is success.
        code: i32,
        /// Of the backend; it may quote what was sent.
        message: String,
        rejected: u64,
    },
    /// Nothing, for this reason.
    Nothing(String),
}

/// An answer over HTTP. None of it is fit to be shown but `location`.
#[derive(Debug)]
pub(crate) struct HttpReply {
    pub(crate) status: StatusCode,
    /// Phoenix says it with every answer.
    pub(crate) phoenix: Option<String>,
    pub(crate) is_page: bool,
    pub(crate) location: Option<String>,
    pub(crate) retry_after: Option<String>,
    pub(crate) body: Vec<u8>,
}

impl Probe {
    pub(crate) fn new(otlp: Otlp, resource: &Resource) -> Result<Self, BuildError> {
        Ok(Self { client: otlp::Client::new(&otlp)?, encoder: Encoder::new(resource)?, otlp })
    }

    /// Sends one span, for as long as the settings allow an attempt to take.
    pub(crate) async fn send(&mut self, span: SpanData) -> Reply {
        let Some(body) = self.encoder.encode(vec![span]) else {
            return Reply::Nothing("the span could not be encoded".to_owned());
        };
        let attempt = async {
            match &mut self.client {
                otlp::Client::Http(client) => read(client.attempt(body).await).await,
                otlp::Client::Grpc(client) => client.probe(body).await,
            }
        };
        within(self.otlp.timeout, attempt).await
    }

    /// Gets a page over HTTP, whatever the transport of the spans is.
    pub(crate) async fn get(&self, url: &str) -> Reply {
        let page = Otlp { url: url.to_owned(), transport: Transport::Http, ..self.otlp.clone() };
        match (http::Client::new(&page), Url::parse(url)) {
            (Ok(client), Ok(_)) => within(self.otlp.timeout, async { read(client.get().await).await }).await,
            (Err(error), _) => Reply::Nothing(error.to_string()),
            (_, Err(error)) => Reply::Nothing(error.to_string()),
        }
    }
}

/// Whether requests to this address go through no proxy.
pub(crate) fn is_local(url: &str) -> bool {
    Url::parse(url).is_ok_and(|url| http::is_local(url.host_str().unwrap_or_default()))
}

async fn within(timeout: Duration, attempt: impl Future<Output = Reply>) -> Reply {
    let late = |_| Reply::Nothing(format!("no answer within {timeout:?}"));
    tokio::time::timeout(timeout, attempt).await.unwrap_or_else(late)
}

async fn read(response: Result<Response, reqwest::Error>) -> Reply {
    let mut response = match response {
        Ok(response) => response,
        Err(error) => return Reply::Nothing(causes(&error.without_url())),
    };
    let header = |name: &str| response.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let mut reply = HttpReply {
        status: response.status(),
        phoenix: header("x-phoenix-server-version"),
        is_page: header("content-type").is_some_and(|kind| kind.starts_with("text/html")),
        location: header("location").map(|location| public(&location)),
        retry_after: header("retry-after"),
        body: Vec::new(),
    };
    while let Ok(Some(chunk)) = response.chunk().await {
        reply.body.extend_from_slice(&chunk);
        if reply.body.len() > LONGEST_ANSWER {
            break;
        }
    }
    reply.is_page |= reply.body.trim_ascii_start().first() == Some(&b'<');
    Reply::Http(reply)
}

impl HttpReply {
    pub(crate) fn says(&self, words: &str) -> bool {
        String::from_utf8_lossy(&self.body).to_lowercase().contains(&words.to_lowercase())
    }

    /// How many spans were refused.
    pub(crate) fn rejected(&self) -> u64 {
        http::rejected(&self.body)
    }
}
