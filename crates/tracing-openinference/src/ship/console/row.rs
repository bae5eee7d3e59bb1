//! What the terminal shows of a span.

use std::borrow::Cow;
use std::time::{Duration, SystemTime};

use openinference_semconv::keys;
use opentelemetry::trace::{SpanId, Status};
use opentelemetry::{KeyValue, Value};
use opentelemetry_sdk::trace::SpanData;

/// No line is longer, so no more of a text needs to wait for the end of its trace.
const MAX_CHARS: usize = 1000;

/// The shown part of a span. Small, however large the span was.
#[derive(Debug, PartialEq)]
pub(super) struct Row {
    pub(super) id: SpanId,
    pub(super) parent: SpanId,
    pub(super) parent_is_remote: bool,
    pub(super) start: SystemTime,
    pub(super) duration: Duration,
    pub(super) kind: String,
    pub(super) name: String,
    pub(super) model: Option<String>,
    pub(super) tokens: Option<String>,
    pub(super) error: Option<String>,
    pub(super) input: Option<String>,
    pub(super) output: Option<String>,
    pub(super) session: Option<String>,
}

impl Row {
    pub(super) fn of(span: &SpanData) -> Self {
        let text = |key| attribute(&span.attributes, key).map(beginning);
        Self {
            id: span.span_context.span_id(),
            parent: span.parent_span_id,
            parent_is_remote: span.parent_span_is_remote,
            start: span.start_time,
            duration: span.end_time.duration_since(span.start_time).unwrap_or_default(),
            kind: text(keys::OPENINFERENCE_SPAN_KIND).unwrap_or_default(),
            name: beginning(Cow::Borrowed(&span.name)),
            model: text(keys::LLM_MODEL_NAME).or_else(|| text(keys::EMBEDDING_MODEL_NAME)),
            tokens: tokens(&span.attributes),
            error: error(span),
            input: text(keys::INPUT_VALUE).or_else(|| said(&span.attributes, keys::LLM_INPUT_MESSAGES).last()),
            // Messages read better than the JSON that stands for them where the answer was the call of a tool.
            output: said(&span.attributes, keys::LLM_OUTPUT_MESSAGES)
                .next()
                .or_else(|| text(keys::OUTPUT_VALUE))
                .or_else(|| documents(&span.attributes)),
            session: text(keys::SESSION_ID),
        }
    }

    /// Whether the trace ends with this span, as far as this process knows.
    pub(super) fn is_root(&self) -> bool {
        self.parent == SpanId::INVALID || self.parent_is_remote
    }
}

fn attribute<'a>(attributes: &'a [KeyValue], key: &str) -> Option<Cow<'a, str>> {
    attributes.iter().find(|attribute| attribute.key.as_str() == key).map(|attribute| attribute.value.as_str())
}

fn beginning(text: Cow<'_, str>) -> String {
    text.chars().take(MAX_CHARS).collect()
}

/// What messages say: texts, and calls of tools.
fn said<'a>(attributes: &'a [KeyValue], list: &'a str) -> impl Iterator<Item = String> + 'a {
    let of_list = move |key: &str| key.strip_prefix(list).is_some_and(|rest| rest.starts_with('.'));
    attributes.iter().filter(move |attribute| of_list(attribute.key.as_str())).filter_map(|said| {
        let key = said.key.as_str();
        let text = || Some(beginning(said.value.as_str())).filter(|text| !text.is_empty());
        if let Some(call) = key.strip_suffix(keys::TOOL_CALL_FUNCTION_NAME) {
            let arguments = attribute(attributes, &format!("{call}{}", keys::TOOL_CALL_FUNCTION_ARGUMENTS));
            return Some(format!("{}({})", text()?, beginning(arguments.unwrap_or_default())));
        }
        [keys::MESSAGE_CONTENT, keys::MESSAGE_CONTENT_TEXT]
            .iter()
            .find(|field| key.ends_with(*field))
            .and_then(|_| text())
    })
}

/// The values of `field` in a flattened list: `<list>.<index>.<field>`.
fn listed<'a>(attributes: &'a [KeyValue], list: &'a str, field: &'a str) -> impl Iterator<Item = String> + 'a {
    let matches = move |key: &str| {
        let element = key.strip_prefix(list).and_then(|key| key.strip_prefix('.'));
        element.and_then(|key| key.split_once('.')).is_some_and(|(_, rest)| rest == field)
    };
    attributes.iter().filter(move |attribute| matches(attribute.key.as_str())).map(|a| beginning(a.value.as_str()))
}

fn documents(attributes: &[KeyValue]) -> Option<String> {
    let count = [keys::RETRIEVAL_DOCUMENTS, keys::RERANKER_OUTPUT_DOCUMENTS]
        .iter()
        .map(|list| listed(attributes, list, keys::DOCUMENT_CONTENT).count())
        .sum::<usize>();
    match count {
        0 => None,
        1 => Some("1 document".to_owned()),
        _ => Some(format!("{count} documents")),
    }
}

fn tokens(attributes: &[KeyValue]) -> Option<String> {
    let count = |key| match attributes.iter().find(|attribute| attribute.key.as_str() == key)?.value {
        Value::I64(count) => Some(count.to_string()),
        Value::F64(count) => Some(count.to_string()),
        _ => None,
    };
    let known = |count: Option<String>| count.unwrap_or_else(|| "?".to_owned());
    match (count(keys::LLM_TOKEN_COUNT_PROMPT), count(keys::LLM_TOKEN_COUNT_COMPLETION)) {
        (None, None) => count(keys::LLM_TOKEN_COUNT_TOTAL).map(|total| format!("{total} tokens")),
        (prompt, completion) => Some(format!("{}→{} tokens", known(prompt), known(completion))),
    }
}

/// The words of an error: the status has them, or the exception does.
fn error(span: &SpanData) -> Option<String> {
    let Status::Error { description } = &span.status else { return None };
    if !description.is_empty() {
        return Some(beginning(Cow::Borrowed(description)));
    }
    let exceptions = span.events.iter().rev().filter(|event| event.name == "exception");
    let words = exceptions.filter_map(|event| {
        attribute(&event.attributes, keys::EXCEPTION_MESSAGE)
            .or_else(|| attribute(&event.attributes, keys::EXCEPTION_TYPE))
    });
    Some(words.map(beginning).find(|words| !words.is_empty()).unwrap_or_else(|| "error".to_owned()))
}
