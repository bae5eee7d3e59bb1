use async_openai::error::OpenAIError;
use serde::Serialize;
use tracing::{Instrument, Span};
use tracing_openinference::OpenInferenceSpanExt;

/// The one place where an application traces its calls: what was asked, what was answered, or what went wrong.
pub(crate) async fn traced<Response: Serialize>(
    span: Span,
    request: &impl Serialize,
    call: impl Future<Output = Result<Response, OpenAIError>>,
) -> Result<Response, OpenAIError> {
    span.set_llm_request(request);
    let answered = call.instrument(span.clone()).await;
    match &answered {
        Ok(response) => span.set_llm_response(response).set_ok(),
        Err(error) => span.record_exception(error),
    };
    answered
}
