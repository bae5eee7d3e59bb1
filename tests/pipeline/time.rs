//! When does a span end? When its own last handle goes, and neither earlier nor later.

use std::thread::sleep;
use std::time::{Duration, Instant};

use opentelemetry_sdk::trace::SpanData;
use tracing::{Instrument, Span, debug_span, dispatcher, info_span};
use tracing_subscriber::layer::SubscriberExt;

use crate::{Pipeline, RUNTIMES, on_another_thread, record, record_with};

/// What is waited for: long against the jitter of a busy machine.
const WAIT: Duration = Duration::from_millis(300);
/// What is not waited for must take less, what is waited for may take so much more.
const JITTER: Duration = Duration::from_millis(200);

fn wait() {
    sleep(WAIT);
}

fn duration(span: &SpanData) -> Duration {
    span.end_time.duration_since(span.start_time).expect("a span does not end before it starts")
}

#[track_caller]
fn assert_lasts(pipeline: &Pipeline, name: &str, expected: Duration) {
    let lasts = duration(&pipeline.recorder.span(name));
    assert!(lasts + Duration::from_millis(1) >= expected && lasts < expected + JITTER, "{name} lasts {lasts:?}");
}

#[track_caller]
fn assert_lasts_no_time(pipeline: &Pipeline, name: &str) {
    assert_lasts(pipeline, name, Duration::ZERO);
}

/// A child that is still at work.
fn background(parent: &Span) -> Span {
    parent.in_scope(|| info_span!("background"))
}

#[test]
fn a_stream_that_is_held_after_its_last_poll_lasts_as_long_as_it_is_held() {
    let pipeline = record(|| {
        let stream = info_span!("stream");
        stream.in_scope(|| drop(info_span!("chunk")));
        wait();
        drop(stream);
    });
    assert_lasts(&pipeline, "stream", WAIT);
    assert_lasts_no_time(&pipeline, "chunk");
}

#[test]
fn a_request_is_not_stretched_by_a_child_that_outlives_it() {
    let pipeline = record(|| {
        let request = info_span!("request");
        let background = background(&request);
        drop(request);
        wait();
        drop(background);
    });
    assert_lasts_no_time(&pipeline, "request");
    assert_lasts(&pipeline, "background", WAIT);
}

#[test]
fn a_request_is_not_stretched_by_a_child_that_another_thread_drops() {
    let pipeline = record(|| {
        let request = info_span!("request");
        let background = background(&request);
        drop(request);
        on_another_thread(move || {
            wait();
            drop(background);
        });
    });
    assert_lasts_no_time(&pipeline, "request");
    assert_lasts(&pipeline, "background", WAIT);
}

#[test]
fn a_request_is_not_stretched_by_a_task_that_outlives_it() {
    for runtime in RUNTIMES {
        let pipeline = record(|| {
            let runtime = runtime();
            let task = runtime.block_on(
                async {
                    let background = tokio::time::sleep(WAIT).instrument(info_span!("background"));
                    // Handed out, not awaited: the request does not wait for it.
                    Some(tokio::spawn(background))
                }
                .instrument(info_span!("request")),
            );
            let task = task.expect("it was spawned");
            runtime.block_on(task).expect("the task ends");
        });
        assert_lasts_no_time(&pipeline, "request");
        assert_lasts(&pipeline, "background", WAIT);
    }
}

#[test]
fn refused_spans_between_do_not_stretch_a_request() {
    let pipeline = Pipeline::new();
    dispatcher::with_default(&pipeline.beside_another_layer(), || {
        let request = info_span!("request");
        let refused = request.in_scope(|| debug_span!("refused"));
        let background = background(&refused);
        drop((request, refused));
        wait();
        drop(background);
    });
    assert_lasts_no_time(&pipeline, "request");
    assert_lasts(&pipeline, "background", WAIT);
}

#[test]
fn only_the_innermost_of_three_levels_lasts() {
    let pipeline = record(|| {
        let request = info_span!("request");
        let agent = request.in_scope(|| info_span!("agent"));
        let background = agent.in_scope(|| background(&agent));
        drop((request, agent));
        wait();
        drop(background);
    });
    assert_lasts_no_time(&pipeline, "request");
    assert_lasts_no_time(&pipeline, "agent");
    assert_lasts(&pipeline, "background", WAIT);
}

#[test]
fn a_late_close_ends_at_the_last_thing_the_span_itself_did() {
    let pipeline = record(|| {
        let request = info_span!("request", step = tracing::field::Empty);
        let background = background(&request);
        wait();
        request.record("step", 2);
        drop(request);
        wait();
        drop(background);
    });
    assert_lasts(&pipeline, "request", WAIT);
    assert_lasts(&pipeline, "background", WAIT * 2);
}

#[test]
fn a_span_whose_child_ended_earlier_ends_by_itself() {
    let pipeline = record(|| {
        let request = info_span!("request");
        let background = background(&request);
        drop(background);
        wait();
        drop(request);
    });
    assert_lasts(&pipeline, "request", WAIT);
}

