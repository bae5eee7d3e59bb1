//! A thousand tasks at once.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::time::Duration;

use opentelemetry::Value;
use opentelemetry::trace::{SpanId, Status};
use opentelemetry_sdk::trace::SpanData;
use tokio::task::{JoinSet, yield_now};
use tracing::Instrument;
use tracing_openinference::{
    OpenInferenceFutureExt, OpenInferenceStreamExt, Scope, agent_span, chain_span, llm_span, suppress_tracing,
    tool_span,
};

use crate::source::{collect, source};
use crate::{on_threads, text, value};

const TASKS: i64 = 1_000;

/// What one visitor's request does: every way to inherit, every way to be silent, and waits in between.
async fn request(task: i64) {
    let span = agent_span!("many.agent", task);
    async {
        yield_now().await;
        chain_span!("many.chain", task).in_scope(|| ());
        let spawned = async move {
            yield_now().await;
            tool_span!("many.spawned_tool", task).in_scope(|| ());
        };
        let spawned = tokio::spawn(spawned.instrument(chain_span!("many.spawned", task)));
        async {
            yield_now().await;
            drop(chain_span!("many.inner", task));
        }
        .with_scope(Scope::new().user(format!("inner {task}")))
        .await;
        Scope::new().user(format!("sync {task}")).in_scope(|| drop(chain_span!("many.sync", task)));
        async {
            let hushed = chain_span!("many.silent", task);
            yield_now().await;
            async { drop(chain_span!("many.silent", task)) }.instrument(hushed).await;
        }
        .with_scope(Scope::new().session("silent"))
        .suppress_tracing()
        .await;
        let hushed = {
            let _silent = suppress_tracing();
            chain_span!("many.silent", task)
        };
        let below = async move {
            yield_now().await;
            drop(chain_span!("many.silent", task));
        };
        tokio::spawn(below.instrument(hushed)).await.expect("nothing panics");
        let chunks = (0..5).map(|chunk| Ok::<_, Infallible>(format!("{task}:{chunk} ")));
        let answer = source(chunks, Duration::from_millis(1)).trace_llm_text(llm_span!("many.llm", task));
        assert_eq!(collect(answer).await.len(), 5);
        spawned.await.expect("nothing panics");
    }
    .instrument(span)
    .await;
}

#[test]
fn no_attribute_lands_on_the_span_of_another_task() {
    let spans = on_threads("many.", async {
        let mut tasks = JoinSet::new();
        for task in 0..TASKS {
            let scope = Scope::new().session(format!("s {task}")).user(format!("u {task}")).tags([format!("t {task}")]);
            tasks.spawn(request(task).with_scope(scope));
        }
        tasks.join_all().await;
    });
    let mut names = BTreeMap::<_, i64>::new();
    for span in &spans {
        *names.entry(&*span.name).or_default() += 1;
    }
    let expected = ["agent", "chain", "inner", "llm", "spawned", "spawned_tool", "sync"];
    let names: Vec<_> = names.into_iter().collect();
    let expected: Vec<_> = expected.iter().map(|name| (format!("many.{name}"), TASKS)).collect();
    assert!(names.iter().zip(&expected).all(|(is, should)| is.0 == should.0 && is.1 == should.1), "{names:?}");
    assert_eq!(names.len(), expected.len());
    let by_id: BTreeMap<_, _> = spans.iter().map(|span| (span.span_context.span_id().to_bytes(), span)).collect();
    for span in &spans {
        check(span, by_id.get(&span.parent_span_id.to_bytes()).copied());
    }
}

fn check(span: &SpanData, parent: Option<&SpanData>) {
    let Some(Value::I64(task)) = task(span) else { panic!("{span:?} says its task") };
    let user = match &*span.name {
        "many.inner" => format!("inner {task}"),
        "many.sync" => format!("sync {task}"),
        _ => format!("u {task}"),
    };
    assert_eq!(text(span, "session.id"), Some(format!("s {task}")), "{}", span.name);
    assert_eq!(text(span, "user.id"), Some(user), "{}", span.name);
    assert_eq!(text(span, "tag.tags"), Some(format!("[\"t {task}\"]")), "{}", span.name);
    match (&*span.name, parent) {
        ("many.agent", None) => assert_eq!(span.parent_span_id, SpanId::INVALID),
        (name, Some(parent)) => {
            let expected = if name == "many.spawned_tool" { "many.spawned" } else { "many.agent" };
            assert_eq!(parent.name, expected);
            assert_eq!(self::task(parent), Some(Value::I64(task)));
        }
        (name, None) => panic!("{name} has lost its parent"),
    }
    if span.name == "many.llm" {
        let output: String = (0..5).map(|chunk| format!("{task}:{chunk} ")).collect();
        assert_eq!(text(span, "output.value"), Some(output));
        assert_eq!(span.status, Status::Ok);
    }
}

/// The argument of the request, which conversion makes the input.
fn task(span: &SpanData) -> Option<Value> {
    value(span, "input.value").map(|value| match value {
        Value::String(text) => Value::I64(text.as_str().parse().expect("a number")),
        value => value.clone(),
    })
}
