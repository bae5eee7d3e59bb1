//! Streams: a span that lasts as long as the answer comes.

use std::{
    fmt,
    pin::Pin,
    task::{Context, Poll},
};

use futures_core::Stream;
use pin_project_lite::pin_project;
use tracing::Span;

use self::{
    fold::{BodyFold, ChunkFold, Fold, TextFold},
    recording::{Ending, Recording},
};

mod delta;
mod fold;
mod item;
mod output;
mod recording;

pub use self::{
    delta::TextDelta,
    item::{ChunkItem, StreamItem, TextItem},
    output::{LlmOutput, MessageOutput, ToolCallOutput},
};

/// Ties the stream of a model's answer to the LLM span of the call.
///
/// A span that is only entered while the request is sent ends before the first token; one whose handle sits somewhere in
/// a struct ends with that struct. Here the span belongs to the stream. It is entered for each poll, and
///
/// * the first chunk adds the event `First Token Stream Event`, as OpenInference's other libraries name it, and
///   `gen_ai.response.time_to_first_chunk`: the seconds since the span was created, under OpenTelemetry's name, because
///   OpenInference has none. Like all such words it ends up in the span's `metadata`;
/// * each chunk is given to a closure that folds it into an [`LlmOutput`];
/// * the end of the stream writes what was folded as output messages, `output.value`, token counts and so on. The status
///   is OK, unless something said it was an error;
/// * an `Err` adds an exception and makes the status an error. What was folded until then is written;
/// * dropping the stream before its end leaves the status unset and sets `tracing_openinference.stream.end` to `dropped`.
///   What was folded until then is written: it is what the reader saw, and it was paid for. (Python's decorators
///   write nothing then, because their fold runs over a complete list.)
///
/// The span ends at that moment, even if another handle to it is still around, so give it a span of its own and not that
/// of the function around it. Only work that enters the span later moves its end again.
///
/// A fold that panics is not called again; the application gets its stream unharmed. When nobody records the span the fold
/// is not called at all, and when the policy hides the output, the text that it pushes is not kept: model, finish reason
/// and token counts are.
///
/// ```
/// # use std::{convert::Infallible, pin::Pin, task::{Context, Poll}};
/// # use futures_core::Stream;
/// use tracing_openinference::{LlmOutput, OpenInferenceSpanExt, OpenInferenceStreamExt, llm_span};
/// # struct Call { index: u32, id: Option<String>, name: Option<String>, arguments: String }
/// # struct Delta { content: Option<String>, tool_calls: Vec<Call>, finish_reason: Option<String>, usage: Option<(u32, u32)> }
/// # fn ask(_: &str) -> impl Stream<Item = Result<Delta, Infallible>> {
/// #     struct Empty;
/// #     impl Stream for Empty {
/// #         type Item = Result<Delta, Infallible>;
/// #         fn poll_next(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> { Poll::Ready(None) }
/// #     }
/// #     Empty
/// # }
///
/// let span = llm_span!("chat", llm.model_name = "gpt-4o");
/// span.set_input_messages(("user", "Weather in Paris?"));
/// let answer = ask("Weather in Paris?").trace_llm(span, |output, delta: &Delta| {
///     output.push_text(&delta.content);
///     for call in &delta.tool_calls {
///         output.tool_call(call.index).id(&call.id).name(&call.name).push_arguments(&call.arguments);
///     }
///     output.set_finish_reason(&delta.finish_reason);
///     if let Some((prompt, completion)) = delta.usage {
///         output.set_token_count((prompt, completion));
///     }
/// });
/// # drop(answer);
/// ```
pub trait OpenInferenceStreamExt: Stream + Sized {
    /// Ties the stream to `span` and folds its chunks.
    ///
    /// `Chunk` is the item, or what is inside when the items are `Result`s: then errors are seen to, and the closure gets
    /// the rest. Which of the two is meant is said by the type of the closure's second argument, so for `Result`s it has
    /// to be written out, as above.
    fn trace_llm<F, Chunk, How>(self, span: Span, fold: F) -> TracedStream<Self, ChunkFold<F, Chunk, How>>
    where
        F: FnMut(&mut LlmOutput, &Chunk),
        Self::Item: StreamItem<Chunk, How>,
    {
        TracedStream::new(self, span, ChunkFold::new(fold))
    }

