//! OTLP over gRPC: the same encoded request as over HTTP, by one unary call.
//!
//! The exporter of `opentelemetry-otlp` tells only the code of a failure. The message, how long to wait and how many
//! spans were refused are in the answer itself.

mod proxy;

use std::error::Error;
use std::time::Duration;

use bytes::{Buf, BufMut, Bytes};
use http::uri::PathAndQuery;
use prost::Message;
use tonic::client::Grpc;
use tonic::codec::{Codec, CompressionEncoding, DecodeBuf, Decoder, EncodeBuf, Encoder};
use tonic::metadata::{AsciiMetadataKey, AsciiMetadataValue, BinaryMetadataKey, BinaryMetadataValue, MetadataMap};
use tonic::transport::{Channel, Endpoint};
use tonic::{Code, Request, Response, Status, Streaming};

use self::proxy::Proxy;
use super::http::rejected;
use super::otlp::{Compression, Otlp, Outcome, Trouble, causes, public};
use super::probe::Reply;
use super::tls;
use crate::BuildError;

const EXPORT: &str = "/opentelemetry.proto.collector.trace.v1.TraceService/Export";

/// A longer answer is an error, and one that cannot be told from a refusal of the request for its size.
const LONGEST_ANSWER: usize = 64 << 20;

#[derive(Debug)]
pub(super) struct Client {
    endpoint: Endpoint,
    proxy: Option<Proxy>,
    /// Made at the first attempt, on the export thread: making it needs the runtime.
    channel: Option<Channel>,
    metadata: MetadataMap,
    compression: Compression,
}

impl Client {
    pub(super) fn new(otlp: &Otlp) -> Result<Self, BuildError> {
        let unusable =
            |problem: String| BuildError::Setting { setting: "endpoint".to_owned(), value: public(&otlp.url), problem };
        let endpoint = Endpoint::from_shared(otlp.url.clone()).map_err(|error| unusable(error.to_string()))?;
        let endpoint = match endpoint.uri().scheme_str() {
            Some("http") => endpoint,
            Some("https") => tls::grpc(&otlp.tls, endpoint).map_err(|error| error.at(&otlp.url))?,
            _ => return Err(unusable("has to begin with http:// or https://".to_owned())),
        };
        let endpoint = endpoint
            .connect_timeout(otlp.timeout)
            .user_agent(concat!("tracing-openinference/", env!("CARGO_PKG_VERSION")))
            .map_err(|error| unusable(error.to_string()))?;
        let proxy = proxy::of_environment(endpoint.uri());
        let metadata = metadata(&otlp.headers)?;
        Ok(Self { endpoint, proxy, channel: None, metadata, compression: otlp.compression })
    }

    pub(super) async fn send(&mut self, body: Bytes) -> Outcome {
        match self.call(body).await {
            Ok(answer) => Outcome::Accepted { rejected: rejected(&answer) },
            Err(Failure::Connection(error)) => Outcome::Later { after: None, trouble: Trouble::unreachable(&error) },
            Err(Failure::Status(status)) => refused(&status),
        }
    }

    /// The answer to one call as it is.
    pub(super) async fn probe(&mut self, body: Bytes) -> Reply {
        match self.call(body).await {
            Ok(answer) => Reply::Grpc { code: 0, message: String::new(), rejected: rejected(&answer) },
            Err(Failure::Connection(error)) => Reply::Nothing(causes(&error)),
            Err(Failure::Status(status)) => match transport_error(&status) {
                Some(error) => Reply::Nothing(causes(error)),
                None => Reply::Grpc { code: status.code().into(), message: status.message().to_owned(), rejected: 0 },
            },
        }
    }

    async fn call(&mut self, body: Bytes) -> Result<Bytes, Failure> {
        let channel = self.channel.get_or_insert_with(|| match &self.proxy {
            Some(proxy) => self.endpoint.connect_with_connector_lazy(proxy.clone()),
            None => self.endpoint.connect_lazy(),
        });
        let channel = channel.clone();
        let grpc = Grpc::new(channel).max_decoding_message_size(LONGEST_ANSWER);
        let mut grpc = match self.compression {
            Compression::None => grpc,
            Compression::Gzip => grpc.send_compressed(CompressionEncoding::Gzip),
        };
        let mut request = Request::new(body);
        *request.metadata_mut() = self.metadata.clone();
        grpc.ready().await.map_err(Failure::Connection)?;
        let answer = grpc.server_streaming(request, PathAndQuery::from_static(EXPORT), Passing).await;
        let message = match answer {
            Ok(answer) => read(answer).await,
            Err(status) => Err(status),
        };
        message.map_err(|status| Failure::Status(Box::new(status)))
    }

