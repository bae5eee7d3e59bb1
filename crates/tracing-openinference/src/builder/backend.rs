//! Further places to send the same spans to.

use std::{fmt, path::PathBuf, time::Duration};

use opentelemetry::KeyValue;
use opentelemetry_sdk::{
    Resource,
    trace::{SpanExporter, SpanProcessor},
};

use super::{
    Builder,
    checkup::Way,
    env::Env,
    output::{Place, Target},
    resource,
    settings::{Destination, Overrides, Settings},
};
use crate::{
    BuildError, TraceConfig,
    ship::{self, AnyExporter, Batch, Spool},
};

/// One more place to send spans to, for [`Builder::also`].
///
/// It has a queue, a thread, retries, memory and accounts of its own, so one that is slow or down takes nothing from the
/// others; and it may have a [`TraceConfig`] of its own: everything to the collector in the house, and what may leave it
/// to the one outside.
///
/// Nothing about how to reach it is read from the environment, which describes the backend of the builder: a key of one
/// server must not be sent to another. What is hidden follows the `OPENINFERENCE_*` variables here as everywhere.
///
/// ```no_run
/// use tracing_openinference::{Backend, TraceConfig};
///
/// # fn main() -> Result<(), tracing_openinference::BuildError> {
/// let openinference = tracing_openinference::builder()
///     .endpoint("http://collector:4318")
///     .also(
///         Backend::new("https://app.phoenix.arize.com")
///             .api_key(std::env::var("CLOUD_API_KEY").unwrap_or_default())
///             .trace_config(TraceConfig::new().hide_inputs(true).hide_outputs(true)),
///     )
///     .build()?;
/// # Ok(())
/// # }
/// ```
#[must_use = "a backend gets nothing until it is given to a builder"]
pub struct Backend {
    to: To,
    overrides: Overrides,
    batch: Batch,
    trace_config: Option<TraceConfig>,
    spool: Option<Spool>,
}

enum To {
    /// By OTLP, to the endpoint of the overrides.
    Endpoint,
    Exporter(Box<dyn AnyExporter>),
    Processor(Box<dyn SpanProcessor>),
}

impl Backend {
    /// A backend at the base URL of a Phoenix or of any OTLP collector. `/v1/traces` is added where it is missing; port 4317
    /// without a path means gRPC. A user name and a password in it are sent as `Authorization: Basic`.
    pub fn new(endpoint: impl Into<String>) -> Self {
        Self::to(To::Endpoint, Overrides { endpoint: Some(endpoint.into()), ..Overrides::default() })
    }

    /// Gives batches of finished, converted and redacted spans to an exporter of OpenTelemetry's.
    ///
    /// As [`Builder::span_exporter`]; an export that fails is not repeated. What is set about endpoint, headers and
    /// transport has no effect.
    pub fn span_exporter(exporter: impl SpanExporter + 'static) -> Self {
        Self::to(To::Exporter(Box::new(exporter)), Overrides::default())
    }

    /// Hands finished, converted and redacted spans to a processor of yours, on the thread that closes the span.
    ///
    /// As [`Builder::span_processor`]. What is set about endpoint, headers, transport and batches has no effect.
    pub fn span_processor(processor: impl SpanProcessor + 'static) -> Self {
        Self::to(To::Processor(Box::new(processor)), Overrides::default())
    }

    fn to(to: To, overrides: Overrides) -> Self {
        Self { to, overrides, batch: Batch::default(), trace_config: None, spool: None }
    }

    /// Sets what is hidden from this backend, in place of the builder's
    /// [`trace_config`](Builder::trace_config). What `trace_config` leaves open is read from the `OPENINFERENCE_*`
    /// variables. [`drop_spans`](Builder::drop_spans) and [`select`](Builder::select) are then asked about the span as it
    /// would be sent here, too.
    ///
    /// Defaults to the builder's.
    pub fn trace_config(self, trace_config: TraceConfig) -> Self {
        Self { trace_config: Some(trace_config), ..self }
    }

    /// Sends OTLP over gRPC, whatever the port. Defaults to what the port of the endpoint means.
    #[cfg(feature = "grpc")]
    pub fn grpc(mut self) -> Self {
        self.overrides.transport = Some(ship::Transport::Grpc);
        self
    }

    /// Sends OTLP over HTTP with protobuf bodies, whatever the port. Defaults to what the port of the endpoint means.
    pub fn http(mut self) -> Self {
        self.overrides.transport = Some(ship::Transport::Http);
        self
    }

    /// Whether requests are compressed. Defaults to `false`.
    pub fn gzip(mut self, gzip: bool) -> Self {
        self.overrides.compression = Some(if gzip { ship::Compression::Gzip } else { ship::Compression::None });
        self
    }

