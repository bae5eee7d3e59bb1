//! Under a policy a span goes through the stages before it waits anywhere, unless it tells nothing that might be hidden.

use std::{
    collections::{BTreeSet, HashMap},
    sync::{Arc, Mutex},
    thread,
    time::Duration,
};

use integration_tests::Recorder;
use opentelemetry_sdk::{
    error::OTelSdkResult,
    trace::{SpanData, SpanExporter},
};
use tracing::{Dispatch, dispatcher, field::Empty, info_span, instrument};
use tracing_openinference::{OpenInference, OpenInferenceSpanExt, Redaction, Scope, TraceConfig, attribute, builder};
use tracing_subscriber::layer::SubscriberExt;

const PATIENCE: Duration = Duration::from_secs(20);

#[derive(Clone, Debug, Default)]
struct Kept(Recorder);

impl SpanExporter for Kept {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        use opentelemetry_sdk::trace::SpanProcessor;
        batch.into_iter().for_each(|span| self.0.on_end(span));
        Ok(())
    }
}

/// Whether the stages ran on the thread that made the spans, and what came out.
fn staged_here(config: TraceConfig, work: impl FnOnce(&OpenInference)) -> (Vec<bool>, Vec<SpanData>) {
    let kept = Kept::default();
    let threads = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&threads);
    let openinference = builder()
        .trace_config(config)
        .span_exporter(kept.clone())
        .select(move |_: &SpanData| {
            seen.lock().expect("nobody panics with it").push(thread::current().id());
            true
        })
        .build()
        .expect("the settings are right");
    let dispatch = Dispatch::new(tracing_subscriber::registry().with(openinference.layer()));
    dispatcher::with_default(&dispatch, || work(&openinference));
    assert!(openinference.shutdown(PATIENCE).is_complete());
    let here = thread::current().id();
    let staged_here = threads.lock().expect("nobody panics with it").iter().map(|thread| *thread == here).collect();
    (staged_here, kept.0.spans())
}

fn hidden() -> TraceConfig {
    TraceConfig::new().hide_inputs(true).hide_outputs(true)
}

fn plain() {
    let span = info_span!(
        "chat",
        openinference.span.kind = "LLM",
        llm.model_name = "gpt-4o",
        app.tenant = "acme",
        input.value = "SECRET",
        output.value = Empty,
        llm.token_count.prompt = Empty,
    );
    span.record("output.value", "SECRET");
    span.record("llm.token_count.prompt", 14);
}

#[test]
fn a_span_that_tells_nothing_waits_for_the_stages() {
    for _ in 0..3 {
        let (staged_here, spans) = staged_here(hidden(), |_| plain());
        assert_eq!(staged_here, [false]);
        assert_eq!(attribute(&spans[0], "input.value"), Some("__REDACTED__"));
        assert_eq!(attribute(&spans[0], "output.value"), Some("__REDACTED__"));
        assert_eq!(attribute(&spans[0], "app.tenant"), Some("acme"));
    }
    let (staged_here, _) = staged_here(TraceConfig::new(), |_| plain());
    assert_eq!(staged_here, [false], "and where nothing is hidden all do");
}

#[test]
fn setters_of_what_is_never_hidden_tell_nothing() {
    let (staged_here, spans) = staged_here(hidden(), |_| {
        let span = info_span!("chat");
        span.set_model("gpt-4o").set_token_count((1, 2)).set_session("s-1").set_input(|| "SECRET").set_ok();
    });
    assert_eq!(staged_here, [false]);
    assert_eq!(attribute(&spans[0], "input.value"), Some("__REDACTED__"));
}

