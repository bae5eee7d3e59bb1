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
use tracing::{Level, Metadata, Subscriber, level_filters::LevelFilter, subscriber::Interest};
use tracing_subscriber::{
    filter::{ParseError, Targets},
    layer::{Context, Filter},
};

/// Clients whose spans would outnumber the application's, and the exporter's own stack. A name stands for the crate, its
/// modules, and the crates whose names continue it after an underscore (`tower_http`) or a hyphen (`opentelemetry-otlp`).
const QUIET: [&str; 7] = ["h2", "hyper", "opentelemetry", "reqwest", "rustls", "tonic", "tower"];

/// Families of fields that only a span about an LLM application declares.
const FAMILIES: [&str; 5] = ["openinference.", "llm.", "gen_ai.", "langfuse.", "traceloop."];

/// The rules, shared by the handle and its layers, replaceable while the application runs.
#[derive(Clone, Debug)]
pub(crate) struct Choice(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    rules: ArcSwap<Rules>,
    /// Unique among all rules of the process, so that a cached verdict names the rules it came from.
    generation: AtomicU64,
}

/// Which call sites are wanted.
#[derive(Clone, Debug)]
pub(crate) struct Rules {
    directives: Targets,
    targets: Vec<String>,
    others: LevelFilter,
    /// Only spans whose call site declares a field of one of the [`FAMILIES`].
    llm_spans_only: bool,
}

impl Default for Rules {
    fn default() -> Self {
        Self { directives: Targets::new(), targets: Vec::new(), others: LevelFilter::INFO, llm_spans_only: false }
    }
}

impl Rules {
    /// Reads directives as `RUST_LOG` has them: `info,my_app::health=off,hyper=debug`. A target that no directive names
    /// keeps the default (`info`, the [`QUIET`] crates off), so that `my_app=debug` takes nothing away; a bare level
    /// changes the default.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let list = text.split(',').map(str::trim).filter(|directive| !directive.is_empty());
        let list = list.map(tidy).collect::<Result<Vec<_>, _>>()?;
        if list.is_empty() {
            return Ok(Self::default());
        }
        let directives: Targets = list.join(",").parse().map_err(|error: ParseError| error.to_string())?;
        Ok(Self {
            targets: directives.iter().map(|(target, _)| target.to_owned()).collect(),
            others: directives.default_level().unwrap_or(LevelFilter::INFO),
            directives,
            llm_spans_only: false,
        })
    }

    /// Wants nothing.
    pub(crate) fn off() -> Self {
        Self { others: LevelFilter::OFF, ..Self::default() }
    }

    pub(crate) fn llm_spans_only(self, llm_spans_only: bool) -> Self {
        Self { llm_spans_only, ..self }
    }

    fn want(&self, metadata: &Metadata<'_>) -> bool {
        self.want_target(metadata.target(), metadata.level())
            && (!self.llm_spans_only || !metadata.is_span() || is_llm_span(metadata))
    }

    fn want_target(&self, target: &str, level: &Level) -> bool {
        if self.targets.iter().any(|named| target.starts_with(named)) {
            self.directives.would_enable(target, level)
        } else {
            *level <= self.others && !is_quiet(target)
        }
    }

    fn most_verbose(&self) -> LevelFilter {
        self.directives.iter().map(|(_, level)| level).chain([self.others]).max().unwrap_or(LevelFilter::OFF)
    }
}

/// What [`Targets`] would take for a target that never matches, or for a level that nobody meant, is refused here; spaces
/// around a name are not part of it.
fn tidy(directive: &str) -> Result<String, String> {
    let (target, level) = match directive.split_once('=') {
        Some((target, level)) => (target.trim(), Some(level.trim())),
        None => (directive, None),
    };
    if target.is_empty() || target.contains(|char: char| char.is_whitespace() || "[]{}\"'`;".contains(char)) {
        return Err(format!("{target:?} is not a target; spans and fields cannot be named"));
    }
    match level {
        None => Ok(target.to_owned()),
        Some("") => Err(format!("{target:?} has no level")),
        Some(level) => Ok(format!("{target}={level}")),
    }
}

fn is_quiet(target: &str) -> bool {
    QUIET.iter().any(|quiet| {
        target.strip_prefix(quiet).is_some_and(|rest| rest.is_empty() || rest.starts_with([':', '_', '-']))
    })
}

fn is_llm_span(metadata: &Metadata<'_>) -> bool {
    metadata.fields().iter().any(|field| FAMILIES.iter().any(|family| field.name().starts_with(family)))
}