    /// Sets the key that is sent as `Authorization: Bearer`; a [`header`](Self::header) of that name beats it. It is never
    /// printed. Defaults to none.
    pub fn api_key(mut self, api_key: impl Into<String>) -> Self {
        self.overrides.api_key = Some(api_key.into());
        self
    }

    /// Adds a header to every request. Values are never printed. Defaults to none.
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.overrides.headers.push((name.into(), value.into()));
        self
    }

    /// Sets how long one attempt to export may take. Defaults to 10 seconds.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.overrides.timeout = Some(timeout);
        self
    }

    /// Sets the project that the traces appear under in this Phoenix. Defaults to the builder's.
    pub fn project(mut self, project: impl Into<String>) -> Self {
        self.overrides.project = Some(project.into());
        self
    }

    /// Adds an attribute to the resource as this backend sees it; the rest of it is the builder's.
    pub fn resource_attribute(mut self, attribute: KeyValue) -> Self {
        self.overrides.resource.push(attribute);
        self
    }

    /// Sets how spans are gathered before they are sent here. The memory for what waits is there once for each backend.
    ///
    /// Defaults to the `OTEL_BSP_*` variables.
    pub fn batch(mut self, batch: Batch) -> Self {
        self.batch = batch;
        self
    }

    /// Keeps what cannot be delivered here on disk, as [`Builder::spool`] does for the first backend. Backends may share a
    /// directory; each has its own part of it, and `max_bytes` of room. Two backends at the same address need different
    /// directories, or the build fails.
    pub fn spool(self, directory: impl Into<PathBuf>, max_bytes: u64) -> Self {
        Self { spool: Some(Spool { directory: directory.into(), max_bytes }), ..self }
    }

    /// Where it is, for a person to read: without credentials.
    pub(super) fn address(&self) -> String {
        let address = match &self.to {
            To::Endpoint => super::endpoint::masked(self.overrides.endpoint.as_deref().unwrap_or_default()),
            To::Exporter(_) => "an exporter of the program".to_owned(),
            To::Processor(_) => "a processor of the program".to_owned(),
        };
        if self.trace_config.is_some() { format!("{address} (hiding by its own policy)") } else { address }
    }

    /// Sets who may have signed the certificate of an `https://` endpoint, as [`Builder::ca_certificate`] does. Defaults to
    /// the roots of the operating system, and with the feature `webpki-roots` those of Mozilla besides.
    #[cfg(feature = "tls")]
    pub fn ca_certificate(mut self, path: impl Into<PathBuf>) -> Self {
        self.overrides.tls.roots = Some(path.into());
        self
    }

    /// Sets what this program shows an `https://` endpoint that asks who it is, as [`Builder::client_certificate`] does.
    #[cfg(feature = "tls")]
    pub fn client_certificate(mut self, certificate: impl Into<PathBuf>, key: impl Into<PathBuf>) -> Self {
        self.overrides.tls.identity = Some((certificate.into(), key.into()));
        self
    }

    /// How it is reached; `None` where it is an exporter or a processor of the program.
    ///
    /// # Errors
    ///
    /// For a setting that cannot be used.
    pub(super) fn way(&self, settings: &Settings) -> Result<Option<Way>, BuildError> {
        let To::Endpoint = self.to else { return Ok(None) };
        let destination = Destination::read(&Env::nothing(), &self.overrides, &mut Vec::new())?;
        destination.endpoint.check()?;
        let project = self.overrides.project.clone().unwrap_or_else(|| settings.project.value.clone());
        let resource = resource::with(&settings.resource, self.overrides.project.as_deref(), &self.overrides.resource);
        Ok(Some(Way { destination, resource, project }))
    }

    /// The policy of its own, if it has one, and everything else decided.
    ///
    /// # Errors
    ///
    /// For a setting that cannot be used.
    pub(super) fn decide(
        self,
        number: usize,
        env: &Env,
        resource: &Resource,
        warnings: &mut Vec<String>,
    ) -> Result<(Option<TraceConfig>, Place), BuildError> {
        let Self { to, overrides, batch, trace_config, spool } = self;
        let target = match to {
            To::Exporter(exporter) => Target::Ship(ship::Destination::Exporter(exporter)),
            To::Processor(processor) => Target::Processor(processor),
            To::Endpoint if overrides.endpoint.as_deref().is_none_or(|endpoint| endpoint.trim().is_empty()) => {
                return Err(BuildError::Setting {
                    setting: "Backend::new(…)".to_owned(),
                    value: String::new(),
                    problem: "has no endpoint; write http://host:6006".to_owned(),
                });
            }
            To::Endpoint => {
                let mut said = Vec::new();
                let destination = Destination::read(&Env::nothing(), &overrides, &mut said)?;
                let endpoint = &destination.endpoint;
                warnings.extend(said.into_iter().map(|warning| format!("{warning} (of the backend {endpoint})")));
                Target::Ship(ship::Destination::Otlp(destination.into_otlp()))
            }
        };
        let resource = resource::with(resource, overrides.project.as_deref(), &overrides.resource);
        let batch = batch.resolve(&|name| Some(env.var_os(name)?.to_string_lossy().into_owned()))?;
        Ok((trace_config, Place { number, target, batch, resource, spool }))
    }
}

