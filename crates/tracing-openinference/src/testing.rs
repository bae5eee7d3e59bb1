//! For the tests of your application: its traces, in memory.
//!
//! Needs the feature `testing`, which belongs into `[dev-dependencies]`:
//!
//! ```toml
//! [dev-dependencies]
//! tracing-openinference = { version = "…", features = ["testing"] }
//! ```
//!
//! The pipeline is the real one up to the queue: filter, conversion, redaction and your own rules do what they do in
//! production. No variable of the environment is read, so that a test sees the same on every machine; what
//! the policy of production hides is tested by giving its [`Builder`](crate::Builder) to [`Traces::new`].
//!
//! ```
//! use tracing_openinference::{OpenInferenceSpanExt, TraceConfig, llm_span, testing::Traces};
//!
//! fn answer(question: &str) -> String {
//!     let span = llm_span!("chat");
//!     span.set_model("gpt-4o").set_input(question);
//!     span.in_scope(|| String::from("In five days."))
//! }
//!
//! let traces = Traces::capture(TraceConfig::new().hide_inputs(true), || drop(answer("Where is order 4711?")));
//!
//! traces.assert_hidden("order 4711"); // anywhere, and in any disguise
//! assert_eq!(traces.attribute("chat", "llm.model_name"), Some("gpt-4o".into()));
//! assert_eq!(
//!     traces.tree(),
//!     r#"chat
//!   input.value: "__REDACTED__"
//!   llm.model_name: "gpt-4o"
//!   openinference.span.kind: "LLM"
//! "#
//! );
//! ```
//!
//! A test with several parts, or one that wants to look in between, holds a pipeline:
//!
//! ```
//! let traces = tracing_openinference::testing::pipeline();
//! tracing::info_span!("first").in_scope(|| ());
//! assert_eq!(traces.spans().len(), 1); // this thread is recorded until `traces` is dropped
//! ```
//!
//! Async code, on a runtime of any flavour, is recorded where its future is polled. A task that is spawned inside takes
//! the subscriber with it only when it is told to:
//!
//! ```
//! use tracing::instrument::WithSubscriber;
//! use tracing_openinference::testing::Traces;
//!
//! async fn serve() {
//!     let work = async { drop(tracing::info_span!("work")) };
//!     work.with_current_subscriber().await; // as in `tokio::spawn(work.with_current_subscriber())`
//! }
//!
//! # use std::{future::Future, pin::pin, task::{Context, Waker}};
//! let traces = Traces::new(tracing_openinference::builder());
//! let served = serve().with_subscriber(traces.subscriber());
//! # let _ = pin!(served).poll(&mut Context::from_waker(Waker::noop()));
//! assert!(traces.find("work").is_some());
//! ```

mod disguise;
mod recorder;
mod span_tree;
mod traces;

#[doc(hidden)]
pub use crate::builder::{Resolved, resolve};

pub use self::{
    recorder::Recorder,
    span_tree::span_tree,
    traces::{Pipeline, Traces, pipeline},
};
