use axum::{
    extract::{MatchedPath, Request},
    middleware::Next,
    response::Response,
};
use tracing::{Instrument, field::Empty};
use tracing_openinference::{OpenInferenceSpanExt, chain_span};

/// Gives every request a span, below that of the caller if it names one.
pub(crate) async fn traced(route: Option<MatchedPath>, request: Request, next: Next) -> Response {
    let route = route.as_ref().map_or("not found", MatchedPath::as_str);
    // A literal stays what it is under every policy. A name that is put together at run time might quote what is hidden, so
    // `TraceConfig` hides it with the inputs.
    let name = match route {
        "/chat" => "POST /chat",
        "/health" => "GET /health",
        _ => "not found",
    };
    let span = chain_span!(
        "request",
        otel.kind = "server",
        http.route = route,
        http.request.method = %request.method(),
        http.response.status_code = Empty,
    );
    span.set_name(name).set_parent_from(request.headers());
    let response = next.run(request).instrument(span.clone()).await;
    span.record("http.response.status_code", response.status().as_u16());
    response
}