    /// A connection whose other end is gone without a word would be used for ever.
    pub(super) fn reconnect(&mut self) {
        self.channel = None;
    }
}

/// The only message of an answer.
///
/// It is read like a stream because a stream shows how it ended. An answer that breaks off with `RST_STREAM` and
/// `CANCEL`, which gRPC calls `CANCELLED`, looks to a unary call like one of a server that had nothing to say:
/// <https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md#errors>.
async fn read(answer: Response<Streaming<Bytes>>) -> Result<Bytes, Status> {
    const STATUS: &str = "grpc-status";
    let is_whole = answer.metadata().contains_key(STATUS);
    let mut messages = answer.into_inner();
    let message = messages.message().await?;
    // A status that is no success may still come.
    let trailers = messages.trailers().await?;
    match message {
        Some(message) => Ok(message),
        None if is_whole || trailers.is_some() => Err(Status::internal("an answer without a message")),
        None => Err(Status::cancelled("the answer broke off")),
    }
}

/// Why a call came to nothing.
enum Failure {
    Connection(tonic::transport::Error),
    /// Of the server, or of the connection underneath.
    Status(Box<Status>),
}

fn metadata(pairs: &[(String, String)]) -> Result<MetadataMap, BuildError> {
    let mut metadata = MetadataMap::new();
    for (name, value) in pairs {
        let lower = name.to_ascii_lowercase();
        let key = AsciiMetadataKey::from_bytes(lower.as_bytes());
        let binary = BinaryMetadataKey::from_bytes(lower.as_bytes());
        match (key, binary, AsciiMetadataValue::try_from(value.as_str())) {
            (Ok(key), _, Ok(mut value)) => {
                value.set_sensitive(true);
                metadata.insert(key, value);
            }
            (_, Ok(key), _) => {
                metadata.insert_bin(key, BinaryMetadataValue::from_bytes(value.as_bytes()));
            }
            _ => {
                return Err(BuildError::Setting {
                    setting: format!("header {name}"),
                    value: "****".to_owned(),
                    problem: "is not valid gRPC metadata".to_owned(),
                });
            }
        }
    }
    Ok(metadata)
}

/// The classes of the OTLP specification, and what servers really answer.
///
/// `ResourceExhausted` is both "too large" and "queue full": the message decides. Without a time to wait the
/// specification calls it final; Phoenix means its queue by it, so it is repeated.
fn refused(status: &Status) -> Outcome {
    let code = status.code();
    if let Some(error) = transport_error(status) {
        return Outcome::Later { after: None, trouble: Trouble::unreachable(error) };
    }
    let trouble = |fix| Trouble::answer(format!("gRPC status {code:?}"), fix);
    let misdirected = |fix| Outcome::Refused(trouble(fix).misdirected(true));
    match code {
        Code::ResourceExhausted | Code::OutOfRange | Code::InvalidArgument if is_about_size(status.message()) => {
            Outcome::TooLarge(trouble("the backend limits the size of a message"))
        }
        Code::Unavailable
        | Code::Cancelled
        | Code::DeadlineExceeded
        | Code::Aborted
        | Code::OutOfRange
        | Code::DataLoss => Outcome::Later {
            after: retry_delay(status.details()),
            trouble: trouble("the backend is busy or restarting"),
        },
        Code::ResourceExhausted => {
            let after = retry_delay(status.details()).or(Some(Duration::from_secs(5)));
            Outcome::Later { after, trouble: trouble("the backend has no room: its queue or its storage is full") }
        }
        Code::Unauthenticated => {
            misdirected("the backend wants credentials: set PHOENIX_API_KEY, or an authorization header")
        }
        Code::PermissionDenied => misdirected("these credentials may not write: use the key of a user who may"),
        Code::Unimplemented => misdirected("nothing receives OTLP over gRPC at this address: Phoenix uses port 4317"),
        _ => Outcome::Refused(trouble("the backend does not accept this request: its log says why")),
    }
}

/// What the connection failed of, if no server gave this status: those that come over the wire have no source.
///
/// The connection may be lost at any time, also in the middle of an answer; the code is then any, often `Internal` or
/// `Unknown`. The decoder's verdict about the size of an answer is not about the connection.
fn transport_error(status: &Status) -> Option<&(dyn Error + 'static)> {
    let made_here = status.source().filter(|_| status.code() != Code::OutOfRange)?;
    let mut next = Some(made_here);
    while let Some(error) = next {
        if error.is::<tonic::transport::Error>() || error.is::<std::io::Error>() {
            return Some(error);
        }
        next = error.source();
    }
    Some(made_here)
}

fn is_about_size(message: &str) -> bool {
    let message = message.to_ascii_lowercase();
    ["larger than max", "message length too large", "too large", "exceeds"].iter().any(|words| message.contains(words))
}

