//! The front door: settings in, [`OpenInference`] out.

use std::{fmt, io::Write, sync::Arc};

use openinference_semconv::SpanKind;
use opentelemetry_sdk::trace::{Sampler, ShouldSample, SpanProcessor};
use tracing::level_filters::LevelFilter;

use self::{
    env::{Env, Source, Sourced},
    handle::Shared,
    meter::Observer,
    output::{Output, Place, Target, of_backend},
    settings::{Exporter, Overrides, Settings},
    stages::Stages,
};
use crate::{
    BuildError, RemoteParent, TraceConfig,
    capture::{self, Choice, Rules, Warnings},
    convert::Conversion,
    select::Select,
    ship::{self, AnyExporter, Batch, Console, Spool},
};

mod backend;
mod checkup;
mod dotenv;
mod endpoint;
mod env;
mod handle;
mod headers;
mod init;
#[cfg_attr(not(feature = "metrics"), path = "builder/meter/none.rs")]
mod meter;
mod output;
mod processor;
mod reachable;
mod recording;
mod resource;
mod sampler;
mod sending;
mod settings;
mod stages;
mod summary;
#[cfg(feature = "testing")]
mod testing;
mod tls;

#[cfg(feature = "testing")]
pub(crate) use self::testing::base64;
#[cfg(feature = "testing")]
pub use self::testing::{Resolved, resolve};
pub use self::{backend::Backend, handle::OpenInference, init::init, processor::OpenInferenceProcessor};
pub(crate) use self::{
    checkup::{Checkup, Way},
    settings::Destination,
};

/// Starts a pipeline. Whatever is not set in code is read from the environment, then has its default.
pub fn builder() -> Builder {
    Builder::default()
}

/// The settings of a pipeline; made by [`builder`].
#[derive(Default)]
#[must_use = "a builder does nothing until `build` or `init` is called"]
pub struct Builder {
    overrides: Overrides,
    backends: Vec<Backend>,
    processor: Option<Box<dyn SpanProcessor>>,
    exporter: Option<Box<dyn AnyExporter>>,
    console_when_unreachable: bool,
    spool: Option<Spool>,
    trace_config: TraceConfig,
    select: Vec<Arc<dyn Select>>,
    batch: Batch,
    default_kind: Option<SpanKind>,
    keep_sources: bool,
    llm_spans_only: bool,
    events: Option<LevelFilter>,
    sampler: Option<Box<dyn ShouldSample>>,
    remote_parent: RemoteParent,
    skip_unfinished: bool,
    observer: Observer,
    verbose: bool,
}

impl Builder {
    /// Builds the pipeline and starts its thread.
    ///
    /// # Errors
    ///
    /// When a setting cannot be used. After this nothing returns an error but [`OpenInference::set_filter`].
    pub fn build(self) -> Result<OpenInference, BuildError> {
        self.build_from(&Env::process())
    }

