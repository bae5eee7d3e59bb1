//! Which call sites are recorded, while the application runs.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use insta::assert_snapshot;
use tracing::level_filters::LevelFilter;
use tracing::{Level, debug_span, dispatcher, error_span, info_span, span, trace_span, warn_span};
use tracing_openinference::OpenInference;

use crate::{Pipeline, in_environment, multi_thread, record, record_with};

/// `LevelFilter::current()` is one for the process, so that tests which read it run one at a time.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

fn spans_of_every_level() {
    drop((error_span!("error"), warn_span!("warn"), info_span!("info"), debug_span!("debug"), trace_span!("trace")));
}

fn spans_of_several_targets() {
    macro_rules! of {
        ($($target:literal)+) => { $(drop(span!(target: $target, Level::INFO, "", otel.name = $target));)+ };
    }
    of!("my_app" "my_app::health" "my_app::health::deep" "other" "hyper::client" "tower_http::trace" "reqwest" "opentelemetry-otlp");
}

fn names(pipeline: &Pipeline) -> Vec<String> {
    let names = pipeline.recorder.spans().into_iter().map(|span| span.name.into_owned()).collect();
    pipeline.recorder.clear();
    names
}

#[test]
fn without_a_filter_info_is_recorded_and_http_clients_are_not() {
    assert_eq!(names(&record(spans_of_every_level)), ["error", "warn", "info"]);
    assert_eq!(names(&record(spans_of_several_targets)), ["my_app", "my_app::health", "my_app::health::deep", "other"]);
}

#[test]
fn the_filter_has_the_syntax_of_rust_log() {
    let recorded = |filter: &str| names(&record_with(|builder| builder.filter(filter), spans_of_several_targets));
    assert_eq!(recorded("my_app::health=off"), ["my_app", "other"]);
    assert_eq!(recorded("off,my_app=info"), ["my_app", "my_app::health", "my_app::health::deep"]);
    assert_eq!(recorded("off, my_app=INFO , my_app::health = off"), ["my_app"]);
    assert_eq!(recorded("hyper=info,warn"), ["hyper::client"]);
    assert_eq!(recorded("my_app=warn,my_app::health=3"), ["my_app::health", "my_app::health::deep", "other"]);
}

#[test]
fn the_environment_sets_the_filter_and_code_beats_it() {
    let test = "filter::the_environment_sets_the_filter_and_code_beats_it";
    in_environment(test, &[("OPENINFERENCE_FILTER", "off,other=info")], || {
        assert_eq!(names(&record(spans_of_several_targets)), ["other"]);
        let code = |builder: tracing_openinference::Builder| builder.filter("off,my_app::health::deep");
        assert_eq!(names(&record_with(code, spans_of_several_targets)), ["my_app::health::deep"]);
    });
}

#[test]
fn a_filter_that_cannot_be_read_is_an_error_that_names_it() {
    for filter in ["my_app=loud", "a=b=c", "info,my_app=", "my_app[{field}]=debug", "not a filter"] {
        let error = tracing_openinference::builder().filter(filter).no_export().build().expect_err(filter).to_string();
        assert!(error.contains("filter") && error.contains(filter), "{error}");
    }
}

#[test]
fn a_filter_that_cannot_be_read_at_run_time_leaves_the_old_one() {
    let pipeline = Pipeline::with(|builder| builder.filter("off,other=info"));
    dispatcher::with_default(&pipeline.alone(), || {
        let error = pipeline.openinference.set_filter("my_app=loud").expect_err("there is no such level").to_string();
        assert!(error.contains("set_filter") && error.contains("my_app=loud"), "{error}");
        spans_of_several_targets();
    });
    assert_eq!(names(&pipeline), ["other"]);
}

