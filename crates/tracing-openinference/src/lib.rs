//! See what your LLM application does: a [`tracing`] layer that turns the spans you already write into
//! [OpenInference](https://github.com/Arize-ai/openinference/tree/main/spec) traces, hides what must not leave the process,
//! and ships them to [Arize Phoenix](https://github.com/Arize-ai/phoenix) or any OTLP backend.
//!
//! ```text
//! #[instrument] / info_span!
//!       │   target filter, suppression, sampling: is it ours at all?
//!       ▼
//! 1  capture   tracing callbacks → one span, assembled at close
//!       ▼
//! 2  convert   whatever the span calls things → OpenInference attributes
//!       ▼
//! 3  redact    what must not leave the process becomes __REDACTED__ or is left out
//!       ▼
//! 4  select    keep the finished span, or drop it
//!       ▼
//! 5  ship      bounded queue → batches → OTLP
//!       ▼
//!    Phoenix · OpenTelemetry Collector · any OTLP backend · the terminal
//! ```
//!
//! # Quick start
//!
//! ```no_run
//! use tracing_openinference::{Message, OpenInferenceSpanExt, TokenCount, llm_span};
//!
//! #[tracing::instrument(ret)] // the arguments are the input, `ret` is the output
//! fn answer(question: &str) -> String {
//!     let span = llm_span!("chat");
//!     span.set_model("gpt-4o").set_input_messages([Message::user(question)]);
//!     let reply = span.in_scope(|| String::from("In five days.")); // here you call your model
//!     span.set_output_messages(Message::assistant(reply.as_str())).set_token_count(TokenCount::new(12, 4));
//!     reply
//! }
//!
//! fn main() -> Result<(), tracing_openinference::BuildError> {
//!     let _openinference = tracing_openinference::init()?; // sends what is left when it is dropped
//!     answer("When do I get my money back?");
//!     Ok(())
//! }
//! ```
//!
//! [Guides](guide) take one task each: setup, every variable, production, redaction, filtering, streams, frameworks, existing
//! OpenTelemetry, a Collector, migration from Python, troubleshooting.
//!
//! There are three doors:
//!
//! * [`init`] for a `main` that has no subscriber yet: everything is read from the environment.
//! * [`builder`] for one that has: `.with(openinference.layer())` in its registry. The layer brings its own filter.
//! * [`OpenInferenceProcessor`], [`convert()`] and [`redact()`] for those who have a pipeline of OpenTelemetry spans already.
//!
//! Settings are taken from code, else from the environment, else from their default; each method of [`Builder`] names its
//! variable. After the pipeline is built nothing returns an error to the application but [`OpenInference::set_filter`], blocks
//! it, or panics in it. Spans that cannot be delivered are kept for another attempt within a bound in bytes, and those that are
//! lost are counted: [`OpenInference::shutdown`] and [`OpenInference::flush`] say what became of every span.
//!
//! [`Builder::also`] sends the same spans to further backends, each with a queue, a thread, accounts and a [`TraceConfig`] of
//! its own: everything to the collector in the house, and what may leave it to the one outside. See [`Backend`].
//! [`Builder::spool`] keeps on disk what cannot be delivered, for after the outage or for the next process.
//!
//! When the layer is taken into use one line of the log says where traces go, what is hidden and what is recorded;
//! [`Builder::verbose`] prints every setting and where it came from. Where traces do not arrive, [`doctor()`] tries the way
//! step by step and says what to change. The feature [`testing`](#features) shows your own tests what their code records.
//!
//! [Every variable](guide::environment) has a row in the guides. These have no method, or do not follow the rule:
//!
//! | variable | what |
//! |---|---|
//! | `OTEL_SDK_DISABLED=true` | nothing is recorded, whatever code says: it is there for those who cannot change the code |
//! | `OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT`, `OTEL_ATTRIBUTE_COUNT_LIMIT` | attributes of a span; 10,000 by default, for long conversations |
//! | `OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT`, `OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT` | characters of a text, longer ones are cut and say so; 1,048,576 by default |
//! | `PHOENIX_DISCOVER_CONFIG=false` | no `.env.phoenix` is looked for |
//!
//! As for Phoenix's own clients, endpoint (`PHOENIX_COLLECTOR_ENDPOINT`), credentials (`PHOENIX_API_KEY`,
//! `PHOENIX_CLIENT_HEADERS`) and project (`PHOENIX_PROJECT`) may stand in a file `.env.phoenix`, in the working directory or
//! the nearest one above it. It has to belong to the user, and is asked for what code and the process leave open. Its
//! credentials are not sent to another server than its own.
//!
//! # Fields
//!
//! | field of a span | becomes |
//! |---|---|
//! | `openinference.span.kind = "LLM"` | the kind, in any case; without one it is `CHAIN`, or [`Builder::default_kind`] |
//! | any attribute key of OpenInference, `llm.model_name = …` | that attribute; counts, costs, ids and tags with the type they have to have |
//! | `llm.input_messages = %json`, and likewise output messages, tools, prompts, choices, documents, embeddings, images, annotations and evaluations | indexed attributes, `llm.input_messages.0.message.role` … |
//! | `gen_ai.*`, OpenTelemetry's conventions, today's and earlier ones, and the names that rig, ADK, OpenLLMetry, Langfuse, goose and langchain-rust have of their own | the attributes OpenInference has for it |
//! | `input`, `output`, `user`, `session` | `input.value`, `output.value`, `user.id`, `session.id` |
//! | other fields without a dot that have a value when the span is created: the arguments of `#[instrument]` | `input.value`: one argument is its value, more are a JSON object. On a span that has an input or input messages they stay attributes |
//! | `#[instrument(ret)]` | `output.value` |
//! | `#[instrument(err)]`, an event of level `ERROR` | an `exception` event and the status `ERROR` |
//! | `otel.name`, `otel.kind`, `otel.status_code`, `otel.status_description` | what they are for `tracing-opentelemetry` |
//! | everything else | an attribute of its name |
//!
//! A field that is recorded twice has its last value. Other events are exported only with [`Builder::events`]: log lines
//! inside LLM libraries carry whole request bodies.
//!
//! Keys that are not known at compile time, messages, documents and token counts are set with [`OpenInferenceSpanExt`], and
//! what holds for a whole conversation (session, user, metadata, tags) with [`Scope`]. Whoever has the request and the
//! response of a model at hand, or its chunks, sets them as they are:
//! [`set_llm_request`](OpenInferenceSpanExt::set_llm_request),
//! [`set_llm_response`](OpenInferenceSpanExt::set_llm_response),
//! [`trace_llm_chunks`](OpenInferenceStreamExt::trace_llm_chunks). [`OpenInferenceStreamExt`] ties the
//! stream of an answer to its span, and [`suppress_tracing`] silences a part of the program. A call of a model or an agent
//! without a value of its own is given the last question and the answer from its messages.
//!
//! # What is hidden
//!
//! By default nothing but base64 images of more than 32,000 characters. [`TraceConfig`] and the `OPENINFERENCE_HIDE_*`
//! variables of the specification hide inputs, outputs, messages, texts, images, audio, tools, parameters, prompts, choices,
//! documents and embeddings. Whatever the `TraceConfig` of OpenInference's Python library hides is hidden in the same way;
//! where a flag goes further, its documentation says so. A variable that cannot be read hides, and one line in the log says
//! so. What code or a variable hides is hidden before the span enters the queue, a limit for images that was set included;
//! the default one is applied on the export thread.
//!
//! Rules of your own come on top: [`Redaction`] finds values by key, by member of JSON, by regular expression, and ready-made
//! e-mail addresses, card numbers and credentials, in every part of a span. The [guide](guide::redaction) has all of it.
//!
//! What `tracing` prints in a log is not a trace and is not redacted here.
//!
//! # Features
//!
//! All but `metrics`, `testing` and `webpki-roots` are on by default.
//!
//! | feature | what |
//! |---|---|
//! | `grpc` | OTLP over gRPC, for port 4317 or on request; HTTP with protobuf bodies is always there |
//! | `tls` | `https://` endpoints, with rustls and the roots of the operating system or [a file](Builder::ca_certificate), and [client certificates](Builder::client_certificate) |
//! | `webpki-roots` | Mozilla's roots besides those of the operating system, for container images that have none |
//! | `tracing-opentelemetry` | the same trace and span ids as a `tracing-opentelemetry` layer in the same subscriber; ours goes into the registry first. And [`RemoteParents`], which lets ours know the remote parents set with `OpenTelemetrySpanExt::set_parent` |
//! | `metrics` | [`Builder::meter`]: what became of the spans as metrics, under OpenTelemetry's names for SDKs |
//! | `testing` | for your dev-dependencies: a pipeline in memory, so that tests can look at your traces and at what your policy hides |
//!
//! # Versions
//!
//! | `tracing-openinference` | `opentelemetry`, `opentelemetry_sdk` | `tracing-opentelemetry` | tested against Phoenix | Rust |
//! |---|---|---|---|---|
//! | 0.1 | 0.33 | 0.34 | 20.26.1 | 1.85 or newer |
//!
//! The types of `opentelemetry` and `opentelemetry_sdk` that appear here (`SpanData`, `SpanProcessor`, `SpanExporter`,
//! `ShouldSample`, `KeyValue`, `SpanContext`, `Meter`) are those of these versions.

