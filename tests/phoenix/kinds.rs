//! Every kind is shown as itself.

use integration_tests::Phoenix;
use integration_tests::phoenix::Project;
use serde_json::json;
use tracing::info_span;
use tracing_openinference::{
    Decision, Document, Embedding, Message, OpenInferenceSpanExt, Reranker, Tool, agent_span, chain_span,
    decision_span, embedding_span, evaluator_span, guardrail_span, llm_span, prompt_span, reranker_span,
    retriever_span, tool_span,
};

/// Each kind under a name of its own.
const KINDS: &[(&str, &str)] = &[
    ("agent", "AGENT"),
    ("chain", "CHAIN"),
    ("decision", "DECISION"),
    ("embedding", "EMBEDDING"),
    ("evaluator", "EVALUATOR"),
    ("guardrail", "GUARDRAIL"),
    ("llm", "LLM"),
    ("prompt", "PROMPT"),
    ("reranker", "RERANKER"),
    ("retriever", "RETRIEVER"),
    ("tool", "TOOL"),
    ("lower", "LLM"),
    ("plain", "CHAIN"),
];

fn tell() {
    agent_span!("agent").set_agent("planner").set_input("plan");
    drop((chain_span!("chain"), evaluator_span!("evaluator"), guardrail_span!("guardrail"), prompt_span!("prompt")));
    drop((info_span!("lower", openinference.span.kind = "llm"), info_span!("plain")));
    decision_span!("decision").set_decision(Decision::new("typesafe").model("rules-1"));
    embedding_span!("embedding")
        .set_embedding_model("text-embedding-3-small")
        .set_embeddings(Embedding::new("text", [0.5, -0.25]));
    llm_span!("llm").set_input_messages([Message::user("Hello?")]).set_output_messages(Message::assistant("Yes."));
    reranker_span!("reranker")
        .set_reranker(Reranker::new("query").model("rerank-1").top_k(1))
        .set_reranker_input_documents([Document::from("one"), Document::from("two")])
        .set_reranker_output_documents(Document::from("two").score(0.75));
    retriever_span!("retriever").set_documents(Document::from("found").id("d1").metadata(json!({ "page": 3 })));
    let tool = Tool::new("look_up").description("Looks up").parameters(json!({ "city": "Paris" }));
    tool_span!("tool").set_tool(tool);
}

fn the_kinds_are_right(phoenix: &Phoenix, project: &Project) {
    let spans = project.spans(KINDS.len());
    assert_eq!(spans.len(), KINDS.len());
    for &(name, kind) in KINDS {
        let span = project.span(name);
        assert_eq!((&*span.kind, span.parent_id.as_ref()), (kind, None), "{name}");
        assert_eq!(phoenix.trace(&span.trace_id, 1).span(name)["spanKind"], kind.to_lowercase(), "{name}");
    }
}

#[test]
fn every_kind_is_shown_as_itself() {
    let Some(phoenix) = Phoenix::or_skip() else { return };
    for (protocol, endpoint) in super::endpoints(&phoenix) {
        let project = phoenix.project("kinds");
        super::send(&project, protocol, &endpoint, Default::default(), tell);
        the_kinds_are_right(&phoenix, &project);
        its_attributes_are_there(&project);
    }
}

fn its_attributes_are_there(project: &Project) {
    let has = |span: &str, key: &str, value: serde_json::Value| {
        assert_eq!(*project.span(span).attribute(key), value, "{span}: {:#?}", project.span(span));
    };
    has("agent", "agent.name", json!("planner"));
    has("decision", "decision.model_name", json!("rules-1"));
    has("embedding", "embedding.embeddings.0.embedding.vector", json!([0.5, -0.25]));
    has("embedding", "embedding.model_name", json!("text-embedding-3-small"));
    has("reranker", "reranker.input_documents.1.document.content", json!("two"));
    has("reranker", "reranker.output_documents.0.document.score", json!(0.75));
    has("reranker", "reranker.top_k", json!(1));
    has("retriever", "retrieval.documents.0.document.metadata.page", json!(3));
    has("tool", "tool.parameters.city", json!("Paris"));
}
