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
        atomic::{AtomicU64, Ordering},
    },
    time::Instant,
};

use opentelemetry::{InstrumentationScope, Value};
use opentelemetry_sdk::trace::{RandomIdGenerator, ShouldSample, SpanData};
use tracing::{Dispatch, dispatcher::WeakDispatch, level_filters::LevelFilter};

use self::{outlook::Judge, unfinished::OpenSpans};
use crate::repeated::Contents;

mod activate;
#[cfg_attr(not(feature = "tracing-opentelemetry"), path = "capture/alone.rs")]
mod bridge;
mod context;
mod edit;
mod end;
mod event;
mod failure;
mod filter;
mod future_ext;
mod identity;
mod layer;
mod lookup;
mod macros;
mod open;
mod outlook;
mod propagation;
mod recording;
#[cfg(feature = "tracing-opentelemetry")]
mod remote_parents;
mod sampling;
mod scope;
mod shape;
mod slots;
mod span_ext;
mod stream;
mod suppress;
mod unfinished;
mod visit;
mod warnings;

#[doc(hidden)]
pub use self::macros::__private;
#[cfg(feature = "tracing-opentelemetry")]
pub use self::remote_parents::RemoteParents;
pub use self::{
    failure::AnyError,
    future_ext::OpenInferenceFutureExt,
    propagation::{Headers, HeadersMut},
    scope::{Scope, ScopeGuard, Scoped},
    span_ext::OpenInferenceSpanExt,
    stream::{
        ChunkItem, LlmOutput, MessageOutput, OpenInferenceStreamExt, StreamItem, TextDelta, TextItem, ToolCallOutput,
        TracedStream,
    },
    suppress::{SuppressGuard, Suppressed, suppress_tracing},
};
pub(crate) use self::{
    filter::{Choice, Rules},
    open::UNFINISHED,
    warnings::Warnings,
};

/// Says what the policy of this moment hides, so that hidden content is never built.
pub(crate) trait Hiding: Send + Sync {
    /// Whether anything may be hidden for its key: cheap to ask.
    fn hides_keys(&self) -> bool;

    /// Whether an attribute would be hidden whatever its value.
    fn hides(&self, key: &str) -> bool;

    /// What nobody sees of those who see `key`.
    fn hidden_contents(&self, key: &str) -> Contents;

    /// What an attribute of this key lets expect.
    fn outlook(&self, key: &str) -> Outlook;

    /// Where the outlook was [`Outlook::ByValue`]: whether the policy lets this value pass.
    fn lets_pass(&self, key: &str, value: &Value) -> bool;

    /// What the name of a call site lets expect of its spans, whatever their attributes are. One that is made at run time may quote
    /// anything.
    fn names(&self, name: &'static str) -> Outlook;

    /// Another one for every policy, and not 0.
    fn number(&self) -> u64;
}

/// What the policy makes of an attribute, by its key alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outlook {
    /// It hides it whatever the value is, which therefore need not be kept.
    Hidden,
    /// It lets it pass whatever the value is, and conversion makes nothing else of it.
    Harmless,
    /// It lets it pass if the value tells nothing, which can be seen when it is recorded, once.
    ByValue,
    /// The stages have to look.
    Telling,
}

/// Where finished spans go.
pub(crate) trait Finished: fmt::Debug + Send + Sync {
    /// `tells` says whether the policy might hide something of the span. A span that tells nothing may wait for the stages in
    /// a queue.
    fn finished(&self, span: SpanData, tells: bool);
}

pub(crate) type Hides = Arc<dyn Hiding>;

/// What becomes of a parent in another process.
///
/// A span whose parent never reaches the backend is not shown among Phoenix's root spans, and its trace has no input or
/// output in the session view. That is right where the caller's spans arrive in the same project, and hides the trace
/// where they do not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum RemoteParent {
    /// The span stays the child of its remote parent.
    #[default]
    Keep,
    /// The span keeps the trace id, becomes a root, and links to its remote parent.
    Root,
}

/// What capture is told by the builder.
pub(crate) struct Settings {
    /// Where finished spans go.
    pub(crate) output: Arc<dyn Finished>,
    pub(crate) hides: Hides,
    /// `None` records every trace whose remote parent, if any, was sampled.
    pub(crate) sampler: Option<Box<dyn ShouldSample>>,
    pub(crate) remote_parent: RemoteParent,
    /// Up to which level events are exported as they are.
    pub(crate) events: LevelFilter,
    /// What the user should hear once there is a subscriber to say it to.
    pub(crate) warnings: Warnings,
}

impl Settings {
    /// `None` while nothing is hidden.
    fn hides(&self) -> Option<&Hides> {
        self.hides.hides_keys().then_some(&self.hides)
    }

    /// `None` while no field is hidden for its name.
    fn judge(&self) -> Option<Judge<'_>> {
        self.hides().map(Judge::new)
    }
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
    /// Whether there is a `tracing-opentelemetry` layer: then OpenTelemetry's context is its business.
    neighbour: bridge::Neighbour,
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
                neighbour: bridge::Neighbour::default(),
            }),
        }
    }

    /// The part that outlives the subscriber, for exporting unfinished spans at shutdown.
    pub(crate) fn core(&self) -> &Arc<Core> {
        &self.core
    }
}

impl Core {
    pub(crate) fn dispatch(&self) -> Option<Dispatch> {
        self.dispatch.get().and_then(WeakDispatch::upgrade)
    }

    /// Says what is left to say, if there is somebody to hear it.
    fn say_warnings(&self) {
        self.settings.warnings.say(|| self.dispatch());
    }

    /// Closes nothing, exports everything: spans that are still open are handed on now, marked as unfinished, and
    /// their later close exports nothing.
    pub(crate) fn export_unfinished(&self, deadline: Instant) {
        if let Some(dispatch) = self.dispatch() {
            self.open_spans.take(&dispatch, self.owner, deadline);
        }
    }
}

impl fmt::Debug for Capture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Capture").field("output", &self.core.settings.output).finish_non_exhaustive()
    }
}
