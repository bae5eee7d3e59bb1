use std::{
    borrow::Cow,
    fmt,
    sync::{
        Arc, Condvar, Mutex, PoisonError, Weak,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use tracing::Subscriber;
use tracing_subscriber::{Layer, filter::Filtered, registry::LookupSpan};

use super::{env::Env, output::Output, stages::Stages};
use crate::{
    BuildError, TraceConfig,
    capture::{self, Capture, Choice, Core},
    ship::{self, BackendReport, Report, Stats},
};

/// How long dropping the handle may take: enough for a healthy collector, short for a person who waits at a prompt.
const AT_DROP: Duration = Duration::from_secs(2);

/// What `let _ = init()?` comes to; the compiler does not warn of it.
const DROPPED_UNUSED: &str = "nothing is exported: the handle was dropped before any span ended. Keep it until the end of \
    `main`, as in `let _openinference = init()?`; `let _ = init()?` drops it at once";

/// The running pipeline.
///
/// Keep it until the end of `main`: dropping it exports what is left, for at most two seconds. [`shutdown`](Self::shutdown)
/// does the same with a timeout of your choice and says what became of every span.
///
/// A signal that nobody waits for ends a process without dropping anything. A service waits for `SIGTERM`, with
/// `tokio::signal` for example, and calls `shutdown` then; the README has the lines.
#[must_use = "dropping the handle shuts the pipeline down: keep it until the end of `main`, `let _openinference = …`"]
pub struct OpenInference {
    pub(super) shared: Arc<Shared>,
}

/// Where traces appear.
pub(super) struct Target {
    pub(super) project: String,
    pub(super) endpoint: Option<String>,
}

pub(super) struct Shared {
    pub(super) target: Target,
    pub(super) capture: Arc<capture::Settings>,
    /// First those of the builder's own policy.
    pub(super) stages: Vec<Arc<Stages>>,
    pub(super) output: Output,
    pub(super) choice: Choice,
    /// Nothing is recorded, whatever the filter says.
    pub(super) off: bool,
    pub(super) llm_spans_only: bool,
    pub(super) export_unfinished: bool,
    /// One for each layer made; they go away with their subscriber.
    pub(super) layers: Mutex<Vec<Weak<Core>>>,
    pub(super) done: AtomicBool,
    pub(super) ending: Mutex<Ending>,
    pub(super) handed_on: Condvar,
}

/// How far a shutdown has come with the spans that are still open.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Ending {
    #[default]
    NotYet,
    HandingOn,
    HandedOn,
}

impl OpenInference {
    /// The layer, to be added to a registry.
    ///
    /// It brings its own filter (target directives and level), so no `.with_filter` is needed; adding one on top brings
    /// tokio-rs/tracing#2519 back. Beside a `tracing-opentelemetry` layer add ours *first*: then both export the same ids for
    /// every span.
    ///
    /// Put it in when the subscriber is made. `tracing_subscriber::reload` panics when a layer with a filter comes later; to
    /// switch traces off and on while the application runs there is [`set_filter`](Self::set_filter).
    ///
    /// ```
    /// use tracing_subscriber::prelude::*;
    ///
    /// # fn main() -> Result<(), tracing_openinference::BuildError> {
    /// let openinference = tracing_openinference::builder().no_export().build()?;
    /// tracing_subscriber::registry().with(openinference.layer()).with(tracing_subscriber::fmt::layer()).init();
    /// # Ok(())
    /// # }
    /// ```
    pub fn layer<S>(&self) -> impl Layer<S> + Send + Sync + use<S>
    where
        S: Subscriber + for<'a> LookupSpan<'a>,
    {
        let capture = Capture::new(Arc::clone(&self.shared.capture));
        let mut layers = self.shared.layers.lock().unwrap_or_else(PoisonError::into_inner);
        layers.retain(|layer| layer.strong_count() > 0);
        layers.push(Arc::downgrade(capture.core()));
        Filtered::new(capture, self.shared.choice.clone())
    }

    /// Exports what has ended so far and says what became of it. Waits for at most `timeout`; a
    /// [processor of yours](crate::Builder::span_processor) decides for itself how long it takes.
    pub fn flush(&self, timeout: Duration) -> Report {
        self.shared.told(self.shared.output.flush(timeout))
    }

    /// Exports everything, spans that are still open included, and stops. Waits for at most `timeout`; spans that end later
    /// are counted as dropped. Calling it again changes nothing.
    pub fn shutdown(&self, timeout: Duration) -> Report {
        self.shared.shutdown(timeout)
    }

    /// What became of the spans so far, at all backends together: a span counts once for each.
    #[must_use]
    pub fn stats(&self) -> Stats {
        self.shared.output.stats().with_redacted(self.shared.redacted())
    }

    /// What became of the spans so far at each backend: first the one of the builder, then those of
    /// [`Builder::also`](crate::Builder::also). Nothing has timed out here.
    #[must_use]
    pub fn backends(&self) -> Vec<BackendReport> {
        self.shared.output.backends()
    }

    /// The project that the traces appear under.
    #[must_use]
    pub fn project(&self) -> &str {
        &self.shared.target.project
    }

    /// Where spans are sent, without credentials; `None` when they go to the terminal, to a processor of yours, or nowhere.
    #[must_use]
    pub fn endpoint(&self) -> Option<&str> {
        self.shared.target.endpoint.as_deref()
    }

    /// Replaces the policy while the application runs, for all spans that close from now on. What `trace_config` leaves open is
    /// read from the environment, as [`Builder::trace_config`](crate::Builder::trace_config) does.
    ///
    /// Spans that wait in the queue or on disk have been redacted by the policy under which they closed. If that had nothing to hide in
    /// them, which is when they wait as they are, they are redacted by the one that is in force when they are exported. What an
    /// open span has not recorded because the policy before hid it, stays hidden. A [`Backend`](crate::Backend) with a policy of its own keeps
    /// that.
    pub fn set_trace_config(&self, trace_config: TraceConfig) {
        if let Some(own) = self.shared.stages.first() {
            self.shared.capture.warnings.add(own.set_trace_config(&trace_config, &Env::process()));
        }
    }

    /// Replaces the target filter while the application runs; `directives` have the syntax of
    /// [`Builder::filter`](crate::Builder::filter). Spans that are open keep being recorded.
    ///
    /// # Errors
    ///
    /// When the directives cannot be read; the old filter then stays.
    pub fn set_filter(&self, directives: &str) -> Result<(), BuildError> {
        let rules = super::rules("set_filter", directives)?;
        if !self.shared.off {
            self.shared.choice.set(rules.llm_spans_only(self.shared.llm_spans_only));
            self.shared.rebuild_interest();
        }
        Ok(())
    }
}

impl Shared {
    /// The end of the thread that called `init`.
    pub(super) fn at_exit(&self) {
        if !self.done.load(Ordering::Acquire) {
            let _ = self.shutdown(AT_DROP);
        }
    }

    fn shutdown(&self, timeout: Duration) -> Report {
        let deadline = ship::deadline(timeout);
        self.done.store(true, Ordering::Release);
        if self.export_unfinished {
            self.hand_on_open_spans(deadline);
        }
        self.told(self.output.shutdown(deadline.saturating_duration_since(Instant::now())))
    }

    /// What was hidden, by rule, for all backends together.
    fn redacted(&self) -> Vec<(Cow<'static, str>, u64)> {
        let mut all: Vec<(Cow<'static, str>, u64)> = Vec::new();
        for (name, count) in self.stages.iter().flat_map(|stages| stages.redacted()) {
            match all.iter_mut().find(|(other, _)| *other == name) {
                Some((_, total)) => *total += count,
                None => all.push((name, count)),
            }
        }
        all
    }

    /// The report with what the stages have to say.
    fn told(&self, report: Report) -> Report {
        let mut told = report;
        told.stats = told.stats.with_redacted(self.redacted());
        told
    }

    /// Whoever comes second waits for the first: closing the queue now would lose the spans that are being handed on.
    fn hand_on_open_spans(&self, deadline: Instant) {
        let mut ending = self.ending.lock().unwrap_or_else(PoisonError::into_inner);
        if *ending == Ending::NotYet {
            *ending = Ending::HandingOn;
            drop(ending);
            for layer in self.layers() {
                layer.export_unfinished(deadline);
            }
            *self.ending.lock().unwrap_or_else(PoisonError::into_inner) = Ending::HandedOn;
            self.handed_on.notify_all();
        } else {
            let left = deadline.saturating_duration_since(Instant::now());
            let waited = self.handed_on.wait_timeout_while(ending, left, |ending| *ending == Ending::HandingOn);
            drop(waited);
        }
    }

    fn layers(&self) -> Vec<Arc<Core>> {
        self.layers.lock().unwrap_or_else(PoisonError::into_inner).iter().filter_map(Weak::upgrade).collect()
    }

    /// Has every call site asked again. On a thread of our own, under our own dispatch: on the caller's thread a scoped
    /// subscriber that lacks us would answer for everybody, and inside a `Debug` impl it would panic.
    fn rebuild_interest(&self) {
        let dispatches: Vec<_> = self.layers().iter().filter_map(|layer| layer.dispatch()).collect();
        let rebuild = move || match dispatches.first() {
            Some(dispatch) => tracing::dispatcher::with_default(dispatch, tracing::callsite::rebuild_interest_cache),
            None => tracing::callsite::rebuild_interest_cache(),
        };
        if let Ok(thread) = std::thread::Builder::new().name("openinference-filter".into()).spawn(rebuild) {
            let _ = thread.join();
        }
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        self.at_exit();
    }
}

impl Drop for OpenInference {
    fn drop(&mut self) {
        let unused = !self.shared.done.load(Ordering::Acquire) && self.shared.output.stats().created == 0;
        self.shared.at_exit();
        if unused {
            // Heard only if a span ends after all.
            self.shared.capture.warnings.add([DROPPED_UNUSED.into()]);
        }
    }
}

impl fmt::Debug for OpenInference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OpenInference").field("output", &self.shared.output).finish_non_exhaustive()
    }
}
