use opentelemetry::Value;
use opentelemetry_sdk::trace::SpanData;

use super::DIALECTS;
use super::field::Field;
use super::tidy;

/// What there is to do on a span: one look at every key, nothing allocated.
///
/// Most spans need none of it, and then nothing but the last step runs.
#[derive(Debug, Default)]
pub(super) struct Survey {
    /// A name or number that no backend can store as it is.
    pub(super) untidy: bool,
    /// The dialects that the span speaks: bit n stands for the nth.
    pub(super) dialects: u32,
    /// A list that is not flattened yet.
    pub(super) lists: bool,
    /// A key that could be a prefix of another one without being a value of OpenInference.
    pub(super) prefixes: bool,
}

impl Survey {
    pub(super) fn of(span: &SpanData) -> Self {
        let mut survey = Self::default();
        for (at, dialect) in DIALECTS.iter().enumerate() {
            survey.dialects |= u32::from(dialect.names.contains(&&*span.name)) << at;
        }
        for attribute in &span.attributes {
            let key = attribute.key.as_str();
            let known = match Field::of(key) {
                Field::Bare | Field::Foreign | Field::Inner => {
                    for (at, dialect) in DIALECTS.iter().enumerate() {
                        survey.dialects |= u32::from((dialect.speaks)(key)) << at;
                    }
                    survey.prefixes = true;
                    false
                }
                Field::Element => {
                    survey.prefixes |= !super::prefixes::is_leaf_word(key);
                    false
                }
                Field::List => {
                    survey.lists = true;
                    true
                }
                Field::Tokens | Field::Cost => false,
                _ => true,
            };
            let finite = !matches!(attribute.value, Value::F64(number) if !number.is_finite());
            survey.untidy |= !finite || (!known && !tidy::is_tidy(key));
        }
        survey
    }
}
