use opentelemetry_sdk::trace::SpanData;

use super::observation::Observation;
use crate::convert::words::Words;
use crate::convert::{Conversion, Dialect};

/// [goose](https://github.com/aaif-goose/goose): `observation_type = "GENERATION"` and JSON in bare names, on the spans
/// of `provider_generation.rs`.
pub(super) const DIALECT: Dialect = Dialect { speaks: |key| key == KIND, names: &[], translate };

const KIND: &str = "observation_type";
const WORDS: [&str; 6] = [KIND, "model", "input_json", "output_json", "usage_details_json", "cost_details_json"];

fn translate(span: &mut SpanData, options: &Conversion) {
    let mut words = Words::take_from(&mut span.attributes, |key| WORDS.contains(&key));
    let observation = Observation {
        kind: words.take_text(&[KIND]),
        model: words.take_text(&["model"]),
        input: words.take("input_json"),
        output: words.take("output_json"),
        usage: words.take_json(&["usage_details_json"]),
        cost: words.take_json(&["cost_details_json"]),
        parameters: None,
    };
    observation.write(&mut span.attributes, options);
    words.give_back(&mut span.attributes);
}
