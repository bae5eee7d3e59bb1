//! See what your LLM application does: `tracing` spans as OpenInference traces.

mod attributes;
mod builder;
mod capture;
mod convert;
mod error;
mod model;
mod redact;
mod select;
mod ship;

pub use builder::{Builder, OpenInference, OpenInferenceProcessor, builder, init};
#[doc(hidden)]
pub use capture::__private;
pub use capture::{
    Headers, HeadersMut, OpenInferenceFutureExt, OpenInferenceSpanExt, RemoteParent, Scope, ScopeGuard, Scoped,
    SuppressGuard, Suppressed, suppress_tracing,
};
pub use convert::{Conversion, convert};
pub use error::BuildError;
pub use model::{
    Annotation, AttributeValue, Audio, Content, Cost, Decision, Document, Embedding, Evaluation, GraphNode,
    IntoContent, IntoContentList, IntoTokens, IoValue, Json, JsonText, Message, MessageContent, Prompt, PromptTemplate,
    Reranker, TokenCount, Tool, ToolCall, Verdict,
};
pub use openinference_semconv as semconv;
pub use redact::{TraceConfig, redact};
pub use select::{Select, attribute};
pub use ship::{Batch, Console, Dropped, Report, Stats};
