use openinference_semconv::{SpanKind, keys};
use opentelemetry::KeyValue;

use crate::convert::words::Words;
use crate::convert::write;

const OPERATION: &str = "gen_ai.operation.name";

/// The well-known values of `gen_ai.operation.name`, and those of rig.
///
/// <https://github.com/open-telemetry/semantic-conventions-genai/blob/main/docs/gen-ai/gen-ai-spans.md>
const OPERATIONS: [(&str, SpanKind); 20] = [
    ("chat", SpanKind::Llm),
    ("text_completion", SpanKind::Llm),
    ("completion", SpanKind::Llm),
    ("generate_content", SpanKind::Llm),
    ("chat_streaming", SpanKind::Llm),
    ("transcription", SpanKind::Llm),
    ("image_generation", SpanKind::Llm),
    ("audio_generation", SpanKind::Llm),
    ("embeddings", SpanKind::Embedding),
    ("embedding", SpanKind::Embedding),
    ("retrieval", SpanKind::Retriever),
    ("vector_db_retrieve", SpanKind::Retriever),
    ("rerank", SpanKind::Reranker),
    ("execute_tool", SpanKind::Tool),
    ("invoke_agent", SpanKind::Agent),
    ("create_agent", SpanKind::Agent),
    ("plan", SpanKind::Agent),
    ("invoke_workflow", SpanKind::Chain),
    ("agent_step", SpanKind::Chain),
    ("evaluate", SpanKind::Evaluator),
];

/// Writes the kind, where the span gives evidence of one. Unlike in JS, a model is not the default: most spans that
/// mention `gen_ai` somewhere do not call one.
pub(super) fn write(out: &mut Vec<KeyValue>, words: &mut Words) -> Option<SpanKind> {
    let operation = words.peek_text(OPERATION).unwrap_or_default();
    let known = of_operation(operation);
    let stated = write::kind(out);
    let kind = stated.or(known).or_else(|| evidence(words));
    if known.is_some() && stated.is_none_or(|stated| Some(stated) == known) {
        words.take(OPERATION);
    }
    if let Some(kind) = kind {
        write::add(out, keys::OPENINFERENCE_SPAN_KIND, kind.as_str());
    }
    kind
}

/// The kind of a well-known operation.
pub(in crate::convert) fn of_operation(operation: &str) -> Option<SpanKind> {
    OPERATIONS.iter().find(|(name, _)| name.eq_ignore_ascii_case(operation)).map(|(_, kind)| *kind)
}

fn evidence(words: &Words) -> Option<SpanKind> {
    let any = |keys: &[&str]| keys.iter().any(|key| words.has(key));
    if any(&["gen_ai.tool.name", "gen_ai.tool.call.id", "gen_ai.tool.call.arguments", "gen_ai.tool.call.result"]) {
        return Some(SpanKind::Tool);
    }
    if any(&["gen_ai.embeddings.dimension.count"]) {
        return Some(SpanKind::Embedding);
    }
    if words.has_within("gen_ai.retrieval") {
        return Some(SpanKind::Retriever);
    }
    if any(&["gen_ai.evaluation.name"]) {
        return Some(SpanKind::Evaluator);
    }
    let says = ["gen_ai.input", "gen_ai.output", "gen_ai.response", "gen_ai.usage", "gen_ai.completion"];
    if any(&["gen_ai.request.model", "gen_ai.system_instructions", "gen_ai.prompt", "gen_ai.completion"])
        || says.iter().any(|namespace| words.has_within(namespace))
        || words.has_within("gen_ai.prompt")
    {
        return Some(SpanKind::Llm);
    }
    if any(&["gen_ai.agent.name", "gen_ai.agent.id"]) {
        return Some(SpanKind::Agent);
    }
    any(&["gen_ai.workflow.name"]).then_some(SpanKind::Chain)
}
