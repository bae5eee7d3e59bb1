//! Spans as text that is the same in every run.

use std::{collections::HashMap, fmt::Write as _};

use opentelemetry::{
    Array, KeyValue, Value,
    trace::{SpanId, SpanKind, Status},
};
use opentelemetry_sdk::trace::SpanData;

/// `spans` as a tree by parent ids, siblings in the order in which they started:
///
/// ```text
/// answer OK
///   llm.token_count.prompt: 12
///   user.id: "u-1"
///   * exception
///       exception.message: "boom"
///   → search
///   - search ERROR "not found"
///       input.value: "refund"
/// ```
///
/// Attributes are sorted, indexes by number, and show their types: `"text"`, `12`, `1.0`, `true`, `["a", "b"]`.
/// Events follow as `*`, links as `→` and the name of the span they lead to. A span whose parent is not among `spans`
/// stands at the left and says `(remote parent)` or `(lost parent)`; an empty line parts traces. Never in the text:
/// ids, times, and the attributes of `thread.*` and `code.*`.
#[must_use]
pub fn span_tree(spans: &[SpanData]) -> String {
    let mut order: Vec<&SpanData> = spans.iter().collect();
    order.sort_by_key(|span| span.start_time);
    let names = order.iter().map(|span| (span.span_context.span_id(), &*span.name)).collect();
    let mut tree = Tree { text: String::new(), order, names };
    let mut traces = Vec::new();
    for span in tree.order.clone() {
        let trace = span.span_context.trace_id();
        if traces.contains(&trace) {
            continue;
        }
        if !traces.is_empty() {
            tree.text.push('\n');
        }
        traces.push(trace);
        let roots = tree.order.iter().filter(|span| span.span_context.trace_id() == trace && tree.is_top(span));
        for root in roots.copied().collect::<Vec<_>>() {
            tree.span(root, 0);
        }
    }
    tree.text
}

struct Tree<'a> {
    text: String,
    order: Vec<&'a SpanData>,
    names: HashMap<SpanId, &'a str>,
}

impl<'a> Tree<'a> {
    fn is_top(&self, span: &SpanData) -> bool {
        span.parent_span_is_remote || !self.names.contains_key(&span.parent_span_id)
    }

    fn span(&mut self, span: &'a SpanData, depth: usize) {
        let bullet = if depth == 0 { "" } else { "- " };
        let indent = " ".repeat((depth * 4).saturating_sub(2));
        let inner = " ".repeat(depth * 4 + 2);
        let _ = writeln!(self.text, "{indent}{bullet}{}{}", span.name, self.suffix(span));
        self.attributes(&span.attributes, &inner);
        for event in span.events.iter() {
            let _ = writeln!(self.text, "{inner}* {}", event.name);
            self.attributes(&event.attributes, &format!("{inner}    "));
        }
        for link in span.links.iter() {
            let name = self.names.get(&link.span_context.span_id()).unwrap_or(&"(elsewhere)");
            let _ = writeln!(self.text, "{inner}→ {name}");
            self.attributes(&link.attributes, &format!("{inner}    "));
        }
        let id = span.span_context.span_id();
        let children = self.order.iter().filter(|child| child.parent_span_id == id && !self.is_top(child));
        for child in children.copied().collect::<Vec<_>>() {
            self.span(child, depth + 1);
        }
    }

    fn suffix(&self, span: &SpanData) -> String {
        let mut suffix = String::new();
        if span.span_kind != SpanKind::Internal {
            let _ = write!(suffix, " [{}]", format!("{:?}", span.span_kind).to_lowercase());
        }
        match &span.status {
            Status::Unset => {}
            Status::Ok => suffix.push_str(" OK"),
            Status::Error { description } => {
                let _ = write!(suffix, " ERROR {description:?}");
            }
        }
        if self.is_top(span) && span.parent_span_id != SpanId::INVALID {
            suffix.push_str(if span.parent_span_is_remote { " (remote parent)" } else { " (lost parent)" });
        }
        suffix
    }

    fn attributes(&mut self, attributes: &[KeyValue], indent: &str) {
        let mut attributes: Vec<_> = attributes.iter().filter(|kv| repeatable(kv.key.as_str())).collect();
        attributes.sort_by_cached_key(|attribute| segments(attribute.key.as_str()));
        for attribute in attributes {
            let _ = writeln!(self.text, "{indent}{}: {}", attribute.key, typed(&attribute.value));
        }
    }
}

/// Which source line and thread a span came from changes from run to run.
fn repeatable(key: &str) -> bool {
    !["thread.", "code."].iter().any(|prefix| key.starts_with(prefix))
}

/// A key in the order of its parts, so that message 10 follows message 9.
fn segments(key: &str) -> Vec<(u64, String)> {
    key.split('.')
        .map(|part| part.parse().map_or_else(|_| (u64::MAX, part.to_owned()), |n| (n, String::new())))
        .collect()
}

fn typed(value: &Value) -> String {
    match value {
        Value::Bool(value) => value.to_string(),
        Value::I64(value) => value.to_string(),
        Value::F64(value) => format!("{value:?}"),
        Value::String(value) => format!("{:?}", value.as_str()),
        Value::Array(Array::Bool(values)) => format!("{values:?}"),
        Value::Array(Array::I64(values)) => format!("{values:?}"),
        Value::Array(Array::F64(values)) => format!("{values:?}"),
        Value::Array(Array::String(values)) => {
            format!("{:?}", values.iter().map(|value| value.as_str()).collect::<Vec<_>>())
        }
        other => format!("{other:?}"),
    }
}
