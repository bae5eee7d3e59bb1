use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Waker};
use std::time::Duration;

use bytes::Bytes;
use http::header::CONTENT_ENCODING;
use http::{Request, Response};
use opentelemetry_http::{HttpClient, HttpError};
use opentelemetry_otlp::{Protocol, RetryPolicy, SpanExporter, WithExportConfig, WithHttpConfig};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span};
use opentelemetry_proto::transform::common::tonic::ResourceAttributesWithSchema;
use opentelemetry_proto::transform::trace::tonic::group_spans_by_resource_and_scope;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{SpanData, SpanExporter as _};
use prost::Message;

use super::reduce;
use crate::BuildError;

/// Makes OTLP requests with the exporter of `opentelemetry-otlp`.
///
/// The exporter's HTTP client is a [`Mailbox`]: the request goes no further than here, and delivery takes its body.
/// So the address, the headers and the timeout the exporter believes in, from code or environment, have no effect.
#[derive(Debug)]
pub(super) struct Encoder {
    exporter: SpanExporter,
    mailbox: Mailbox,
    resource: ResourceAttributesWithSchema,
    /// Whether the exporter leaves the body as it is. `OTEL_EXPORTER_OTLP_COMPRESSION` is the one thing that code cannot
    /// undo, in a build where some crate has enabled the exporter's compression; then it is left out.
    plain: bool,
    overhead: usize,
}

impl Encoder {
    pub(super) fn new(resource: &Resource) -> Result<Self, BuildError> {
        let mailbox = Mailbox::default();
        let mut exporter = SpanExporter::builder()
            .with_http()
            .with_http_client(mailbox.clone())
            .with_protocol(Protocol::HttpBinary)
            .with_endpoint("http://localhost/v1/traces")
            .with_timeout(Duration::from_secs(10))
            .with_retry_policy(RetryPolicy::disabled())
            .with_max_request_body_size(usize::MAX)
            .build()
            .map_err(|error| BuildError::Setting {
                setting: "opentelemetry-otlp".to_owned(),
                value: "HTTP exporter".to_owned(),
                problem: error.to_string(),
            })?;
        exporter.set_resource(resource);
        let mut encoder = Self { exporter, mailbox, resource: resource.into(), plain: true, overhead: 0 };
        // An empty request shows what the exporter does to a body, and what a request weighs without spans.
        encoder.plain = encoder.through_exporter(Vec::new()).is_some();
        encoder.overhead = encoder.encode(Vec::new()).map_or(0, |body| body.len());
        Ok(encoder)
    }

    /// What a request weighs without its spans.
    pub(super) fn overhead(&self) -> usize {
        self.overhead
    }

    /// The encoded request; `None` if the exporter gave none.
    pub(super) fn encode(&self, spans: Vec<SpanData>) -> Option<Bytes> {
        if self.plain {
            return self.through_exporter(spans);
        }
        let resource_spans = group_spans_by_resource_and_scope(spans, &self.resource);
        Some(ExportTraceServiceRequest { resource_spans }.encode_to_vec().into())
    }

    fn through_exporter(&self, spans: Vec<SpanData>) -> Option<Bytes> {
        let export = pin!(self.exporter.export(spans));
        // Nothing in it waits: the mailbox answers at once, and there are no retries.
        let _ = export.poll(&mut Context::from_waker(Waker::noop()));
        let request = self.mailbox.open()?;
        (!request.headers().contains_key(CONTENT_ENCODING)).then(|| request.into_body())
    }
}

/// An HTTP client that keeps the request and says that all is well.
#[derive(Clone, Debug, Default)]
struct Mailbox(Arc<Mutex<Option<Request<Bytes>>>>);

