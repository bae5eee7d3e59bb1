//! Who inherits what.

use std::future::Future;
use std::time::Instant;

use opentelemetry_sdk::trace::SpanData;
use tokio::task::{LocalSet, spawn_local, yield_now};
use tracing::Instrument;
use tracing_openinference::{OpenInferenceFutureExt, OpenInferenceSpanExt, Scope, TraceConfig, chain_span};

use crate::source::{collect, ready};
use crate::{alone, named, on_threads, text};

fn user(spans: &[SpanData], name: &str) -> Option<String> {
    text(named(spans, name), "user.id")
}

fn user_of(name: &str) -> Scope {
    Scope::new().user(name)
}

#[test]
fn a_future_belongs_to_the_scopes_it_was_made_in() {
    let spans = on_threads("made.", async {
        let made = {
            let _around = Scope::new().session("around").user("around").enter();
            async {
                yield_now().await;
                drop(chain_span!("made.span"));
            }
            .with_scope(user_of("own"))
        };
        tokio::spawn(made).await.unwrap();
        drop(chain_span!("made.outside"));
    });
    assert_eq!(text(named(&spans, "made.span"), "session.id").as_deref(), Some("around"));
    assert_eq!(user(&spans, "made.span").as_deref(), Some("own"));
    assert_eq!(user(&spans, "made.outside"), None);
}

#[test]
fn scopes_are_taken_along_to_tasks_and_threads() {
    let spans = on_threads("taken.", async {
        let work = async {
            let task = async {
                yield_now().await;
                drop(chain_span!("taken.task"));
            };
            let task = tokio::spawn(task.with_scope(Scope::new()));
            let left_alone = tokio::spawn(async { drop(chain_span!("taken.left_alone")) });
            let scope = Scope::current();
            let thread = std::thread::spawn(move || scope.in_scope(|| drop(chain_span!("taken.thread"))));
            task.await.unwrap();
            left_alone.await.unwrap();
            thread.join().unwrap();
        };
        work.with_scope(Scope::new().user("u").session("s")).await;
    });
    for name in ["taken.task", "taken.thread"] {
        assert_eq!(user(&spans, name).as_deref(), Some("u"));
        assert_eq!(text(named(&spans, name), "session.id").as_deref(), Some("s"));
    }
    assert_eq!(user(&spans, "taken.left_alone"), None);
}

#[test]
fn a_spawned_task_inherits_from_its_span_through_spans_that_are_not_recorded() {
    let spans = on_threads("inherits.", async {
        let parent = user_of("u").in_scope(|| chain_span!("inherits.parent"));
        let filtered = parent.in_scope(|| tracing::debug_span!("inherits.filtered"));
        let task = async { chain_span!("inherits.child").in_scope(|| drop(chain_span!("inherits.grandchild"))) };
        tokio::spawn(task.instrument(filtered).instrument(parent)).await.unwrap();
    });
    assert_eq!(user(&spans, "inherits.child").as_deref(), Some("u"));
    assert_eq!(user(&spans, "inherits.grandchild").as_deref(), Some("u"));
    assert_eq!(named(&spans, "inherits.child").parent_span_id, named(&spans, "inherits.parent").span_context.span_id());
}

#[test]
fn the_inner_scope_beats_the_outer_one_and_the_span_beats_both() {
    let spans = alone(TraceConfig::new(), async {
        let _outer = Scope::new().user("outer").session("outer").tags(["outer"]).enter();
        let parent = chain_span!("parent");
        async {
            let own = chain_span!("own", user.id = "span");
            own.set_tags(["span"]);
            own.in_scope(|| drop(chain_span!("child")));
        }
        .instrument(parent)
        .with_scope(Scope::new().user("inner").tags(["inner"]))
        .await;
    });
    let all = |name| ["session.id", "user.id", "tag.tags"].map(|key| text(named(&spans, name), key).unwrap());
    assert_eq!(all("parent"), ["outer", "outer", "[\"outer\"]"]);
    assert_eq!(all("own"), ["outer", "span", "[\"span\"]"]);
    assert_eq!(all("child"), ["outer", "inner", "[\"inner\"]"]);
}

#[test]
fn children_keep_the_scope_their_parent_was_opened_in() {
    let spans = alone(TraceConfig::new(), async {
        async {
            let parent = user_of("inside").in_scope(|| chain_span!("parent"));
            async { drop(chain_span!("child")) }.instrument(parent).await;
        }
        .with_scope(user_of("around"))
        .await;
    });
    assert_eq!(user(&spans, "parent").as_deref(), Some("inside"));
    assert_eq!(user(&spans, "child").as_deref(), Some("inside"));
}

