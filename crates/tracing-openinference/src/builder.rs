//! The front door: settings in, [`OpenInference`] out.

use std::{fmt, sync::Arc, time::Duration};

use openinference_semconv::SpanKind;
use opentelemetry::KeyValue;
use opentelemetry_sdk::trace::{Sampler, ShouldSample, SpanData, SpanExporter, SpanProcessor};
use tracing::level_filters::LevelFilter;

use self::{
    env::{Env, Source, Sourced},
    handle::{Shared, Target},
    output::{Direct, Output},
    settings::{Exporter, Overrides, Settings},
    stages::Stages,
};
use crate::{
    BuildError, RemoteParent, TraceConfig,
    capture::{self, Choice, Hides, Rules, Warnings},
    convert::Conversion,
    select::{DropSpans, Select},
    ship::{self, AnyExporter, Batch, Console, Shipper},
};

mod dotenv;
mod endpoint;
mod env;
mod handle;
mod headers;
mod init;
#[cfg(test)]
mod oracle;
mod output;
mod processor;
mod reachable;
mod resource;
mod sampler;
mod settings;
mod stages;

pub use self::{handle::OpenInference, init::init, processor::OpenInferenceProcessor};

/// Starts a pipeline. Whatever is not set in code is read from the environment, then has its default.
pub fn builder() -> Builder {
    Builder::default()
}

/// The settings of a pipeline; made by [`builder`].
#[derive(Default)]
#[must_use = "a builder does nothing until `build` or `init` is called"]
pub struct Builder {
    overrides: Overrides,
    processor: Option<Box<dyn SpanProcessor>>,
    exporter: Option<Box<dyn AnyExporter>>,
    console_when_unreachable: bool,
    trace_config: TraceConfig,
    select: Vec<Box<dyn Select>>,
    batch: Batch,
    default_kind: Option<SpanKind>,
    llm_spans_only: bool,
    events: Option<LevelFilter>,
    sampler: Option<Box<dyn ShouldSample>>,
    remote_parent: RemoteParent,
    skip_unfinished: bool,
}

impl Builder {
    /// Sets the project that the traces appear under in Phoenix: the resource attribute `openinference.project.name`.
    ///
    /// Defaults to that attribute given to [`resource_attribute`](Self::resource_attribute), then `PHOENIX_PROJECT`,
    /// `PHOENIX_PROJECT_NAME`, that attribute in `OTEL_RESOURCE_ATTRIBUTES`, then `default`.
    pub fn project(mut self, project: impl Into<String>) -> Self {
        self.overrides.project = Some(project.into());
        self
    }

    /// Sets where spans are sent: the base URL of a Phoenix or of any OTLP collector. `/v1/traces` is added where it is
    /// missing; port 4317 without a path means gRPC.
    ///
    /// Defaults to `PHOENIX_COLLECTOR_ENDPOINT`, `OTEL_EXPORTER_OTLP_TRACES_ENDPOINT` (which is taken as it is over HTTP),
    /// `OTEL_EXPORTER_OTLP_ENDPOINT`, `PHOENIX_ENDPOINT`, then `http://localhost:6006`; over gRPC `http://localhost:4317`, or
    /// the port `PHOENIX_GRPC_PORT`, which then means gRPC on any URL without a path.
    pub fn endpoint(mut self, endpoint: impl Into<String>) -> Self {
        self.overrides.endpoint = Some(endpoint.into());
        self
    }

    /// Sends OTLP over gRPC, whatever the port.
    ///
    /// Defaults to what `OTEL_EXPORTER_OTLP_TRACES_PROTOCOL`, `OTEL_EXPORTER_OTLP_PROTOCOL` or the endpoint says; HTTP with
    /// protobuf bodies otherwise, see [`http`](Self::http). Phoenix
    /// refuses gRPC messages over 4 MiB; over HTTP it takes 64.
    #[cfg(feature = "grpc")]
    pub fn grpc(mut self) -> Self {
        self.overrides.transport = Some(ship::Transport::Grpc);
        self
    }