#[test]
fn the_filter_goes_up_and_down_while_the_application_runs() {
    let _one = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let pipeline = Pipeline::new();
    for subscriber in [pipeline.alone(), pipeline.beside_another_layer()] {
        dispatcher::with_default(&subscriber, || {
            let recorded = |filter: &str| {
                pipeline.openinference.set_filter(filter).expect("it can be read");
                spans_of_every_level();
                names(&pipeline)
            };
            assert_eq!(recorded("info"), ["error", "warn", "info"]);
            assert_eq!(recorded("trace"), ["error", "warn", "info", "debug", "trace"]);
            assert_eq!(recorded("error"), ["error"]);
            assert_eq!(recorded("off"), [""; 0]);
            assert_eq!(recorded("debug"), ["error", "warn", "info", "debug"]);
        });
    }
}

/// Other tests of this process have layers of their own, so this looks at a process where it is alone.
#[test]
fn the_filter_tells_tracing_its_level() {
    let test = "filter::the_filter_tells_tracing_its_level";
    in_environment(test, &[], || {
        let pipeline = Pipeline::new();
        dispatcher::with_default(&pipeline.alone(), || {
            assert_eq!(LevelFilter::current(), LevelFilter::INFO);
            for (filter, level) in [
                ("trace", LevelFilter::TRACE),
                ("off", LevelFilter::OFF),
                ("warn,my_app=debug", LevelFilter::DEBUG),
                ("my_app=off", LevelFilter::INFO),
                ("error", LevelFilter::ERROR),
            ] {
                pipeline.openinference.set_filter(filter).expect("it can be read");
                assert_eq!(LevelFilter::current(), level, "{filter}");
            }
        });
    });
}

#[test]
fn the_filter_may_be_set_from_inside_a_span_and_the_span_goes_on() {
    let _one = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let pipeline = Pipeline::new();
    dispatcher::with_default(&pipeline.beside_another_layer(), || {
        let request = info_span!("request", app.step = 1);
        request.in_scope(|| {
            pipeline.openinference.set_filter("off").expect("it can be read");
            info_span!("refused").in_scope(|| drop(info_span!("refused too")));
            request.record("app.step", 2);
            pipeline.openinference.set_filter("info").expect("it can be read");
            drop(info_span!("step"));
        });
    });
    assert_snapshot!(pipeline.recorder.tree(), @r#"
    request
      app.step: 2
      openinference.span.kind: "CHAIN"
      - step
          openinference.span.kind: "CHAIN"
    "#);
}

/// Sets the filter when it is printed.
struct Setting<'a>(&'a OpenInference, &'a str);

impl fmt::Debug for Setting<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.set_filter(self.1).expect("it can be read");
        f.write_str(self.1)
    }
}