// Which feature an item needs, on docs.rs.
#![cfg_attr(docsrs, feature(doc_cfg))]

mod attributes;
mod builder;
mod capture;
mod convert;
mod doctor;
mod error;
pub mod guide;
mod model;
mod redact;
mod repeated;
mod select;
mod ship;
#[cfg(feature = "testing")]
pub mod testing;

pub use builder::{Backend, Builder, OpenInference, OpenInferenceProcessor, builder, init};
#[doc(hidden)]
pub use capture::__private;
#[cfg(feature = "tracing-opentelemetry")]
pub use capture::RemoteParents;
pub use capture::{
    AnyError, ChunkItem, Headers, HeadersMut, LlmOutput, MessageOutput, OpenInferenceFutureExt, OpenInferenceSpanExt,
    OpenInferenceStreamExt, RemoteParent, Scope, ScopeGuard, Scoped, StreamItem, SuppressGuard, Suppressed, TextDelta,
    TextItem, ToolCallOutput, TracedStream, suppress_tracing,
};
pub use convert::{Conversion, convert};
pub use doctor::{Diagnosis, doctor};
pub use error::BuildError;
pub use model::{
    Annotation, AttributeValue, Audio, Content, Cost, Decision, Document, Embedding, Evaluation, GraphNode,
    IntoContent, IntoContentList, IntoTokens, IoValue, Json, JsonText, Message, MessageContent, Prompt, PromptTemplate,
    Reranker, TokenCount, Tool, ToolCall, Verdict,
};
pub use openinference_semconv as semconv;
pub use redact::{HashKey, Redaction, TraceConfig, redact};
pub use select::{Select, attribute};
pub use ship::{BackendReport, Batch, Console, Dropped, Report, Stats};
