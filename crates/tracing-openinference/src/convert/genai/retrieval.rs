use openinference_semconv::{Indexed, keys};
use opentelemetry::{KeyValue, Value};
use serde_json::Value as Json;

use crate::convert::field::Side;
use crate::convert::words::Words;
use crate::convert::{documents, json, write};

/// Writes what was looked for and found, and how an answer was judged.
pub(super) fn write(out: &mut Vec<KeyValue>, words: &mut Words) {
    if let Some(query) = words.take_any(&["gen_ai.retrieval.query.text", "gen_ai.retrieval.query"]) {
        write::add_value(out, Side::Input, json::text(&query).into_owned());
    }
    if let Some(found) = words.take_json(&["gen_ai.retrieval.documents"]) {
        if !write::has_list(out, keys::RETRIEVAL_DOCUMENTS) {
            let found = match found {
                Json::Array(found) => found,
                single => vec![single],
            };
            documents::write(out, keys::RETRIEVAL_DOCUMENTS, &found);
        }
    }
    write_evaluation(out, words);
}

/// `gen_ai.evaluation.*`, a span or an event of its own in the specification.
fn write_evaluation(out: &mut Vec<KeyValue>, words: &mut Words) {
    let told = ["gen_ai.evaluation.score.value", "gen_ai.evaluation.score.label", "gen_ai.evaluation.explanation"];
    if !words.has("gen_ai.evaluation.name")
        || !told.iter().any(|key| words.has(key))
        || write::has_list(out, keys::EVALUATIONS)
    {
        return;
    }
    let evaluation = Indexed::new(keys::EVALUATIONS, 0);
    for (key, word) in [
        (keys::EVALUATION_NAME, "gen_ai.evaluation.name"),
        (keys::EVALUATION_SCORE, told[0]),
        (keys::EVALUATION_LABEL, told[1]),
        (keys::EVALUATION_EXPLANATION, told[2]),
    ] {
        let value = words.take(word).filter(|value| match (key, value) {
            (keys::EVALUATION_SCORE, value) => matches!(value, Value::I64(_) | Value::F64(_)),
            _ => true,
        });
        if let Some(value) = value {
            out.push(KeyValue::new(evaluation.key(key), value));
        }
    }
}
