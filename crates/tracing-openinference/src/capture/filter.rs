//! Which call sites are recorded at all: the per-layer filter that is part of the layer.
//!
//! It answers `sometimes` or `never`, not `always`: a stale per-layer filter state otherwise loses every span after one
//! `log_enabled!` (tokio-rs/tracing#2519).

use std::{
    cell::Cell,
    ptr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use arc_swap::ArcSwap;
use tracing::{Metadata, Subscriber, level_filters::LevelFilter, subscriber::Interest};
use tracing_subscriber::{
    filter::{ParseError, Targets},
    layer::{Context, Filter},
};

/// Clients and runtimes whose spans would outnumber the application's, and the exporter's own stack.
const QUIET: [&str; 14] = [
    "h2",
    "hyper",
    "hyper_util",
    "mio",
    "opentelemetry",
    "opentelemetry-otlp",
    "opentelemetry_otlp",
    "opentelemetry_sdk",
    "reqwest",
    "rustls",
    "tokio",
    "tonic",
    "tower",
    "tower_http",
];

/// The rules, shared by the handle and its layers, replaceable while the application runs.
#[derive(Clone, Debug)]
pub(crate) struct Choice(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    rules: ArcSwap<Targets>,
    /// Unique among all rules of the process, so that a cached verdict names the rules it came from.
    generation: AtomicU64,
}

impl Choice {
    pub(crate) fn new(rules: Targets) -> Self {
        Self(Arc::new(Shared { rules: ArcSwap::from_pointee(rules), generation: AtomicU64::new(next_generation()) }))
    }

    /// Replaces the rules. The caller has the interest cache rebuilt.
    pub(crate) fn set(&self, rules: Targets) {
        self.0.rules.store(Arc::new(rules));
        self.0.generation.store(next_generation(), Ordering::Release);
    }

    fn wants(&self, metadata: &'static Metadata<'static>) -> bool {
        self.0.rules.load().would_enable(metadata.target(), metadata.level())
    }

    fn level(&self) -> Option<LevelFilter> {
        self.0.rules.load().iter().map(|(_, level)| level).chain(self.0.rules.load().default_level()).max()
    }
}

/// `info`, without the targets that are never worth a span.
pub(crate) fn default_rules() -> Targets {
    Targets::new().with_default(LevelFilter::INFO).with_targets(QUIET.map(|target| (target, LevelFilter::OFF)))
}

/// Reads directives as `RUST_LOG` has them. Those of the default stay unless they are overruled one by one, so that
/// `my_app=debug` does not switch the client stack on.
pub(crate) fn parse(directives: &str) -> Result<Targets, ParseError> {
    let given: Targets = directives.parse()?;
    let mut rules = default_rules();
    if let Some(level) = given.default_level() {
        rules = rules.with_default(level);
    }
    Ok(rules.with_targets(given))
}

impl<S: Subscriber> Filter<S> for Choice {
    fn enabled(&self, metadata: &Metadata<'_>, _ctx: &Context<'_, S>) -> bool {
        // `log` events share a handful of call sites whose target changes, so only spans are remembered.
        if metadata.is_span() { self.remembered(metadata) } else { self.would_enable(metadata) }
    }

    fn callsite_enabled(&self, metadata: &'static Metadata<'static>) -> Interest {
        if self.wants(metadata) { Interest::sometimes() } else { Interest::never() }
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        self.level()
    }
}

/// One remembered verdict.
#[derive(Clone, Copy)]
struct Verdict {
    callsite: *const (),
    generation: u64,
    wanted: bool,
}

const REMEMBERED: usize = 64;

thread_local! {
    static VERDICTS: [Cell<Verdict>; REMEMBERED] =
        const { [const { Cell::new(Verdict { callsite: ptr::null(), generation: 0, wanted: false }) }; REMEMBERED] };
}

impl Choice {
    fn would_enable(&self, metadata: &Metadata<'_>) -> bool {
        self.0.rules.load().would_enable(metadata.target(), metadata.level())
    }

    /// The rules are walked once a call site and thread; after that a span costs a look at one cell. A call site's
    /// metadata is `'static`, so its address names it.
    fn remembered(&self, metadata: &Metadata<'_>) -> bool {
        let callsite = ptr::from_ref(metadata).cast::<()>();
        let generation = self.0.generation.load(Ordering::Acquire);
        VERDICTS
            .try_with(|verdicts| {
                let verdict = &verdicts[(callsite.addr() >> 4) % REMEMBERED];
                let known = verdict.get();
                if known.callsite == callsite && known.generation == generation {
                    return known.wanted;
                }
                let wanted = self.would_enable(metadata);
                verdict.set(Verdict { callsite, generation, wanted });
                wanted
            })
            .unwrap_or_else(|_| self.would_enable(metadata))
    }
}

fn next_generation() -> u64 {
    static GENERATIONS: AtomicU64 = AtomicU64::new(1);
    GENERATIONS.fetch_add(1, Ordering::Relaxed)
}
