//! Rules of the application, and policies that are replaced while it runs.

use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use integration_tests::{Answer, Collector};
use tracing::{Dispatch, dispatcher, field, info_span, instrument};
use tracing_openinference::{
    HashKey, Message, OpenInference, OpenInferenceSpanExt, Redaction, Scope, TraceConfig, attribute,
};
use tracing_subscriber::layer::SubscriberExt;

use crate::{Pipeline, record_with};

const PATIENCE: Duration = Duration::from_secs(20);

fn email() -> Redaction {
    Redaction::email().replacement("[e-mail]")
}

#[instrument]
fn log_in(password: &str) {
    let _ = password;
}

#[test]
fn rules_hold_whatever_a_value_was_recorded_as() {
    let config = TraceConfig::new()
        .redact(email())
        .redact(Redaction::key("*password"))
        .redact(Redaction::json_key("ssn").hashed(&HashKey::new([1; 32]).expect("it is long enough")));
    let pipeline = record_with(
        |builder| builder.trace_config(config),
        || {
            log_in("hunter2");
            let span = info_span!(
                "ask ann@example.com",
                otel.name = "ask ann@example.com",
                ssn = 123_456,
                mail = field::Empty
            );
            span.record("mail", field::debug("ann@example.com"));
            span.set_model("gpt-4o").set_input_messages([Message::user(r#"{"ssn":"123-45","to":"ann@example.com"}"#)]);
            span.set_attribute("app.ann@example.com", true);
            span.in_scope(|| tracing::error!("no answer for ann@example.com"));
        },
    );
    let left = format!("{:?}", pipeline.recorder.spans());
    for secret in ["ann@", "hunter2", "123-45", "123456"] {
        assert!(!left.contains(secret), "{secret} in {}", pipeline.recorder.tree());
    }
    let span = pipeline.recorder.span("ask [e-mail]");
    assert_eq!(attribute(&span, "llm.model_name"), Some("gpt-4o"));
    let stats = pipeline.openinference.stats();
    let counts: Vec<_> = stats.redacted().map(|(name, _)| name).collect();
    assert_eq!(counts, ["email", "key *password", "json_key ssn"]);
    assert!(stats.to_string().contains(&format!("values redacted {}", stats.redacted_total())), "{stats}");
}

#[test]
fn rules_look_at_a_whole_text_before_it_is_cut() {
    let card = format!("{}4111 1111 1111 1111", "x ".repeat(600_000));
    let pipeline = record_with(
        |builder| builder.trace_config(TraceConfig::new().redact(Redaction::card().replacement("?"))),
        || drop(info_span!("long", app.text = card)),
    );
    let span = pipeline.recorder.span("long");
    let text = attribute(&span, "app.text").expect("it is there");
    assert!(text.contains("… [cut: 1048576 of 1200001 characters]"), "the card was one character by then");
}

/// Says so when it is asked to show itself.
struct Costly<'a>(&'a AtomicUsize);

impl fmt::Debug for Costly<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fetch_add(1, Ordering::Relaxed);
        f.write_str("hunter2")
    }
}

#[test]
fn a_value_that_its_key_hides_is_not_built() {
    let built = AtomicUsize::new(0);
    let call = || {
        let span = info_span!("call", user.password = ?Costly(&built), user.name = ?Costly(&built));
        span.set_attribute("other.password", || format!("{:?}", Costly(&built)));
    };
    let config = TraceConfig::new().redact(Redaction::key("*.password").replacement("-"));
    let pipeline = record_with(|builder| builder.trace_config(config), call);
    assert_eq!(built.load(Ordering::Relaxed), 1, "the name alone");
    assert_eq!(attribute(&pipeline.recorder.span("call"), "user.password"), Some("-"));
    pipeline.recorder.clear();
    pipeline.openinference.set_trace_config(TraceConfig::new());
    dispatcher::with_default(&pipeline.alone(), call);
    assert_eq!(built.load(Ordering::Relaxed), 4);
    assert_eq!(attribute(&pipeline.recorder.span("call"), "user.password"), Some("hunter2"));
}

