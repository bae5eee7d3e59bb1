//! What no flag hides, by design: each with the sentence of the documentation that says so.

use std::collections::BTreeMap;

use serde_json::json;
use tracing::info_span;
use tracing_openinference::{
    Annotation, Decision, Document, Evaluation, GraphNode, OpenInferenceSpanExt, Prompt, PromptTemplate, Reranker,
    Scope, TokenCount, Tool, ToolCall, agent_span, chain_span, decision_span, embedding_span, evaluator_span, llm_span,
    prompt_span, reranker_span, retriever_span, tool_span,
};

use crate::carrier::{Carrier, IN, NOTHING, carrier};

pub(crate) const CARRIERS: &[&[Carrier]] = &[NAMES, IDS, COUNTS, APPLICATION, JUDGEMENTS];

/// "model and provider names, names of tools and agents"
const NAMES: &[Carrier] = &[
    carrier("set_model", NOTHING, |s| _ = llm_span!("chat").set_model(s.text.as_str())),
    carrier("set_request_model", NOTHING, |s| _ = llm_span!("chat").set_request_model(s.text.as_str())),
    carrier("set_response_model", NOTHING, |s| _ = llm_span!("chat").set_response_model(s.text.as_str())),
    carrier("set_system", NOTHING, |s| _ = llm_span!("chat").set_system(&s.text)),
    carrier("set_provider", NOTHING, |s| _ = llm_span!("chat").set_provider(&s.text)),
    carrier("set_finish_reason", NOTHING, |s| _ = llm_span!("chat").set_finish_reason(s.text.as_str())),
    carrier("set_embedding_model", NOTHING, |s| _ = embedding_span!().set_embedding_model(s.text.as_str())),
    carrier("set_reranker: model", NOTHING, |s| {
        _ = reranker_span!("order").set_reranker(Reranker::new("-").model(s.text.as_str()));
    }),
    carrier("set_decision", NOTHING, |s| _ = decision_span!("decide").set_decision(Decision::new(&s.text))),
    carrier("set_tool: name", NOTHING, |s| _ = tool_span!("tool").set_tool(s.text.as_str())),
    carrier("set_agent", NOTHING, |s| _ = agent_span!("agent").set_agent(s.text.as_str())),
    carrier("set_graph_node: name", NOTHING, |s| {
        _ = agent_span!("agent").set_graph_node(GraphNode::new("1").name(s.text.as_str()));
    }),
    carrier("set_prompt: version of a template", NOTHING, |s| {
        _ = llm_span!("chat").set_prompt_template(PromptTemplate::new("-").version(s.text.as_str()));
    }),
    // "a name made of words that kept attributes say anyway"
    carrier("otel.name that says the model", NOTHING, |s| {
        drop(info_span!("chat", otel.name = format!("chat {}", s.word), llm.model_name = s.word));
    }),
    // "exception.type"
    carrier("exception.type that is a name", NOTHING, |s| drop(info_span!("failing", exception.type = s.word))),
    carrier("error.type that is a name", NOTHING, |s| drop(info_span!("failing", error.type = s.word))),
    carrier("gen_ai.request.model", NOTHING, |s| drop(info_span!("chat", gen_ai.request.model = s.text))),
    carrier("gen_ai.tool.name", NOTHING, |s| drop(info_span!("tool", gen_ai.tool.name = s.text))),
    carrier("gen_ai.agent.description", NOTHING, |s| drop(info_span!("agent", gen_ai.agent.description = s.text))),
];

