//! What the setters put on a span is what OpenInference's Python library puts there, under every policy.
//!
//! `oracle/spans_python.json` holds whole spans of `openinference-instrumentation` 0.1.72, each scenario under each
//! policy that changes anything. Every scenario is said again in Rust in `setters/`.

#[path = "setters/agents.rs"]
mod agents;
#[path = "setters/bodies.rs"]
mod bodies;
#[path = "setters/compare.rs"]
mod compare;
#[path = "setters/context.rs"]
mod context;
#[path = "setters/differences.rs"]
mod differences;
#[path = "setters/errors.rs"]
mod errors;
#[path = "setters/helpers.rs"]
mod helpers;
#[path = "setters/lazy.rs"]
mod lazy;
#[path = "setters/llm.rs"]
mod llm;
#[path = "setters/macros.rs"]
mod macros;

use std::collections::BTreeSet;

use integration_tests::Recorder;
use opentelemetry_sdk::trace::SpanData;
use serde_json::Value;
use tracing_openinference::TraceConfig;
use tracing_subscriber::layer::SubscriberExt;

/// One scenario of the oracle, said in Rust.
type Scenario = (&'static str, fn());

/// Scenarios that have no counterpart here, and why.
const LEFT_OUT: &[(&str, &str)] = &[
    ("no_kind", "a span without a kind gets one"),
    ("base_exceptions", "Rust has no errors that are no errors"),
    ("context_decorator", "Rust has no decorators"),
    ("suppress_async", "Python's tasks; tests of suppression have Rust's futures"),
    ("project_override", "the project belongs to the resource"),
];

/// Policies that are about something else than redaction.
const POLICIES_LEFT_OUT: &[(&str, &str)] = &[
    ("genai", "Python's experiment that adds `gen_ai.*` to OpenInference spans"),
    ("genai_hide_all", "Python's experiment that adds `gen_ai.*` to OpenInference spans"),
];

/// What a scenario exports under a policy.
fn run(config: TraceConfig, scenario: impl FnOnce()) -> Vec<SpanData> {
    let recorder = Recorder::new();
    let openinference = tracing_openinference::builder()
        .trace_config(config)
        .span_processor(recorder.clone())
        .build()
        .expect("the settings are right");
    tracing::subscriber::with_default(tracing_subscriber::registry().with(openinference.layer()), scenario);
    recorder.spans()
}

/// A policy of the oracle; what it does not name is shown.
#[expect(deprecated, reason = "the oracle has both spellings of the embedding vectors")]
fn config(policy: &Value) -> TraceConfig {
    let on = |flag: &str| policy[flag].as_bool().unwrap_or(false);
    let config = TraceConfig::new()
        .hide_llm_invocation_parameters(on("hide_llm_invocation_parameters"))
        .hide_llm_tools(on("hide_llm_tools"))
        .hide_inputs(on("hide_inputs"))
        .hide_outputs(on("hide_outputs"))
        .hide_input_messages(on("hide_input_messages"))
        .hide_output_messages(on("hide_output_messages"))
        .hide_input_images(on("hide_input_images"))
        .hide_input_text(on("hide_input_text"))
        .hide_output_text(on("hide_output_text"))
        .hide_embedding_vectors(on("hide_embedding_vectors"))
        .hide_embeddings_vectors(on("hide_embeddings_vectors"))
        .hide_embeddings_text(on("hide_embeddings_text"))
        .hide_prompts(on("hide_prompts"))
        .hide_choices(on("hide_choices"))
        .hide_retrieval_documents(on("hide_retrieval_documents"));
    match policy["base64_image_max_length"].as_i64() {
        Some(length) => config.base64_image_max_length(length),
        None => config,
    }
}

fn oracle() -> Value {
    serde_json::from_str(include_str!("oracle/spans_python.json")).expect("the oracle is JSON")
}

fn scenarios() -> impl Iterator<Item = Scenario> {
    [llm::SCENARIOS, agents::SCENARIOS, errors::SCENARIOS, context::SCENARIOS].into_iter().flatten().copied()
}

#[test]
fn every_scenario_of_python_is_said_in_rust_or_left_out_for_a_reason() {
    let oracle = oracle();
    let python: BTreeSet<_> =
        oracle["scenarios"].as_array().unwrap().iter().map(|scenario| scenario["scenario"].as_str().unwrap()).collect();
    let rust: BTreeSet<_> = scenarios().map(|(name, _)| name).chain(LEFT_OUT.iter().map(|(name, _)| *name)).collect();
    assert_eq!(python, rust);
}

#[test]
fn setters_say_what_python_says_under_every_policy() {
    let oracle = oracle();
    let mut comparison = compare::Comparison::default();
    for python in oracle["scenarios"].as_array().unwrap() {
        let name = python["scenario"].as_str().unwrap();
        let Some((_, scenario)) = scenarios().find(|(ours, _)| *ours == name) else { continue };
        let same_as_none = python["same_as_none"].as_array().unwrap().iter().filter_map(Value::as_str);
        let variants = python["variants"].as_object().unwrap();
        for policy in variants.keys().map(String::as_str).chain(same_as_none) {
            if POLICIES_LEFT_OUT.iter().any(|(left_out, _)| *left_out == policy) {
                continue;
            }
            let expected = variants.get(policy).unwrap_or(&variants["none"]);
            let spans = run(config(&oracle["meta"]["variants"][policy]), scenario);
            comparison.spans(name, policy, expected["spans"].as_array().unwrap(), &spans);
        }
    }
    comparison.finish();
}
