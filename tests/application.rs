//! An application for the tests of exits and of the environment: `application <work> <end>`.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "its tests read it")]

use std::cell::Cell;
use std::io::Write;
use std::process::ExitCode;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use integration_tests::{program::ENDING, secrets};
use tracing_openinference::{
    BuildError, Builder, OpenInference, OpenInferenceSpanExt, TraceConfig, agent_span, llm_span,
};
use tracing_subscriber::prelude::*;

static KEPT: OnceLock<OpenInference> = OnceLock::new();

thread_local! {
    static FAREWELL: Cell<Option<Farewell>> = const { Cell::new(None) };
}

/// What is traced when a thread ends. The registry itself can neither make nor enter a span by then.
struct Farewell(tracing::Span);

impl Drop for Farewell {
    fn drop(&mut self) {
        tracing::error!("an event of no span");
        drop(tracing_openinference::suppress_tracing());
        tracing::error!(parent: &self.0, "goodbye");
    }
}

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let mut argument = || arguments.next().unwrap_or_default();
    let (what, end) = (argument(), argument());
    match run(&what, &end) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("application: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(what: &str, end: &str) -> Result<(), BuildError> {
    match end {
        "current-thread" => tokio::runtime::Builder::new_current_thread()
            .build()
            .map(|runtime| runtime.block_on(async { start_and(what, "drop") })),
        "multi-thread" => {
            tokio::runtime::Runtime::new().map(|runtime| runtime.block_on(async { start_and(what, "drop") }))
        }
        "worker-thread" => tokio::runtime::Runtime::new().map(|runtime| {
            let what = what.to_owned();
            runtime.block_on(async { tokio::spawn(async move { start_and(&what, "drop") }).await.expect("no panic") })
        }),
        "task" => tokio::runtime::Runtime::new().map(|runtime| runtime.block_on(shut_down_in_a_task(what))),
        _ => Ok(start_and(what, end)),
    }
    .expect("a runtime starts")
}

fn settings(what: &str) -> Builder {
    let builder = tracing_openinference::builder();
    match what {
        "only-in" => builder.only_in("development").only_in("staging"),
        "verbose" => builder.verbose().filter("application=info").trace_config(TraceConfig::new().hide_inputs(true)),
        _ => builder,
    }
}

/// A layer in a subscriber that nobody writes a span to, until its first line of the log.
fn quiet_layer() -> Result<(), BuildError> {
    let openinference = tracing_openinference::builder().no_export().build()?;
    let log = tracing_subscriber::fmt::layer().with_ansi(false).with_writer(|| Stderr);
    tracing_subscriber::registry().with(openinference.layer()).with(log).init();
    // The line comes from a thread.
    let deadline =
        Instant::now() + Duration::from_secs(if std::env::var_os("OTEL_SDK_DISABLED").is_some() { 30 } else { 1 });
    while !WRITTEN.load(Ordering::Acquire) && Instant::now() < deadline {
        std::thread::sleep(Duration::from_millis(5));
    }
    Ok(())
}

static WRITTEN: AtomicBool = AtomicBool::new(false);

/// Standard error, and whether anything was written there.
#[derive(Clone, Copy)]
struct Stderr;

impl Write for Stderr {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        std::io::stderr().write_all(bytes)?;
        WRITTEN.store(true, Ordering::Release);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn start_and(what: &str, end: &str) -> Result<(), BuildError> {
    if what == "quiet-layer" {
        return quiet_layer();
    }
    if what == "taken" {
        let _ = tracing::subscriber::set_global_default(tracing_subscriber::registry());
    }
    let openinference = settings(what).init()?;
    work(what);
    match end {
        "drop" => say(ENDING),
        "forget" => {
            std::mem::forget(openinference);
            say(ENDING);
        }
        "static" => keep(openinference),
        "exit" => exit(),
        "static-exit" => {
            keep(openinference);
            exit();
        }
        "panic" => {
            let _entered = llm_span!("panicking").entered();
            say(ENDING);
            panic!("the application has a bug");
        }
        "open-exit" => {
            let _entered = llm_span!("open").entered();
            exit();
        }
        "open" => {
            // Nobody closes it.
            std::mem::forget(llm_span!("open").set_input("a question").clone());
            say(ENDING);
        }
        "report" => say(&format!(
            "{} of {:?}, {:?}",
            openinference.shutdown(Duration::from_secs(5)),
            openinference.project(),
            openinference.endpoint(),
        )),
        _ => {
            let timeout = Duration::from_millis(end.parse().expect("an end or a number of milliseconds"));
            say(ENDING);
            let start = Instant::now();
            let report = openinference.shutdown(timeout);
            say(&format!("{} ms: {report}", start.elapsed().as_millis()));
            // What comes after must not wait once more, so this drops the handle too.
        }
    }
    Ok(())
}

async fn shut_down_in_a_task(what: &str) -> Result<(), BuildError> {
    let openinference = tracing_openinference::init()?;
    work(what);
    say(ENDING);
    let report = tokio::spawn(async move { openinference.shutdown(Duration::from_secs(2)) }).await;
    say(&report.expect("shutdown does not panic").to_string());
    Ok(())
}

fn work(what: &str) {
    match what {
        "nothing" => return,
        "farewell" => {
            let thread = std::thread::spawn(|| {
                FAREWELL.with(|farewell| farewell.set(Some(Farewell(llm_span!("farewell")))));
                llm_span!("work").in_scope(|| ());
            });
            return thread.join().expect("the thread does not panic");
        }
        "secrets" => return secrets::tell(),
        "image" => drop(llm_span!("image").set_input_images("data:image/png;base64,aGVsbG8=").clone()),
        _ => {}
    }
    let agent = agent_span!("agent");
    let _entered = agent.enter();
    tracing::info!("a line of the log");
    tracing::debug_span!(target: "application::details", "details").in_scope(|| {
        llm_span!("chat").set_model("gpt-4o").set_input("a question").set_output("an answer");
    });
}

fn keep(openinference: OpenInference) {
    assert!(KEPT.set(openinference).is_ok(), "this is done once");
    say(ENDING);
}

fn exit() -> ! {
    say(ENDING);
    std::process::exit(3);
}

/// Standard output of a process that is read by another has a buffer.
fn say(line: &str) {
    println!("{line}");
    let _ = std::io::stdout().flush();
}
