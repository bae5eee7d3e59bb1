//! The macros of the span kinds.

use tracing_openinference::{
    OpenInferenceSpanExt, TraceConfig, agent_span, chain_span, decision_span, embedding_span, evaluator_span,
    guardrail_span, llm_span, prompt_span, reranker_span, retriever_span, tool_span,
};

fn kind(span: &opentelemetry_sdk::trace::SpanData) -> String {
    let first = &span.attributes[0];
    assert_eq!(first.key.as_str(), "openinference.span.kind");
    first.value.to_string()
}

#[test]
fn every_macro_opens_a_span_of_its_kind() {
    let spans = crate::run(TraceConfig::new(), || {
        drop(llm_span!("LLM"));
        drop(chain_span!("CHAIN"));
        drop(tool_span!("TOOL"));
        drop(agent_span!("AGENT"));
        drop(retriever_span!("RETRIEVER"));
        drop(reranker_span!("RERANKER"));
        drop(embedding_span!("EMBEDDING"));
        drop(guardrail_span!("GUARDRAIL"));
        drop(evaluator_span!("EVALUATOR"));
        drop(prompt_span!("PROMPT"));
        drop(decision_span!("DECISION"));
    });
    assert_eq!(spans.len(), 11);
    for span in &spans {
        assert_eq!(kind(span), span.name);
    }
}

#[test]
fn macros_take_what_info_span_takes() {
    let answer = "42";
    let spans = crate::run(TraceConfig::new(), || {
        let parent = agent_span!("parent");
        let fields =
            llm_span!("fields", llm.model_name = "m", output.value = tracing::field::Empty, user.id = %answer,);
        fields.record("output.value", answer);
        drop(fields);
        drop(tool_span!(parent: &parent, "parent only"));
        drop(tool_span!(parent: &parent, "parent and fields", tool.name = ?answer));
        drop(tool_span!(target: "my::target", "target only"));
        drop(tool_span!(target: "my::target", "target and fields", answer));
        drop(tool_span!(target: "my::target", parent: &parent, "both"));
        drop(tool_span!(target: "my::target", parent: &parent, "both and fields", tool.id = answer, answer));
        drop(embedding_span!());
    });
    let names: Vec<_> = spans.iter().map(|span| (&*span.name, kind(span))).collect();
    let tool = |name| (name, "TOOL".to_owned());
    let expected = [
        ("fields", "LLM".to_owned()),
        tool("parent only"),
        tool("parent and fields"),
        tool("target only"),
        tool("target and fields"),
        tool("both"),
        tool("both and fields"),
        ("CreateEmbeddings", "EMBEDDING".to_owned()),
        ("parent", "AGENT".to_owned()),
    ];
    assert_eq!(names, expected);
    let parent = spans[8].span_context.span_id();
    let below: Vec<_> = spans.iter().filter(|span| span.parent_span_id == parent).map(|span| &*span.name).collect();
    assert_eq!(below, ["parent only", "parent and fields", "both", "both and fields"]);
}

#[test]
fn without_a_subscriber_macros_and_setters_do_nothing() {
    let span = llm_span!("nobody listens");
    assert!(span.is_disabled());
    assert_eq!(span.set_input("x").record_exception(&std::fmt::Error).set_ok().span_context(), None);
}
