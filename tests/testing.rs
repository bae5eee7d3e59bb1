//! The module that applications use in their own tests.

#[path = "testing/secrets.rs"]
mod secrets;
#[path = "testing/tree.rs"]
mod tree;

use integration_tests::secrets::{SECRETS, secret, tell};
use tracing::{info_span, instrument::WithSubscriber};
use tracing_openinference::testing::{Traces, pipeline};
use tracing_openinference::{Backend, OpenInferenceSpanExt, TraceConfig, agent_span, builder, llm_span};
use tracing_subscriber::layer::SubscriberExt;

#[test]
fn a_thread_is_recorded_for_as_long_as_its_pipeline_lives() {
    let traces = pipeline();
    agent_span!("agent").in_scope(|| drop(llm_span!("chat").set_model("gpt-4o").clone()));
    assert_eq!(traces.spans().len(), 2);
    assert_eq!(traces.attribute("chat", "llm.model_name"), Some("gpt-4o".into()));
    assert_eq!(traces.attribute("chat", "llm.system"), None);
    assert_eq!(traces.attribute("no such span", "llm.model_name"), None);
    traces.clear();
    let kept = (*traces).clone();
    drop(traces);
    drop(info_span!("unheard"));
    assert!(kept.find("unheard").is_none() && kept.spans().is_empty());
}

#[test]
fn the_settings_of_the_application_are_those_of_the_test() {
    let settings = builder()
        .endpoint("nowhere")
        .only_in("production")
        .also(Backend::new("nowhere either"))
        .no_export()
        .filter("info,testing::quiet=off")
        .drop_spans(|span| span.name == "health")
        .trace_config(TraceConfig::new().hide_outputs(true));
    let traces = Traces::new(settings);
    traces.in_scope(|| {
        info_span!(target: "testing::quiet", "quiet").in_scope(|| {
            llm_span!("chat").set_output("a secret answer");
        });
        drop(info_span!("health"));
    });
    insta::assert_snapshot!(traces.tree(), @r#"
    chat OK
      openinference.span.kind: "LLM"
      output.value: "__REDACTED__"
    "#);
    traces.assert_hidden("a secret answer");
}

#[test]
fn other_layers_may_stand_beside_the_one_of_the_traces() {
    let traces = Traces::new(builder());
    let subscriber = tracing_subscriber::registry().with(traces.layer()).with(tracing_error::ErrorLayer::default());
    tracing::subscriber::with_default(subscriber, || drop(info_span!("beside")));
    assert!(traces.find("beside").is_some());
}

async fn question() {
    let task = async { info_span!("spawned").in_scope(|| ()) };
    tokio::spawn(task.with_current_subscriber()).await.expect("it does not panic");
    tokio::task::yield_now().await;
    llm_span!("asked").set_input("a question");
}

#[test]
fn tasks_are_recorded_on_runtimes_of_either_flavour() {
    use tokio::runtime::Builder;
    for mut runtime in [Builder::new_current_thread(), Builder::new_multi_thread()] {
        let runtime = runtime.enable_all().build().expect("a runtime starts");
        let traces = Traces::new(builder());
        let asked = runtime.spawn(question().with_subscriber(traces.subscriber()));
        runtime.block_on(asked).expect("it does not panic");
        let mut names: Vec<_> = traces.spans().into_iter().map(|span| span.name).collect();
        names.sort();
        assert_eq!(names, ["asked", "spawned"]);
    }
}

#[test]
#[should_panic(expected = "the pipeline cannot be built: .filter(…) = \"my_app=loud\"")]
fn settings_that_cannot_be_used_fail_the_test() {
    let _ = Traces::new(builder().filter("my_app=loud"));
}

#[test]
fn what_a_policy_hides_is_hidden_and_the_rest_is_found() {
    let shown = Traces::capture(TraceConfig::new(), tell);
    let hidden = Traces::capture(TraceConfig::new().hide_inputs(true).hide_outputs(true), tell);
    for told in SECRETS {
        let place = secret(told.place);
        assert!(!shown.places_of(&place).is_empty(), "{}", told.place);
        if told.hidden_by.contains(&"hide_inputs") || told.hidden_by.contains(&"hide_outputs") {
            hidden.assert_hidden(&place);
        }
    }
}
