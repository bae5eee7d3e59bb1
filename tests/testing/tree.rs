//! The text of a trace.

use insta::assert_snapshot;
use opentelemetry::trace::{
    Link, SpanContext, SpanKind, Status, TraceContextExt, TraceFlags, TraceState, Tracer, TracerProvider,
};
use opentelemetry::{Array, Context, KeyValue, Value};
use opentelemetry_sdk::trace::SdkTracerProvider;

use integration_tests::Recorder;

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
    let parent =
        |trace: u128, remote| SpanContext::new(trace.into(), 1.into(), TraceFlags::SAMPLED, remote, TraceState::NONE);
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
