use std::time::{Duration, Instant};

use tokio::runtime::Builder;
use tracing_openinference::OpenInference;

use crate::{small_spans, tell};

const SPANS: u64 = 100;

/// Makes a hundred spans and ends, in a runtime or without one.
pub(crate) fn end(runtime: &str, ending: &str) {
    let ending = ending.to_owned();
    match runtime {
        "no_runtime" => end_here(&ending),
        "current_thread" => {
            Builder::new_current_thread().build().expect("a runtime starts").block_on(async { end_here(&ending) })
        }
        "one_worker" | "many_workers" => {
            let workers = if runtime == "one_worker" { 1 } else { 4 };
            let runtime = Builder::new_multi_thread().worker_threads(workers).build().expect("a runtime starts");
            if ending == "task" {
                runtime.block_on(async { tokio::spawn(async move { end_here(&ending) }).await.expect("no panic") });
            } else {
                runtime.block_on(async { end_here(&ending) });
            }
        }
        other => panic!("unknown runtime {other}"),
    }
}

fn end_here(ending: &str) {
    let openinference = tracing_openinference::init().expect("the settings are right");
    small_spans(SPANS);
    match ending {
        "handle_dropped" => drop(openinference),
        "shutdown" | "task" => {
            let start = Instant::now();
            let report = openinference.shutdown(Duration::from_millis(500));
            tell(&format!("{} ms: {report}", start.elapsed().as_millis()));
        }
        "main_returns" => std::mem::forget(openinference),
        "exit" => {
            std::mem::forget(openinference);
            std::process::exit(0);
        }
        "panic" => panics(openinference),
        other => panic!("unknown ending {other}"),
    }
}

fn panics(_openinference: OpenInference) {
    panic!("the application");
}

/// Forks with spans in the queue and one that is open. The child must not wait for a thread that it does not have, nor
/// send what the parent sends, nor count its open span as one of its own.
#[cfg(unix)]
pub(crate) fn fork() {
    let openinference = tracing_openinference::init().expect("the settings are right");
    small_spans(SPANS);
    let _open = tracing::info_span!("open");
    let is_child = fork::fork().expect("a process can be had").is_child();
    let start = Instant::now();
    if is_child {
        small_spans(SPANS);
    }
    let flushed = openinference.flush(Duration::from_secs(5));
    let report = openinference.shutdown(Duration::from_secs(5));
    drop(openinference);
    let who = if is_child { "child" } else { "parent" };
    tell(&format!("{who} {} ms {} {} {report}", start.elapsed().as_millis(), flushed.timed_out, report.stats.exported));
    if !is_child {
        // The test reads until both are gone.
        std::thread::sleep(Duration::from_millis(200));
    }
}

/// A service that works until it is told to end, as the README has it.
#[cfg(unix)]
pub(crate) fn serve_until_terminated() {
    use tokio::signal::unix::{SignalKind, signal};

    let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime starts");
    runtime.block_on(async {
        let openinference = tracing_openinference::init().expect("the settings are right");
        let mut terminated = signal(SignalKind::terminate()).expect("signals can be waited for");
        let serve = async {
            small_spans(SPANS);
            tell("ready");
            std::future::pending().await
        };
        tokio::select! {
            () = serve => {}
            _ = terminated.recv() => {}
        }
        tell(&openinference.shutdown(Duration::from_secs(5)).to_string());
    });
}