impl Choice {
    pub(crate) fn new(rules: Rules) -> Self {
        Self(Arc::new(Shared { rules: ArcSwap::from_pointee(rules), generation: AtomicU64::new(next_generation()) }))
    }

    /// Replaces the rules. The caller has the interest cache rebuilt.
    pub(crate) fn set(&self, rules: Rules) {
        self.0.rules.store(Arc::new(rules));
        self.0.generation.store(next_generation(), Ordering::Release);
    }

    fn want(&self, metadata: &Metadata<'_>) -> bool {
        self.0.rules.load().want(metadata)
    }
}

impl<S: Subscriber> Filter<S> for Choice {
    fn enabled(&self, metadata: &Metadata<'_>, _ctx: &Context<'_, S>) -> bool {
        // `log` events share a handful of call sites whose target changes, so only spans are remembered.
        if metadata.is_span() { self.remembered(metadata) } else { self.want(metadata) }
    }

    fn callsite_enabled(&self, metadata: &'static Metadata<'static>) -> Interest {
        if self.want(metadata) { Interest::sometimes() } else { Interest::never() }
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(self.0.rules.load().most_verbose())
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
                let wanted = self.want(metadata);
                verdict.set(Verdict { callsite, generation, wanted });
                wanted
            })
            .unwrap_or_else(|_| self.want(metadata))
    }
}

fn next_generation() -> u64 {
    static GENERATIONS: AtomicU64 = AtomicU64::new(1);
    GENERATIONS.fetch_add(1, Ordering::Relaxed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn wanted(directives: &str, target: &str, level: Level) -> bool {
        Rules::parse(directives).unwrap().want_target(target, &level)
    }

    #[test]
    fn without_directives_info_is_recorded_and_clients_are_not() {
        let rules = Rules::default();
        assert!(rules.want_target("my_app::agent", &Level::INFO));
        assert!(!rules.want_target("my_app::agent", &Level::DEBUG));
        for quiet in ["h2", "h2::client", "hyper_util::client", "tower_http", "opentelemetry-otlp", "rustls::conn"] {
            assert!(!rules.want_target(quiet, &Level::ERROR), "{quiet}");
        }
    }

    #[test]
    fn a_crate_that_only_begins_like_a_quiet_one_is_recorded() {
        assert!(Rules::default().want_target("towering_agent", &Level::INFO));
        assert!(Rules::default().want_target("h2o", &Level::INFO));
    }

    #[test]
    fn a_directive_for_one_target_takes_nothing_from_the_others() {
        assert!(wanted("my_app::health=off", "my_app::agent", Level::INFO));
        assert!(!wanted("my_app::health=off", "my_app::health", Level::ERROR));
        assert!(wanted("my_app=debug", "my_app", Level::DEBUG));
        assert!(wanted("my_app=debug", "other", Level::INFO));
        assert!(!wanted("my_app=debug", "hyper::proto", Level::INFO));
    }

    #[test]
    fn a_bare_level_changes_the_default_and_a_directive_can_switch_a_client_on() {
        assert!(!wanted("off,my_app=info", "other", Level::ERROR));
        assert!(wanted("off,my_app=info", "my_app", Level::INFO));
        assert!(wanted("hyper=debug", "hyper::client", Level::DEBUG));
        assert!(wanted("trace", "my_app", Level::TRACE));
    }

    #[test]
    fn what_would_silently_mean_something_else_is_refused() {
        for text in [
            "a=",
            "=info",
            "a = ",
            "a[span]=info",
            "a[{field}]",
            "not a filter",
            "a=info;b=off",
            "\"a=info\"",
            "a=loud",
        ] {
            assert!(Rules::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn spaces_and_empty_directives_mean_nothing() {
        assert!(!wanted(" off , my_app = info ,,", "other", Level::ERROR));
        assert!(wanted(" off , my_app = info ,,", "my_app", Level::INFO));
        for text in ["", " ", ","] {
            assert!(wanted(text, "my_app", Level::INFO), "{text:?}");
        }
    }

    #[test]
    fn the_level_hint_is_the_most_verbose_of_all_rules() {
        assert_eq!(Rules::default().most_verbose(), LevelFilter::INFO);
        assert_eq!(Rules::parse("warn,a=trace").unwrap().most_verbose(), LevelFilter::TRACE);
        assert_eq!(Rules::parse("off").unwrap().most_verbose(), LevelFilter::OFF);
    }
}
