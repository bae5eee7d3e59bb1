/// What the expansions of this crate's macros need, wherever they are used.
#[doc(hidden)]
pub mod __private {
    pub use openinference_semconv::SpanKind;
    pub use tracing;
}

/// A span of one kind, in every form that [`tracing::info_span!`] takes.
#[doc(hidden)]
#[macro_export]
macro_rules! __span_of_kind {
    ($kind:ident, target: $target:expr, parent: $parent:expr, $name:expr $(, $($fields:tt)*)?) => {
        $crate::__private::tracing::info_span!(
            target: $target,
            parent: $parent,
            $name,
            openinference.span.kind = $crate::__private::SpanKind::$kind.as_str(),
            $($($fields)*)?
        )
    };
    ($kind:ident, target: $target:expr, $name:expr $(, $($fields:tt)*)?) => {
        $crate::__private::tracing::info_span!(
            target: $target,
            $name,
            openinference.span.kind = $crate::__private::SpanKind::$kind.as_str(),
            $($($fields)*)?
        )
    };
    ($kind:ident, parent: $parent:expr, $name:expr $(, $($fields:tt)*)?) => {
        $crate::__private::tracing::info_span!(
            parent: $parent,
            $name,
            openinference.span.kind = $crate::__private::SpanKind::$kind.as_str(),
            $($($fields)*)?
        )
    };
    ($kind:ident, $name:expr $(, $($fields:tt)*)?) => {
        $crate::__private::tracing::info_span!(
            $name,
            openinference.span.kind = $crate::__private::SpanKind::$kind.as_str(),
            $($($fields)*)?
        )
    };
}

/// Opens a span of kind `LLM`: one call of a language model.
///
/// Takes what [`tracing::info_span!`] takes: `target:`, `parent:`, a name, fields. The kind is the first field.
///
/// ```
/// use tracing_openinference::{OpenInferenceSpanExt, llm_span};
///
/// let span = llm_span!("chat", llm.model_name = "gpt-4o", llm.token_count.prompt = tracing::field::Empty);
/// span.set_input("Weather in Paris?");
/// let _entered = span.enter();
/// ```
#[macro_export]
macro_rules! llm_span {
    ($($span:tt)+) => { $crate::__span_of_kind!(Llm, $($span)+) };
}

/// Opens a span of kind `CHAIN`: a step, or the glue between steps. Takes what [`tracing::info_span!`] takes.
#[macro_export]
macro_rules! chain_span {
    ($($span:tt)+) => { $crate::__span_of_kind!(Chain, $($span)+) };
}

/// Opens a span of kind `TOOL`: one run of a tool or function. Takes what [`tracing::info_span!`] takes.
#[macro_export]
macro_rules! tool_span {
    ($($span:tt)+) => { $crate::__span_of_kind!(Tool, $($span)+) };
}

/// Opens a span of kind `AGENT`: a reasoning loop of models and tools. Takes what [`tracing::info_span!`] takes.
#[macro_export]
macro_rules! agent_span {
    ($($span:tt)+) => { $crate::__span_of_kind!(Agent, $($span)+) };
}

/// Opens a span of kind `RETRIEVER`: a look-up of documents. Takes what [`tracing::info_span!`] takes.
#[macro_export]
macro_rules! retriever_span {
    ($($span:tt)+) => { $crate::__span_of_kind!(Retriever, $($span)+) };
}

/// Opens a span of kind `RERANKER`: a re-ordering of documents. Takes what [`tracing::info_span!`] takes.
#[macro_export]
macro_rules! reranker_span {
    ($($span:tt)+) => { $crate::__span_of_kind!(Reranker, $($span)+) };
}

/// Opens a span of kind `EMBEDDING`: texts become vectors. Takes what [`tracing::info_span!`] takes.
///
/// OpenInference wants such a span to be called `CreateEmbeddings`; `embedding_span!()` is.
#[macro_export]
macro_rules! embedding_span {
    () => { $crate::__span_of_kind!(Embedding, "CreateEmbeddings") };
    ($($span:tt)+) => { $crate::__span_of_kind!(Embedding, $($span)+) };
}

/// Opens a span of kind `GUARDRAIL`: a check of an input or output. Takes what [`tracing::info_span!`] takes.
#[macro_export]
macro_rules! guardrail_span {
    ($($span:tt)+) => { $crate::__span_of_kind!(Guardrail, $($span)+) };
}

/// Opens a span of kind `EVALUATOR`: a judgement of an output. Takes what [`tracing::info_span!`] takes.
#[macro_export]
macro_rules! evaluator_span {
    ($($span:tt)+) => { $crate::__span_of_kind!(Evaluator, $($span)+) };
}

/// Opens a span of kind `PROMPT`: the rendering of a prompt template. Takes what [`tracing::info_span!`] takes.
#[macro_export]
macro_rules! prompt_span {
    ($($span:tt)+) => { $crate::__span_of_kind!(Prompt, $($span)+) };
}

/// Opens a span of kind `DECISION`: a decision of a policy or router. Takes what [`tracing::info_span!`] takes.
#[macro_export]
macro_rules! decision_span {
    ($($span:tt)+) => { $crate::__span_of_kind!(Decision, $($span)+) };
}