/// Without credentials.
impl fmt::Debug for Backend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let headers: Vec<_> = self.overrides.headers.iter().map(|(name, _)| name).collect();
        f.debug_struct("Backend")
            .field("address", &self.address())
            .field("headers", &headers)
            .field("trace_config", &self.trace_config)
            .finish_non_exhaustive()
    }
}

impl Builder {
    /// Sends every span to this backend too; may be called more than once. See [`Backend`].
    ///
    /// A span counts once for each backend: [`Report::stats`](crate::Report::stats) is the sum, and
    /// [`Report::backends`](crate::Report::backends) tells them apart. One flush or shutdown waits for all of them, in one
    /// timeout. The first backend is the one of the builder; where that is told to export nothing, by
    /// [`no_export`](Self::no_export) or a variable, no backend gets anything.
    pub fn also(mut self, backend: Backend) -> Self {
        self.backends.push(backend);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The environment is that of the builder's own backend.
    #[test]
    fn nothing_about_how_to_reach_it_comes_from_the_environment() {
        let env = Env::of([
            ("PHOENIX_API_KEY", "key of another"),
            ("PHOENIX_CLIENT_HEADERS", "x-a=key of another"),
            ("OTEL_EXPORTER_OTLP_HEADERS", "x-b=key of another"),
            ("OTEL_EXPORTER_OTLP_TRACES_HEADERS", "x-c=key of another"),
            ("PHOENIX_COLLECTOR_ENDPOINT", "http://another"),
            ("PHOENIX_GRPC_PORT", "9999"),
            ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"),
            ("OTEL_EXPORTER_OTLP_COMPRESSION", "gzip"),
            ("OTEL_EXPORTER_OTLP_TIMEOUT", "1"),
            ("OTEL_BSP_MAX_QUEUE_SIZE", "77"),
        ]);
        let resource = Resource::builder_empty().build();
        let decide = |backend: Backend| {
            let (_, place) = backend.decide(1, &env, &resource, &mut Vec::new()).unwrap();
            let Target::Ship(ship::Destination::Otlp(otlp)) = place.target else { panic!("no OTLP") };
            (otlp, place.batch)
        };
        let (otlp, batch) = decide(Backend::new("http://here:9999"));
        assert_eq!((&*otlp.url, otlp.transport), ("http://here:9999/v1/traces", ship::Transport::Http));
        assert_eq!(otlp.headers, []);
        assert_eq!((otlp.timeout, otlp.compression), (Duration::from_secs(10), ship::Compression::None));
        assert_eq!(batch, Batch::default().max_queue_size(77));
        let (otlp, _) = decide(Backend::new("http://me:word@here").api_key("mine").http());
        assert_eq!(otlp.headers, [("authorization".to_owned(), "Bearer mine".to_owned())]);
    }

    #[test]
    fn a_person_can_read_where_spans_go_too() {
        let builder = crate::builder().endpoint("http://localhost:1").also(Backend::new("http://me:hunter2@host:2"));
        let env = Env::of([]);
        let settings = super::super::Settings::read(&env, &builder.overrides).unwrap();
        let summary = builder.summary(&env, &settings).unwrap();
        let (table, line) = (summary.to_string(), summary.line(&settings, Some("http://localhost:1")).unwrap());
        assert!(table.contains("host:2") && line.contains(", and to http://****@host:2;"), "{table}{line}");
        assert!(!table.contains("hunter2") && !line.contains("hunter2"), "{table}{line}");
    }

    #[test]
    fn the_variables_of_privacy_hold_for_every_backend() {
        let env = Env::of([("OPENINFERENCE_HIDE_INPUTS", "perhaps"), ("OTEL_SDK_DISABLED", "false")]);
        let backend = || Backend::new("http://localhost:1").trace_config(TraceConfig::new().hide_outputs(true));
        let builder = crate::builder().endpoint("http://localhost:1").also(backend()).also(backend());
        let openinference = builder.build_from(&env).unwrap();
        let hides = openinference.shared.capture.hides.clone();
        assert!(
            hides.hides("input.value") && !hides.hides("output.value"),
            "only what every backend hides need not be made"
        );
        let said = format!("{:?}", openinference.shared.capture.warnings);
        assert_eq!(said.matches("OPENINFERENCE_HIDE_INPUTS").count(), 1, "{said}");
    }
}
