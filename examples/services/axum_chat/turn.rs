use async_openai::{error::OpenAIError, types::chat::CreateChatCompletionStreamResponse};
use axum::response::sse::Event;
use tracing::Span;
use tracing_openinference::OpenInferenceSpanExt;

/// One answer on its way to the reader, and the span of the request that it belongs to.
pub(crate) struct Turn {
    request: Span,
    answer: String,
    failed: bool,
}

impl Turn {
    pub(crate) fn new(request: Span) -> Self {
        Self { request, answer: String::new(), failed: false }
    }

    /// What the reader gets of a chunk: text, the reason of the end, or that it failed.
    pub(crate) fn event(&mut self, chunk: Result<CreateChatCompletionStreamResponse, OpenAIError>) -> Event {
        let chunk = match chunk {
            Ok(chunk) => chunk,
            Err(error) => {
                self.failed = true;
                self.request.record_exception(&error);
                return Event::default().event("error").data("the model failed");
            }
        };
        let Some(choice) = chunk.choices.into_iter().next() else { return Event::default().comment("usage") };
        if choice.finish_reason.is_some() {
            return Event::default().event("done").data("");
        }
        let text = choice.delta.content.unwrap_or_default();
        self.answer.push_str(&text);
        Event::default().event("text").data(text)
    }
}

/// After the last chunk, or when the reader has gone away.
impl Drop for Turn {
    fn drop(&mut self) {
        self.request.set_output(std::mem::take(&mut self.answer));
        if !self.failed {
            self.request.set_ok();
        }
    }
}
