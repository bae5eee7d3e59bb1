use opentelemetry_sdk::trace::SpanData;

use super::rename;
use crate::convert::{Conversion, Dialect};

/// [adk-telemetry](https://docs.rs/adk-telemetry) 2.1: OpenTelemetry's names but for these. Its spellings of token
/// counts are known to `genai/usage.rs`, its content events to `events.rs`.
pub(super) const DIALECT: Dialect = Dialect { speaks, names: &[], translate };

const NAMES: [(&str, &str); 5] = [
    ("gen_ai.tool.call_id", "gen_ai.tool.call.id"),
    ("gen_ai.tool.arguments", "gen_ai.tool.call.arguments"),
    ("gen_ai.tool.result", "gen_ai.tool.call.result"),
    ("gen_ai.session.id", "gen_ai.conversation.id"),
    ("adk.session.id", "gen_ai.conversation.id"),
];

fn speaks(key: &str) -> bool {
    NAMES.iter().any(|(name, _)| *name == key)
}

fn translate(span: &mut SpanData, _: &Conversion) {
    rename(&mut span.attributes, &NAMES);
}