#[test]
fn values_that_are_seen_to_tell_nothing_when_they_are_recorded_wait() {
    const PARAMETERS: &str = r#"{"temperature":0.5,"model":"gpt-4o","response_format":{"type":"json_object"}}"#;
    const METADATA: &str = r#"{"tenant":"acme","nested":{"a":[1]}}"#;
    let ways: [(&str, fn()); 4] = [
        ("fields", || drop(info_span!("a", llm.invocation_parameters = PARAMETERS, metadata = METADATA))),
        ("setters", || _ = info_span!("a").set_invocation_parameters(PARAMETERS).set_metadata(METADATA)),
        ("Debug", || drop(info_span!("a", llm.invocation_parameters = %PARAMETERS, metadata = %METADATA))),
        ("a scope", || {
            Scope::new().metadata(METADATA).in_scope(|| drop(info_span!("a", llm.invocation_parameters = PARAMETERS)));
        }),
    ];
    for (way, work) in ways {
        let (here, spans) = staged_here(hidden(), |_| work());
        assert_eq!(here, [false], "{way}");
        assert_eq!(attribute(&spans[0], "llm.invocation_parameters"), Some(PARAMETERS), "{way}");
        assert_eq!(attribute(&spans[0], "metadata"), Some(METADATA), "{way}");
    }
    // What passes under one policy may not under the next.
    let (here, spans) = staged_here(hidden(), |openinference| {
        let span = info_span!("a", llm.invocation_parameters = PARAMETERS);
        openinference.set_trace_config(TraceConfig::new().hide_llm_invocation_parameters(true));
        drop(span);
    });
    assert_eq!((here, attribute(&spans[0], "llm.invocation_parameters")), (vec![true], None));
}

#[instrument(err)]
fn fails() -> Result<(), String> {
    Err(String::from("SECRET"))
}

#[instrument(ret)]
fn returns() -> &'static str {
    "SECRET"
}