impl Mailbox {
    fn open(&self) -> Option<Request<Bytes>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl HttpClient for Mailbox {
    fn send_bytes<'me, 'answer>(
        &'me self,
        request: Request<Bytes>,
    ) -> Pin<Box<dyn Future<Output = Result<Response<Bytes>, HttpError>> + Send + 'answer>>
    where
        'me: 'answer,
        Self: 'answer,
    {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(request);
        Box::pin(std::future::ready(Ok(Response::new(Bytes::new()))))
    }
}

/// What can be made of a request that was refused for its size.
#[derive(Debug)]
pub(super) enum Smaller {
    /// Two requests, each with half of the spans, and their numbers of spans.
    Halves([(Bytes, u64); 2]),
    /// The same single span with less content, and whether it was whole before.
    Reduced(Bytes, bool),
    /// There is nothing left to cut.
    Hopeless,
}

/// A span that has been cut to this has no content worth cutting.
const LEAST: usize = 16 << 10;

pub(super) fn smaller(body: &Bytes) -> Smaller {
    let Ok(mut request) = ExportTraceServiceRequest::decode(body.clone()) else { return Smaller::Hopeless };
    let spans = count(&request);
    if spans > 1 {
        let rest = split_off(&mut request, spans / 2);
        let encoded =
            |request: &ExportTraceServiceRequest| (Bytes::from(request.encode_to_vec()), count(request) as u64);
        return Smaller::Halves([encoded(&request), encoded(&rest)]);
    }
    let Some(span) = spans_of(&mut request).next() else { return Smaller::Hopeless };
    let (target, was_whole) = (body.len() / 2, reduce::cut_before(span).is_none());
    if target < LEAST || !reduce::encoded_span(span, target) {
        return Smaller::Hopeless;
    }
    let reduced = Bytes::from(request.encode_to_vec());
    if reduced.len() < body.len() { Smaller::Reduced(reduced, was_whole) } else { Smaller::Hopeless }
}

fn spans_of(request: &mut ExportTraceServiceRequest) -> impl Iterator<Item = &mut Span> {
    request.resource_spans.iter_mut().flat_map(|resource| &mut resource.scope_spans).flat_map(|scope| &mut scope.spans)
}

fn count(request: &ExportTraceServiceRequest) -> usize {
    request.resource_spans.iter().flat_map(|resource| &resource.scope_spans).map(|scope| scope.spans.len()).sum()
}

/// Leaves the first `keep` spans and returns the rest, under the same resource and scopes.
fn split_off(request: &mut ExportTraceServiceRequest, mut keep: usize) -> ExportTraceServiceRequest {
    let mut rest = ExportTraceServiceRequest::default();
    for resource in &mut request.resource_spans {
        let mut scope_spans = Vec::new();
        for scope in &mut resource.scope_spans {
            let spans = scope.spans.split_off(keep.min(scope.spans.len()));
            keep -= scope.spans.len();
            if !spans.is_empty() {
                scope_spans.push(ScopeSpans {
                    scope: scope.scope.clone(),
                    spans,
                    schema_url: scope.schema_url.clone(),
                });
            }
        }
        resource.scope_spans.retain(|scope| !scope.spans.is_empty());
        let (resource, schema_url) = (resource.resource.clone(), resource.schema_url.clone());
        rest.resource_spans.push(ResourceSpans { resource, scope_spans, schema_url });
    }
    rest
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ship::tests::{large_span, span};

    #[test]
    fn a_request_is_the_same_with_and_without_the_exporter() {
        let resource = Resource::builder_empty().with_service_name("bot").with_schema_url([], "https://schema").build();
        let through = Encoder::new(&resource).unwrap();
        assert!(through.plain);
        let plainly = Encoder { plain: false, ..Encoder::new(&resource).unwrap() };
        let spans = vec![span("one"), large_span("two", 1_000)];
        assert_eq!(through.encode(spans.clone()).unwrap(), plainly.encode(spans).unwrap());
    }

    #[test]
    fn halves_have_all_spans_in_order_under_the_same_resource() {
        let encoder = Encoder::new(&Resource::builder_empty().with_service_name("bot").build()).unwrap();
        let other = opentelemetry::InstrumentationScope::builder("other").build();
        let mut spans: Vec<SpanData> = (0..5).map(|number| span(format!("span {number}"))).collect();
        spans[4].instrumentation_scope = other;
        let Smaller::Halves(halves) = smaller(&encoder.encode(spans).unwrap()) else { panic!("not halved") };
        let mut names = Vec::new();
        for (body, count) in halves {
            let mut request = ExportTraceServiceRequest::decode(body).unwrap();
            assert_eq!(request.resource_spans[0].resource.as_ref().unwrap().attributes.len(), 1);
            let before = names.len() as u64;
            names.extend(spans_of(&mut request).map(|span| span.name.clone()));
            assert_eq!(names.len() as u64 - before, count);
        }
        assert_eq!(names, ["span 0", "span 1", "span 2", "span 3", "span 4"]);
    }
}