#[test]
fn handles_that_are_dropped_back_to_back_end_together() {
    for child_first in [false, true] {
        let pipeline = record(|| {
            let stream = info_span!("stream");
            let background = background(&stream);
            stream.in_scope(|| ());
            wait();
            if child_first {
                drop(background);
                drop(stream);
            } else {
                drop(stream);
                drop(background);
            }
        });
        assert_lasts(&pipeline, "background", WAIT);
        // With a living child nobody sees the handle of the parent go: it ends with the last that was seen of it.
        assert_lasts(&pipeline, "stream", if child_first { WAIT } else { Duration::ZERO });
    }
}

#[test]
fn the_last_of_several_handles_ends_a_span_wherever_it_is_dropped() {
    let pipeline = record(|| {
        let stream = info_span!("stream");
        let (one, other) = (stream.clone(), stream.clone());
        stream.in_scope(|| drop(one));
        drop(stream);
        on_another_thread(move || {
            wait();
            drop(other);
        });
    });
    assert_lasts(&pipeline, "stream", WAIT);
}

#[test]
fn a_span_that_was_never_entered_lasts_until_it_is_dropped() {
    let pipeline = record(|| {
        let call = info_span!("call");
        let detail = info_span!(parent: &call, "detail");
        wait();
        drop(detail);
        drop(call);
    });
    assert_lasts(&pipeline, "call", WAIT);
    assert_lasts(&pipeline, "detail", WAIT);
}

/// Nobody can tell when its own handle went, so it is believed to last as long as it is open.
#[test]
fn a_span_that_was_never_entered_lasts_as_long_as_its_children() {
    let pipeline = record(|| {
        let call = info_span!("call");
        let detail = info_span!(parent: &call, "detail");
        drop(call);
        wait();
        drop(detail);
    });
    assert_lasts(&pipeline, "call", WAIT);
}

#[test]
fn a_span_that_is_entered_seventy_times_is_one_span() {
    let pipeline = record(|| {
        let stream = info_span!("stream");
        for _ in 0..70 {
            stream.in_scope(|| sleep(Duration::from_millis(1)));
        }
    });
    let lasts = duration(&pipeline.recorder.span("stream"));
    assert!(lasts >= Duration::from_millis(70), "{lasts:?}");
}

#[test]
fn a_future_ends_with_its_completion_or_its_drop() {
    for runtime in RUNTIMES {
        let pipeline = record(|| {
            let runtime = runtime();
            let whole = tokio::time::sleep;
            runtime.block_on(async {
                tokio::spawn(whole(WAIT).instrument(info_span!("completed"))).await.expect("the task ends");
                let begun = tokio::spawn(whole(WAIT * 100).instrument(info_span!("aborted")));
                whole(WAIT).await;
                begun.abort();
                assert!(begun.await.expect_err("it was aborted").is_cancelled());
            });
        });
        assert_lasts(&pipeline, "completed", WAIT);
        assert_lasts(&pipeline, "aborted", WAIT);
    }
}

#[test]
fn two_layers_of_ours_agree_on_every_end() {
    let (first, second) = (Pipeline::new(), Pipeline::new());
    let subscriber =
        tracing_subscriber::registry().with(first.openinference.layer()).with(second.openinference.layer());
    tracing::subscriber::with_default(subscriber, || {
        let request = info_span!("request");
        let agent = request.in_scope(|| info_span!("agent"));
        let stream = agent.in_scope(|| info_span!("stream"));
        stream.in_scope(|| ());
        drop((request, agent));
        wait();
        drop(stream);
    });
    for pipeline in [first, second] {
        assert_lasts_no_time(&pipeline, "request");
        assert_lasts_no_time(&pipeline, "agent");
        assert_lasts(&pipeline, "stream", WAIT);
    }
}

#[test]
fn children_are_handed_on_before_their_parents() {
    let pipeline = record(|| {
        let request = info_span!("request");
        let agent = request.in_scope(|| info_span!("agent"));
        let background = background(&agent);
        drop((request, agent));
        drop(background);
    });
    let names: Vec<_> = pipeline.recorder.spans().into_iter().map(|span| span.name).collect();
    assert_eq!(names, ["background", "agent", "request"]);
}

#[test]
fn a_span_starts_when_it_is_created() {
    let before = Instant::now();
    let pipeline = record(|| {
        let call = info_span!("call");
        wait();
        call.in_scope(|| ());
    });
    assert_lasts(&pipeline, "call", WAIT);
    assert!(before.elapsed() >= WAIT);
}

#[test]
fn to_be_followed_is_no_activity() {
    let pipeline = record(|| {
        let request = info_span!("request");
        let background = background(&request);
        request.in_scope(|| ());
        let id = request.id();
        drop(request);
        wait();
        info_span!("later").follows_from(id);
        drop(background);
    });
    assert_lasts_no_time(&pipeline, "request");
    assert_eq!(pipeline.recorder.span("later").links.links.len(), 1);
}

/// What a rule opens is not closed by the child whose close is being handled.
#[test]
fn a_span_of_a_rule_ends_when_it_is_dropped() {
    let opens = |span: &SpanData| {
        if span.name == "parent" {
            let rule = info_span!("rule");
            rule.in_scope(|| drop(info_span!("looks")));
            wait();
        }
        false
    };
    let pipeline = record_with(
        |builder| builder.drop_spans(opens),
        || {
            let parent = info_span!("parent");
            let child = parent.in_scope(|| info_span!("child"));
            drop(parent);
            drop(child);
        },
    );
    assert_lasts(&pipeline, "rule", WAIT);
}
