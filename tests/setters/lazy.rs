//! Closures, replaced lists, errors with causes, and two layers that hide different things.

use std::{error::Error, fmt, io};

use insta::assert_snapshot;
use integration_tests::Recorder;
use opentelemetry::trace::Status;
use opentelemetry_sdk::trace::SpanData;
use serde_json::json;
use tracing_openinference::{
    Document, Json, Message, OpenInferenceSpanExt, PromptTemplate, TraceConfig, builder, chain_span, llm_span,
};
use tracing_subscriber::layer::SubscriberExt;

use crate::run;

fn value(span: &SpanData, key: &str) -> Option<String> {
    span.attributes.iter().find(|attribute| attribute.key.as_str() == key).map(|found| found.value.to_string())
}

fn keys<'a>(span: &'a SpanData, prefix: &str) -> Vec<&'a str> {
    span.attributes.iter().map(|attribute| attribute.key.as_str()).filter(|key| key.starts_with(prefix)).collect()
}

/// What must not be computed.
fn never<T>() -> T {
    panic!("a closure ran for nothing")
}

/// What must not be serialised or displayed.
struct Never;

impl serde::Serialize for Never {
    fn serialize<S: serde::Serializer>(&self, _serializer: S) -> Result<S::Ok, S::Error> {
        never()
    }
}

impl fmt::Display for Never {
    fn fmt(&self, _f: &mut fmt::Formatter<'_>) -> fmt::Result {
        never()
    }
}

#[test]
fn closures_do_not_run_for_what_is_hidden() {
    let config = TraceConfig::new().hide_inputs(true).hide_llm_invocation_parameters(true).hide_choices(true);
    let spans = run(config, || {
        llm_span!("hidden")
            .set_input(never::<String>)
            .set_input_messages(never::<Vec<Message>>)
            .set_prompts(never::<Vec<String>>)
            .set_choices(never::<&str>)
            .set_input_images(never::<&str>)
            .set_input_documents(never::<Document>)
            .set_invocation_parameters(never::<serde_json::Value>)
            .set_reranker_input_documents(never::<Vec<Document>>);
        llm_span!("conversions").set_input(Json(Never));
        llm_span!("formatting").set_input(format_args!("{Never}"));
    });
    for span in &spans {
        assert_eq!(value(span, "input.value").as_deref(), Some("__REDACTED__"), "{}", span.name);
    }
    assert_eq!(keys(&spans[0], "llm."), [""; 0]);
}

#[test]
fn closures_run_for_what_is_shown_in_part() {
    let config = TraceConfig::new().hide_input_text(true).hide_retrieval_documents(true).hide_embeddings_text(true);
    let spans = run(config, || {
        llm_span!("partly")
            .set_input_messages(|| [("user", "secret")])
            .set_documents(|| Document::from("secret").id("d1"))
            .set_embeddings(|| ("secret", [0.5]))
            .set_prompt_template(|| PromptTemplate::new("shown"));
    });
    let shown = |key| value(&spans[0], key);
    assert_eq!(shown("llm.input_messages.0.message.role").as_deref(), Some("user"));
    assert_eq!(shown("llm.input_messages.0.message.content").as_deref(), Some("__REDACTED__"));
    assert_eq!(shown("retrieval.documents.0.document.id").as_deref(), Some("d1"));
    assert_eq!(shown("embedding.embeddings.0.embedding.vector").as_deref(), Some("[0.5]"));
    assert_eq!(shown("llm.prompt_template.template").as_deref(), Some("shown"));
}

#[test]
fn closures_do_not_run_when_nobody_records_the_span() {
    let setters = || {
        let span = tracing::trace_span!("below the filter");
        span.set_input(never::<String>).set_documents(never::<Vec<Document>>).set_input(Json(Never));
    };
    setters();
    assert_eq!(run(TraceConfig::new(), setters).len(), 0);
}

#[test]
fn closures_may_use_the_span_they_are_for() {
    let spans = run(TraceConfig::new(), || {
        let span = chain_span!("busy");
        span.set_input(|| {
            span.set_output("set inside").record("user.id", "u");
            span.in_scope(|| tracing::info_span!("inner", input.value = "i"));
            "set outside"
        });
    });
    let busy = spans.iter().find(|span| span.name == "busy").unwrap();
    assert_eq!(value(busy, "input.value").as_deref(), Some("set outside"));
    assert_eq!(value(busy, "output.value").as_deref(), Some("set inside"));
}

#[test]
fn an_overwritten_value_does_not_come_back_when_a_list_gets_shorter() {
    let spans = run(TraceConfig::new(), || {
        llm_span!("rewritten")
            .set_attribute("app.note", "secret")
            .set_input_messages((0..40).map(|index| ("user", index.to_string())))
            .set_attribute("app.note", "cleaned")
            .set_input_messages(("user", "hi"))
            .set_attribute("app.note", "last");
    });
    assert_eq!(keys(&spans[0], "app.note"), ["app.note"]);
    assert_eq!(value(&spans[0], "app.note").as_deref(), Some("last"));
}

