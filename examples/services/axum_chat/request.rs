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
    let span = chain_span!(
        "request",
        otel.name = format!("{} {route}", request.method()),
        otel.kind = "server",
        http.route = route,
        http.request.method = %request.method(),
        http.response.status_code = Empty,
    );
    span.set_parent_from(request.headers());
    let response = next.run(request).instrument(span.clone()).await;
    span.record("http.response.status_code", response.status().as_u16());
    response
}
