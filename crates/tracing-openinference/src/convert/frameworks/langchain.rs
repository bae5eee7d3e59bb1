use openinference_semconv::{SpanKind, keys};
use opentelemetry_sdk::trace::SpanData;

use super::rename;
use crate::convert::write::{self, position};
use crate::convert::{Conversion, Dialect, errors, json};

/// [langchain-rust](https://docs.rs/langchain-rust) 7.0: its documented spans, known by name, with bare fields.
pub(super) const DIALECT: Dialect = Dialect { speaks: |_| false, names: &SPANS, translate };

const SPANS: [&str; 7] =
    ["llm.generate", "embed.documents", "embed.query", "chain.call", "agent.run", "agent.plan", "tool.call"];

const NAMES: [(&str, &str); 8] = [
    ("provider", "gen_ai.provider.name"),
    ("model", "gen_ai.request.model"),
    ("stream", "gen_ai.request.stream"),
    ("prompt_tokens", "gen_ai.usage.input_tokens"),
    ("completion_tokens", "gen_ai.usage.output_tokens"),
    ("total_tokens", "gen_ai.usage.total_tokens"),
    ("tool", "gen_ai.tool.name"),
    ("chain", "gen_ai.workflow.name"),
];

fn kind(name: &str) -> Option<SpanKind> {
    Some(match name {
        "llm.generate" => SpanKind::Llm,
        "embed.documents" | "embed.query" => SpanKind::Embedding,
        "chain.call" | "agent.plan" => SpanKind::Chain,
        "agent.run" => SpanKind::Agent,
        "tool.call" => SpanKind::Tool,
        _ => return None,
    })
}

fn translate(span: &mut SpanData, _: &Conversion) {
    let Some(kind) = kind(&span.name) else { return };
    write::add(&mut span.attributes, keys::OPENINFERENCE_SPAN_KIND, kind.as_str());
    rename(&mut span.attributes, &NAMES);
    if let Some(at) = position(&span.attributes, "error") {
        let message = json::text(&span.attributes.remove(at).value).into_owned();
        if !message.trim().is_empty() {
            errors::fail(span, String::from("langchain"), message);
        }
    }
}
