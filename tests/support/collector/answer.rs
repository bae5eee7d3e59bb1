use std::time::Duration;

use bytes::Bytes;
use opentelemetry_proto::tonic::collector::trace::v1::{ExportTracePartialSuccess, ExportTraceServiceResponse};
use prost::Message;

/// What the collector does with a request.
#[derive(Clone, Debug)]
pub struct Answer {
    pub(super) delay: Duration,
    pub(super) act: Act,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Bytes,
}

#[derive(Clone, Debug)]
pub(super) enum Act {
    /// Success in the protocol of the request; the body is an encoded `ExportTraceServiceResponse`.
    Ok,
    /// An HTTP status, also to a gRPC request: proxies do that.
    Status(u16),
    /// A gRPC status; 500 to an HTTP request.
    Grpc { code: i32, message: String, details: Option<Bytes> },
    /// The same after a message, as Phoenix gives it.
    GrpcAfterMessage { code: i32, message: String },
    /// No answer for as long as the collector lives.
    Hang,
    /// The connection is closed with a TCP reset.
    Reset,
}

impl Answer {
    /// Success.
    #[must_use]
    pub fn ok() -> Self {
        Self::new(Act::Ok)
    }

    /// Success, but for `rejected` spans. (Says [`Collector::spans`](super::Collector::spans) nonetheless: all.)
    #[must_use]
    pub fn partial(rejected: i64, message: &str) -> Self {
        let partial = ExportTracePartialSuccess { rejected_spans: rejected, error_message: message.to_owned() };
        Self::ok().body(ExportTraceServiceResponse { partial_success: Some(partial) }.encode_to_vec())
    }

    /// This HTTP status.
    #[must_use]
    pub fn status(status: u16) -> Self {
        Self::new(Act::Status(status))
    }

    /// This gRPC status, as `grpc-status` and `grpc-message`.
    #[must_use]
    pub fn grpc(code: i32, message: &str) -> Self {
        Self::new(Act::Grpc { code, message: message.to_owned(), details: None })
    }

    /// This gRPC status in the trailers, after an empty message: what Phoenix says when its queue is full. 500 to an HTTP
    /// request.
    #[must_use]
    pub fn grpc_after_message(code: i32, message: &str) -> Self {
        Self::new(Act::GrpcAfterMessage { code, message: message.to_owned() })
    }

    /// This gRPC status with an encoded `google.rpc.Status` as its details: where a `RetryInfo` stands.
    #[must_use]
    pub fn grpc_with_details(code: i32, message: &str, details: impl Into<Bytes>) -> Self {
        Self::new(Act::Grpc { code, message: message.to_owned(), details: Some(details.into()) })
    }

    /// Nothing, for as long as the collector lives.
    #[must_use]
    pub fn hang() -> Self {
        Self::new(Act::Hang)
    }

    /// A TCP reset of the connection.
    #[must_use]
    pub fn reset() -> Self {
        Self::new(Act::Reset)
    }

    /// The same after `delay`.
    #[must_use]
    pub fn after(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }

    /// The same with this header too.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The same with this body.
    #[must_use]
    pub fn body(mut self, body: impl Into<Bytes>) -> Self {
        self.body = body.into();
        self
    }

    pub(super) fn unscripted() -> Self {
        const INTERNAL: i32 = 13;
        Self::grpc(INTERNAL, "no answer was scripted for this request").body("no answer was scripted for this request")
    }

    /// Whether the sender may believe that its spans are stored.
    pub(super) fn accepts(&self) -> bool {
        match &self.act {
            Act::Ok => true,
            Act::Status(status) => (200..300).contains(status),
            Act::Grpc { code, .. } | Act::GrpcAfterMessage { code, .. } => *code == 0,
            Act::Hang | Act::Reset => false,
        }
    }

    fn new(act: Act) -> Self {
        Self { delay: Duration::ZERO, act, headers: Vec::new(), body: Bytes::new() }
    }
}
