use openinference_semconv::{Indexed, keys};
use opentelemetry::{KeyValue, Value};
use serde_json::Value as Json;

use super::json;
use super::record::Record;

/// The words of one family of feedback; the two have the same fields.
pub(super) struct Family {
    record: &'static str,
    name: &'static str,
    score: &'static str,
    label: &'static str,
    explanation: &'static str,
    annotator_kind: &'static str,
    identifier: &'static str,
    metadata: &'static str,
}

pub(super) const ANNOTATION: Family = Family {
    record: "annotation",
    name: keys::ANNOTATION_NAME,
    score: keys::ANNOTATION_SCORE,
    label: keys::ANNOTATION_LABEL,
    explanation: keys::ANNOTATION_EXPLANATION,
    annotator_kind: keys::ANNOTATION_ANNOTATOR_KIND,
    identifier: keys::ANNOTATION_IDENTIFIER,
    metadata: keys::ANNOTATION_METADATA,
};

pub(super) const EVALUATION: Family = Family {
    record: "evaluation",
    name: keys::EVALUATION_NAME,
    score: keys::EVALUATION_SCORE,
    label: keys::EVALUATION_LABEL,
    explanation: keys::EVALUATION_EXPLANATION,
    annotator_kind: keys::EVALUATION_ANNOTATOR_KIND,
    identifier: keys::EVALUATION_IDENTIFIER,
    metadata: keys::EVALUATION_METADATA,
};

/// Writes annotations or evaluations. One without a name or without a result says nothing and is left out: both are
/// required by the specification.
pub(super) fn write(out: &mut Vec<KeyValue>, list: &str, items: &[Json], family: &Family) {
    let mut index = 0;
    for item in items {
        let Some(record) = Record::of(item, family.record) else { continue };
        let Some(name) = record.text(&["name"]) else { continue };
        let score = record.get(&["score"]).and_then(Json::as_i64).map(Value::from);
        let score = score.or_else(|| record.number(&["score"]).map(Value::from));
        let label = record.text(&["label"]);
        let explanation = record.text(&["explanation"]);
        if score.is_none() && label.is_none() && explanation.is_none() {
            continue;
        }
        let element = Indexed::new(list, index);
        index += 1;
        // Metadata is JSON whatever it was: text gets its quotes.
        let metadata = record.get(&["metadata"]).map(|metadata| match metadata {
            Json::String(text) if json::is_valid(text) => text.clone(),
            other => other.to_string(),
        });
        for (field, value) in [
            (family.name, Some(Value::from(name))),
            (family.score, score),
            (family.label, label.map(Value::from)),
            (family.explanation, explanation.map(Value::from)),
            (family.annotator_kind, record.text(&["annotator_kind"]).map(Value::from)),
            (family.identifier, record.text(&["identifier"]).map(Value::from)),
            (family.metadata, metadata.map(Value::from)),
        ] {
            if let Some(value) = value {
                out.push(KeyValue::new(element.key(field), value));
            }
        }
    }
}
