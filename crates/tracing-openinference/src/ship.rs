//! Stage 5: out of the process, in OTLP batches.
//!
//! ```text
//! threads that end spans ──► queue ──► export thread ──► requests ──► attempts ──► backend
//!                            bounded by   its own runtime   encoded    retried, split
//!                            spans, bytes                   once
//! ```
//!
//! Every span is counted when it comes and once more when its fate is known, so that at any time
//! `created = exported + rejected + dropped + spooled + pending`.

mod backoff;
mod batch;
mod console;
mod counters;
mod delivery;
mod encode;
mod exporter;
mod fork;
#[cfg(feature = "grpc")]
mod grpc;
mod http;
mod notice;
mod otlp;
mod probe;
mod queue;
mod reduce;
mod report;
pub(crate) mod runtime;
mod size;
mod spool;
mod sync;
#[cfg_attr(not(feature = "tls"), expect(dead_code, reason = "without TLS nothing is done with a certificate"))]
mod tls;

#[cfg(test)]
mod tests;

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

use opentelemetry::Context;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::{OTelSdkError, OTelSdkResult};
use opentelemetry_sdk::trace::{Span, SpanData, SpanProcessor};

use crate::BuildError;
use batch::Limits;
use delivery::{Ceiling, Delivery, Progress, Sink, Spooling};
use encode::Encoder;
use notice::Notices;
use queue::{LAST_WORDS, Queue, Wait};

pub use batch::Batch;
pub(crate) use batch::Bound;
pub use console::Console;
pub(crate) use counters::Counters;
pub(crate) use exporter::{AnyExporter, failure};
pub(crate) use fork::ForkLock;
pub(crate) use otlp::{Compression, Otlp, Transport, wants_our_certificate};
pub(crate) use probe::{HttpReply, Probe, Reply, is_local};
pub use report::{BackendReport, Dropped, Report, Stats};
pub(crate) use runtime::{on_export_thread, run_apart};
pub(crate) use spool::Spool;
use spool::Store;
pub(crate) use tls::{Pem, Tls};

/// How long the drop of the last [`Shipper`] waits for its spans.
const LAST_WAIT: Duration = Duration::from_secs(2);

/// What a [`Shipper`] needs to know.
pub(crate) struct Settings {
    pub(crate) destination: Destination,
    pub(crate) batch: Batch,
    pub(crate) resource: Resource,
    pub(crate) stages: Option<Stages>,
    /// Asked for every span: the policy may be replaced.
    pub(crate) run_stages: Arc<dyn Fn() -> RunStages + Send + Sync>,
    /// For what is sent by OTLP.
    pub(crate) spool: Option<Spool>,
}

/// The stages between capture and shipping, as one function. `None` is a span the application does not want.
pub(crate) type Stages = Arc<dyn Fn(SpanData) -> Option<SpanData> + Send + Sync>;

/// Where the stages run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RunStages {
    /// In the thread that ends the span, before the queue, if the span tells anything that might be hidden: what is hidden
    /// never enters it.
    OnClose,
    /// On the export thread, which spares the application their time.
    OnExport,
}

/// Where spans go.
pub(crate) enum Destination {
    Otlp(Otlp),
    Exporter(Box<dyn AnyExporter>),
    /// Nowhere: nothing is started, and nothing is counted.
    Nothing,
}

/// The handle of the export thread.
///
/// When the last clone is dropped it delivers what it has, for two seconds at most. An application that ends without
/// dropping it, by `process::exit` or because the handle is in a static, loses what was not delivered yet.
#[derive(Clone)]
pub(crate) struct Shipper(Arc<Inner>);

/// What a meter reads of one backend.
#[cfg(feature = "metrics")]
pub(crate) struct Account {
    pub(crate) counters: Arc<Counters>,
    /// How many spans its queue holds.
    pub(crate) capacity: Option<usize>,
    pub(crate) endpoint: Option<String>,
}

struct Inner {
    /// Of a backend; never with credentials.
    url: Option<String>,
    counters: Arc<Counters>,
    /// Without a destination there is none.
    queue: Option<Arc<Queue>>,
    /// Run when a span ends, or on the export thread; or when a span ends that has to be cut to find room: a JSON text that
    /// is cut says nothing to them.
    stages: Option<Stages>,
    run_stages: Arc<dyn Fn() -> RunStages + Send + Sync>,
}

