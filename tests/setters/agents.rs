//! Spans of the kinds that surround the model.

use opentelemetry::trace::{SpanContext, SpanId, TraceFlags, TraceId, TraceState};
use serde_json::json;
use tracing_openinference::semconv::AnnotatorKind;
use tracing_openinference::{
    Annotation, Decision, Document, Evaluation, GraphNode, Json, OpenInferenceSpanExt, Prompt, Reranker, Tool,
    agent_span, chain_span, decision_span, evaluator_span, guardrail_span, llm_span, prompt_span, reranker_span,
    retriever_span, tool_span,
};

use crate::Scenario;

const IMAGE: &str = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABAAAA";

pub(crate) const SCENARIOS: &[Scenario] = &[
    ("retriever", retriever),
    ("reranker", reranker),
    ("tool_inferred", tool_inferred),
    ("tool_explicit", tool_explicit),
    ("tool_manual", tool_manual),
    ("agent_nested", agent_nested),
    ("guardrail", guardrail),
    ("evaluator_with_feedback", evaluator_with_feedback),
    ("prompt_and_decision", prompt_and_decision),
    ("span_level_media", span_level_media),
    ("decorator_naming", decorator_naming),
];

fn retriever() {
    retriever_span!("search")
        .set_input(Json(json!({"query": "weather", "k": 2})))
        .set_documents([
            Document::from("Paris is mild.").id("d1").metadata(json!({"src": "wiki", "n": 1})).score(0.9),
            Document::from("Zürich 日本").id(2).metadata(r#"{"raw": true}"#).score(1),
            Document::from("no id"),
        ])
        .set_output(Json([json!({"id": "d1"})]))
        .set_ok();
}

fn reranker() {
    let a = || Document::from(("A", 0.1)).id("a").metadata(json!({"k": "v"}));
    let b = || Document::from(("B", 0.2)).id("b");
    reranker_span!("rerank")
        .set_input(Json(json!({
            "query": "q",
            "documents": [
                {"id": "a", "content": "A", "score": 0.1, "metadata": {"k": "v"}},
                {"id": "b", "content": "B", "score": 0.2},
            ],
        })))
        .set_reranker(Reranker::new("q").model("cross-encoder").top_k(1))
        .set_reranker_input_documents(|| [a(), b()])
        .set_reranker_output_documents(b)
        .set_output(Json(["b"]))
        .set_ok();
}

fn tool_inferred() {
    let description = "Get the weather.\n\n        More text.";
    let parameters = json!({
        "type": "object",
        "title": "get_weather",
        "description": description,
        "properties": {
            "city": {"type": "string"},
            "days": {"default": 1, "type": "integer"},
            "unit": {"default": "C", "type": "string", "enum": ["C", "F"]},
            "tags": {"default": null, "anyOf": [{"type": "array", "items": {"type": "string"}}, {"type": "null"}]},
        },
        "required": ["city"],
    });
    tool_span!("get_weather")
        .set_tool_call(("get_weather", json!({"city": "Paris", "days": 2, "unit": "C", "tags": null})))
        .set_tool(Tool::new("get_weather").parameters(parameters).description(description))
        .set_output(Json(json!({"temp": 18.5, "city": "Paris"})))
        .set_ok();
}

fn tool_explicit() {
    tool_span!("weather_api")
        .set_input(Json(json!({"a": 1, "b": 2})))
        .set_tool(Tool::from(("weather_api", "explicit")).parameters(json!({"type": "object"})))
        .set_output(Json([1, 2]))
        .set_ok();
}

fn tool_manual() {
    tool_span!("tool")
        .set_tool(Tool::new("t").parameters(r#"{"a": "int"}"#).description("d").id("call_1"))
        .set_input(1.5)
        .set_output(true);
}

fn agent_nested() {
    let agent = agent_span!("researcher");
    agent.in_scope(|| {
        llm_span!("model").set_input(Json(json!({"prompt": "what is 2+2"}))).set_output("2+2").set_ok();
        let schema = json!({
            "type": "object",
            "title": "calc",
            "properties": {"expr": {"type": "string"}},
            "required": ["expr"],
        });
        tool_span!("calc")
            .set_tool_call(("calc", json!({"expr": "2+2"})))
            .set_tool(Tool::new("calc").parameters(schema))
            .set_output(4)
            .set_ok();
    });
    agent
        .set_input("what is 2+2")
        .set_agent("researcher")
        .set_graph_node(GraphNode::new("n1").name("Researcher").parent(""))
        .set_output("4")
        .set_ok();
}

fn guardrail() {
    guardrail_span!("check").set_input("my ssn is ...").set_output(json!({"allowed": false, "reason": "pii"})).set_ok();
}

fn evaluator_with_feedback() {
    evaluator_span!("hallucination evaluation")
        .set_input("x")
        .set_session("s-1")
        .set_evaluations([
            Evaluation::new("hallucination", 1)
                .label("hallucinated")
                .explanation("because")
                .annotator_kind(AnnotatorKind::Llm)
                .identifier("judge-v2")
                .metadata(json!({"rubric": "2"})),
            Evaluation::from(("c", 2)).on_session(),
        ])
        .set_annotations([
            Annotation::new("tone", 0.25).on_trace(),
            Annotation::new("safe", "yes").metadata(r#"{"raw":1}"#).on_trace(),
            Annotation::explained("coherence", "ok").on_session(),
        ])
        .set_output("1")
        .set_ok();
    let judged =
        SpanContext::new(TraceId::from(0xabc), SpanId::from(0xdef), TraceFlags::SAMPLED, true, TraceState::default());
    evaluator_span!("carrier").set_annotations(("n", "l")).add_link(&judged);
}

fn prompt_and_decision() {
    prompt_span!("render")
        .set_input(Json(json!({"city": "Paris"})))
        .set_output("Weather in Paris")
        .set_prompt(Prompt::new("1234").vendor("langsmith").url("https://x.test/p"));
    decision_span!("decide")
        .set_input(Json(json!({"state": "x"})))
        .set_decision(
            Decision::new("TypeSafe")
                .provider("typesafe")
                .request_model("jev-latest")
                .response_model("jev-1.13.0")
                .token_count(412, 2),
        )
        .set_output(Json(json!({"answer": true})))
        .set_ok();
}

fn span_level_media() {
    chain_span!("gen")
        .set_input_images([IMAGE, "https://x.test/i.png"])
        .set_output_images(IMAGE)
        .set_input_documents(Document::default().url("https://x.test/a.pdf").mime_type("application/pdf").name("a.pdf"))
        .set_output_documents([Document::default().url("data:application/pdf;base64,AAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]);
}

fn decorator_naming() {
    chain_span!("one").set_name("A.one").set_input("a").set_output(Json(json!({"r": "a"}))).set_ok();
    chain_span!("A.two").set_input(Json(json!({"x": "a", "y": 2}))).set_output("None").set_ok();
    chain_span!("A.cm").set_input("c").set_output("c").set_ok();
    chain_span!("sm").set_input("s").set_output("s").set_ok();
    chain_span!("noargs").set_input(Json(json!({}))).set_output(Json(r#""b'bytes'""#)).set_ok();
    chain_span!("own_output").set_input(Json(json!({"k": [1, 2.5, null, true]}))).set_output(Json("mine")).set_ok();
}