/// `google.rpc.RetryInfo` among the details of a status.
fn retry_delay(details: &[u8]) -> Option<Duration> {
    let status = RpcStatus::decode(details).ok()?;
    let info = status.details.into_iter().find(|detail| detail.type_url.ends_with("google.rpc.RetryInfo"))?;
    let delay = RetryInfo::decode(info.value).ok()?.retry_delay?;
    Some(Duration::new(u64::try_from(delay.seconds).ok()?, u32::try_from(delay.nanos).ok()?.min(999_999_999)))
}

#[derive(Clone, PartialEq, Message)]
struct RpcStatus {
    #[prost(message, repeated, tag = "3")]
    details: Vec<RpcDetail>,
}

#[derive(Clone, PartialEq, Message)]
struct RpcDetail {
    #[prost(string, tag = "1")]
    type_url: String,
    #[prost(bytes = "bytes", tag = "2")]
    value: Bytes,
}

#[derive(Clone, PartialEq, Message)]
struct RetryInfo {
    #[prost(message, optional, tag = "1")]
    retry_delay: Option<RpcDuration>,
}

#[derive(Clone, PartialEq, Message)]
struct RpcDuration {
    #[prost(int64, tag = "1")]
    seconds: i64,
    #[prost(int32, tag = "2")]
    nanos: i32,
}

/// Passes bytes in both directions.
struct Passing;

impl Codec for Passing {
    type Encode = Bytes;
    type Decode = Bytes;
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        Self
    }

    fn decoder(&mut self) -> Self {
        Self
    }
}

impl Encoder for Passing {
    type Item = Bytes;
    type Error = Status;

    fn encode(&mut self, item: Bytes, buffer: &mut EncodeBuf<'_>) -> Result<(), Status> {
        buffer.put(item);
        Ok(())
    }
}

impl Decoder for Passing {
    type Item = Bytes;
    type Error = Status;

    fn decode(&mut self, buffer: &mut DecodeBuf<'_>) -> Result<Option<Bytes>, Status> {
        Ok(Some(buffer.copy_to_bytes(buffer.remaining())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn details(seconds: i64) -> Bytes {
        let info = RetryInfo { retry_delay: Some(RpcDuration { seconds, nanos: 500_000_000 }) };
        let detail = RpcDetail {
            type_url: "type.googleapis.com/google.rpc.RetryInfo".to_owned(),
            value: info.encode_to_vec().into(),
        };
        RpcStatus { details: vec![detail] }.encode_to_vec().into()
    }

    #[test]
    fn every_code_has_its_class() {
        let class = |code, message: &str| match refused(&Status::new(code, message)) {
            Outcome::Accepted { .. } => "accepted",
            Outcome::Later { .. } => "later",
            Outcome::TooLarge(_) => "too large",
            Outcome::Refused(_) => "refused",
        };
        for code in [Code::Unavailable, Code::Cancelled, Code::DeadlineExceeded, Code::Aborted, Code::DataLoss] {
            assert_eq!(class(code, ""), "later", "{code:?}");
        }
        for code in [Code::Unauthenticated, Code::PermissionDenied, Code::Unimplemented, Code::Internal, Code::Unknown]
        {
            assert_eq!(class(code, ""), "refused", "{code:?}");
        }
        assert_eq!(class(Code::ResourceExhausted, "SERVER: Received message larger than max (5 vs. 4)"), "too large");
        assert_eq!(class(Code::OutOfRange, "Error, decoded message length too large: found 9"), "too large");
        assert_eq!(class(Code::ResourceExhausted, "queue full"), "later");
        assert_eq!(class(Code::InvalidArgument, "bad"), "refused");
    }

    #[test]
    fn a_status_that_no_server_gave_is_repeated() {
        let lost = |code| {
            let mut status = Status::new(code, "h2 protocol error: error reading a body from connection");
            status.set_source(std::sync::Arc::new(std::fmt::Error));
            refused(&status)
        };
        for code in [Code::Internal, Code::Unknown, Code::PermissionDenied, Code::ResourceExhausted] {
            let Outcome::Later { after: None, trouble } = lost(code) else { panic!("{code:?} is final") };
            assert!(trouble.unreachable, "{code:?}: {trouble:?}");
        }
    }

    #[test]
    fn the_server_says_when_to_come_back() {
        let status = Status::with_details(Code::Unavailable, "", details(7));
        let Outcome::Later { after, .. } = refused(&status) else { panic!("not retried") };
        assert_eq!(after, Some(Duration::from_millis(7_500)));
        assert_eq!(retry_delay(&details(-1)), None);
        assert_eq!(retry_delay(b"garbage"), None);
    }
}
