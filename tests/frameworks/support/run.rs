//! An application with our layer, in this process.

use std::time::Duration;

use integration_tests::phoenix::Project;
use integration_tests::{Phoenix, Recorder, span_tree};
use opentelemetry_sdk::trace::SpanData;
use tracing::{Dispatch, dispatcher};
use tracing_openinference::{Builder, OpenInference};
use tracing_subscriber::layer::SubscriberExt;

use crate::{Model, Reply};

/// What came out of an application.
#[derive(Debug)]
pub struct Trace {
    spans: Vec<SpanData>,
    /// Of the model.
    port: u16,
}

impl Trace {
    /// The spans in the order in which they ended.
    #[must_use]
    pub fn spans(&self) -> &[SpanData] {
        &self.spans
    }

    /// All of it as text: see [`span_tree()`].
    #[must_use]
    pub fn tree(&self) -> String {
        self.print(&self.spans)
    }

    /// The same with those attributes only whose keys begin with one of `prefixes`.
    #[must_use]
    pub fn only(&self, prefixes: &[&str]) -> String {
        let mut spans = self.spans.clone();
        for span in &mut spans {
            span.attributes.retain(|kv| prefixes.iter().any(|prefix| kv.key.as_str().starts_with(prefix)));
        }
        self.print(&spans)
    }

    fn print(&self, spans: &[SpanData]) -> String {
        span_tree(spans).replace(&self.port.to_string(), "PORT")
    }
}

/// The spans of `application`, which is given the base URL of a model that says `replies`.
///
/// # Panics
///
/// When a reply is left: the application has not done what the test believes.
#[must_use]
pub fn record(replies: impl IntoIterator<Item = Reply>, application: impl AsyncFnOnce(String)) -> Trace {
    record_with(|builder| builder, replies, application)
}

/// The same with settings of its own.
///
/// # Panics
///
/// When a reply is left, or the settings are wrong.
#[must_use]
pub fn record_with(
    settings: impl FnOnce(Builder) -> Builder,
    replies: impl IntoIterator<Item = Reply>,
    application: impl AsyncFnOnce(String),
) -> Trace {
    let recorder = Recorder::new();
    let builder = settings(tracing_openinference::builder()).span_processor(recorder.clone());
    let model = Model::start(replies);
    run(&builder.build().expect("the settings are right"), &model, application);
    Trace { spans: recorder.spans(), port: model.port() }
}

/// Sends the spans of `application` to a project of a real Phoenix.
///
/// # Panics
///
/// When not all of them were sent, or a reply is left.
pub fn send(
    phoenix: &Phoenix,
    project: &Project,
    replies: impl IntoIterator<Item = Reply>,
    application: impl AsyncFnOnce(String),
) {
    let builder = tracing_openinference::builder().project(project.name()).endpoint(phoenix.url());
    let openinference = builder.build().expect("the settings are right");
    run(&openinference, &Model::start(replies), application);
    let report = openinference.shutdown(Duration::from_secs(120));
    assert!(report.is_complete(), "{report}");
}

/// Everything happens on this thread, which is the only one that has the subscriber.
fn run(openinference: &OpenInference, model: &Model, application: impl AsyncFnOnce(String)) {
    let subscriber = Dispatch::new(tracing_subscriber::registry().with(openinference.layer()));
    dispatcher::with_default(&subscriber, || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(application(model.url()));
        // Tasks that still run hold spans.
        drop(runtime);
    });
    assert_eq!(model.left(), 0, "replies nobody asked for");
}