    /// Sends OTLP over HTTP with protobuf bodies, whatever the port.
    ///
    /// Defaults to what `OTEL_EXPORTER_OTLP_TRACES_PROTOCOL`, `OTEL_EXPORTER_OTLP_PROTOCOL` or the endpoint says: port 4317
    /// without a path means gRPC.
    pub fn http(mut self) -> Self {
        self.overrides.transport = Some(ship::Transport::Http);
        self
    }

    /// Whether requests are compressed. It costs time on the export thread, and is worth it on a network that is paid for by
    /// the byte.
    ///
    /// Defaults to `OTEL_EXPORTER_OTLP_TRACES_COMPRESSION`, `OTEL_EXPORTER_OTLP_COMPRESSION` (`gzip` or `none`), then `false`.
    pub fn gzip(mut self, gzip: bool) -> Self {
        self.overrides.compression = Some(if gzip { ship::Compression::Gzip } else { ship::Compression::None });
        self
    }

    /// Sets the key that is sent as `Authorization: Bearer`.
    ///
    /// Beats an authorization header of a variable; one of [`header`](Self::header) beats it. With it
    /// `PHOENIX_CLIENT_HEADERS` is not read.
    ///
    /// Defaults to `PHOENIX_API_KEY`, then to user name and password of the endpoint, sent as `Authorization: Basic`. It is
    /// never printed.
    pub fn api_key(mut self, api_key: impl Into<String>) -> Self {
        self.overrides.api_key = Some(api_key.into());
        self
    }