    /// Ties the stream to `span`; its items are pieces of text, or `Result`s of them.
    ///
    /// ```
    /// # use std::{collections::VecDeque, io, pin::Pin, task::{Context, Poll}};
    /// # use futures_core::Stream;
    /// use tracing_openinference::{OpenInferenceStreamExt, llm_span};
    ///
    /// fn pieces(answer: impl Stream<Item = io::Result<String>>) -> impl Stream<Item = io::Result<String>> {
    ///     answer.trace_llm_text(llm_span!("complete"))
    /// }
    /// ```
    fn trace_llm_text<How>(self, span: Span) -> TracedStream<Self, TextFold<How>>
    where
        Self::Item: TextItem<How>,
    {
        TracedStream::new(self, span, TextFold::new())
    }

    /// Ties the stream to `span`; its items are the chunks of a provider's API, or `Result`s of them, that serialise to the
    /// JSON they were.
    ///
    /// They are put together again, and the end writes what
    /// [`set_llm_response`](crate::OpenInferenceSpanExt::set_llm_response) writes of the whole response: OpenAI's chat and
    /// completion chunks (with the usage that `stream_options` asks for), the events of its Responses, Anthropic's events,
    /// Gemini's chunks, Ollama's lines. A chunk that is an error makes the span an error. Items that are the text of
    /// events (`data: {..}`) are read, too.
    ///
    /// Where the error of the `Result` serialises as well, as `String` does, the compiler cannot tell which of the two is
    /// the chunk. Then say so: `trace_llm(span, |output, chunk: &Chunk| output.push_chunk(chunk))`.
    ///
    /// ```
    /// # use futures_core::Stream;
    /// use tracing_openinference::{OpenInferenceSpanExt, OpenInferenceStreamExt, llm_span};
    ///
    /// fn answer(
    ///     request: &serde_json::Value,
    ///     chunks: impl Stream<Item = std::io::Result<serde_json::Value>>,
    /// ) -> impl Stream<Item = std::io::Result<serde_json::Value>> {
    ///     let span = llm_span!("chat");
    ///     span.set_llm_request(request);
    ///     chunks.trace_llm_chunks(span)
    /// }
    /// ```
    fn trace_llm_chunks<How>(self, span: Span) -> TracedStream<Self, BodyFold<How>>
    where
        Self::Item: ChunkItem<How>,
    {
        TracedStream::new(self, span, BodyFold::new())
    }
}

impl<S: Stream> OpenInferenceStreamExt for S {}

pin_project! {
    /// A stream that a span belongs to; made by [`trace_llm`](OpenInferenceStreamExt::trace_llm).
    #[must_use = "streams do nothing unless polled"]
    pub struct TracedStream<S, F> {
        // Emptied by the drop, inside the span, so that what the stream's own drop says belongs to the span.
        #[pin]
        inner: Option<S>,
        span: Span,
        fold: F,
        recording: Option<Box<Recording>>,
    }

    impl<S, F> PinnedDrop for TracedStream<S, F> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            // A panic of the reader is none of the model's: leaving the span while it unwinds would say so.
            let entered = (!std::thread::panicking()).then(|| this.span.enter());
            this.inner.set(None);
            drop(entered);
            finish(this.span, this.recording, Ending::Dropped);
        }
    }
}

impl<S, F> TracedStream<S, F> {
    fn new(inner: S, span: Span, fold: F) -> Self {
        let recording = Recording::of(&span).map(Box::new);
        Self { inner: Some(inner), span, fold, recording }
    }
}

impl<S: Stream, F: Fold<S::Item>> Stream for TracedStream<S, F> {
    type Item = S::Item;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.project();
        let Some(inner) = this.inner.as_pin_mut() else { return Poll::Ready(None) };
        let polled = {
            let _entered = this.span.enter();
            let polled = inner.poll_next(cx);
            if let (Poll::Ready(Some(item)), Some(recording)) = (&polled, this.recording.as_mut()) {
                recording.item(this.span, this.fold, item);
            }
            polled
        };
        if let Poll::Ready(None) = polled {
            finish(this.span, this.recording, Ending::Complete);
        }
        polled
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.inner.as_ref().map_or((0, Some(0)), Stream::size_hint)
    }
}

/// Writes what is known and lets go of the span, which the stream may outlive.
fn finish(span: &mut Span, recording: &mut Option<Box<Recording>>, ending: Ending) {
    if let Some(recording) = recording.take() {
        recording.finish(span, ending);
    }
    *span = Span::none();
}

impl<S: fmt::Debug, F> fmt::Debug for TracedStream<S, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TracedStream").field("inner", &self.inner).field("span", &self.span).finish_non_exhaustive()
    }
}