/// A rule may panic while the application unwinds; that would abort it.
pub(crate) fn run(stages: &Stages, span: SpanData) -> Result<SpanData, Dropped> {
    match catch_unwind(AssertUnwindSafe(|| stages(span))) {
        Ok(Some(span)) => Ok(span),
        Ok(None) => Err(Dropped::Selected),
        Err(_) => Err(Dropped::Panicked),
    }
}

/// Opens the spool, while there is somebody to tell if it cannot be.
fn open(spool: &Spool, url: &str, limits: &Limits) -> Result<Store, BuildError> {
    let unusable = |value: String, problem| BuildError::Setting { setting: "spool".to_owned(), value, problem };
    let least = Spool::size_of(limits.batch_bytes);
    if spool.max_bytes < least {
        let problem = format!(
            "has to have room for a request of {least} bytes; a smaller max_export_batch_bytes makes requests smaller"
        );
        return Err(unusable(spool.max_bytes.to_string(), problem));
    }
    Store::open(spool, url).map_err(|error| unusable(spool.directory.display().to_string(), error.to_string()))
}

impl Shipper {
    pub(crate) fn start(settings: Settings) -> Result<Self, BuildError> {
        let Settings { destination, batch, resource, stages, run_stages, spool } = settings;
        let request_bytes = match &destination {
            Destination::Otlp(otlp) => otlp.transport.request_bytes(),
            Destination::Exporter(_) | Destination::Nothing => usize::MAX,
        };
        let limits = batch.limits(request_bytes)?;
        let counters = Arc::new(Counters::default());
        let url = match &destination {
            Destination::Otlp(otlp) => Some(otlp::public(&otlp.url)),
            Destination::Exporter(_) | Destination::Nothing => None,
        };
        let (sink, notices, limit, overhead) = match destination {
            Destination::Nothing => {
                return Ok(Self(Arc::new(Inner { url: None, counters, queue: None, stages: None, run_stages })));
            }
            Destination::Exporter(mut exporter) => {
                exporter.set_resource(&resource);
                (Sink::Exporter(exporter), "the exporter".to_owned(), limits.attempt, 0)
            }
            Destination::Otlp(otlp) => {
                let encoder = Box::new(Encoder::new(&resource)?);
                let overhead = encoder.overhead();
                let client = Box::new(otlp::Client::new(&otlp)?);
                (Sink::Otlp(encoder, client), otlp::public(&otlp.url), limits.attempt.min(otlp.timeout), overhead)
            }
        };
        let spool = match (spool, &url) {
            (Some(spool), Some(url)) => Some(Spooling::new(open(&spool, url, &limits)?, limit)),
            _ => None,
        };
        // To write what is left takes longer than to count it.
        let last_words = if spool.is_some() { Duration::from_secs(1) } else { LAST_WORDS };
        let queue = Arc::new(Queue::new(limits.clone(), last_words));
        let delivery = Delivery {
            queue: Arc::clone(&queue),
            counters: Arc::clone(&counters),
            stages: stages.clone(),
            sink,
            limit,
            ceiling: Ceiling::new(limits.batch_bytes.saturating_sub(overhead).max(1)),
            notices: Notices::new(notices),
            spool,
            progress: Progress::default(),
        };
        runtime::start(Arc::clone(&queue), delivery)?;
        Ok(Self(Arc::new(Inner { url, counters, queue: Some(queue), stages, run_stages })))
    }

    #[cfg(feature = "metrics")]
    pub(crate) fn account(&self) -> Account {
        Account {
            counters: Arc::clone(&self.0.counters),
            capacity: self.0.queue.as_ref().map(|queue| queue.capacity()),
            endpoint: self.0.url.clone(),
        }
    }

    /// Where spans are sent, without credentials.
    pub(crate) fn url(&self) -> Option<&str> {
        self.0.url.as_deref()
    }

    /// Delivers every span that has ended so far, and waits for it until the time is over. Retries go on after that.
    pub(crate) fn flush(&self, timeout: Duration) -> Report {
        Report::of(vec![self.flush_until(deadline(timeout))])
    }

