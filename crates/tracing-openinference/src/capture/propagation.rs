//! W3C `traceparent` and `tracestate`, in and out of header maps.

use std::collections::{BTreeMap, HashMap};

use opentelemetry::{
    Context,
    propagation::{Extractor, Injector, TextMapPropagator},
    trace::{SpanContext, TraceContextExt},
};
use opentelemetry_sdk::propagation::TraceContextPropagator;
use tracing::Span;

use super::{bridge, edit};

/// Incoming headers: where a remote parent may be named.
pub trait Headers {
    /// The value of a header; names are given in lower case and compared as the protocol has it.
    fn header(&self, name: &str) -> Option<&str>;
}

/// Outgoing headers.
pub trait HeadersMut {
    /// Sets a header. A name or value that the map cannot hold is left out.
    fn set_header(&mut self, name: &str, value: String);
}

impl Headers for http::HeaderMap {
    fn header(&self, name: &str) -> Option<&str> {
        self.get(name)?.to_str().ok()
    }
}

impl HeadersMut for http::HeaderMap {
    fn set_header(&mut self, name: &str, value: String) {
        let name = http::HeaderName::from_bytes(name.as_bytes());
        if let (Ok(name), Ok(value)) = (name, http::HeaderValue::from_maybe_shared(value.into_bytes())) {
            self.insert(name, value);
        }
    }
}

#[cfg(feature = "grpc")]
impl Headers for tonic::metadata::MetadataMap {
    fn header(&self, name: &str) -> Option<&str> {
        self.get(name)?.to_str().ok()
    }
}

#[cfg(feature = "grpc")]
impl HeadersMut for tonic::metadata::MetadataMap {
    fn set_header(&mut self, name: &str, value: String) {
        let name = tonic::metadata::MetadataKey::from_bytes(name.as_bytes());
        if let (Ok(name), Ok(value)) = (name, value.parse()) {
            self.insert(name, value);
        }
    }
}

/// Keys of a plain map may be in any case.
impl<H: std::hash::BuildHasher> Headers for HashMap<String, String, H> {
    fn header(&self, name: &str) -> Option<&str> {
        let exact = self.get(name);
        exact
            .or_else(|| self.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value))
            .map(String::as_str)
    }
}

impl<H: std::hash::BuildHasher> HeadersMut for HashMap<String, String, H> {
    fn set_header(&mut self, name: &str, value: String) {
        self.retain(|key, _| !key.eq_ignore_ascii_case(name));
        self.insert(name.to_owned(), value);
    }
}

/// Keys of a plain map may be in any case.
impl Headers for BTreeMap<String, String> {
    fn header(&self, name: &str) -> Option<&str> {
        let exact = self.get(name);
        exact
            .or_else(|| self.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value))
            .map(String::as_str)
    }
}

impl HeadersMut for BTreeMap<String, String> {
    fn set_header(&mut self, name: &str, value: String) {
        self.retain(|key, _| !key.eq_ignore_ascii_case(name));
        self.insert(name.to_owned(), value);
    }
}

/// Makes the span a child of the span that the headers name, if they name one.
pub(crate) fn set_parent_from(span: &Span, headers: &(impl Headers + ?Sized)) {
    if !headers.header("traceparent").is_some_and(is_well_formed) {
        return;
    }
    let context = TraceContextPropagator::new().extract_with_context(&Context::new(), &Incoming(headers));
    let remote = context.span().span_context().clone();
    if remote.is_valid() {
        // Beside a `tracing-opentelemetry` layer both must have the same parent.
        let told = bridge::set_parent(span, &context);
        edit::continue_from(span, &remote, told);
    }
}

/// The SDK's propagator takes ids of any length for what they amount to; the [specification] tells the receiver to start
/// over.
///
/// [specification]: https://www.w3.org/TR/trace-context/#versioning-of-traceparent
fn is_well_formed(traceparent: &str) -> bool {
    const LENGTHS: [usize; 4] = [2, 32, 16, 2];
    let lengths = traceparent.trim().splitn(5, '-').map(str::len);
    lengths.take(LENGTHS.len()).eq(LENGTHS)
}

/// Names the span as the parent of whatever the headers are sent to.
pub(crate) fn inject_into(span: &Span, headers: &mut (impl HeadersMut + ?Sized)) {
    if let Some(context) = edit::outgoing_context(span) {
        inject(context, headers);
    }
}

fn inject(context: SpanContext, headers: &mut (impl HeadersMut + ?Sized)) {
    let context = Context::new().with_remote_span_context(context);
    TraceContextPropagator::new().inject_context(&context, &mut Outgoing(headers));
}

struct Incoming<'a, H: ?Sized>(&'a H);

impl<H: Headers + ?Sized> Extractor for Incoming<'_, H> {
    fn get(&self, key: &str) -> Option<&str> {
        self.0.header(key)
    }

    fn keys(&self) -> Vec<&str> {
        // Asked for only by propagators that look for prefixes; `traceparent` is looked up by name.
        Vec::new()
    }
}

struct Outgoing<'a, H: ?Sized>(&'a mut H);

impl<H: HeadersMut + ?Sized> Injector for Outgoing<'_, H> {
    fn set(&mut self, key: &str, value: String) {
        // An empty `tracestate` says nothing.
        if !value.is_empty() {
            self.0.set_header(key, value);
        }
    }
}
