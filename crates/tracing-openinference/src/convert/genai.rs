//! OpenTelemetry's conventions for generative AI, `gen_ai.*`: the JSON messages of today, the indexed attributes and
//! plain prompts of earlier versions, and the spellings that libraries have of their own.
//!
//! <https://github.com/open-telemetry/semantic-conventions-genai>, of which version 1.41 and everything that came
//! before. Where the converters of Phoenix (20.26) and JS (`@arizeai/openinference-genai` 0.3.10) disagree, the rule
//! that decides stands beside the code.

mod indexed;
mod kind;
mod messages;
mod model;
mod parameters;
mod retrieval;
mod tool;
mod usage;

pub(super) use kind::of_operation;
pub(super) use model::system as system_of;
use openinference_semconv::SpanKind;
use opentelemetry_sdk::trace::SpanData;
use serde_json::Map;

use super::words::Words;
use super::{Conversion, Dialect, json, write};

pub(super) const DIALECT: Dialect = Dialect { speaks, names: &[], translate };

const NAMESPACE: &str = "gen_ai.";

fn speaks(key: &str) -> bool {
    key.starts_with(NAMESPACE)
}

/// Words without a counterpart in OpenInference that tell no content. Phoenix would make an answer of the id of the
/// response (`{"id": .., "model": ..}`), so nothing stays under its name.
const NOTES: [&str; 17] = [
    "gen_ai.agent.id",
    "gen_ai.agent.description",
    "gen_ai.agent.version",
    "gen_ai.workflow.name",
    "gen_ai.data_source.id",
    "gen_ai.request.stream",
    "gen_ai.response.id",
    "gen_ai.response.time_to_first_chunk",
    "gen_ai.embeddings.dimension.count",
    "gen_ai.tool.type",
    "gen_ai.tool.call.outcome",
    "gen_ai.tool.error.type",
    "gen_ai.usage.tool_use_prompt_tokens",
    "gen_ai.operation.name",
    "gen_ai.system",
    "gen_ai.provider.name",
    "gen_ai.token.type",
];

/// Critical attributes first, content last: whoever cuts a span that is too large cuts from the end.
fn translate(span: &mut SpanData, options: &Conversion) {
    let out = &mut span.attributes;
    let mut words = Words::take_from(out, speaks);
    let kind = kind::write(out, &mut words);
    let asked = model::write(out, &mut words, kind);
    let aggregate = matches!(kind, Some(SpanKind::Agent | SpanKind::Chain));
    let mut notes = if aggregate { usage::notes(&mut words) } else { Map::new() };
    usage::write(out, &mut words);
    parameters::write(out, &mut words, kind, asked);
    tool::write(out, &mut words);
    retrieval::write(out, &mut words);
    messages::write(out, &mut words, kind, options);
    for key in NOTES {
        if let Some(value) = words.take(key) {
            notes.insert(String::from(key), json::value(&value));
        }
    }
    write::note(out, notes);
    words.give_back(out);
}
