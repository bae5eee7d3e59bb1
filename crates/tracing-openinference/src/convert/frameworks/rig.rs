use opentelemetry_sdk::trace::SpanData;

use crate::convert::write::{position, text};
use crate::convert::{Conversion, Dialect, errors};

/// [rig](https://docs.rs/rig-core) 0.44: OpenTelemetry's names, and failures that are only told in its own.
pub(super) const DIALECT: Dialect = Dialect { speaks, names: &[], translate };

const OUTCOME: &str = "gen_ai.tool.call.outcome";
/// Marks the span below which a completion nests; says nothing to anybody else.
const PARENT: &str = "rig.completion_parent";

fn speaks(key: &str) -> bool {
    key == OUTCOME || key == PARENT
}

fn translate(span: &mut SpanData, _: &Conversion) {
    if let Some(at) = position(&span.attributes, PARENT) {
        span.attributes.remove(at);
    }
    // "denied" and "skipped" are decisions of the application.
    if text(&span.attributes, OUTCOME) == Some("error") {
        let kind = text(&span.attributes, "gen_ai.tool.error.type").unwrap_or("other").to_owned();
        let message = text(&span.attributes, "gen_ai.tool.call.result").unwrap_or("the tool failed").to_owned();
        errors::fail(span, kind, message);
    }
}
