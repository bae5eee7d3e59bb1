use openinference_semconv::{MimeType, SpanKind, keys};
use opentelemetry::{Array, KeyValue, StringValue, Value};

use super::field::{Field, Side};
use super::json;

/// Gives every attribute of OpenInference the type it must have, adds what follows from others, and puts them in order.
pub(super) fn settle(attributes: &mut Vec<KeyValue>, default_kind: SpanKind) {
    let mut seen = Seen::default();
    for (at, attribute) in attributes.iter_mut().enumerate() {
        let key = attribute.key.as_str();
        let field = Field::of(key);
        seen.disordered |= field.rank() < seen.rank;
        seen.rank = field.rank();
        match field {
            Field::Kind => {
                seen.kind = true;
                settle_kind(&mut attribute.value, default_kind);
            }
            Field::Identity => match key {
                keys::LLM_MODEL_NAME => seen.model = true,
                keys::LLM_REQUEST_MODEL_NAME => seen.request_model = Some(at),
                keys::LLM_RESPONSE_MODEL_NAME => seen.response_model = Some(at),
                _ => {}
            },
            Field::Tokens => {
                settle_tokens(&mut attribute.value);
                match (key, &attribute.value) {
                    (keys::LLM_TOKEN_COUNT_PROMPT, Value::I64(count)) => seen.prompt = Some(*count),
                    (keys::LLM_TOKEN_COUNT_COMPLETION, Value::I64(count)) => seen.completion = Some(*count),
                    (keys::LLM_TOKEN_COUNT_TOTAL, _) => seen.total = true,
                    _ => {}
                }
            }
            Field::Cost => settle_cost(&mut attribute.value),
            Field::Id => seen.empty_ids |= !settle_id(&mut attribute.value),
            Field::JsonText => settle_json(&mut attribute.value),
            Field::Tags => settle_tags(&mut attribute.value),
            Field::Value(side) => seen.values[side as usize] = Some(at),
            Field::MimeType(side) => seen.mime_types[side as usize] = true,
            _ => {}
        }
    }
    seen.complete(attributes, default_kind);
}

/// What a span has, noted on the way.
#[derive(Default)]
struct Seen {
    kind: bool,
    model: bool,
    request_model: Option<usize>,
    response_model: Option<usize>,
    prompt: Option<i64>,
    completion: Option<i64>,
    total: bool,
    values: [Option<usize>; 2],
    mime_types: [bool; 2],
    empty_ids: bool,
    rank: u8,
    disordered: bool,
}

impl Seen {
    fn complete(self, attributes: &mut Vec<KeyValue>, default_kind: SpanKind) {
        let [input, output] = [Side::Input, Side::Output].map(|side| {
            let json = settle_text(&mut attributes[self.values[side as usize]?].value);
            let missing = json && !self.mime_types[side as usize];
            missing.then(|| KeyValue::new(side.mime_type(), MimeType::Json.as_str()))
        });
        // "The response's where it is known, else the request's", as the specification has it.
        let model = self.response_model.or(self.request_model).filter(|_| !self.model);
        let model = model.map(|at| KeyValue::new(keys::LLM_MODEL_NAME, attributes[at].value.clone()));
        let total = self.prompt.zip(self.completion).filter(|_| !self.total);
        let total = total.and_then(|(prompt, completion)| prompt.checked_add(completion));
        let total = total.map(|total| KeyValue::new(keys::LLM_TOKEN_COUNT_TOTAL, total));
        for addition in [model, total, input, output].into_iter().flatten() {
            self.add(attributes, addition);
        }
        if self.empty_ids {
            attributes.retain(|attribute| match (&attribute.value, Field::of(attribute.key.as_str())) {
                (Value::String(id), Field::Id) => !id.as_str().is_empty(),
                _ => true,
            });
        }
        if self.disordered {
            attributes.sort_by_cached_key(|attribute| Field::of(attribute.key.as_str()).rank());
        }
        if !self.kind {
            attributes.insert(0, KeyValue::new(keys::OPENINFERENCE_SPAN_KIND, default_kind.as_str()));
        }
    }

    /// Puts one more attribute where it belongs, so that a span in order needs no sorting.
    fn add(&self, attributes: &mut Vec<KeyValue>, addition: KeyValue) {
        let rank = |attribute: &KeyValue| Field::of(attribute.key.as_str()).rank();
        let at = if self.disordered {
            attributes.len()
        } else {
            attributes.partition_point(|attribute| rank(attribute) <= rank(&addition))
        };
        attributes.insert(at, addition);
    }
}

/// Phoenix counts costs for `LLM` only, not for `llm`, and cannot list a project that has a kind that is no text.
fn settle_kind(value: &mut Value, default_kind: SpanKind) {
    let Value::String(kind) = value else {
        *value = default_kind.as_str().into();
        return;
    };
    let name = kind.as_str().trim_matches(|char: char| char.is_whitespace() || char == '"' || char == '\'');
    if name.is_empty() {
        *value = default_kind.as_str().into();
    } else if name.len() != kind.as_str().len() || name.bytes().any(|byte| byte.is_ascii_lowercase()) {
        *value = name.to_ascii_uppercase().into();
    }
}

fn settle_tokens(value: &mut Value) {
    // Phoenix truncates what is no whole number; how is not for us to say.
    let whole = |number: f64| (number.fract() == 0.0 && number.abs() < 9e15).then_some(number as i64);
    let count = match value {
        Value::F64(number) => whole(*number),
        Value::String(text) => {
            let text = text.as_str().trim();
            text.parse().ok().or_else(|| whole(text.parse().ok()?))
        }
        _ => None,
    };
    if let Some(count) = count {
        *value = Value::I64(count);
    }
}

fn settle_cost(value: &mut Value) {
    if let Value::String(text) = value {
        if let Some(number) = text.as_str().trim().parse().ok().filter(|number: &f64| number.is_finite()) {
            *value = Value::F64(number);
        }
    }
}

/// Whether anything is left of the id.
fn settle_id(value: &mut Value) -> bool {
    match value {
        Value::String(id) => {
            let trimmed = id.as_str().trim();
            if trimmed.len() != id.as_str().len() {
                *value = String::from(trimmed).into();
            }
        }
        ref other => *value = json::text(other).into_owned().into(),
    }
    !matches!(value, Value::String(id) if id.as_str().is_empty())
}

/// Text that is not JSON becomes a JSON string, so that whoever reads the attribute may rely on its type.
fn settle_json(value: &mut Value) {
    match value {
        Value::String(text) if json::is_valid(text.as_str()) => {}
        other => {
            let mut json = String::new();
            json::write(&mut json, other);
            *other = json.into();
        }
    }
}

fn settle_tags(value: &mut Value) {
    let tags: Vec<String> = match value {
        Value::Array(Array::String(_)) => return,
        Value::String(text) => match json::parse(text.as_str()) {
            Some(serde_json::Value::Array(tags)) => tags.iter().filter_map(json::plain).collect(),
            _ => text.as_str().split(',').map(|tag| String::from(tag.trim())).filter(|tag| !tag.is_empty()).collect(),
        },
        Value::Array(array) => json::items(array).iter().filter_map(json::plain).collect(),
        ref scalar => vec![scalar.as_str().into_owned()],
    };
    *value = Value::Array(Array::String(tags.into_iter().map(StringValue::from).collect()));
}

/// Makes the value a text, and says whether that is JSON.
fn settle_text(value: &mut Value) -> bool {
    match value {
        Value::String(text) => json::is_container(text.as_str()),
        other => {
            let json = matches!(other, Value::Array(_));
            *other = json::text(other).into_owned().into();
            json
        }
    }
}