/// "ids (session, user, tool call, document)"
const IDS: &[Carrier] = &[
    carrier("set_session", NOTHING, |s| _ = chain_span!("step").set_session(s.text.as_str())),
    carrier("set_user", NOTHING, |s| _ = chain_span!("step").set_user(s.text.as_str())),
    carrier("Scope: session", NOTHING, |s| {
        Scope::new().session(s.text.as_str()).in_scope(|| drop(info_span!("inside")));
    }),
    carrier("Scope: user", NOTHING, |s| Scope::new().user(s.text.as_str()).in_scope(|| drop(info_span!("inside")))),
    carrier("set_tool: id", NOTHING, |s| _ = tool_span!("tool").set_tool(Tool::new("tool").id(s.text.as_str()))),
    carrier("set_tool_call: id", NOTHING, |s| {
        _ = tool_span!("tool").set_tool_call(ToolCall::new("tool", "{}").id(s.text.as_str()));
    }),
    carrier("set_prompt: id", NOTHING, |s| _ = prompt_span!("prompt").set_prompt(Prompt::new(s.text.as_str()))),
    carrier("set_prompt: address", NOTHING, |s| {
        _ = prompt_span!("prompt").set_prompt(Prompt::new("1").url(s.text.as_str()));
    }),
    carrier("set_documents: id", NOTHING, |s| {
        _ = retriever_span!("find").set_documents(Document::from("-").id(s.text.as_str()));
    }),
    carrier("set_graph_node: id", NOTHING, |s| {
        _ = agent_span!("agent").set_graph_node(GraphNode::new(s.text.as_str()))
    }),
    // What the caller of this process says about the trace is handed on as it is.
    carrier("tracestate", NOTHING, |s| {
        let headers = BTreeMap::from([
            ("traceparent".to_owned(), "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".to_owned()),
            ("tracestate".to_owned(), format!("vendor={}", s.word)),
        ]);
        _ = chain_span!("served").set_parent_from(&headers);
    }),
    // "A name given in the source code stays", and so do the ids of a session: only a struct is an argument.
    carrier("a field named session", IN, |s| drop(info_span!("step", session = s.text))),
];

/// "token counts, costs, timings"
const COUNTS: &[Carrier] = &[
    carrier("set_token_count", NOTHING, |s| {
        _ = llm_span!("chat").set_token_count(TokenCount::new(s.integer, 1).prompt_detail("new", s.integer));
    }),
    carrier("set_cost", NOTHING, |s| _ = llm_span!("chat").set_cost((s.float, 0.5))),
    carrier("set_documents: score", NOTHING, |s| {
        _ = retriever_span!("find").set_documents(Document::from("-").score(s.float));
    }),
    carrier("gen_ai.usage", NOTHING, |s| {
        drop(info_span!(
            "chat",
            gen_ai.request.model = "m",
            gen_ai.usage.output_tokens = s.integer >> 10,
            app.n = s.text
        ));
    }),
];

/// "tags, attributes in a namespace of your own, and `metadata` but for members that are named like a hidden attribute"
const APPLICATION: &[Carrier] = &[
    carrier("set_tags", NOTHING, |s| _ = chain_span!("step").set_tags(["-", s.text.as_str()])),
    carrier("Scope: tags", NOTHING, |s| Scope::new().tags([s.text.as_str()]).in_scope(|| drop(info_span!("inside")))),
    carrier("set_metadata", NOTHING, |s| {
        _ = chain_span!("step").set_metadata(json!({ "tenant": s.text, "a": { "b": 1 } }));
    }),
    carrier("set_metadata: a key", NOTHING, |s| _ = chain_span!("step").set_metadata(json!({ &s.word: 1 }))),
    carrier("Scope: metadata", NOTHING, |s| {
        Scope::new().metadata(json!({ "tenant": [s.text] })).in_scope(|| drop(info_span!("inside")));
    }),
    carrier("a namespace of the application", NOTHING, |s| drop(info_span!("step", app.note = s.text))),
    carrier("set_attribute: a namespace of the application", NOTHING, |s| {
        _ = chain_span!("step").set_attribute(format!("app.{}", s.word), "-");
    }),
    carrier("traceloop.association.properties", NOTHING, |s| {
        drop(info_span!("step", traceloop.association.properties.tenant = s.text));
    }),
    carrier("langfuse.trace.metadata", NOTHING, |s| drop(info_span!("step", langfuse.trace.metadata.tenant = s.text))),
];

/// Of a judgement only explanation and metadata quote: "explanations of annotations and evaluations"
const JUDGEMENTS: &[Carrier] = &[
    carrier("set_annotations: name", NOTHING, |s| {
        _ = chain_span!("step").set_annotations(Annotation::new(s.text.as_str(), 1.0));
    }),
    carrier("set_evaluations: label", NOTHING, |s| {
        _ = evaluator_span!("judge").set_evaluations(Evaluation::new("good", s.text.as_str()));
    }),
    carrier("set_evaluations: identifier", NOTHING, |s| {
        _ = evaluator_span!("judge").set_evaluations(Evaluation::new("good", 1.0).identifier(s.text.as_str()));
    }),
];
