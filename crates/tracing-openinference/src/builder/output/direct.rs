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

use super::super::stages::Stages;
use crate::ship::{self, BackendReport, Counters, Dropped, Stats};

/// The stages in the closing thread, then a processor of the user's.
#[derive(Debug)]
pub(super) struct Direct {
    next: Box<dyn SpanProcessor>,
    stages: Arc<Stages>,
    counters: Arc<Counters>,
    shut_down: AtomicBool,
}

impl Direct {
    pub(super) fn new(mut next: Box<dyn SpanProcessor>, stages: Arc<Stages>, resource: &Resource) -> Self {
        next.set_resource(resource);
        Self { next, stages, counters: Arc::default(), shut_down: AtomicBool::new(false) }
    }

    pub(super) fn stats(&self) -> Stats {
        self.counters.stats()
    }

    #[cfg(feature = "metrics")]
    pub(super) fn account(&self) -> crate::ship::Account {
        crate::ship::Account { counters: Arc::clone(&self.counters), capacity: None, endpoint: None }
    }

    /// What the processor says of the end of `work`. A processor that was shut down before has not failed.
    pub(super) fn report(&self, work: impl FnOnce() -> OTelSdkResult) -> BackendReport {
        let result = std::panic::catch_unwind(AssertUnwindSafe(work));
        let timed_out = matches!(result, Ok(Err(OTelSdkError::Timeout(_))));
        let failed = match &result {
            Ok(Ok(()) | Err(OTelSdkError::AlreadyShutdown)) => false,
            Ok(Err(error)) => {
                self.counters.failed(ship::failure("span processor", error));
                !timed_out
            }
            Err(_) => {
                self.counters.failed("the span processor panicked".into());
                true
            }
        };
        BackendReport { endpoint: None, stats: self.stats(), timed_out, failed }
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
