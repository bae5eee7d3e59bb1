//! Stage 1: `tracing` callbacks become one [`SpanData`] per span, assembled when the span closes.
//!
//! The layer keeps an [`open::Open`] in the registry's extensions for every span it records. Callbacks only collect;
//! when the registry lets go of the span, the `Drop` of that value turns it into `SpanData` and hands it to the
//! [`SpanProcessor`]. At that point the registry's close counter is back at zero, so whatever the later stages do (open a
//! span, panic) neither leaks a span nor reaches the application.
//!
//! No lock is held while user code (`Debug`, `Display`, closures) runs.

use std::{
    fmt,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

use opentelemetry::InstrumentationScope;
use opentelemetry_sdk::trace::{RandomIdGenerator, ShouldSample, SpanProcessor};
use tracing::{Dispatch, dispatcher::WeakDispatch, level_filters::LevelFilter};

use self::unfinished::OpenSpans;

mod activate;
#[cfg(feature = "tracing-opentelemetry")]
mod bridge;
mod end;
mod event;
mod filter;
mod identity;
mod layer;
mod open;
mod slots;
mod unfinished;
mod visit;

pub(crate) use self::filter::Choice;

/// Answers whether the policy would hide an attribute whatever its value, so that hidden content is never built.
pub(crate) type Hides = Arc<dyn Fn(&str) -> bool + Send + Sync>;

/// What capture is told by the builder.
pub(crate) struct Settings {
    /// Where finished spans go.
    pub(crate) processor: Arc<dyn SpanProcessor>,
    /// `None` when nothing is hidden.
    pub(crate) hides: Option<Hides>,
    /// `None` records every trace whose remote parent, if any, was sampled.
    pub(crate) sampler: Option<Box<dyn ShouldSample>>,
    /// Up to which level events are exported as they are.
    pub(crate) events: LevelFilter,
}

/// The `Layer`. One value serves one subscriber, because it keeps that subscriber's `Dispatch`.
pub(crate) struct Capture {
    core: Arc<Core>,
}

/// What the layer, its open spans and the handle share.
pub(crate) struct Core {
    /// Tells the slots of two layers in one registry apart.
    owner: u64,
    settings: Arc<Settings>,
    ids: RandomIdGenerator,
    scope: InstrumentationScope,
    dispatch: OnceLock<WeakDispatch>,
    open_spans: OpenSpans,
    /// Whether a `tracing-opentelemetry` layer ever answered: then OpenTelemetry's context is its business.
    beside_another_layer: AtomicBool,
}

impl Capture {
    pub(crate) fn new(settings: Arc<Settings>) -> Self {
        static OWNERS: AtomicU64 = AtomicU64::new(0);
        Self {
            core: Arc::new(Core {
                owner: OWNERS.fetch_add(1, Ordering::Relaxed),
                settings,
                ids: RandomIdGenerator::default(),
                scope: InstrumentationScope::builder(env!("CARGO_PKG_NAME"))
                    .with_version(env!("CARGO_PKG_VERSION"))
                    .build(),
                dispatch: OnceLock::new(),
                open_spans: OpenSpans::default(),
                beside_another_layer: AtomicBool::new(false),
            }),
        }
    }

    /// The part that outlives the subscriber, for exporting unfinished spans at shutdown.
    pub(crate) fn core(&self) -> &Arc<Core> {
        &self.core
    }
}

impl Core {
    fn hides(&self, key: &str) -> bool {
        self.settings.hides.as_ref().is_some_and(|hides| hides(key))
    }

    fn dispatch(&self) -> Option<Dispatch> {
        self.dispatch.get().and_then(WeakDispatch::upgrade)
    }

    /// Closes nothing, exports everything: spans that are still open are handed on now, marked as unfinished, and
    /// their later close exports nothing.
    pub(crate) fn export_unfinished(&self) {
        if let Some(dispatch) = self.dispatch() {
            self.open_spans.take(&dispatch, self.owner);
        }
    }
}

impl fmt::Debug for Capture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Capture").field("processor", &self.core.settings.processor).finish_non_exhaustive()
    }
}
