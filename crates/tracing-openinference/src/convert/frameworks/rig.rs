use opentelemetry::Value;
use opentelemetry_sdk::trace::SpanData;

use crate::capture::UNFINISHED;
use crate::convert::write::{position, text};
use crate::convert::{Conversion, Dialect, errors};

/// [rig](https://docs.rs/rig-core) 0.44: OpenTelemetry's names, and failures that are only told in its own, or not at all.
pub(super) const DIALECT: Dialect = Dialect { speaks, names: &[], translate };

const OUTCOME: &str = "gen_ai.tool.call.outcome";
/// Marks the span below which a completion nests; says nothing to anybody else.
const PARENT: &str = "rig.completion_parent";
/// The header of the provider's response, whether it was an answer or an error.
const REQUEST_ID: &str = "rig.provider_request_id";

/// What rig records of an answer, each as far as the provider tells it.
const ANSWER: [&str; 4] =
    ["gen_ai.response.id", "gen_ai.response.model", "gen_ai.usage.input_tokens", "gen_ai.output.messages"];

fn speaks(key: &str) -> bool {
    [OUTCOME, PARENT, REQUEST_ID].contains(&key)
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
    } else if is_unanswered(span) {
        errors::fail(span, String::from(errors::OTHER), String::from("the model did not answer; rig does not say why"));
    }
}

/// rig gives the error of a provider to the application and not to the span. A request for a whole answer that ended
/// without one has failed; a stream may have been left by whoever read it.
fn is_unanswered(span: &SpanData) -> bool {
    let value = |key| position(&span.attributes, key).map(|at| &span.attributes[at].value);
    matches!(value("gen_ai.request.stream"), Some(Value::Bool(false)))
        && ANSWER.iter().all(|key| value(key).is_none())
        // It may still be answered.
        && value(UNFINISHED).is_none()
}