#[test]
fn the_filter_may_be_set_while_a_value_is_printed() {
    let _one = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let pipeline = Pipeline::new();
    dispatcher::with_default(&pipeline.alone(), || {
        info_span!("at creation", app.filter = ?Setting(&pipeline.openinference, "debug")).in_scope(|| {
            let step = debug_span!("step", app.filter = tracing::field::Empty);
            step.record("app.filter", tracing::field::debug(Setting(&pipeline.openinference, "info")));
            drop(debug_span!("refused"));
            tracing::error!("{:?}", Setting(&pipeline.openinference, "debug"));
            drop(debug_span!("after the event"));
        });
    });
    assert_snapshot!(pipeline.recorder.tree(), @r#"
    at creation ERROR "debug"
      app.filter: "debug"
      openinference.span.kind: "CHAIN"
      * exception
          exception.message: "debug"
      - step
          app.filter: "info"
          openinference.span.kind: "CHAIN"
      - after the event
          openinference.span.kind: "CHAIN"
    "#);
}

#[test]
fn a_filter_that_is_set_on_a_thread_without_our_subscriber_counts_everywhere() {
    let _one = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let pipeline = Pipeline::new();
    dispatcher::with_default(&pipeline.alone(), || {
        let set = |filter: &str| {
            std::thread::scope(|scope| {
                let setting = scope.spawn(|| pipeline.openinference.set_filter(filter).expect("it can be read"));
                setting.join().expect("it does not panic");
            })
        };
        let spans = || drop((info_span!("info"), debug_span!("debug")));
        spans();
        set("debug");
        spans();
        set("warn");
        spans();
    });
    assert_eq!(names(&pipeline), ["info", "info", "debug"]);
}

#[test]
fn a_filter_that_is_set_under_load_neither_hangs_nor_cuts_traces() {
    let _one = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let pipeline = Pipeline::new();
    dispatcher::with_default(&pipeline.beside_another_layer(), || {
        let runtime = multi_thread();
        let stop = Arc::new(AtomicBool::new(false));
        let root = info_span!("root");
        let work = |_| {
            let (stop, root) = (Arc::clone(&stop), root.clone());
            runtime.spawn(async move {
                while !stop.load(Ordering::Relaxed) {
                    let outer = root.in_scope(|| info_span!("outer"));
                    let middle = outer.in_scope(|| debug_span!("middle"));
                    middle.in_scope(|| drop(info_span!("inner")));
                    tokio::task::yield_now().await;
                }
            })
        };
        let tasks: Vec<_> = (0..4).map(work).collect();
        for round in 0..200 {
            pipeline.openinference.set_filter(["info", "debug", "warn"][round % 3]).expect("it can be read");
            std::thread::sleep(Duration::from_micros(200));
        }
        stop.store(true, Ordering::Relaxed);
        for task in tasks {
            runtime.block_on(task).expect("the task ends");
        }
        drop(root);
    });
    let root = pipeline.recorder.span("root").span_context;
    let spans = pipeline.recorder.spans();
    assert!(spans.len() > 100, "{}", spans.len());
    assert!(spans.iter().all(|span| span.span_context.trace_id() == root.trace_id()));
}

#[test]
fn llm_spans_alone_are_recorded_and_belong_to_each_other() {
    let application = || {
        info_span!("request", http.route = "/chat").in_scope(|| {
            info_span!("agent", openinference.span.kind = "AGENT").in_scope(|| {
                info_span!("retry", attempt = 1).in_scope(|| {
                    debug_span!("verbose", llm.model_name = "m").in_scope(|| ());
                    info_span!("chat", gen_ai.operation.name = "chat").in_scope(|| drop(info_span!("connect")));
                    info_span!("late", llm.model_name = tracing::field::Empty).in_scope(|| ());
                    tracing::error!("no answer");
                });
                drop(tracing_openinference::tool_span!("search"));
            });
        });
        drop(info_span!("health"));
    };
    for beside in [false, true] {
        let pipeline = Pipeline::with(|builder| builder.llm_spans_only(true));
        let subscriber = if beside { pipeline.beside_another_layer() } else { pipeline.alone() };
        dispatcher::with_default(&subscriber, application);
        insta::allow_duplicates! {
            assert_snapshot!(pipeline.shape(), @r#"
            agent ERROR "no answer"
              * exception
                  exception.message: "no answer"
              - chat
              - late
              - search
            "#);
        }
    }
}

#[test]
fn llm_spans_alone_stays_when_the_filter_is_set() {
    let _one = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let pipeline = Pipeline::with(|builder| builder.llm_spans_only(true));
    dispatcher::with_default(&pipeline.alone(), || {
        pipeline.openinference.set_filter("debug").expect("it can be read");
        drop((debug_span!("chat", llm.model_name = "m"), debug_span!("other")));
    });
    assert_eq!(names(&pipeline), ["chat"]);
}

#[test]
fn a_filter_of_the_users_on_top_refuses_more() {
    use tracing_subscriber::{Layer, filter::Targets, layer::SubscriberExt};
    let pipeline = Pipeline::new();
    let more = Targets::new().with_default(LevelFilter::TRACE).with_target("other", LevelFilter::OFF);
    let subscriber = tracing_subscriber::registry().with(pipeline.openinference.layer().with_filter(more));
    tracing::subscriber::with_default(subscriber, spans_of_several_targets);
    assert_eq!(names(&pipeline), ["my_app", "my_app::health", "my_app::health::deep"]);
}