#[test]
fn tasks_that_hold_guards_across_awaits_leave_nothing_on_the_thread() {
    let spans = alone(TraceConfig::new(), async {
        let hold = |name: &'static str, polls| async move {
            let _held = user_of(name).enter();
            for _ in 0..polls {
                yield_now().await;
            }
        };
        let tasks = LocalSet::new();
        tasks.run_until(async { _ = (spawn_local(hold("a", 1)).await, spawn_local(hold("b", 2)).await) }).await;
        tasks
            .run_until(async {
                let (a, b) = (spawn_local(hold("a", 1)), spawn_local(hold("b", 3)));
                _ = (a.await, b.await);
            })
            .await;
        drop(chain_span!("after"));
        let scoped = spawn_local_in(&tasks, hold("kept", 1).with_scope(user_of("task")));
        tasks.run_until(async { yield_now().await }).await;
        drop(chain_span!("between"));
        tasks.run_until(async { scoped.await.unwrap() }).await;
    });
    assert_eq!(user(&spans, "after"), None);
    assert_eq!(user(&spans, "between"), None);
}

#[test]
fn a_future_is_polled_in_the_scope_around_each_poll() {
    let spans = alone(TraceConfig::new(), async {
        let work = async {
            for _ in 0..2 {
                drop(chain_span!("poll"));
                yield_now().await;
            }
        };
        let mut work = Box::pin(work.with_scope(user_of("own")));
        for around in ["first", "second"] {
            let scope = Scope::new().user(around).session(around);
            let mut poll =
                Box::pin(std::future::poll_fn(|cx| std::task::Poll::Ready(work.as_mut().poll(cx).is_pending())));
            assert!((&mut poll).with_scope(scope).await);
        }
    });
    let all: Vec<_> = spans.iter().map(|span| (text(span, "user.id"), text(span, "session.id"))).collect();
    let expected = |around: &str| (Some("own".to_owned()), Some(around.to_owned()));
    assert_eq!(all, [expected("first"), expected("second")]);
}

fn spawn_local_in(tasks: &LocalSet, work: impl Future<Output = ()> + 'static) -> tokio::task::JoinHandle<()> {
    tasks.spawn_local(work)
}

#[test]
fn a_stream_runs_and_is_dropped_in_its_scope() {
    struct Cleans;
    impl Drop for Cleans {
        fn drop(&mut self) {
            drop(chain_span!("cleanup"));
        }
    }
    let spans = alone(TraceConfig::new(), async {
        let cancelled = async {
            let _cleans = Cleans;
            std::future::pending::<()>().await;
        };
        let mut cancelled = Box::pin(cancelled.with_scope(user_of("future")));
        std::future::poll_fn(|cx| {
            assert!(cancelled.as_mut().poll(cx).is_pending());
            std::task::Poll::Ready(())
        })
        .await;
        drop(cancelled);
        let chunks = [chain_span!("made before")];
        drop(collect(ready(chunks).with_scope(user_of("stream"))).await);
    });
    assert_eq!(user(&spans, "cleanup").as_deref(), Some("future"));
    assert_eq!(user(&spans, "made before"), None);
}

fn wide(attributes: i64) -> Vec<SpanData> {
    let scope = (0..attributes).fold(Scope::new(), |scope, number| scope.attribute(format!("my.key.{number}"), number));
    alone(TraceConfig::new(), async {
        scope.in_scope(|| (0..3).for_each(|_| drop(chain_span!("wide", "my.key.5" = "own"))));
    })
}

#[test]
fn a_scope_of_a_thousand_attributes_reaches_every_span() {
    for span in wide(1_000) {
        assert_eq!(span.attributes.iter().filter(|kv| kv.key.as_str().starts_with("my.key.")).count(), 1_000);
        assert_eq!(text(&span, "my.key.5").as_deref(), Some("own"));
    }
}

#[test]
fn ten_times_as_many_attributes_do_not_take_a_hundred_times_as_long() {
    let time = |runs: usize, attributes| {
        let started = Instant::now();
        (0..runs).for_each(|_| drop(wide(attributes)));
        started.elapsed()
    };
    // The same number of attributes either way, in turns, because other tests have the processors too.
    let (few, many): (Vec<_>, Vec<_>) = (0..6).map(|_| (time(10, 400), time(1, 4_000))).unzip();
    let best = |times: Vec<_>| times.into_iter().min().expect("there are some");
    let (few, many) = (best(few), best(many));
    assert!(many < 4 * few, "{few:?}, {many:?}");
}
