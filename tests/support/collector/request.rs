use std::collections::BTreeMap;
use std::io::Read;
use std::time::Instant;

use bytes::Bytes;
use hyper::HeaderMap;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue, any_value};
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message;
use serde_json::Value;

/// How a request came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// OTLP over HTTP, one encoded message a body.
    Http,
    /// OTLP over gRPC.
    Grpc,
}

/// A request the collector has received in full.
#[derive(Clone, Debug)]
pub struct Request {
    /// How it came.
    pub protocol: Protocol,
    /// The HTTP method.
    pub method: String,
    /// Path and query.
    pub path: String,
    /// The HTTP headers, for gRPC the metadata.
    pub headers: HeaderMap,
    /// The body as it was on the wire.
    pub wire: Bytes,
    /// The body without compression and, for gRPC, without its frame.
    pub body: Bytes,
    /// The body decoded, if it is what it should be.
    pub decoded: Option<ExportTraceServiceRequest>,
    /// Whether the answer was success.
    pub accepted: bool,
    /// When it was complete.
    pub at: Instant,
}

impl Request {
    pub(super) fn new(method: String, path: String, headers: HeaderMap, wire: Bytes) -> Self {
        let named = |name| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let grpc = named("content-type").starts_with("application/grpc");
        let (protocol, body) = if grpc {
            (Protocol::Grpc, unframe(&wire, named("grpc-encoding")))
        } else {
            (Protocol::Http, decompress(&wire, named("content-encoding")))
        };
        let decoded = body.as_ref().and_then(|body| ExportTraceServiceRequest::decode(body.clone()).ok());
        let body = body.unwrap_or_else(|| wire.clone());
        Self { protocol, method, path, headers, wire, body, decoded, accepted: false, at: Instant::now() }
    }

    /// The header of this name, if it is there and is text.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The spans of the body.
    #[must_use]
    pub fn spans(&self) -> Vec<Span> {
        let resources = self.decoded.iter().flat_map(|decoded| &decoded.resource_spans);
        resources.flat_map(|resource| &resource.scope_spans).flat_map(|scope| scope.spans.clone()).collect()
    }

    /// The attributes of the resource the spans come from; the first if there are more.
    #[must_use]
    pub fn resource(&self) -> BTreeMap<String, Value> {
        let resource = self.decoded.as_ref().and_then(|decoded| decoded.resource_spans.first()?.resource.as_ref());
        resource.map(|resource| attributes(&resource.attributes)).unwrap_or_default()
    }
}

/// The attributes of a span, event, link or resource on the wire as JSON.
///
/// # Panics
///
/// When a key is there twice: OTLP forbids it.
#[must_use]
pub fn attributes(attributes: &[KeyValue]) -> BTreeMap<String, Value> {
    let mut map = BTreeMap::new();
    for attribute in attributes {
        let value = attribute.value.as_ref().map_or(Value::Null, json);
        assert!(map.insert(attribute.key.clone(), value).is_none(), "{} is there twice", attribute.key);
    }
    map
}

fn json(value: &AnyValue) -> Value {
    match &value.value {
        Some(any_value::Value::StringValue(text)) => text.as_str().into(),
        Some(any_value::Value::BoolValue(bool)) => (*bool).into(),
        Some(any_value::Value::IntValue(int)) => (*int).into(),
        Some(any_value::Value::DoubleValue(float)) => (*float).into(),
        Some(any_value::Value::BytesValue(bytes)) => bytes.clone().into(),
        Some(any_value::Value::ArrayValue(array)) => array.values.iter().map(json).collect(),
        Some(any_value::Value::KvlistValue(list)) => attributes(&list.values).into_iter().collect(),
        // References into the string table of profiles; traces have none.
        Some(_) | None => Value::Null,
    }
}

/// The message of a unary gRPC call: a flag, a length, the message.
fn unframe(wire: &Bytes, encoding: &str) -> Option<Bytes> {
    let length = u32::from_be_bytes(wire.get(1..5)?.try_into().ok()?);
    let message = wire.slice(5..);
    if message.len() != usize::try_from(length).ok()? {
        return None;
    }
    if wire[0] == 0 { Some(message) } else { decompress(&message, encoding) }
}

fn decompress(bytes: &Bytes, encoding: &str) -> Option<Bytes> {
    let mut plain = Vec::new();
    match encoding {
        "" | "identity" => return Some(bytes.clone()),
        "gzip" => flate2::read::GzDecoder::new(&**bytes).read_to_end(&mut plain).ok()?,
        "deflate" => flate2::read::ZlibDecoder::new(&**bytes).read_to_end(&mut plain).ok()?,
        _ => return None,
    };
    Some(plain.into())
}
