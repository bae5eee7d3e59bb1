use openinference_semconv::keys;
use opentelemetry_sdk::trace::SpanData;

use super::observation::Observation;
use crate::convert::words::Words;
use crate::convert::{Conversion, Dialect, json, write};

/// What is written for Langfuse: [swiftide](https://docs.rs/swiftide) 0.33, in events inside its spans (which
/// `events.rs` has moved to the span), and <https://langfuse.com/integrations/native/opentelemetry>.
pub(super) const DIALECT: Dialect = Dialect { speaks, names: &[], translate };

fn speaks(key: &str) -> bool {
    key.starts_with("langfuse.")
}

fn translate(span: &mut SpanData, options: &Conversion) {
    let out = &mut span.attributes;
    let mut words = Words::take_from(out, speaks);
    let observation = Observation {
        kind: words.take_text(&["langfuse.type", "langfuse.observation.type"]),
        model: words.take_text(&["langfuse.model", "langfuse.observation.model.name"]),
        input: words.take_any(&["langfuse.input", "langfuse.observation.input", "langfuse.trace.input"]),
        output: words.take_any(&["langfuse.output", "langfuse.observation.output", "langfuse.trace.output"]),
        usage: words.take_json(&["langfuse.usage", "langfuse.observation.usage_details"]),
        cost: words.take_json(&["langfuse.observation.cost_details"]),
        parameters: words.take_json(&["langfuse.observation.model.parameters"]),
    };
    observation.write(out, options);
    for (key, word) in [(keys::SESSION_ID, "langfuse.session.id"), (keys::USER_ID, "langfuse.user.id")] {
        if let Some(id) = words.take_text(&[word]) {
            write::add(out, key, id);
        }
    }
    if let Some(tags) = words.take_any(&["langfuse.trace.tags", "langfuse.tags"]) {
        write::add(out, keys::TAG_TAGS, tags);
    }
    let notes = words.take_all(|key| {
        key.starts_with("langfuse.observation.metadata.") || key.starts_with("langfuse.trace.metadata.")
    });
    write::note(out, notes.into_iter().map(|note| (note.key.to_string(), json::value(&note.value))).collect());
    words.give_back(out);
}
