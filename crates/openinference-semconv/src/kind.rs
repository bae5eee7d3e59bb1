/// What a span stands for: the value of `openinference.span.kind`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SpanKind {
    /// A call to a large language model.
    Llm,
    /// A call that turns text into vectors.
    Embedding,
    /// A step, or the glue between steps.
    Chain,
    /// A look-up of documents.
    Retriever,
    /// A re-ordering of documents.
    Reranker,
    /// A call of a tool or function.
    Tool,
    /// A reasoning loop of models and tools.
    Agent,
    /// A check of an input or output.
    Guardrail,
    /// A judgement of an output.
    Evaluator,
    /// The rendering of a prompt template.
    Prompt,
    /// A decision of a policy or router.
    Decision,
    /// None of the others.
    Unknown,
}

/// The value of `input.mime_type` and `output.mime_type`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum MimeType {
    /// `text/plain`
    Text,
    /// `application/json`
    Json,
}

impl SpanKind {
    /// The spelling on the wire, in upper case.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Llm => "LLM",
            Self::Embedding => "EMBEDDING",
            Self::Chain => "CHAIN",
            Self::Retriever => "RETRIEVER",
            Self::Reranker => "RERANKER",
            Self::Tool => "TOOL",
            Self::Agent => "AGENT",
            Self::Guardrail => "GUARDRAIL",
            Self::Evaluator => "EVALUATOR",
            Self::Prompt => "PROMPT",
            Self::Decision => "DECISION",
            Self::Unknown => "UNKNOWN",
        }
    }
}

impl MimeType {
    /// The spelling on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text/plain",
            Self::Json => "application/json",
        }
    }
}