#[test]
fn a_new_policy_holds_for_spans_that_close_from_then_on() {
    let pipeline = Pipeline::new();
    let ask = |name: &'static str| {
        let span = info_span!("ask", app.name = name, openinference.span.kind = "LLM");
        span.set_input_messages([Message::user("I am ann@example.com")]);
        span
    };
    dispatcher::with_default(&pipeline.alone(), || {
        drop(ask("shown"));
        let open = ask("open");
        pipeline.openinference.set_trace_config(TraceConfig::new().redact(email()).hide_outputs(true));
        drop(open);
        drop(ask("closed"));
        pipeline.openinference.set_trace_config(TraceConfig::new().hide_inputs(true));
        drop(ask("hidden"));
        pipeline.openinference.set_trace_config(TraceConfig::new());
        drop(ask("shown again"));
    });
    let content = |name: &str| {
        let spans = pipeline.recorder.spans();
        let span = spans.iter().find(|span| attribute(span, "app.name") == Some(name)).expect("it was recorded");
        attribute(span, "llm.input_messages.0.message.content").map(str::to_owned)
    };
    for (name, left) in [
        ("shown", Some("I am ann@example.com")),
        ("open", Some("I am [e-mail]")),
        ("closed", Some("I am [e-mail]")),
        ("hidden", None),
        ("shown again", Some("I am ann@example.com")),
    ] {
        assert_eq!(content(name).as_deref(), left, "{name}");
    }
    let counts: Vec<_> = pipeline.openinference.stats().redacted().map(|(name, _)| name.to_owned()).collect();
    assert_eq!(counts, ["email", "hide_inputs"], "what a policy hid is remembered after it is replaced");
}

fn sending(collector: &Collector, config: TraceConfig) -> (OpenInference, Dispatch) {
    let builder = tracing_openinference::builder().endpoint(collector.url()).trace_config(config);
    let openinference = builder.build().expect("the settings are right");
    let dispatch = Dispatch::new(tracing_subscriber::registry().with(openinference.layer()));
    (openinference, dispatch)
}

#[test]
fn spans_that_waited_for_nothing_to_be_hidden_are_hidden_when_they_leave() {
    let collector = Collector::start().answer_ok();
    collector.script([Answer::ok().after(Duration::from_secs(2))]);
    let (openinference, dispatch) = sending(&collector, TraceConfig::new());
    dispatcher::with_default(&dispatch, || {
        drop(info_span!("first"));
        // The export thread is busy with the first for two seconds; these wait as they are.
        let _ = openinference.flush(Duration::from_millis(500));
        let _of = Scope::new().user("ann@example.com").enter();
        drop(info_span!("queued", input.value = "I am ann@example.com"));
        openinference.set_trace_config(TraceConfig::new().redact(Redaction::email()));
        drop(info_span!("closed after", input.value = "I am bob@example.com"));
    });
    assert!(openinference.shutdown(PATIENCE).is_complete());
    assert_eq!(collector.spans().len(), 3);
    for request in collector.requests() {
        assert!(!format!("{request:?}").contains("@example.com"));
    }
    for span in collector.spans() {
        assert!(!format!("{span:?}").contains("@example.com"), "{span:?}");
    }
    assert_eq!(openinference.stats().redacted().collect::<Vec<_>>(), [("email", 4)]);
}

#[test]
fn a_rule_that_panics_hides_and_the_application_goes_on() {
    let rule = Redaction::closure("broken", |_, text| {
        assert!(!text.contains("secret"), "refused");
        None
    });
    let pipeline = record_with(
        |builder| builder.trace_config(TraceConfig::new().redact(rule)),
        || drop(info_span!("call", app.text = "my secret", app.other = "kept")),
    );
    let span = pipeline.recorder.span("call");
    assert_eq!(attribute(&span, "app.text"), Some("__REDACTED__"));
    assert_eq!(attribute(&span, "app.other"), Some("kept"));
}

fn request() -> serde_json::Value {
    serde_json::json!({
        "model": "gpt-4o",
        "messages": [{ "role": "system", "content": "-" }, { "role": "user", "content": "a question" }],
        "tools": [{ "type": "function", "function": { "name": "tool", "description": "a tool" } }],
        "temperature": 0.5,
    })
}

