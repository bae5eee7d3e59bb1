//! How long a stream's span lasts, and how it ends.

use std::collections::HashMap;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use futures_core::Stream;
use opentelemetry::Value;
use opentelemetry::trace::Status;
use opentelemetry_sdk::trace::SpanData;
use tokio::task::{JoinSet, LocalSet, spawn_local};
use tokio::time::sleep;
use tracing::{Instrument, Span};
use tracing_openinference::{
    LlmOutput, OpenInferenceSpanExt, OpenInferenceStreamExt, TraceConfig, agent_span, chain_span, llm_span,
};

use crate::source::{collect, next, ready, source};
use crate::{alone, global, named, on_threads, text, value};

const TICK: Duration = Duration::from_millis(60);
/// Between the clock of the test and that of the spans.
const SLACK: Duration = Duration::from_millis(5);

/// What a span's duration has to lie between, by the clock of the test: a busy machine stretches a sleep, and may stop
/// a thread anywhere.
#[derive(Clone, Copy)]
struct Watch {
    before: Instant,
    opened: Instant,
}

#[derive(Clone, Copy, Debug)]
struct Measured {
    least: Duration,
    most: Duration,
}

impl Watch {
    /// Opens a span.
    fn on(open: impl FnOnce() -> Span) -> (Self, Span) {
        let before = Instant::now();
        let span = open();
        (Self { before, opened: Instant::now() }, span)
    }

    /// What should have ended after `earliest`, and has by now.
    fn ended_since(self, earliest: Instant) -> Measured {
        Measured { least: earliest - self.opened, most: self.before.elapsed() }
    }
}

impl Measured {
    #[track_caller]
    fn check(self, is: Duration) {
        assert!(self.least <= is + SLACK && is <= self.most + SLACK, "{is:?} is not {self:?}");
    }
}

fn duration(span: &SpanData) -> Duration {
    span.end_time.duration_since(span.start_time).expect("no span ends before it starts")
}

fn end(span: &SpanData) -> Option<String> {
    text(span, "tracing_openinference.stream.end")
}

