use crate::word::words;

words! {
    /// What a span stands for: the value of [`openinference.span.kind`](crate::keys::OPENINFERENCE_SPAN_KIND).
    ///
    /// The wire has upper case. [`parse`](Self::parse) and [`FromStr`](core::str::FromStr) take any case, as Phoenix
    /// does on arrival; but write [`as_str`](Self::as_str), because Phoenix counts costs for `LLM` only, not for `llm`.
    pub enum SpanKind, "span kind" {
        /// A call to a large language model.
        Llm = "LLM",
        /// A call that turns text into vectors.
        Embedding = "EMBEDDING",
        /// A step, or the glue between steps.
        Chain = "CHAIN",
        /// A look-up of documents.
        Retriever = "RETRIEVER",
        /// A re-ordering of documents.
        Reranker = "RERANKER",
        /// A call of a tool or function.
        Tool = "TOOL",
        /// A reasoning loop of models and tools.
        Agent = "AGENT",
        /// A check of an input or output.
        Guardrail = "GUARDRAIL",
        /// A judgement of an output.
        Evaluator = "EVALUATOR",
        /// The rendering of a prompt template.
        Prompt = "PROMPT",
        /// A decision of a policy or router. The newest: not in JS yet.
        Decision = "DECISION",
        /// None of the others. Not in the specification, nor in JS.
        Unknown = "UNKNOWN",
    }
}

words! {
    /// How to read [`input.value`](crate::keys::INPUT_VALUE) or [`output.value`](crate::keys::OUTPUT_VALUE).
    pub enum MimeType, "MIME type" {
        /// Plain text, also assumed where the type is absent.
        Text = "text/plain",
        /// Serialised JSON.
        Json = "application/json",
        /// A sound. JS only: Python refuses it for input and output.
        AudioWav = "audio/wav",
    }
}

words! {
    /// Who judged: the value of `annotation.annotator_kind` and `evaluation.annotator_kind`.
    ///
    /// The list is open: any other word may stand there too.
    pub enum AnnotatorKind, "annotator kind" {
        /// A person.
        Human = "HUMAN",
        /// A model.
        Llm = "LLM",
        /// A program.
        Code = "CODE",
    }
}
