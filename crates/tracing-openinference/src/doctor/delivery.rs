//! One span, and what the backend says to it.

use openinference_semconv::{SpanKind, keys};
use opentelemetry::{
    InstrumentationScope, KeyValue,
    trace::{SpanContext, SpanId, SpanKind as OtelKind, Status, TraceFlags, TraceState},
};
use opentelemetry_sdk::trace::{IdGenerator, RandomIdGenerator, SpanData, SpanEvents, SpanLinks};

use super::{
    connection::Route,
    findings::Findings,
    refusal::{Problem, refused, refused_by_grpc, unanswered},
};
use crate::{
    builder::Destination,
    ship::{HttpReply, Probe, Reply, Transport},
};

/// What the span is called in the project.
const NAME: &str = "tracing-openinference doctor";
pub(super) const TRACES_PATH: &str = "/v1/traces";

/// What answers at the other end.
pub(super) struct Backend {
    /// Where its pages are; `None` where it cannot be asked.
    pub(super) base: Option<String>,
    /// Its version, if it is a Phoenix.
    pub(super) phoenix: Option<String>,
}

/// The ids of a span that was accepted.
pub(super) struct Sent {
    pub(super) trace: String,
    pub(super) span: String,
}

/// Asks for Phoenix's version. Not to be one is no fault.
pub(super) async fn recognize(
    destination: &Destination,
    route: &Route,
    probe: &Probe,
    findings: &mut Findings,
) -> Backend {
    let base = base(destination.endpoint.transport, &route.url);
    let mut backend = Backend { phoenix: None, base };
    let Some(base) = &backend.base else { return backend };
    let reply = probe.get(&format!("{base}/arize_phoenix_version")).await;
    if let Reply::Http(HttpReply { phoenix: Some(version), .. }) = reply {
        findings.passed("version", format!("Phoenix {version}"));
        backend.phoenix = Some(version);
    } else if destination.endpoint.transport == Transport::Http {
        findings.noted("version", "this is no Phoenix, or something before it takes its version away".to_owned());
    }
    backend
}

/// Where Phoenix can be asked questions, if it is one.
///
/// It answers them over HTTP only. Where gRPC is at its usual port, HTTP may be at its own; but what TLS protects, the
/// credentials, is not sent there without TLS.
fn base(transport: Transport, url: &reqwest::Url) -> Option<String> {
    match transport {
        Transport::Http => without_path(url),
        Transport::Grpc if url.scheme() == "http" && url.port() == Some(4317) => {
            url.host_str().map(|host| format!("http://{host}:6006"))
        }
        Transport::Grpc => None,
    }
}

/// The address without the path of OTLP, and without a query.
fn without_path(url: &reqwest::Url) -> Option<String> {
    let mut url = url.clone();
    url.set_query(None);
    let path = url.path().strip_suffix(TRACES_PATH)?.to_owned();
    url.set_path(&path);
    Some(url.as_str().trim_end_matches('/').to_owned())
}

/// Sends the span. `None` where it was not accepted.
pub(super) async fn send(
    destination: &Destination,
    route: &Route,
    backend: &Backend,
    probe: &mut Probe,
    findings: &mut Findings,
) -> Option<Sent> {
    let span = span();
    let sent = Sent { trace: span.span_context.trace_id().to_string(), span: span.span_context.span_id().to_string() };
    let problem = match probe.send(span).await {
        Reply::Http(reply) if reply.status.is_success() && !reply.is_page => rejected(reply.rejected()),
        Reply::Grpc { code: 0, rejected: spans, .. } => rejected(spans),
        Reply::Http(reply) => Some(refused(destination, route, backend, &reply)),
        Reply::Grpc { code, message, .. } => Some(refused_by_grpc(destination, code, &message)),
        Reply::Nothing(why) => Some(unanswered(destination, route, why)),
    };
    match problem {
        None => {
            findings.passed("span", "a span was sent and accepted".to_owned());
            Some(sent)
        }
        Some((what, fix)) => {
            findings.failed("span", what, fix);
            None
        }
    }
}

fn span() -> SpanData {
    let ids = RandomIdGenerator::default();
    let now = std::time::SystemTime::now();
    SpanData {
        span_context: SpanContext::new(
            ids.new_trace_id(),
            ids.new_span_id(),
            TraceFlags::SAMPLED,
            false,
            TraceState::NONE,
        ),
        parent_span_id: SpanId::INVALID,
        parent_span_is_remote: false,
        span_kind: OtelKind::Internal,
        name: NAME.into(),
        start_time: now,
        end_time: now,
        attributes: vec![
            KeyValue::new(keys::OPENINFERENCE_SPAN_KIND, SpanKind::Chain.as_str()),
            KeyValue::new(keys::INPUT_VALUE, "Do spans arrive?"),
            KeyValue::new(keys::OUTPUT_VALUE, "This one has."),
        ],
        dropped_attributes_count: 0,
        events: SpanEvents::default(),
        links: SpanLinks::default(),
        status: Status::Ok,
        instrumentation_scope: InstrumentationScope::builder(env!("CARGO_PKG_NAME")).build(),
    }
}

fn rejected(spans: u64) -> Option<Problem> {
    let fix = "the backend answers with success and keeps nothing: its log says why";
    (spans > 0).then(|| ("the backend rejected the span".to_owned(), fix.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sent_with_tls_is_never_sent_without() {
        for (transport, url, base_url) in [
            (Transport::Http, "https://host/space/v1/traces?key=1", Some("https://host/space")),
            (Transport::Http, "http://host:6006/v1/traces", Some("http://host:6006")),
            (Transport::Grpc, "http://host:4317", Some("http://host:6006")),
            (Transport::Grpc, "http://host:9999", None),
            (Transport::Grpc, "https://host:4317", None),
        ] {
            assert_eq!(base(transport, &url.parse().unwrap()).as_deref(), base_url, "{url}");
        }
    }
}
