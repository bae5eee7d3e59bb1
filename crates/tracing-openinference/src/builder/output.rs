//! The far end of the pipeline: our own shipper, or a processor of the user's.

use std::{
    panic::AssertUnwindSafe,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use opentelemetry::Context;
use opentelemetry_sdk::{
    Resource,
    error::{OTelSdkError, OTelSdkResult},
    trace::{Span, SpanData, SpanProcessor},
};

use super::stages::Stages;
use crate::ship::{Counters, Dropped, Report, Shipper, Stats};

/// Where finished spans go.
#[derive(Debug)]
pub(super) enum Output {
    Shipper(Shipper),
    Processor(Arc<Direct>),
}

impl Output {
    pub(super) fn flush(&self, timeout: Duration) -> Report {
        match self {
            Self::Shipper(shipper) => shipper.flush(timeout),
            Self::Processor(direct) => direct.report(|| direct.force_flush()),
        }
    }

    pub(super) fn shutdown(&self, timeout: Duration) -> Report {
        match self {
            Self::Shipper(shipper) => shipper.shutdown(timeout),
            Self::Processor(direct) => direct.report(|| direct.shutdown_with_timeout(timeout)),
        }
    }

    pub(super) fn stats(&self) -> Stats {
        match self {
            Self::Shipper(shipper) => shipper.stats(),
            Self::Processor(direct) => direct.counters.stats(),
        }
    }

    pub(super) fn processor(&self) -> Arc<dyn SpanProcessor> {
        match self {
            Self::Shipper(shipper) => Arc::new(shipper.clone()),
            Self::Processor(direct) => Arc::clone(direct) as Arc<dyn SpanProcessor>,
        }
    }
}

/// The stages in the closing thread, then a processor of the user's.
#[derive(Debug)]
pub(super) struct Direct {
    pub(super) next: Box<dyn SpanProcessor>,
    pub(super) stages: Arc<Stages>,
    pub(super) counters: Counters,
    shut_down: AtomicBool,
}

impl Direct {
    pub(super) fn new(mut next: Box<dyn SpanProcessor>, stages: Arc<Stages>, resource: &Resource) -> Self {
        next.set_resource(resource);
        Self { next, stages, counters: Counters::default(), shut_down: AtomicBool::new(false) }
    }

    /// What the processor says of the end of `work`. A processor that was shut down before has not failed.
    fn report(&self, work: impl FnOnce() -> OTelSdkResult) -> Report {
        let result = std::panic::catch_unwind(AssertUnwindSafe(work));
        let timed_out = matches!(result, Ok(Err(OTelSdkError::Timeout(_))));
        let failed = match &result {
            Ok(Ok(()) | Err(OTelSdkError::AlreadyShutdown)) => false,
            Ok(Err(error)) => {
                self.counters.failed(error.to_string());
                !timed_out
            }
            Err(_) => {
                self.counters.failed("the span processor panicked".into());
                true
            }
        };
        Report { stats: self.counters.stats(), timed_out, failed }
    }
}

impl SpanProcessor for Direct {
    fn on_start(&self, span: &mut Span, context: &Context) {
        self.next.on_start(span, context);
    }

    fn on_end(&self, span: SpanData) {
        self.counters.created();
        if self.shut_down.load(Ordering::Acquire) {
            return self.counters.dropped(Dropped::AfterShutdown, 1);
        }
        let Some(span) = self.stages.run(span) else { return self.counters.dropped(Dropped::Selected, 1) };
        match std::panic::catch_unwind(AssertUnwindSafe(|| self.next.on_end(span))) {
            Ok(()) => self.counters.exported(1),
            Err(_) => self.counters.dropped(Dropped::Panicked, 1),
        }
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.next.force_flush()
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.shut_down.store(true, Ordering::Release);
        self.next.shutdown_with_timeout(timeout)
    }
}