    /// Adds a header to every request. It beats one of its name from elsewhere, the API key included.
    ///
    /// Defaults to `PHOENIX_CLIENT_HEADERS`, which is not read when code gives a header or a key, and beneath it
    /// `OTEL_EXPORTER_OTLP_TRACES_HEADERS` and `OTEL_EXPORTER_OTLP_HEADERS`, whose other headers are sent too. Values are
    /// never printed.
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.overrides.headers.push((name.into(), value.into()));
        self
    }

    /// Sets `service.name` of the resource.
    ///
    /// Defaults to `OTEL_SERVICE_NAME`, then to `service.name` in `OTEL_RESOURCE_ATTRIBUTES`.
    pub fn service_name(mut self, name: impl Into<String>) -> Self {
        self.overrides.service_name = Some(name.into());
        self
    }

    /// Adds an attribute to the resource. Phoenix keeps only the project of it; other backends keep all.
    ///
    /// Defaults to `OTEL_RESOURCE_ATTRIBUTES`.
    pub fn resource_attribute(mut self, attribute: KeyValue) -> Self {
        self.overrides.resource.push(attribute);
        self
    }

    /// Sets how long one attempt to export may take.
    ///
    /// Defaults to `OTEL_EXPORTER_OTLP_TRACES_TIMEOUT`, `OTEL_EXPORTER_OTLP_TIMEOUT` in milliseconds, then 10 seconds.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.overrides.timeout = Some(timeout);
        self
    }

    /// Prints traces as trees on the terminal instead of sending them.
    ///
    /// Defaults to what `OTEL_TRACES_EXPORTER` (`otlp`, `console`, `none`) says, then `otlp`.
    pub fn console(mut self) -> Self {
        self.overrides.exporter = Some(Exporter::Console);
        self
    }

    /// Prints traces on the terminal if nobody listens at the endpoint while the pipeline is built.
    ///
    /// For examples and first steps: a production service wants its spans kept until the collector is back, which is what
    /// happens without this.
    pub fn console_when_unreachable(mut self) -> Self {
        self.console_when_unreachable = true;
        self
    }

    /// Records and exports nothing. The layer and the handle stay usable.
    pub fn no_export(mut self) -> Self {
        self.overrides.exporter = Some(Exporter::None);
        self
    }

    /// Gives batches of finished, converted and redacted spans to an exporter of OpenTelemetry's instead of sending them.
    ///
    /// The queue, the batches and the export thread are the same; an export that fails is not repeated. For
    /// example [`Console::stderr`](crate::Console::stderr), where [`console`](Self::console) prints to standard output.
    pub fn span_exporter(mut self, exporter: impl SpanExporter + 'static) -> Self {
        self.overrides.exporter = Some(Exporter::Given);
        self.exporter = Some(Box::new(exporter));
        self
    }

    /// Hands finished, converted and redacted spans to a processor of yours instead of exporting them.
    ///
    /// The stages then run on the thread that closes the span. Like [`span_exporter`](Self::span_exporter),
    /// [`console`](Self::console) and [`no_export`](Self::no_export) it says where spans go: the last of them counts, and
    /// `OTEL_TRACES_EXPORTER` and the variables of an endpoint are not read.
    ///
    /// A flush or a shutdown calls it on the caller's thread, and it decides how long that takes: the timeout is passed on
    /// to its shutdown, and its flush has none. What it is handed counts as exported.
    pub fn span_processor(mut self, processor: impl SpanProcessor + 'static) -> Self {
        self.overrides.exporter = Some(Exporter::Given);
        self.processor = Some(Box::new(processor));
        self
    }

    /// Sets what is hidden before a span leaves the stages.
    ///
    /// Defaults to the `OPENINFERENCE_HIDE_*` variables, flag by flag; nothing is hidden without them.
    pub fn trace_config(mut self, trace_config: TraceConfig) -> Self {
        self.trace_config = trace_config;
        self
    }

    /// Sets which targets and levels are recorded: `"info,my_app::health=off,hyper=debug"`, the syntax of `RUST_LOG` but
    /// for span and field directives.
    ///
    /// A target that no directive names keeps the default, `info` with the crates of the HTTP stack (`h2`, `hyper`,
    /// `reqwest`, `rustls`, `tonic`, `tower` and `opentelemetry`) off; a bare level changes that default. Children of a
    /// span that is not recorded belong to its nearest recorded ancestor.
    ///
    /// Defaults to `OPENINFERENCE_FILTER`.
    pub fn filter(mut self, directives: impl Into<String>) -> Self {
        self.overrides.filter = Some(directives.into());
        self
    }

    /// Records only spans whose call site declares a field of OpenInference (`openinference.*`, `llm.*`) or of a dialect of
    /// it (`gen_ai.*`, …). Their children belong to the nearest ancestor that is recorded. Defaults to `false`.
    pub fn llm_spans_only(mut self, llm_spans_only: bool) -> Self {
        self.llm_spans_only = llm_spans_only;
        self
    }

    /// Drops the finished spans for which `rule` returns `true`; may be called more than once. See [`Select`].
    pub fn drop_spans(mut self, rule: impl Fn(&SpanData) -> bool + Send + Sync + 'static) -> Self {
        self.select.push(Box::new(DropSpans(rule)));
        self
    }

    /// Keeps the finished spans that `rule` keeps; may be called more than once, and every rule has to keep a span. A closure
    /// is a rule: it keeps the spans for which it returns `true`.
    pub fn select(mut self, rule: impl Select + 'static) -> Self {
        self.select.push(Box::new(rule));
        self
    }

    /// Sets the kind of spans that say nothing of theirs. Defaults to `CHAIN`.
    pub fn default_kind(mut self, kind: SpanKind) -> Self {
        self.default_kind = Some(kind);
        self
    }

    /// Exports `tracing` events up to this level as span events, of those that the [filter](Self::filter) lets through. A
    /// span keeps 128 and counts the rest.
    ///
    /// Defaults to none: an error becomes an `exception` event and a returned value becomes the output in any case, and log
    /// lines inside LLM libraries carry whole request bodies.
    pub fn events(mut self, level: LevelFilter) -> Self {
        self.events = Some(level);
        self
    }

    /// Sets which traces are recorded; the decision about the root holds for the whole trace. The sampler is asked when the
    /// root is created and sees its name, kind and attributes, and again when a remote parent is set.
    ///
    /// Defaults to `OTEL_TRACES_SAMPLER` and `OTEL_TRACES_SAMPLER_ARG`, then to every trace whose remote parent, if any, is
    /// sampled.
    pub fn sampler(mut self, sampler: impl ShouldSample + 'static) -> Self {
        self.overrides.sampler_given = true;
        self.sampler = Some(Box::new(sampler));
        self
    }

    /// Sets what becomes of a parent in another process. Defaults to [`RemoteParent::Keep`].
    pub fn remote_parent(mut self, remote_parent: RemoteParent) -> Self {
        self.remote_parent = remote_parent;
        self
    }

    /// Whether spans that are still open at shutdown are exported, marked `tracing_openinference.unfinished`. Defaults to
    /// `true`.
    pub fn export_unfinished(mut self, export_unfinished: bool) -> Self {
        self.skip_unfinished = !export_unfinished;
        self
    }

    /// Sets how spans are gathered before they are sent.
    ///
    /// Defaults to the `OTEL_BSP_*` variables.
    pub fn batch(mut self, batch: Batch) -> Self {
        self.batch = batch;
        self
    }

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
        let rules = match &settings.filter {
            Some(filter) => rules(&filter.source.to_string(), &filter.value)?,
            None => Rules::default(),
        };
        let off = settings.exporter.value == Exporter::None;
        let choice = Choice::new(if off { Rules::off() } else { rules.llm_spans_only(self.llm_spans_only) });

        let (policy, privacy_warnings) = self.trace_config.resolve(&|name| env.var_os(name));
        let wished = policy.is_wished();
        let hides = policy.hides_content().then(|| {
            let policy = policy.clone();
            Arc::new(move |key: &str| policy.hides(key)) as Hides
        });
        let mut conversion = Conversion::default();
        conversion.default_kind = self.default_kind.unwrap_or(conversion.default_kind);
        conversion.heed(&policy);
        let stages = Arc::new(Stages { conversion, policy, limits: settings.limits, select: self.select });
        let output = match self.processor {
            Some(processor) if settings.exporter.value == Exporter::Given => {
                Output::Processor(Arc::new(Direct::new(processor, stages, &settings.resource)))
            }
            _ => Output::Shipper(Shipper::start(ship::Settings {
                destination: destination(&settings, self.exporter, self.console_when_unreachable),
                batch: self.batch.resolve(&|name| Some(env.var_os(name)?.to_string_lossy().into_owned()))?,
                resource: settings.resource.clone(),
                stages: Some(Arc::new(move |span| stages.run(span))),
                run_stages: if wished { ship::RunStages::OnClose } else { ship::RunStages::OnExport },
            })?),
        };
        let capture = Arc::new(capture::Settings {
            processor: output.processor(),
            hides,
            sampler: self.sampler.or_else(|| sampler_of(settings.sampler?)),
            remote_parent: self.remote_parent,
            events: self.events.unwrap_or(LevelFilter::OFF),
            warnings: Warnings::new(settings.warnings.into_iter().chain(privacy_warnings).collect()),
        });
        let target = Target {
            project: settings.project.value,
            endpoint: match &output {
                Output::Shipper(shipper) => shipper.url().map(str::to_owned),
                Output::Processor(_) => None,
            },
        };
        let shared = Shared {
            target,
            capture,
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

fn destination(
    settings: &Settings,
    exporter: Option<Box<dyn AnyExporter>>,
    console_when_unreachable: bool,
) -> ship::Destination {
    let console = || ship::Destination::Exporter(Box::new(Console::stdout()));
    match (settings.exporter.value, exporter) {
        (Exporter::None, _) => return ship::Destination::Nothing,
        (Exporter::Given, Some(exporter)) => return ship::Destination::Exporter(exporter),
        _ => {}
    }
    let Some(destination) = &settings.destination else { return console() };
    if console_when_unreachable && !reachable::listening(&destination.endpoint.url) {
        return console();
    }
    ship::Destination::Otlp(ship::Otlp {
        url: destination.endpoint.url.clone(),
        transport: destination.endpoint.transport,
        headers: destination.headers.to_pairs(),
        timeout: destination.timeout.value,
        compression: destination.compression.value,
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
