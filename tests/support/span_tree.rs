//! Spans as text that is the same in every run.

use std::collections::HashMap;
use std::fmt::Write as _;

use opentelemetry::trace::{SpanId, SpanKind, Status};
use opentelemetry::{Array, KeyValue, Value};
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

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;
    use opentelemetry::trace::{Link, SpanContext, TraceContextExt, TraceFlags, TraceState, Tracer, TracerProvider};
    use opentelemetry::{Context, KeyValue};
    use opentelemetry_sdk::trace::SdkTracerProvider;

    use super::*;
    use crate::Recorder;

    #[test]
    fn everything_that_repeats_is_in_the_tree_and_nothing_else() {
        let recorder = Recorder::new();
        let provider = SdkTracerProvider::builder().with_span_processor(recorder.clone()).build();
        let tracer = provider.tracer("test");
        tracer.in_span("answer", |context| {
            context.span().set_attribute(KeyValue::new("thread.id", 1));
            for (key, value) in [("messages.10.role", "user"), ("messages.9.role", "system")] {
                context.span().set_attribute(KeyValue::new(key, value));
            }
            tracer.in_span("search", |context| {
                let tags = Value::Array(Array::String(vec!["a\n".into(), "b".into()]));
                context.span().set_attribute(KeyValue::new("tags", tags));
                context.span().set_attribute(KeyValue::new("whole", 1.0));
                context.span().add_event("exception", vec![KeyValue::new("exception.message", "boom")]);
                context.span().set_status(Status::error("not found"));
            });
            let linked = tracer.span_builder("linked").with_kind(SpanKind::Client);
            let link = Link::new(context.span().span_context().clone(), vec![KeyValue::new("count", 1)], 0);
            drop(linked.with_links(vec![link]).start(&tracer));
            context.span().set_status(Status::Ok);
        });
        let parent = |trace: u128, remote| {
            SpanContext::new(trace.into(), 1.into(), TraceFlags::SAMPLED, remote, TraceState::NONE)
        };
        for (name, parent) in [("orphan", parent(1, false)), ("served", parent(2, true))] {
            let context = Context::new().with_remote_span_context(parent);
            drop(tracer.start_with_context(name, &context));
        }
        assert_snapshot!(recorder.tree(), @r#"
        answer OK
          messages.9.role: "system"
          messages.10.role: "user"
          - search ERROR "not found"
              tags: ["a\n", "b"]
              whole: 1.0
              * exception
                  exception.message: "boom"
          - linked [client]
              → answer
                  count: 1

        orphan (lost parent)

        served (remote parent)
        "#);
    }
}
