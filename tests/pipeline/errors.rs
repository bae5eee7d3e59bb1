//! What went wrong, what went well, and what a span says of itself in the fields of `otel.*`.

use std::error::Error;
use std::fmt;

use insta::{allow_duplicates, assert_snapshot};
use tracing::{Span, debug_span, dispatcher, error, field, info, info_span, instrument, warn};
use tracing_openinference::{OpenInferenceSpanExt, TraceConfig};

use crate::{Pipeline, RUNTIMES, record, record_with};

/// An error that another one caused.
#[derive(Debug)]
struct Failed(&'static str, Option<Box<Failed>>);

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl Error for Failed {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.1.as_deref().map(|source| source as &(dyn Error + 'static))
    }
}

fn no_answer() -> Failed {
    Failed("no answer", Some(Box::new(Failed("connection refused", Some(Box::new(Failed("port closed", None)))))))
}

#[test]
fn otel_fields_count_at_any_time_before_the_close() {
    let pipeline = record(|| {
        info_span!("at creation", otel.name = "created", otel.kind = "client", otel.status_code = "ERROR");
        let later = || {
            info_span!(
                "later",
                otel.name = field::Empty,
                otel.kind = field::Empty,
                otel.status_code = field::Empty,
                otel.status_description = field::Empty
            )
        };
        let before = later();
        before.record("otel.name", "before").record("otel.kind", "SERVER");
        before.in_scope(|| ());
        let after = later();
        after.in_scope(|| after.record("otel.name", "between").record("otel.kind", "producer"));
        after.record("otel.name", field::display("after")).record("otel.kind", "consumer");
        after.record("otel.status_description", "late").record("otel.status_code", "error");
        let named = String::from("owned");
        let kind = "unknown kinds change nothing";
        info_span!("kept", otel.kind = kind, otel.status_code = "nothing known", otel.scope = named);
    });
    assert_snapshot!(pipeline.recorder.tree(), @r#"
    created [client] ERROR ""
      openinference.span.kind: "CHAIN"

    before [server]
      openinference.span.kind: "CHAIN"

    after [consumer] ERROR "late"
      openinference.span.kind: "CHAIN"

    kept
      openinference.span.kind: "CHAIN"
      otel.scope: "owned"
    "#);
}

#[test]
fn a_status_has_its_description_in_whatever_order_they_come() {
    let pipeline = record(|| {
        info_span!("together", otel.status_code = "ERROR", otel.status_description = "why");
        let span = |name| {
            info_span!("", otel.name = name, otel.status_code = field::Empty, otel.status_description = field::Empty)
        };
        span("code first").record("otel.status_code", "ERROR").record("otel.status_description", "why");
        span("description first").record("otel.status_description", "why").record("otel.status_code", "ERROR");
        span("after an event").in_scope(|| {
            error!("why");
            Span::current().record("otel.status_code", "ERROR");
        });
        span("description alone").record("otel.status_description", "why");
        span("made good").record("otel.status_description", "why").record("otel.status_code", "OK");
        span("corrected").record("otel.status_code", "OK").record("otel.status_code", "ERROR");
    });
    assert_snapshot!(pipeline.recorder.tree(), @r#"
    together ERROR "why"
      openinference.span.kind: "CHAIN"

    code first ERROR "why"
      openinference.span.kind: "CHAIN"

    description first ERROR "why"
      openinference.span.kind: "CHAIN"

    after an event ERROR "why"
      openinference.span.kind: "CHAIN"
      * exception
          exception.message: "why"

    description alone ERROR "why"
      openinference.span.kind: "CHAIN"

    made good OK
      openinference.span.kind: "CHAIN"

    corrected ERROR ""
      openinference.span.kind: "CHAIN"
    "#);
}

#[instrument(err)]
fn fails() -> Result<(), Failed> {
    Err(no_answer())
}

#[instrument(err(level = "warn"))]
fn fails_with_a_warning() -> Result<(), Failed> {
    Err(no_answer())
}

#[instrument(ret, err(Debug))]
fn fails_in_debug() -> Result<u32, &'static str> {
    Err("no answer")
}

#[instrument(ret, err)]
fn succeeds() -> Result<u32, Failed> {
    Ok(7)
}

#[instrument(ret(Display))]
fn returns() -> String {
    String::from("an answer")
}

#[instrument(ret)]
fn returns_an_error() -> Result<u32, &'static str> {
    Err("no answer")
}

#[instrument(err)]
fn says_nothing_of_success() -> Result<(), Failed> {
    Ok(())
}

#[instrument(ret, err)]
async fn waits(fails: bool) -> Result<u32, Failed> {
    tokio::task::yield_now().await;
    if fails { Err(no_answer()) } else { Ok(7) }
}

#[instrument(err)]
async fn waits_for_nothing(fails: bool) -> Result<(), Failed> {
    tokio::task::yield_now().await;
    if fails { Err(no_answer()) } else { Ok(()) }
}

#[test]
fn what_instrument_says_of_the_result_is_the_status() {
    let pipeline = record(|| {
        let _ = (fails(), fails_with_a_warning(), fails_in_debug(), succeeds(), returns());
        let _ = (returns_an_error(), says_nothing_of_success());
    });
    assert_snapshot!(pipeline.recorder.tree(), @r#"
    fails ERROR "no answer"
      openinference.span.kind: "CHAIN"
      * exception
          exception.message: "no answer"

    fails_with_a_warning ERROR "no answer"
      openinference.span.kind: "CHAIN"
      * exception
          exception.message: "no answer"

    fails_in_debug ERROR "\"no answer\""
      openinference.span.kind: "CHAIN"
      * exception
          exception.message: "\"no answer\""

    succeeds OK
      openinference.span.kind: "CHAIN"
      output.mime_type: "text/plain"
      output.value: "7"

    returns OK
      openinference.span.kind: "CHAIN"
      output.mime_type: "text/plain"
      output.value: "an answer"

    returns_an_error
      openinference.span.kind: "CHAIN"
      output.mime_type: "text/plain"
      output.value: "Err(\"no answer\")"

    says_nothing_of_success
      openinference.span.kind: "CHAIN"
    "#);
}

#[test]
fn what_instrument_says_of_the_result_of_a_future_is_the_status() {
    for runtime in RUNTIMES {
        let pipeline = record(|| {
            runtime().block_on(async {
                let _ = waits(true).await;
                let _ = waits_for_nothing(false).await;
                let spawned =
                    tokio::spawn(async { (waits(false).await.is_ok(), waits_for_nothing(true).await.is_ok()) });
                assert_eq!(spawned.await.expect("the task ends"), (true, false));
            });
        });
        allow_duplicates! {
            assert_snapshot!(pipeline.recorder.tree(), @r#"
            waits ERROR "no answer"
              input.mime_type: "text/plain"
              input.value: "true"
              openinference.span.kind: "CHAIN"
              * exception
                  exception.message: "no answer"

            waits_for_nothing
              input.mime_type: "text/plain"
              input.value: "false"
              openinference.span.kind: "CHAIN"

            waits OK
              input.mime_type: "text/plain"
              input.value: "false"
              openinference.span.kind: "CHAIN"
              output.mime_type: "text/plain"
              output.value: "7"

            waits_for_nothing ERROR "no answer"
              input.mime_type: "text/plain"
              input.value: "true"
              openinference.span.kind: "CHAIN"
              * exception
                  exception.message: "no answer"
            "#);
        }
    }
}

#[test]
fn an_error_in_a_field_is_recorded_with_its_chain() {
    let pipeline = record(|| {
        let error = no_answer();
        let error = &error as &(dyn Error + 'static);
        info_span!("at creation", error);
        info_span!("later", error = field::Empty).record("error", error);
        info_span!("in an event").in_scope(|| error!(error));
        info_span!("in an event with a message").in_scope(|| error!(error, attempt = 3, "cannot ask {}", "the model"));
        info_span!("in a warning").in_scope(|| warn!(error));
    });
    assert_snapshot!(pipeline.recorder.tree(), @r#"
    at creation ERROR "no answer"
      openinference.span.kind: "CHAIN"
      * exception
          exception.message: "no answer"
          exception.stacktrace: "caused by: connection refused\ncaused by: port closed"

    later ERROR "no answer"
      openinference.span.kind: "CHAIN"
      * exception
          exception.message: "no answer"
          exception.stacktrace: "caused by: connection refused\ncaused by: port closed"

    in an event ERROR "no answer"
      openinference.span.kind: "CHAIN"
      * exception
          exception.message: "no answer"
          exception.stacktrace: "caused by: connection refused\ncaused by: port closed"

    in an event with a message ERROR "cannot ask the model: no answer"
      openinference.span.kind: "CHAIN"
      * exception
          exception.message: "cannot ask the model: no answer"
          exception.stacktrace: "caused by: connection refused\ncaused by: port closed"

    in a warning ERROR "no answer"
      openinference.span.kind: "CHAIN"
      * exception
          exception.message: "no answer"
          exception.stacktrace: "caused by: connection refused\ncaused by: port closed"
    "#);
}

#[test]
fn an_event_of_level_error_marks_the_span_it_happens_in() {
    let pipeline = record(|| {
        info_span!("outer").in_scope(|| {
            info_span!("inner").in_scope(|| error!("no answer"));
            info_span!("text").in_scope(|| error!(error = %no_answer(), "cannot ask"));
            info_span!("fields only").in_scope(|| error!(code = 503, reason = "busy"));
            info_span!("harmless").in_scope(|| {
                warn!("slow");
                warn!(error = %no_answer(), "trying again");
                info!(error = "none", code = 0);
            });
        });
        let elsewhere = info_span!("named");
        error!(parent: &elsewhere, "no answer");
        info_span!("not this").in_scope(|| error!(parent: None, "nobody's"));
        error!("outside of any span");
    });
    assert_snapshot!(pipeline.recorder.tree(), @r#"
    outer
      openinference.span.kind: "CHAIN"
      - inner ERROR "no answer"
          openinference.span.kind: "CHAIN"
          * exception
              exception.message: "no answer"
      - text ERROR "cannot ask: no answer"
          openinference.span.kind: "CHAIN"
          * exception
              exception.message: "cannot ask: no answer"
      - fields only ERROR "code=503"
          openinference.span.kind: "CHAIN"
          * exception
              exception.message: "code=503"
      - harmless
          openinference.span.kind: "CHAIN"

    named ERROR "no answer"
      openinference.span.kind: "CHAIN"
      * exception
          exception.message: "no answer"

    not this
      openinference.span.kind: "CHAIN"
    "#);
}

#[test]
fn an_event_in_a_refused_span_belongs_to_the_nearest_recorded_one() {
    let pipeline = Pipeline::new();
    dispatcher::with_default(&pipeline.beside_another_layer(), || {
        info_span!("contextual").in_scope(|| debug_span!("refused").in_scope(|| error!("no answer")));
        let refused = info_span!("explicit").in_scope(|| debug_span!("refused"));
        error!(parent: &refused, "no answer");
    });
    assert_snapshot!(pipeline.recorder.tree(), @r#"
    contextual ERROR "no answer"
      openinference.span.kind: "CHAIN"
      * exception
          exception.message: "no answer"

    explicit ERROR "no answer"
      openinference.span.kind: "CHAIN"
      * exception
          exception.message: "no answer"
    "#);
}

/// With spans of LLM calls only, helper functions are refused but what they say is not.
#[test]
fn what_a_refused_function_returns_is_not_the_output_of_the_span_around_it() {
    let pipeline = Pipeline::with(|builder| builder.llm_spans_only(true));
    for subscriber in [pipeline.alone(), pipeline.beside_another_layer()] {
        dispatcher::with_default(&subscriber, || {
            info_span!("llm", openinference.span.kind = "LLM").in_scope(|| drop((returns(), succeeds())));
        });
    }
    assert_snapshot!(pipeline.recorder.tree(), @r#"
    llm
      openinference.span.kind: "LLM"

    llm
      openinference.span.kind: "LLM"
    "#);
}

#[test]
fn ok_needs_positive_evidence() {
    let pipeline = record(|| {
        drop(info_span!("nothing"));
        drop(info_span!("input", input.value = "question"));
        drop(info_span!("output", output.value = "answer"));
        drop(info_span!("messages", llm.output_messages = r#"[{"role":"assistant","content":"answer"}]"#));
        info_span!("set").set_output("answer");
        info_span!("said").set_ok();
        info_span!("failed after all").set_output("half an answer").set_error("cut off");
    });
    assert_snapshot!(pipeline.recorder.tree(), @r#"
    nothing
      openinference.span.kind: "CHAIN"

    input
      input.value: "question"
      openinference.span.kind: "CHAIN"

    output OK
      openinference.span.kind: "CHAIN"
      output.value: "answer"

    messages OK
      llm.output_messages.0.message.content: "answer"
      llm.output_messages.0.message.role: "assistant"
      openinference.span.kind: "CHAIN"

    set OK
      openinference.span.kind: "CHAIN"
      output.mime_type: "text/plain"
      output.value: "answer"

    said OK
      openinference.span.kind: "CHAIN"

    failed after all ERROR "cut off"
      openinference.span.kind: "CHAIN"
      output.mime_type: "text/plain"
      output.value: "half an answer"
    "#);
}

#[test]
fn a_hidden_return_value_is_no_evidence() {
    let hidden = |builder: tracing_openinference::Builder| builder.trace_config(TraceConfig::new().hide_outputs(true));
    let pipeline = record_with(hidden, || _ = (returns_an_error(), succeeds()));
    assert_snapshot!(pipeline.recorder.tree(), @r#"
    returns_an_error
      openinference.span.kind: "CHAIN"
      output.value: "__REDACTED__"

    succeeds
      openinference.span.kind: "CHAIN"
      output.value: "__REDACTED__"
    "#);
}
