//! The whole pipeline in one process: `tracing` call sites in, finished spans out.

#[path = "pipeline/dialects.rs"]
mod dialects;
#[path = "pipeline/errors.rs"]
mod errors;
#[path = "pipeline/events.rs"]
mod events;
#[path = "pipeline/filter.rs"]
mod filter;
#[path = "pipeline/panics.rs"]
mod panics;
#[path = "pipeline/parents.rs"]
mod parents;
#[path = "pipeline/rules.rs"]
mod rules;
#[path = "pipeline/sampling.rs"]
mod sampling;
#[path = "pipeline/time.rs"]
mod time;
#[path = "pipeline/unfinished.rs"]
mod unfinished;
#[path = "pipeline/values.rs"]
mod values;
#[path = "pipeline/waiting.rs"]
mod waiting;

use std::thread;

use integration_tests::{Recorder, span_tree};
use opentelemetry_sdk::trace::SpanData;
use tokio::runtime::Runtime;
use tracing::{Dispatch, Subscriber, dispatcher};
use tracing_openinference::{Builder, OpenInference};
use tracing_subscriber::{Layer, layer::SubscriberExt};

/// A pipeline that ends in a recorder.
struct Pipeline {
    recorder: Recorder,
    openinference: OpenInference,
}

impl Pipeline {
    fn new() -> Self {
        Self::with(|builder| builder)
    }

    fn with(configure: impl FnOnce(Builder) -> Builder) -> Self {
        let recorder = Recorder::new();
        let builder = configure(tracing_openinference::builder()).span_processor(recorder.clone());
        Self { recorder, openinference: builder.build().expect("the settings are right") }
    }

    /// The subscriber of an application that has our layer and no other.
    fn alone(&self) -> Dispatch {
        Dispatch::new(tracing_subscriber::registry().with(self.openinference.layer()))
    }

    /// The subscriber of an application in which another layer wants every span: those that ours refuses exist.
    fn beside_another_layer(&self) -> Dispatch {
        Dispatch::new(tracing_subscriber::registry().with(self.openinference.layer()).with(Everything))
    }

    /// What comes out, without attributes.
    fn shape(&self) -> String {
        shape(self.recorder.spans())
    }
}

/// `spans` as a tree, without attributes.
fn shape(spans: Vec<SpanData>) -> String {
    let bare = |span| SpanData { attributes: Vec::new(), ..span };
    span_tree(&spans.into_iter().map(bare).collect::<Vec<_>>())
}

/// A layer that wants everything and does nothing.
struct Everything;

impl<S: Subscriber> Layer<S> for Everything {}

/// What `application` exports through a pipeline with nothing set.
fn record(application: impl FnOnce()) -> Pipeline {
    record_with(|builder| builder, application)
}

fn record_with(configure: impl FnOnce(Builder) -> Builder, application: impl FnOnce()) -> Pipeline {
    let pipeline = Pipeline::with(configure);
    dispatcher::with_default(&pipeline.alone(), application);
    pipeline
}

/// Runs `f` on a thread of its own that has the subscriber of this one, to its end.
fn on_another_thread<T: Send>(f: impl FnOnce() -> T + Send) -> T {
    let dispatch = dispatcher::get_default(Dispatch::clone);
    thread::scope(|scope| {
        scope.spawn(|| dispatcher::with_default(&dispatch, f)).join().expect("the thread does not panic")
    })
}

/// Runs the test named `test` in a process of its own that has these variables.
fn in_environment(test: &str, variables: &[(&str, &str)], body: impl FnOnce()) {
    const INSIDE: &str = "PIPELINE_TEST_INSIDE";
    if std::env::var_os(INSIDE).is_some() {
        return body();
    }
    let program = std::env::current_exe().expect("a test is a program");
    let mut command = std::process::Command::new(program);
    command.args(["--exact", test, "--nocapture"]).env(INSIDE, "1").envs(variables.iter().copied());
    let output = command.output().expect("the program runs");
    let said = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && said.contains("1 passed"), "{said}");
}

/// The runtimes that an application may have.
const RUNTIMES: [fn() -> Runtime; 2] = [current_thread, multi_thread];

fn current_thread() -> Runtime {
    tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime")
}

/// Its threads have the subscriber of this one.
fn multi_thread() -> Runtime {
    let dispatch = dispatcher::get_default(Dispatch::clone);
    let start = move || std::mem::forget(dispatcher::set_default(&dispatch));
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    builder.worker_threads(2).enable_time().on_thread_start(start).build().expect("a runtime")
}
