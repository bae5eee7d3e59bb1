//! The examples that need nothing but this crate, run as their users run them.

use std::collections::BTreeMap;

use integration_tests::collector::{Collector, attributes};
use integration_tests::{Program, collector};
use serde_json::Value;

type Attributes = BTreeMap<String, Value>;

/// Each span that the program sends, in the order of their beginning: its name and its attributes.
fn sent(program: &str) -> (Vec<(String, Attributes)>, String) {
    let collector = Collector::start().answer_ok();
    let ran = Program::new(program).variable("PHOENIX_COLLECTOR_ENDPOINT", collector.url()).run().well();
    (spans(&collector), ran.stdout)
}

fn spans(collector: &collector::Collector) -> Vec<(String, Attributes)> {
    let mut spans = collector.spans();
    spans.sort_by_key(|span| span.start_time_unix_nano);
    spans.into_iter().map(|span| (span.name, attributes(&span.attributes))).collect()
}

fn named<'a>(spans: &'a [(String, Attributes)], name: &str) -> &'a Attributes {
    &spans.iter().find(|(span, _)| span == name).unwrap_or_else(|| panic!("no span {name} in {spans:#?}")).1
}

#[test]
fn rag_has_a_span_for_every_step() {
    let (spans, said) = sent(env!("CARGO_BIN_EXE_rag"));
    assert!(said.contains("created 9, exported 9, rejected 0, dropped 0, pending 0"), "{said}");
    let kinds: Vec<_> = spans
        .iter()
        .map(|(name, span)| (&**name, span["openinference.span.kind"].as_str().unwrap_or_default()))
        .collect();
    let steps = [
        ("answer", "CHAIN"),
        ("question_is_harmless", "GUARDRAIL"),
        ("search", "RETRIEVER"),
        ("embed", "EMBEDDING"),
        ("rerank", "RERANKER"),
        ("generate", "LLM"),
        ("groundedness", "EVALUATOR"),
        ("answer", "CHAIN"),
        ("question_is_harmless", "GUARDRAIL"),
    ];
    assert_eq!(kinds, steps);

    let found = named(&spans, "search");
    assert_eq!(found["retrieval.documents.0.document.id"], "returns-2");
    assert_eq!(named(&spans, "embed")["embedding.embeddings.0.embedding.text"], "When do I get my money back?");
    let ranked = named(&spans, "rerank");
    assert!(ranked.contains_key("reranker.input_documents.2.document.content"), "{ranked:#?}");
    assert!(!ranked.contains_key("reranker.output_documents.2.document.content"), "{ranked:#?}");
    let model = named(&spans, "generate");
    assert_eq!(model["llm.prompt_template.version"], "v3");
    let prompt = model["llm.input_messages.0.message.content"].as_str().expect("a prompt");
    assert!(prompt.contains("You get your money back") && prompt.contains("Question: When do I"), "{prompt}");
    let judged = named(&spans, "groundedness");
    assert_eq!(judged["evaluations.0.evaluation.score"], 0.97);
    assert_eq!(judged["trace.evaluations.0.evaluation.label"], "grounded");
    let blocked = &spans[8].1;
    assert_eq!(blocked["output.value"], r#"{"label":"injection","passed":false}"#);
}

#[test]
fn redaction_shows_what_each_policy_lets_through() {
    let (spans, said) = sent(env!("CARGO_BIN_EXE_redaction"));
    let holds = |policy: &str, what: &str| named(&spans, policy).values().any(|value| value.to_string().contains(what));
    for (policy, address, answer, picture) in [
        ("nothing hidden", true, true, true),
        ("inputs hidden", true, true, false),
        ("texts hidden, roles and tools shown", true, true, true),
        ("messages left out", true, true, false),
        ("pictures over 64 characters hidden", true, true, false),
        ("numbers only", false, false, false),
        ("addresses hidden wherever they are", false, true, true),
        ("a member of JSON and a name hidden", true, true, true),
    ] {
        let [found, said, shown] = ["ada@example.com", "Let me see", "iVBORw0"].map(|what| holds(policy, what));
        assert_eq!((found, said, shown), (address, answer, picture), "{policy}: {:#?}", named(&spans, policy));
        assert_eq!(named(&spans, policy)["llm.token_count.total"], 159, "{policy}");
    }
    let ours = named(&spans, "a member of JSON and a name hidden");
    assert_eq!(ours["output.value"], "Let me see, a customer.");
    let arguments = "llm.output_messages.0.message.tool_calls.0.tool_call.function.arguments";
    assert_eq!(ours[arguments], r#"{"email":"__REDACTED__"}"#);
    let (_, numbers_only) = said.split_once("── numbers only").expect("the policy is shown");
    let (numbers_only, _) = numbers_only.split_once("── ").expect("and not the last one");
    assert!(!numbers_only.contains("ada@") && numbers_only.contains("__REDACTED__"), "{numbers_only}");
}

#[test]
fn two_backends_get_the_same_spans_and_not_the_same_content() {
    let [inside, outside] = [(), ()].map(|()| Collector::start().answer_ok());
    let ran = Program::new(env!("CARGO_BIN_EXE_two_backends"))
        .variable("PHOENIX_COLLECTOR_ENDPOINT", inside.url())
        .variable("OUTSIDE_ENDPOINT", outside.url())
        .variable("OUTSIDE_API_KEY", "key-of-the-outside")
        .run()
        .well();
    assert_eq!(ran.stdout.matches("created 2, exported 2, rejected 0, dropped 0, pending 0").count(), 2, "{ran:#?}");

    let ids = |collector: &Collector| -> Vec<_> {
        let mut ids: Vec<_> =
            collector.spans().into_iter().map(|span| (span.trace_id, span.span_id, span.name)).collect();
        ids.sort();
        ids
    };
    assert_eq!(ids(&inside), ids(&outside));
    assert!(inside.saw("I am ada@example.com") && inside.saw("llm.output_messages"));
    for hidden in ["ada@example.com", "When do I get", "llm.output_messages", "llm.input_messages"] {
        assert!(!outside.saw(hidden), "{hidden} is outside");
    }
    let outside_spans = spans(&outside);
    assert_eq!(named(&outside_spans, "chat")["llm.token_count.total"], 32);
    assert_eq!(named(&outside_spans, "answer")["output.value"], "In five days; we write to __REDACTED__.");
    assert!(outside.saw("support-bot-reduced") && !inside.saw("support-bot-reduced"));
    assert!(outside.saw("key-of-the-outside") && !inside.saw("key-of-the-outside"));
}