    fn build_from(self, env: &Env) -> Result<OpenInference, BuildError> {
        let settings = Settings::read(env, &self.overrides)?;
        let summary = self.summary(env, &settings)?;
        if self.verbose {
            let banner = format!("{} {}\n{summary}", env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"));
            // Whoever closed it does not want to read it.
            let _ = std::io::stderr().lock().write_all(banner.as_bytes());
        }
        let rules = match &settings.filter {
            Some(filter) => rules(&filter.source.to_string(), &filter.value)?,
            None => Rules::default(),
        };
        let off = settings.exporter.value == Exporter::None;
        let choice = Choice::new(if off { Rules::off() } else { rules.llm_spans_only(self.llm_spans_only) });

        let mut warnings = settings.warnings.clone();
        let stages = |config: &TraceConfig, warnings: &mut Vec<String>| {
            let mut conversion = Conversion::default();
            conversion.default_kind = self.default_kind.unwrap_or(conversion.default_kind);
            conversion.keep_sources = self.keep_sources;
            let stages = Stages::new(conversion, settings.limits, self.select.clone());
            for warning in stages.set_trace_config(config, env) {
                // Every backend reads the same variables.
                if !warnings.contains(&warning) {
                    warnings.push(warning);
                }
            }
            Arc::new(stages)
        };
        let own = Place {
            number: 0,
            target: target(&settings, self.processor, self.exporter, self.console_when_unreachable),
            batch: match off {
                // A mistake in what is switched off is nobody's trouble.
                true => self.batch,
                false => self.batch.resolve(&|name| Some(env.var_os(name)?.to_string_lossy().into_owned()))?,
            },
            resource: settings.resource.clone(),
            spool: self.spool,
        };
        let mut lanes = vec![(stages(&self.trace_config, &mut warnings), vec![own])];
        for (number, backend) in (1..).zip(self.backends).filter(|_| !off) {
            let decided = backend.decide(number, env, &settings.resource, &mut warnings);
            match decided.map_err(|error| of_backend(error, number))? {
                (Some(config), place) => lanes.push((stages(&config, &mut warnings), vec![place])),
                (None, place) => lanes[0].1.push(place),
            }
        }
        let stages: Vec<_> = lanes.iter().map(|(stages, _)| Arc::clone(stages)).collect();
        let output = Output::start(lanes)?;
        self.observer.watch(&output);
        let start = summary.line(&settings, output.endpoint());
        let capture = Arc::new(capture::Settings {
            output: output.finished(),
            hides: stages::hiding(&stages),
            sampler: self.sampler.or_else(|| sampler_of(settings.sampler?)),
            remote_parent: self.remote_parent,
            events: self.events.unwrap_or(LevelFilter::OFF),
            warnings: Warnings::new(warnings).starting_with(start, off),
        });
        let target = handle::Target { project: settings.project.value, endpoint: output.endpoint().map(str::to_owned) };
        let shared = Shared {
            target,
            capture,
            stages,
            output,
            choice,
            off,
            llm_spans_only: self.llm_spans_only,
            export_unfinished: !self.skip_unfinished,
            layers: Default::default(),
            done: Default::default(),
            ending: Default::default(),
            handed_on: Default::default(),
        };
        Ok(OpenInference { shared: Arc::new(shared) })
    }
}

fn rules(setting: &str, directives: &str) -> Result<Rules, BuildError> {
    Rules::parse(directives).map_err(|error| BuildError::Setting {
        setting: setting.into(),
        value: directives.into(),
        problem: format!(
            "{error}; expected `level` or `target=level`, separated by commas, as in `info,my_app::health=off`"
        ),
    })
}

fn target(
    settings: &Settings,
    processor: Option<Box<dyn SpanProcessor>>,
    exporter: Option<Box<dyn AnyExporter>>,
    console_when_unreachable: bool,
) -> Target {
    let console = || ship::Destination::Exporter(Box::new(Console::stdout()));
    Target::Ship(match (settings.exporter.value, processor, exporter) {
        (Exporter::None, ..) => ship::Destination::Nothing,
        (Exporter::Given, Some(processor), _) => return Target::Processor(processor),
        (Exporter::Given, None, Some(exporter)) => ship::Destination::Exporter(exporter),
        _ => match &settings.destination {
            None => console(),
            Some(to) if console_when_unreachable && !reachable::listening(&to.endpoint.url) => console(),
            Some(to) => ship::Destination::Otlp(to.clone().into_otlp()),
        },
    })
}

/// `None` for the default, so that the usual case asks nobody: a root is recorded, a child follows its parent.
fn sampler_of(sampler: Sourced<Sampler>) -> Option<Box<dyn ShouldSample>> {
    (sampler.source != Source::Default).then(|| Box::new(sampler.value) as Box<dyn ShouldSample>)
}

impl fmt::Debug for Builder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder").field("trace_config", &self.trace_config).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