/// The `input.value` of a span whose policy is replaced while it is open.
fn asked(config: TraceConfig, ask: impl FnOnce(&tracing::Span)) -> Option<String> {
    let pipeline = Pipeline::new();
    dispatcher::with_default(&pipeline.alone(), || {
        let span = info_span!("chat", input.value = field::Empty);
        ask(&span);
        pipeline.openinference.set_trace_config(config);
    });
    let span = pipeline.recorder.span("chat");
    assert!(!format!("{span:?}").contains("tracing_openinference."), "a mark was exported: {span:?}");
    attribute(&span, "input.value").map(str::to_owned)
}

#[test]
fn a_new_policy_takes_out_of_a_request_what_it_hides_elsewhere() {
    let ask = |span: &tracing::Span| _ = span.set_llm_request(&request());
    let whole = asked(TraceConfig::new().hide_output_messages(true), ask).expect("nothing of it is hidden");
    assert_eq!(serde_json::from_str::<serde_json::Value>(&whole).expect("it is JSON"), request());
    assert_eq!(asked(TraceConfig::new().hide_input_text(true), ask), None);
    assert_eq!(asked(TraceConfig::new().hide_inputs(true), ask).as_deref(), Some("__REDACTED__"));
    let without_tools = asked(TraceConfig::new().hide_llm_tools(true), ask).expect("the messages are shown");
    assert!(without_tools.contains("a question") && !without_tools.contains("tool"), "{without_tools}");
    assert!(!without_tools.contains("temperature"), "{without_tools}");
    let hidden = asked(TraceConfig::new().hide_llm_invocation_parameters(true), ask).expect("the messages are shown");
    assert!(hidden.contains("a tool") && !hidden.contains("temperature"), "{hidden}");
}

#[test]
fn a_value_that_the_application_sets_is_no_repetition() {
    for own in [
        (|span| _ = span.set_llm_request(&request()).set_input("my own")) as fn(&tracing::Span),
        |span| {
            span.set_llm_request(&request());
            span.record("input.value", "my own");
        },
        |span| _ = span.set_llm_request(&request()).set_attribute("input.value", "my own"),
    ] {
        let own = asked(TraceConfig::new().hide_input_messages(true), own);
        assert_eq!(own.as_deref(), Some("my own"));
    }
}

/// A hash is made of the value, so the value is built; it is not repeated for that.
#[test]
fn what_a_rule_about_messages_hides_no_value_repeats() {
    let key = HashKey::new([1; 32]).expect("it is long enough");
    let rules = [
        Redaction::key("llm.input_messages.*"),
        Redaction::key("llm.input_messages.*").hashed(&key),
        Redaction::key("llm.input_messages.1.*").hashed(&key),
        Redaction::key("*messages.1.message.content"),
        Redaction::key("*.message_content.text").hashed(&key),
        Redaction::json_key("content").hashed(&key),
    ];
    let messages = r#"[{"role":"system","content":"-"},{"role":"user","content":"a question"}]"#;
    let parts = r#"[{"role":"system","content":"-"},{"role":"user","contents":[{"type":"text","text":"a question"}]}]"#;
    for rule in rules {
        let text = format!("{rule:?}");
        let messages = if text.contains(".text") { parts } else { messages };
        let pipeline = record_with(
            |builder| builder.trace_config(TraceConfig::new().redact(rule)),
            || {
                _ = info_span!("request").set_llm_request(&request());
                drop(info_span!("list", openinference.span.kind = "LLM", llm.input_messages = messages));
                drop(info_span!("other", gen_ai.operation.name = "chat", gen_ai.input.messages = messages));
            },
        );
        for name in ["request", "list", "other"] {
            let span = pipeline.recorder.span(name);
            let value = attribute(&span, "input.value");
            // Members of JSON are looked for by their names in there.
            let found = value.is_some_and(|value| value.contains("a question"));
            assert!(!found || text.contains(".text") && name == "request", "{text}: {name}: {span:#?}");
        }
    }
}