#[test]
fn a_stream_of_300_ms_lasts_300_ms() {
    let (tell, told) = std::sync::mpsc::channel();
    let spans = on_threads("lasts.", async move {
        let (watch, span) = Watch::on(|| llm_span!("lasts.llm", metadata = r#"{"own":1}"#));
        let mut answer = source(["a", "b", "c", "d", "e"], TICK).trace_llm_text(span.clone());
        assert_eq!(next(&mut answer).await, Some("a"));
        let first = watch.ended_since(watch.opened + TICK);
        for _ in 1..5 {
            next(&mut answer).await;
        }
        let last = Instant::now();
        assert_eq!(next(&mut answer).await, None);
        tell.send((first, watch.ended_since(last))).unwrap();
        // Neither somebody's handle nor a child in the background stretches it.
        let child = chain_span!(parent: &span, "lasts.background");
        sleep(3 * TICK).await;
        drop((child, span));
    });
    let (first, total) = told.recv().unwrap();
    let span = named(&spans, "lasts.llm");
    assert!(total.least >= 5 * TICK);
    total.check(duration(span));
    assert_eq!(span.status, Status::Ok);
    let metadata: serde_json::Value = serde_json::from_str(&text(span, "metadata").unwrap()).unwrap();
    assert_eq!(metadata["own"], 1);
    first.check(Duration::from_secs_f64(metadata["gen_ai.response.time_to_first_chunk"].as_f64().unwrap()));
    let [event] = &span.events.events[..] else { panic!("{:?}", span.events) };
    assert_eq!(event.name, "First Token Stream Event");
    first.check(event.timestamp.duration_since(span.start_time).unwrap());
    assert!(duration(named(&spans, "lasts.background")) >= 3 * TICK);
}

/// The span of a handler is given to what the reader gets, and that of the model's call to what the handler gets.
#[test]
fn a_request_lasts_as_long_as_the_stream_it_answers_with() {
    let spans = alone(TraceConfig::new(), async {
        let answer = async {
            let request = Span::current();
            request.set_input("Hi");
            source(["a", "b"], TICK).trace_llm_text(llm_span!("call")).trace_llm_text(request)
        };
        let answer = answer.instrument(agent_span!("request")).await;
        assert_eq!(collect(answer).await, ["a", "b"]);
    });
    let (request, call) = (named(&spans, "request"), named(&spans, "call"));
    assert_eq!(call.parent_span_id, request.span_context.span_id());
    assert!(request.end_time >= call.end_time && duration(request) >= 2 * TICK);
    assert_eq!(text(request, "openinference.span.kind").as_deref(), Some("AGENT"));
    assert_eq!((text(request, "input.value"), text(request, "output.value")), (Some("Hi".into()), Some("ab".into())));
    assert_eq!(request.status, Status::Ok);
}

#[test]
fn a_thousand_streams_at_once_last_as_long_as_each_is_read() {
    let (tell, told) = std::sync::mpsc::channel();
    let spans = on_threads("crowd.", async move {
        let mut tasks = JoinSet::new();
        for number in 0..1_000_i64 {
            let tell = tell.clone();
            tasks.spawn(async move {
                let (watch, span) = Watch::on(|| llm_span!("crowd.llm", session.id = number.to_string()));
                let chunks = (0..4).map(|chunk| format!("{number}.{chunk};"));
                let mut answer = source(chunks, Duration::from_millis(20)).trace_llm_text(span);
                let mut last = Instant::now();
                while next(&mut answer).await.is_some() {
                    last = Instant::now();
                }
                tell.send((number.to_string(), watch.ended_since(last))).unwrap();
            });
        }
        tasks.join_all().await;
    });
    let measured: HashMap<_, _> = told.iter().collect();
    assert_eq!((spans.len(), measured.len()), (1_000, 1_000));
    for span in &spans {
        let number = text(span, "session.id").unwrap();
        measured[&number].check(duration(span));
        let output: String = (0..4).map(|chunk| format!("{number}.{chunk};")).collect();
        assert_eq!(text(span, "output.value"), Some(output));
    }
}

#[test]
fn a_stream_that_is_dropped_early_says_so_and_keeps_what_was_read() {
    let (tell, told) = std::sync::mpsc::channel();
    let spans = on_threads("early.", async move {
        let (watch, span) = Watch::on(|| llm_span!("early.llm"));
        let mut answer = source(["a", "b", "c"], TICK).trace_llm_text(span.clone());
        assert_eq!([next(&mut answer).await, next(&mut answer).await], [Some("a"), Some("b")]);
        let dropped = Instant::now();
        drop(answer);
        tell.send(watch.ended_since(dropped)).unwrap();
        sleep(2 * TICK).await;
        drop(span);
    });
    let span = named(&spans, "early.llm");
    assert_eq!(span.status, Status::Unset);
    assert_eq!(end(span).as_deref(), Some("dropped"));
    assert_eq!(text(span, "output.value").as_deref(), Some("ab"));
    told.recv().unwrap().check(duration(span));
}

#[test]
fn a_task_that_is_aborted_ends_its_stream() {
    let spans = on_threads("aborted.", async {
        let task = tokio::spawn(async {
            collect(source(["a", "b"], Duration::from_secs(60)).trace_llm_text(llm_span!("aborted.llm"))).await
        });
        sleep(TICK).await;
        task.abort();
        assert!(task.await.unwrap_err().is_cancelled());
    });
    let span = named(&spans, "aborted.llm");
    assert_eq!(end(span).as_deref(), Some("dropped"));
    assert_eq!(value(span, "output.value"), None);
    assert!(span.events.is_empty(), "no token came");
}

#[test]
fn a_stream_that_is_never_polled_ends_with_its_drop() {
    let spans = alone(TraceConfig::new(), async { drop(ready(["a"]).trace_llm_text(llm_span!("unread"))) });
    assert_eq!(end(named(&spans, "unread")).as_deref(), Some("dropped"));
}

#[test]
fn an_error_item_is_an_exception_and_ends_the_span_there() {
    let (tell, told) = std::sync::mpsc::channel();
    let spans = on_threads("error.", async move {
        let (watch, span) = Watch::on(|| llm_span!("error.llm"));
        let chunks = [Ok("par".to_owned()), Ok("tial".to_owned()), Err(io::Error::other("connection reset"))];
        let mut answer = source(chunks, TICK).trace_llm_text(span);
        while let Some(Ok(_)) = next(&mut answer).await {}
        tell.send(watch.ended_since(watch.opened + 3 * TICK)).unwrap();
        sleep(3 * TICK).await;
        drop(answer);
    });
    let span = named(&spans, "error.llm");
    assert_eq!(span.status, Status::error("Error: connection reset"));
    assert_eq!(end(span).as_deref(), Some("error"));
    assert_eq!(text(span, "output.value").as_deref(), Some("partial"));
    told.recv().unwrap().check(duration(span));
    let exception = &span.events.events[1];
    let attributes: Vec<_> = exception.attributes.iter().map(|kv| format!("{} = {}", kv.key, kv.value)).collect();
    assert_eq!(exception.name, "exception");
    assert!(exception.timestamp <= span.end_time);
    assert_eq!(attributes, ["exception.type = std::io::error::Error", "exception.message = connection reset"]);
}

#[test]
fn errors_of_every_usual_shape_are_taken() {
    let spans = alone(TraceConfig::new(), async {
        let boxed: Box<dyn std::error::Error + Send + Sync> = "boxed".into();
        let local: Box<dyn std::error::Error> = "local".into();
        collect(ready([Ok("a"), Err(boxed)]).trace_llm_text(llm_span!("boxed"))).await;
        collect(ready([Ok("a"), Err(local)]).trace_llm_text(llm_span!("local"))).await;
        collect(ready([Ok("a"), Err("text".to_owned())]).trace_llm_text(llm_span!("text"))).await;
    });
    for (name, description) in [("boxed", "Error: boxed"), ("local", "Error: local"), ("text", "text")] {
        assert_eq!(named(&spans, name).status, Status::error(description), "{name}");
    }
}

#[test]
fn a_fold_that_panics_leaves_the_stream_alone() {
    let spans = alone(TraceConfig::new(), async {
        let fold = |output: &mut LlmOutput, chunk: &&str| {
            assert_ne!(*chunk, "c", "this panic is part of the test");
            output.push_text(*chunk);
        };
        let items = collect(ready(["a", "b", "c", "d"]).trace_llm(llm_span!("panics"), fold)).await;
        assert_eq!(items, ["a", "b", "c", "d"]);
    });
    let span = named(&spans, "panics");
    assert_eq!(text(span, "output.value").as_deref(), Some("ab"));
    assert_eq!(value(span, "tracing_openinference.stream.fold_panicked"), Some(&Value::Bool(true)));
    assert_eq!(span.status, Status::Ok);
}

struct Panics;

impl Stream for Panics {
    type Item = String;

    fn poll_next(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<String>> {
        panic!("this panic is part of the test")
    }
}

#[test]
fn a_panic_of_the_stream_is_an_error_and_one_of_its_reader_is_not() {
    let spans = alone(TraceConfig::new(), async {
        let read = async { collect(Panics.trace_llm_text(llm_span!("stream"))).await };
        let tasks = LocalSet::new();
        assert!(tasks.run_until(async { spawn_local(read).await }).await.is_err());
        let mut answer = ready(["a", "b"]).trace_llm_text(llm_span!("reader"));
        assert_eq!(next(&mut answer).await, Some("a"));
        let reader = catch_unwind(AssertUnwindSafe(move || {
            let _answer = answer;
            panic!("this panic is part of the test");
        }));
        assert!(reader.is_err());
    });
    assert_eq!(named(&spans, "stream").status, Status::error("panicked"));
    assert_eq!(named(&spans, "reader").status, Status::Unset);
    assert_eq!(end(named(&spans, "reader")).as_deref(), Some("dropped"));
}

#[test]
fn a_stream_that_ended_is_exported_although_it_is_kept() {
    let spans = on_threads("kept.", async {
        let mut answer = ready(["a"]).trace_llm_text(llm_span!("kept.llm"));
        while next(&mut answer).await.is_some() {}
        assert!(global().spans().iter().any(|span| span.name == "kept.llm"));
        assert_eq!(next(&mut answer).await, None);
    });
    assert_eq!(end(named(&spans, "kept.llm")), None);
}

/// Opens a span when it is polled, and one when it is dropped.
struct Busy;

impl Stream for Busy {
    type Item = &'static str;

    fn poll_next(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        drop(chain_span!("poll"));
        Poll::Ready(Some("a"))
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        drop(chain_span!("cleanup"));
    }
}

#[test]
fn the_stream_works_and_is_dropped_inside_its_span() {
    let spans = alone(TraceConfig::new(), async {
        let mut busy = Busy.trace_llm_text(llm_span!("busy"));
        assert_eq!(next(&mut busy).await, Some("a"));
    });
    for name in ["poll", "cleanup"] {
        assert_eq!(named(&spans, name).parent_span_id, named(&spans, "busy").span_context.span_id(), "{name}");
    }
}

#[test]
fn work_in_the_span_after_the_stream_moves_its_end() {
    let (tell, told) = std::sync::mpsc::channel();
    let spans = on_threads("borrowed.", async move {
        let (watch, span) = Watch::on(|| llm_span!("borrowed.function"));
        async {
            collect(ready(["a"]).trace_llm_text(Span::current())).await;
            sleep(2 * TICK).await;
        }
        .instrument(span)
        .await;
        tell.send(watch.ended_since(watch.opened + 2 * TICK)).unwrap();
    });
    told.recv().unwrap().check(duration(named(&spans, "borrowed.function")));
}

#[test]
fn a_span_that_nobody_records_costs_the_fold_nothing() {
    let spans = alone(TraceConfig::new(), async {
        let fold = |_: &mut LlmOutput, _: &&str| panic!("nobody sees this");
        assert_eq!(collect(ready(["a", "b"]).trace_llm(Span::none(), fold)).await, ["a", "b"]);
        let silent = {
            let _silent = tracing_openinference::suppress_tracing();
            llm_span!("silent")
        };
        assert_eq!(collect(ready(["a", "b"]).trace_llm(silent, fold)).await, ["a", "b"]);
    });
    assert!(spans.is_empty());
}