#[test]
fn whatever_may_be_hidden_goes_through_the_stages_first() {
    let ways: [(&str, fn()); 13] = [
        ("a run-time key", || _ = info_span!("a").set_attribute("metadata", r#"{"input.value":"SECRET"}"#)),
        ("messages", || _ = info_span!("a").set_input_messages(("user", "SECRET"))),
        ("a list", || drop(info_span!("a", retrieval.documents = r#"[{"id":"7","content":"SECRET"}]"#))),
        ("another vocabulary", || drop(info_span!("a", gen_ai.conversation.id = "s-1"))),
        ("metadata", || drop(info_span!("a", metadata = r#"{"input.value":"SECRET"}"#))),
        ("parameters", || drop(info_span!("a", llm.invocation_parameters = r#"{"messages":"SECRET"}"#))),
        ("a scope", || Scope::new().metadata(r#"{"input.value":"SECRET"}"#).in_scope(|| drop(info_span!("a")))),
        ("a name", || drop(info_span!("a", otel.name = "SECRET"))),
        ("a later name", || _ = info_span!("a").set_name(String::from("SECRET"))),
        ("a description", || drop(info_span!("a", otel.status_description = "SECRET"))),
        ("an error", || _ = info_span!("a").set_error("SECRET".to_owned())),
        ("a failure", || _ = fails()),
        ("a returned value", || _ = returns()),
    ];
    for (way, work) in ways {
        let (staged_here, spans) = staged_here(hidden(), |_| work());
        assert_eq!(staged_here, [true], "{way}");
        assert!(!format!("{spans:?}").contains("SECRET"), "{way}: {spans:?}");
    }
}

#[test]
fn rules_that_look_at_values_see_every_span_first() {
    let config = hidden().redact(Redaction::email());
    let (staged_here, spans) = staged_here(config, |_| drop(info_span!("a", app.owner = "ann@example.com")));
    assert_eq!(staged_here, [true]);
    assert!(!format!("{spans:?}").contains("ann@"));
}

#[test]
fn rules_see_spans_that_have_nothing_but_a_trace_state_first() {
    let (staged_here, _) = staged_here(hidden().redact(Redaction::email()), |_| drop(info_span!("a")));
    assert_eq!(staged_here, [true]);
}

#[test]
fn what_another_policy_let_pass_is_judged_again() {
    let (staged_here, spans) = staged_here(TraceConfig::new().hide_outputs(true), |openinference| {
        let span = info_span!("chat", input.value = "SECRET");
        openinference.set_trace_config(hidden());
        drop(span);
    });
    assert_eq!(staged_here, [true]);
    assert_eq!(attribute(&spans[0], "input.value"), Some("__REDACTED__"));
}

/// Words of other vocabularies, keys that are in each other's way, and keys that nobody knows.
const OTHER_KEYS: [&str; 22] = [
    "app.tenant",
    "llm",
    "llm.model_name.secret",
    "llm.model_name.0",
    "user",
    "session.id.x",
    "gen_ai.prompt",
    "gen_ai.operation.name",
    "gen_ai.request.model",
    "gen_ai.usage.input_tokens",
    "gen_ai.conversation.id",
    "gen_ai.unknown",
    "gcp.vertex.agent.llm_request",
    "langfuse.observation.input",
    "traceloop.entity.input",
    "traceloop.association.properties.user_id",
    "http.response.status_code",
    "error.type",
    "exception.message",
    "question",
    "tag.tags.0",
    "",
];

/// Every pair of keys under every flag. A span that waits is brought to light by a policy that hides nothing, put in force
/// before it is sent: nothing may be in it that the policy of its close would have hidden.
#[test]
fn nothing_hidden_waits() {
    let keys: Vec<&str> = openinference_semconv::keys::ALL.iter().chain(&OTHER_KEYS).copied().collect();
    let pairs: Vec<_> = keys.iter().flat_map(|one| OTHER_KEYS.iter().map(move |other| (*one, *other))).collect();
    let (mut waited, mut staged, mut found) = (0, 0, BTreeSet::new());
    for flag in integration_tests::secrets::FLAGS {
        let policy = (flag.set)(TraceConfig::new(), true);
        let (kept, threads) = (Kept::default(), Arc::new(Mutex::new(HashMap::new())));
        let seen = Arc::clone(&threads);
        let openinference = builder()
            .span_exporter(kept.clone())
            .select(move |span: &SpanData| {
                let case = attribute(span, "app.case").map(str::to_owned);
                seen.lock().expect("nobody panics with it").insert(case, thread::current().id());
                true
            })
            .build()
            .expect("the settings are right");
        let dispatch = Dispatch::new(tracing_subscriber::registry().with(openinference.layer()));
        let cases: Vec<_> = pairs.iter().enumerate().collect();
        // Less than what is sent at once.
        for cases in cases.chunks(200) {
            openinference.set_trace_config(policy.clone());
            dispatcher::with_default(&dispatch, || {
                for (case, (one, other)) in cases {
                    let span = info_span!("a", app.case = %case);
                    let messages = format!(r#"[{{"role":"user","content":"secret-one-{case}."}}]"#);
                    span.set_attribute(*one, messages).set_attribute(*other, "secret-other");
                }
            });
            openinference.set_trace_config(TraceConfig::new());
            assert!(openinference.flush(PATIENCE).is_complete());
        }
        let threads = threads.lock().expect("nobody panics with it");
        let spans = kept.0.spans();
        assert_eq!(spans.len(), pairs.len());
        for span in spans {
            let case = attribute(&span, "app.case").expect("it is there").to_owned();
            if threads[&Some(case.clone())] == thread::current().id() {
                staged += 1;
                continue;
            }
            waited += 1;
            // A kind is written in capitals.
            let in_the_queue = format!("{span:?}").to_lowercase();
            let sent = format!("{:?}", policy.would_send(span)).to_lowercase();
            let (one, other) = pairs[case.parse::<usize>().expect("it is a number")];
            for secret in [format!("secret-one-{case}."), "secret-other".to_owned()] {
                if in_the_queue.contains(&secret) && !sent.contains(&secret) {
                    found.insert((flag.name, one, other));
                }
            }
        }
        assert!(openinference.shutdown(PATIENCE).is_complete());
    }
    assert!(found.is_empty(), "{found:#?}");
    assert!(waited > 1_000 && staged > 1_000, "{waited} waited, {staged} did not");
}