#[test]
fn a_shorter_list_leaves_nothing_of_a_longer_one() {
    let spans = run(TraceConfig::new(), || {
        llm_span!("twice")
            .set_input_messages([Message::user("1").name("a"), Message::user("2"), Message::user("3")])
            .set_output_messages(("assistant", "kept"))
            .set_input_messages(("user", "4"))
            .set_annotations([("a", 1), ("b", 2)])
            .set_evaluations(("kept", 1))
            .set_annotations(("c", 3));
    });
    let messages = ["llm.input_messages.0.message.content", "llm.input_messages.0.message.role"];
    assert_eq!(sorted(keys(&spans[0], "llm.input_messages")), messages);
    assert_eq!(value(&spans[0], messages[0]).as_deref(), Some("4"));
    assert_eq!(keys(&spans[0], "llm.output_messages").len(), 2);
    assert_eq!(
        sorted(keys(&spans[0], "annotations")),
        ["annotations.0.annotation.name", "annotations.0.annotation.score"]
    );
    assert_eq!(keys(&spans[0], "evaluations").len(), 2);
}

fn sorted(mut keys: Vec<&str>) -> Vec<&str> {
    keys.sort_unstable();
    keys
}

#[test]
fn a_list_of_a_thousand_messages_arrives_whole() {
    let spans = run(TraceConfig::new(), || {
        llm_span!("long").set_input_messages((0..1_000).map(|number| ("user", number.to_string())));
    });
    assert_eq!(keys(&spans[0], "llm.input_messages").len(), 2_000);
    assert_eq!(value(&spans[0], "llm.input_messages.999.message.content").as_deref(), Some("999"));
}

#[test]
fn two_layers_hide_each_for_itself() {
    let (open, closed) = (Recorder::new(), Recorder::new());
    let layer =
        |config, recorder: &Recorder| builder().trace_config(config).span_processor(recorder.clone()).build().unwrap();
    let shows = layer(TraceConfig::new(), &open);
    let hides = layer(TraceConfig::new().hide_inputs(true), &closed);
    let subscriber = tracing_subscriber::registry().with(hides.layer()).with(shows.layer());
    tracing::subscriber::with_default(subscriber, || {
        llm_span!("both")
            .set_input(|| "secret")
            .set_input_messages(|| ("user", "secret"))
            .set_metadata(json!({"a": 1}));
    });
    assert_eq!(value(&open.span("both"), "input.value").as_deref(), Some("secret"));
    assert_eq!(keys(&open.span("both"), "llm.input_messages").len(), 2);
    assert_eq!(value(&closed.span("both"), "input.value").as_deref(), Some("__REDACTED__"));
    assert_eq!(keys(&closed.span("both"), "llm.input_messages"), [""; 0]);
    for recorder in [open, closed] {
        assert_eq!(value(&recorder.span("both"), "metadata").as_deref(), Some("{\"a\":1}"));
    }
}

#[derive(Debug)]
struct AskError(io::Error);

impl fmt::Display for AskError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no answer")
    }
}

impl Error for AskError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.0)
    }
}

#[test]
fn an_exception_has_its_type_its_message_and_its_causes() {
    let spans = run(TraceConfig::new(), || {
        chain_span!("fails").record_exception(&AskError(io::Error::other("connection reset")));
    });
    let event = &spans[0].events.events[0];
    let attributes: Vec<_> =
        event.attributes.iter().map(|attribute| format!("{} = {}", attribute.key, attribute.value)).collect();
    assert_eq!(event.name, "exception");
    assert_eq!(
        attributes,
        [
            "exception.type = setters::lazy::AskError",
            "exception.message = no answer",
            "exception.stacktrace = caused by: connection reset",
        ]
    );
    assert_eq!(spans[0].status, Status::error("AskError: no answer"));
}

#[test]
fn whatever_an_application_calls_an_error_is_recorded() {
    let cause = || AskError(io::Error::other("connection reset"));
    let boxed: Box<dyn Error> = Box::new(cause());
    let sent: Box<dyn Error + Send> = Box::new(cause());
    let shared: Box<dyn Error + Send + Sync> = Box::new(cause());
    let spans = run(TraceConfig::new(), || {
        chain_span!("anyhow").record_exception(&anyhow::Error::new(cause()).context("no turn"));
        chain_span!("box").record_exception(&boxed);
        chain_span!("box with Send").record_exception(&sent);
        chain_span!("box with both").record_exception(&shared);
        chain_span!("dyn").record_exception(&*boxed);
        chain_span!("dyn with Send").record_exception(&*shared);
        chain_span!("Box<AskError>").record_exception(&Box::new(cause()));
        chain_span!("text").record_exception("no turn");
    });
    let told: Vec<_> = spans
        .iter()
        .map(|span| {
            let of =
                |key| span.events[0].attributes.iter().find(|kv| kv.key.as_str() == key).map(|kv| kv.value.as_str());
            let Status::Error { description } = &span.status else { panic!("{}: {:?}", span.name, span.status) };
            let [kind, causes] = ["exception.type", "exception.stacktrace"].map(|key| of(key).unwrap_or_default());
            format!("{}: {description:?}, {kind}, {}", span.name, causes.lines().count())
        })
        .collect();
    assert_snapshot!(told.join("\n"), @r#"
    anyhow: "Error: no turn", anyhow::Error, 2
    box: "Error: no answer", alloc::boxed::Box<dyn core::error::Error>, 1
    box with Send: "Error: no answer", alloc::boxed::Box<dyn core::error::Error + core::marker::Send>, 1
    box with both: "Error: no answer", alloc::boxed::Box<dyn core::error::Error + core::marker::Send + core::marker::Sync>, 1
    dyn: "Error: no answer", dyn core::error::Error, 1
    dyn with Send: "Error: no answer", dyn core::error::Error + core::marker::Send + core::marker::Sync, 1
    Box<AskError>: "AskError: no answer", alloc::boxed::Box<setters::lazy::AskError>, 1
    text: "no turn", , 0
    "#);
}
