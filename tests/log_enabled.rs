//! The `log` crate asks whether it may speak, between one span and the next. Its logger is global, so these tests have a
//! process of their own.
//!
//! A per-layer filter that answers `Interest::always` loses every span after the question (tokio-rs/tracing#2519).

use std::sync::Once;

use integration_tests::Recorder;
use tracing::{Level, Subscriber, info_span, level_filters::LevelFilter};
use tracing_openinference::OpenInference;
use tracing_subscriber::{
    Layer, Registry,
    filter::Targets,
    layer::{Identity, SubscriberExt},
};

const SPANS: usize = 1000;

fn pipeline() -> (Recorder, OpenInference) {
    static LOGGER: Once = Once::new();
    LOGGER.call_once(|| tracing_log::LogTracer::init().expect("there is no other logger"));
    let recorder = Recorder::new();
    let builder = tracing_openinference::builder().filter("info,database=off").span_processor(recorder.clone());
    (recorder, builder.build().expect("the settings are right"))
}

/// Spans, and before each the question of a database client whether its statements are to be logged.
fn recorded(recorder: &Recorder, subscriber: impl Subscriber + Send + Sync + 'static) -> usize {
    tracing::subscriber::with_default(subscriber, || {
        for _ in 0..SPANS {
            for level in [log::Level::Info, log::Level::Debug, log::Level::Trace] {
                std::hint::black_box(log::log_enabled!(target: "database::query", level));
            }
            info_span!("statement").in_scope(|| ());
        }
    });
    recorder.spans().len()
}

fn everything() -> Targets {
    Targets::new().with_default(Level::TRACE)
}

#[test]
fn no_span_is_lost_alone() {
    let (recorder, openinference) = pipeline();
    assert_eq!(recorded(&recorder, Registry::default().with(openinference.layer())), SPANS);
}

#[test]
fn no_span_is_lost_under_a_filter_of_the_users() {
    let (recorder, openinference) = pipeline();
    let layer = openinference
        .layer()
        .with_filter(Targets::new().with_default(Level::INFO).with_target("database", Level::WARN));
    assert_eq!(recorded(&recorder, Registry::default().with(layer)), SPANS);
}

#[test]
fn no_span_is_lost_beside_other_filtered_layers() {
    let (recorder, openinference) = pipeline();
    let subscriber = Registry::default()
        .with(Identity::new().with_filter(everything()))
        .with(openinference.layer())
        .with(Identity::new().with_filter(LevelFilter::WARN))
        .with(Identity::new().with_filter(everything()));
    assert_eq!(recorded(&recorder, subscriber), SPANS);
}

#[test]
fn no_span_is_lost_by_two_of_ours() {
    let ((first, one), (second, other)) = (pipeline(), pipeline());
    let subscriber = Registry::default().with(one.layer()).with(other.layer());
    assert_eq!(recorded(&first, subscriber), SPANS);
    assert_eq!(second.spans().len(), SPANS);
}

#[test]
fn a_log_line_of_an_error_reaches_the_span_it_is_written_in() {
    let (recorder, openinference) = pipeline();
    tracing::subscriber::with_default(Registry::default().with(openinference.layer()), || {
        info_span!("step").in_scope(|| log::error!(target: "client", "no answer from {}", "upstream"));
        info_span!("quiet").in_scope(|| log::error!(target: "database::query", "refused by the filter"));
    });
    insta::assert_snapshot!(recorder.tree(), @r#"
    step ERROR "no answer from upstream"
      openinference.span.kind: "CHAIN"
      * exception
          exception.message: "no answer from upstream"

    quiet
      openinference.span.kind: "CHAIN"
    "#);
}
