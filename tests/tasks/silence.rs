//! What `suppress_tracing` silences.

use opentelemetry::trace::{Span as _, SpanId, Tracer, TracerProvider};
use opentelemetry_sdk::trace::SdkTracerProvider;
use tokio::task::yield_now;
use tracing::Instrument;
use tracing_openinference::{
    OpenInferenceFutureExt, OpenInferenceSpanExt, Scope, TraceConfig, chain_span, suppress_tracing,
};

use integration_tests::Recorder;
use opentelemetry_sdk::trace::SpanData;

use crate::source::{collect, ready};
use crate::{alone, named, on_threads, text};

fn names(spans: &[SpanData]) -> Vec<&str> {
    let mut names: Vec<_> = spans.iter().map(|span| &*span.name).collect();
    names.sort_unstable();
    names
}

#[test]
fn everything_below_a_silent_span_is_silent_wherever_it_runs() {
    let spans = on_threads("silent.", async {
        let parent = chain_span!("silent.parent");
        let silent = parent.in_scope(|| {
            let _silent = suppress_tracing();
            chain_span!("silent.no")
        });
        let below = async {
            yield_now().await;
            let filtered = tracing::debug_span!("silent.filtered");
            async { chain_span!("silent.no").in_scope(|| drop(chain_span!("silent.no"))) }.instrument(filtered).await;
        };
        drop(chain_span!(parent: &silent, "silent.no"));
        tokio::spawn(below.instrument(silent)).await.unwrap();
        parent.in_scope(|| drop(chain_span!("silent.sibling")));
    });
    assert_eq!(names(&spans), ["silent.parent", "silent.sibling"]);
    let parent = named(&spans, "silent.parent").span_context.span_id();
    assert_eq!(named(&spans, "silent.sibling").parent_span_id, parent);
}

#[test]
fn silence_ends_with_its_guard_and_an_inner_one_ends_only_itself() {
    let spans = alone(TraceConfig::new(), async {
        let outer = suppress_tracing();
        drop(suppress_tracing());
        drop(chain_span!("no"));
        drop(outer);
        drop(chain_span!("yes"));
        let panicked = std::panic::catch_unwind(|| {
            let _silent = suppress_tracing();
            panic!("this panic is part of the test");
        });
        assert!(panicked.is_err());
        drop(chain_span!("after a panic"));
        let (first, second) = (suppress_tracing(), suppress_tracing());
        drop(first);
        drop(chain_span!("no"));
        drop(second);
        drop(chain_span!("after guards in the wrong order"));
    });
    assert_eq!(names(&spans), ["after a panic", "after guards in the wrong order", "yes"]);
}

#[test]
fn scopes_and_silence_do_not_touch_each_other() {
    let spans = alone(TraceConfig::new(), async {
        Scope::new().user("u").in_scope(|| {
            let silent = suppress_tracing();
            Scope::new().user("inner").in_scope(|| drop(chain_span!("no")));
            drop(silent);
            drop(chain_span!("scope around silence"));
        });
        let silent = suppress_tracing();
        let entered = Scope::new().user("u").enter();
        drop(silent);
        drop(chain_span!("silence around scope"));
        drop(entered);
        async {
            async { drop(chain_span!("no")) }.suppress_tracing().await;
            yield_now().await;
            drop(chain_span!("future"));
        }
        .with_scope(Scope::new().user("u"))
        .await;
        async { drop(chain_span!("no")) }.with_scope(Scope::new().user("u")).suppress_tracing().await;
        drop(chain_span!("after"));
    });
    assert_eq!(names(&spans), ["after", "future", "scope around silence", "silence around scope"]);
    for span in &spans {
        assert_eq!(text(span, "user.id").as_deref(), (span.name != "after").then_some("u"), "{}", span.name);
    }
}

#[test]
fn an_open_span_takes_its_own_fields_in_silence() {
    let spans = alone(TraceConfig::new(), async {
        let span = chain_span!("open");
        async {
            span.set_output("said in silence");
            span.in_scope(|| drop(chain_span!("no")));
        }
        .suppress_tracing()
        .await;
    });
    assert_eq!(names(&spans), ["open"]);
    assert_eq!(text(&spans[0], "output.value").as_deref(), Some("said in silence"));
}

#[test]
fn streams_and_what_a_cancelled_task_does_last_are_silent_too() {
    struct Cleans;
    impl Drop for Cleans {
        fn drop(&mut self) {
            drop(chain_span!("no"));
        }
    }
    let spans = alone(TraceConfig::new(), async {
        let mut cancelled = Box::pin(
            async {
                let _cleans = Cleans;
                std::future::pending::<()>().await;
            }
            .suppress_tracing(),
        );
        std::future::poll_fn(|cx| {
            assert!(cancelled.as_mut().poll(cx).is_pending());
            std::task::Poll::Ready(())
        })
        .await;
        drop(cancelled);
        collect(ready(["a"]).suppress_tracing()).await;
        drop(chain_span!("yes"));
    });
    assert_eq!(names(&spans), ["yes"]);
}

#[test]
fn plain_opentelemetry_is_silent_below_a_silent_span() {
    let plain = Recorder::new();
    let provider = SdkTracerProvider::builder().with_span_processor(plain.clone()).build();
    let tracer = provider.tracer("plain");
    let spans = alone(TraceConfig::new(), async {
        let silent = {
            let _silent = suppress_tracing();
            tracer.start("no").end();
            chain_span!("no")
        };
        async {
            yield_now().await;
            tracer.start("no").end();
        }
        .instrument(silent)
        .await;
        async { tracer.start("no").end() }.suppress_tracing().await;
        let open = chain_span!("open");
        open.in_scope(|| tracer.start("child").end());
        tracer.start("root").end();
    });
    assert_eq!(names(&spans), ["open"]);
    assert_eq!(names(&plain.spans()), ["child", "root"]);
    assert_eq!(plain.span("child").parent_span_id, spans[0].span_context.span_id());
    assert_eq!(plain.span("root").parent_span_id, SpanId::INVALID);
}