    /// Accepts no more spans, delivers those it has, and gives up the rest when the time is over. It may return
    /// earlier, when nobody was ever reached or the server asks for more patience than there is.
    pub(crate) fn shutdown(&self, timeout: Duration) -> Report {
        Report::of(vec![self.shutdown_until(deadline(timeout))])
    }

    pub(crate) fn flush_until(&self, until: Instant) -> BackendReport {
        self.0.wait(|queue| queue.flush(until))
    }

    pub(crate) fn shutdown_until(&self, until: Instant) -> BackendReport {
        self.0.wait(|queue| queue.close(until))
    }

    /// Begins a flush without waiting for it.
    pub(crate) fn begin_flush(&self) {
        _ = self.flush_until(Instant::now());
    }

    /// Begins a shutdown without waiting for it.
    pub(crate) fn begin_shutdown(&self, until: Instant) {
        if let Some(queue) = &self.0.queue {
            queue.begin_close(until);
        }
    }

    /// Takes a span. One that `tells` nothing that might be hidden may wait for the stages in the queue.
    pub(crate) fn end(&self, span: SpanData, tells: bool) {
        if let Err(reason) = self.0.end(span, tells) {
            self.0.counters.dropped(reason, 1);
        }
    }

    /// Takes a span that has been through the stages, or hears why there is none.
    pub(crate) fn take(&self, staged: Result<SpanData, Dropped>) {
        let Some(queue) = &self.0.queue else { return };
        self.0.counters.created();
        let pushed = staged.and_then(|span| queue.push(span, None, || self.0.counters.reduced(true)));
        if let Err(reason) = pushed {
            self.0.counters.dropped(reason, 1);
        }
    }

    /// What became of every span so far.
    pub(crate) fn stats(&self) -> Stats {
        self.0.counters.stats()
    }
}

impl fmt::Debug for Shipper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Shipper").field(&self.0.counters).finish()
    }
}

impl Inner {
    fn wait(&self, wait: impl FnOnce(&Queue) -> Wait) -> BackendReport {
        let waited = match &self.queue {
            // The export thread would wait for itself.
            Some(_) if runtime::on_export_thread() => Wait::TimedOut,
            Some(queue) => wait(queue),
            None => Wait::Settled,
        };
        let mut stats = self.counters.stats();
        if waited == Wait::Forked {
            self.counters.dropped(Dropped::Forked, stats.pending);
            stats = self.counters.stats();
        }
        BackendReport { endpoint: self.url.clone(), stats, timed_out: waited == Wait::TimedOut, failed: false }
    }

    fn end(&self, span: SpanData, tells: bool) -> Result<(), Dropped> {
        let Some(queue) = &self.queue else { return Ok(()) };
        self.counters.created();
        let (span, left) = match &self.stages {
            Some(stages) if tells && (self.run_stages)() == RunStages::OnClose => (run(stages, span)?, None),
            stages => (span, stages.as_ref()),
        };
        queue.push(span, left, || self.counters.reduced(true))
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        let Some(queue) = &self.queue else { return };
        // The last handle may go on the export thread, inside a rule; that thread need not wait for itself.
        let timeout = if runtime::on_export_thread() { Duration::ZERO } else { LAST_WAIT };
        queue.close(deadline(timeout));
    }
}

/// The resource is the one of the settings, whatever a provider says: it names the project.
impl SpanProcessor for Shipper {
    fn on_start(&self, _: &mut Span, _: &Context) {}

    fn on_end(&self, span: SpanData) {
        self.end(span, true);
    }

    fn force_flush(&self) -> OTelSdkResult {
        verdict(&self.flush(Duration::from_secs(5)), Duration::from_secs(5))
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        verdict(&self.shutdown(timeout), timeout)
    }
}

/// Unlike other processors, this one does not call it a success when spans were lost.
pub(crate) fn verdict(report: &Report, timeout: Duration) -> OTelSdkResult {
    if report.timed_out {
        return Err(OTelSdkError::Timeout(timeout));
    }
    if report.is_complete() { Ok(()) } else { Err(OTelSdkError::InternalFailure(report.to_string())) }
}

/// Durations like `Duration::MAX` mean "as long as it takes".
pub(crate) fn deadline(timeout: Duration) -> Instant {
    Instant::now() + timeout.min(Duration::from_secs(86_400 * 365))
}
