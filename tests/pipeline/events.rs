//! Events are not exported unless they mean something or the user asks.

use std::error::Error;

use insta::assert_snapshot;
use tracing::level_filters::LevelFilter;
use tracing::{debug, error, info, info_span, trace, warn};
use tracing_openinference::TraceConfig;

use crate::{record, record_with};

fn speak() {
    trace!("trace");
    debug!(bytes = 3, "debug");
    info!(answer.tokens = 7u64, answer.finished = true, "answered in {} ms", 12);
    info!(name: "named", code = 1);
    let error = std::io::Error::other("no answer");
    warn!(error = &error as &(dyn Error + 'static), "trying again");
}

#[test]
fn log_lines_are_not_exported() {
    let pipeline = record(|| info_span!("llm").in_scope(speak));
    assert_snapshot!(pipeline.recorder.tree(), @r#"
    llm
      openinference.span.kind: "CHAIN"
    "#);
}

#[test]
fn log_lines_are_exported_up_to_the_level_that_was_asked_for() {
    let pipeline = record_with(|builder| builder.events(LevelFilter::INFO), || info_span!("llm").in_scope(speak));
    assert_snapshot!(pipeline.recorder.tree(), @r#"
    llm
      openinference.span.kind: "CHAIN"
      * answered in 12 ms
          answer.finished: true
          answer.tokens: 7
      * named
          code: 1
      * trying again
          exception.message: "no answer"
    "#);
}

#[test]
fn a_message_of_a_conversation_stays_one_when_log_lines_are_exported() {
    let hide = |builder: tracing_openinference::Builder| {
        builder.events(LevelFilter::TRACE).trace_config(TraceConfig::new().hide_output_messages(true))
    };
    let pipeline = record_with(hide, || {
        info_span!("chat", gen_ai.request.model = "m").in_scope(|| {
            info!(name: "gen_ai.system.message", "be terse");
            info!(event.name = "gen_ai.user.message", "ask");
            info!(name: "gen_ai.choice", "the secret answer");
        });
    });
    assert_snapshot!(pipeline.recorder.tree(), @r#"
    chat
      input.mime_type: "application/json"
      input.value: "[{\"content\":\"be terse\",\"role\":\"system\"},{\"content\":\"ask\",\"role\":\"user\"}]"
      llm.input_messages.0.message.content: "be terse"
      llm.input_messages.0.message.role: "system"
      llm.input_messages.1.message.content: "ask"
      llm.input_messages.1.message.role: "user"
      llm.invocation_parameters: "{\"model\":\"m\"}"
      llm.model_name: "m"
      llm.request.model_name: "m"
      openinference.span.kind: "LLM"
    "#);
}

#[test]
fn log_lines_that_the_filter_refuses_are_not_exported() {
    let configure = |builder: tracing_openinference::Builder| builder.events(LevelFilter::TRACE).filter("debug");
    let pipeline = record_with(configure, || {
        info_span!("llm").in_scope(|| {
            debug!("debug");
            trace!("trace");
            info!(target: "hyper::client", "connected");
        });
    });
    assert_snapshot!(pipeline.recorder.tree(), @r#"
    llm
      openinference.span.kind: "CHAIN"
      * debug
    "#);
}

#[test]
fn an_error_tells_its_fields_if_events_of_its_level_were_asked_for() {
    for level in [LevelFilter::OFF, LevelFilter::ERROR] {
        let pipeline = record_with(
            |builder| builder.events(level),
            || info_span!("llm").in_scope(|| error!(request.body = "secret", code = 503, "no answer")),
        );
        let span = pipeline.recorder.span("llm");
        let keys: Vec<_> = span.events[0].attributes.iter().map(|attribute| attribute.key.as_str()).collect();
        let expected: &[_] = match level {
            LevelFilter::OFF => &["exception.message"],
            _ => &["exception.message", "request.body", "code"],
        };
        assert_eq!(keys, expected);
    }
}

#[test]
fn a_thousand_log_lines_are_capped_and_counted_and_hide_no_error() {
    let pipeline = record_with(
        |builder| builder.events(LevelFilter::INFO),
        || {
            info_span!("watch").in_scope(|| {
                for number in 0..1000 {
                    info!("line {number}");
                }
                error!("no answer");
            });
        },
    );
    let events = pipeline.recorder.span("watch").events;
    assert_eq!((events.events.len(), events.dropped_count), (128, 1001 - 128));
    assert_eq!(events.events[0].name, "line 0");
    assert_eq!(events.events[127].name, "exception");
}

#[test]
fn a_thousand_errors_are_capped_and_counted() {
    let pipeline = record(|| {
        info_span!("retry").in_scope(|| {
            for number in 0..1000 {
                error!("attempt {number} failed");
            }
        });
    });
    let span = pipeline.recorder.span("retry");
    assert_eq!((span.events.events.len(), span.events.dropped_count), (128, 1000 - 128));
    assert_eq!(span.status, opentelemetry::trace::Status::error("attempt 999 failed"));
}

#[test]
fn events_of_a_suppressed_scope_are_not_exported() {
    let pipeline = record_with(
        |builder| builder.events(LevelFilter::INFO),
        || {
            info_span!("llm").in_scope(|| {
                let _silent = tracing_openinference::suppress_tracing();
                info!("line");
                error!("no answer");
            });
        },
    );
    assert_snapshot!(pipeline.recorder.tree(), @r#"
    llm
      openinference.span.kind: "CHAIN"
    "#);
}

#[test]
fn an_error_in_a_silent_span_is_not_that_of_the_span_around_it() {
    let pipeline = record(|| {
        let root = tracing::info_span!("root");
        let quiet = root.in_scope(|| {
            let _silent = tracing_openinference::suppress_tracing();
            tracing::info_span!("quiet")
        });
        tracing::error!(parent: &quiet, "boom");
    });
    let root = pipeline.recorder.span("root");
    assert_eq!((root.status, root.events.events.len()), (opentelemetry::trace::Status::Unset, 0));
}
