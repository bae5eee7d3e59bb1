use std::time::Duration;

use opentelemetry::KeyValue;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::Sampler;

use super::endpoint::{self, Endpoint};
use super::env::{Env, Source, Sourced};
use super::headers::{self, Headers};
use super::{dotenv, resource, sampler, tls};
use crate::{
    BuildError,
    select::Limits,
    ship::{Compression, Otlp, Tls, Transport},
};

const AUTO_SETUP: &str = "PHOENIX_AUTO_SETUP";
const ENVIRONMENT: &str = "ENVIRONMENT";
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(10);
const EXPORTERS: [(&str, Exporter); 3] =
    [("otlp", Exporter::Otlp), ("console", Exporter::Console), ("none", Exporter::None)];
const COMPRESSIONS: [(&str, Compression); 2] = [("none", Compression::None), ("gzip", Compression::Gzip)];

/// Where finished spans go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exporter {
    Otlp,
    Console,
    /// To an exporter or a processor that code gives; no variable has a word for it.
    Given,
    None,
}

/// What the builder was told, each `None` where it was told nothing.
#[derive(Clone, Default)]
pub(crate) struct Overrides {
    pub(crate) exporter: Option<Exporter>,
    pub(crate) endpoint: Option<String>,
    pub(crate) transport: Option<Transport>,
    pub(crate) api_key: Option<String>,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) compression: Option<Compression>,
    pub(crate) timeout: Option<Duration>,
    pub(crate) tls: tls::Files,
    pub(crate) project: Option<String>,
    pub(crate) service_name: Option<String>,
    pub(crate) resource: Vec<KeyValue>,
    /// Code has a sampler of its own.
    pub(crate) sampler_given: bool,
    pub(crate) filter: Option<String>,
    /// The only environments in which anything is exported; any when empty.
    pub(crate) only_in: Vec<String>,
    /// `PHOENIX_AUTO_SETUP` says no.
    pub(crate) not_set_up: bool,
}

/// Everything the front door reads, decided: code, then the process, then `.env.phoenix`, then the default.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    pub(crate) exporter: Sourced<Exporter>,
    /// Why nothing is exported, where the source alone does not tell.
    pub(crate) refusal: Option<String>,
    /// `None` unless `exporter` is [`Exporter::Otlp`].
    pub(crate) destination: Option<Destination>,
    pub(crate) project: Sourced<String>,
    pub(crate) resource: Resource,
    pub(crate) service_source: Source,
    /// `None` where code gives one.
    pub(crate) sampler: Option<Sourced<Sampler>>,
    /// Directives, unparsed: `OPENINFERENCE_FILTER` has the syntax of `RUST_LOG`.
    pub(crate) filter: Option<Sourced<String>>,
    pub(crate) limits: Limits,
    /// What the user should hear, without secrets; to be said once there is somebody to say it to.
    pub(crate) warnings: Vec<String>,
}

/// A collector and how to reach it.
#[derive(Clone, Debug)]
pub(crate) struct Destination {
    pub(crate) endpoint: Endpoint,
    pub(crate) headers: Headers,
    pub(crate) compression: Sourced<Compression>,
    /// Of one attempt.
    pub(crate) timeout: Sourced<Duration>,
    pub(crate) tls: Tls,
}

/// `PHOENIX_AUTO_SETUP`: whether `init()` should export. Asked before anything else is read, so that a switch that says
/// no is not overruled by a mistake in what it switches off.
pub(crate) fn auto_setup(env: &Env) -> Result<Sourced<bool>, BuildError> {
    Ok(env.bool(AUTO_SETUP)?.unwrap_or(Sourced::by_default(true)))
}

impl Settings {
    /// Reads every setting.
    ///
    /// # Errors
    ///
    /// For the first that cannot be followed, naming it. What code overrides is not read, and neither is the
    /// destination of spans that have none.
    pub(crate) fn read(env: &Env, code: &Overrides) -> Result<Self, BuildError> {
        let settings = Self::resolve(env, code)?;
        if let Some(destination) = &settings.destination {
            destination.endpoint.check()?;
        }
        Ok(settings)
    }

    /// Reads every setting, as the clients for other languages do: an address that nothing can be sent to is an address.
    pub(super) fn resolve(env: &Env, code: &Overrides) -> Result<Self, BuildError> {
        let mut warnings = Vec::new();
        let env = &dotenv::discover(env, code.endpoint.as_deref(), &mut warnings)?;
        let (exporter, refusal) = match refusal(env, code)? {
            Some((source, reason)) => (Sourced::new(Exporter::None, source), Some(reason)),
            None => (exporter(env, code)?, None),
        };
        let destination = match exporter.value {
            Exporter::Otlp => Some(Destination::read(env, code, &mut warnings)?),
            Exporter::Console | Exporter::Given | Exporter::None => None,
        };
        let (project, resource) = resource::read(env, &code.resource(), &mut warnings)?;
        let sampler = if code.sampler_given { None } else { Some(sampler::read(env)?) };
        let filter = match &code.filter {
            Some(filter) => Some(Sourced::new(filter.clone(), Source::Code("filter"))),
            None => env.text("OPENINFERENCE_FILTER")?,
        };
        Ok(Self {
            exporter,
            refusal,
            destination,
            project,
            resource,
            service_source: resource::service_source(env, &code.resource()),
            sampler,
            filter,
            limits: limits(env)?,
            warnings,
        })
    }
}

/// The variables of the `OTel` specification; those that name spans beat the general ones.
pub(super) const LIMITS: [[&str; 2]; 2] = [
    ["OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", "OTEL_ATTRIBUTE_COUNT_LIMIT"],
    ["OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT", "OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT"],
];

fn limits(env: &Env) -> Result<Limits, BuildError> {
    let read = |[special, general]: [&'static str; 2], default| {
        let given = match env.count(special)? {
            None => env.count(general)?,
            some => some,
        };
        Ok::<_, BuildError>(given.map_or(default, |given| given.value))
    };
    let Limits { attributes, value_length } = Limits::default();
    Ok(Limits { attributes: read(LIMITS[0], attributes)?, value_length: read(LIMITS[1], value_length)? })
}

impl Destination {
    /// Reads what belongs to the connection.
    pub(crate) fn read(env: &Env, code: &Overrides, warnings: &mut Vec<String>) -> Result<Self, BuildError> {
        let endpoint = Endpoint::resolve(env, &code.endpoint(), warnings)?;
        let user = endpoint.user.as_ref().map(|user| (user, &endpoint.source));
        let headers = Headers::resolve(env, &code.headers(), user, warnings)?;
        if let (Source::File(..), Some(credentials)) = (&endpoint.source, headers.credentials()) {
            if !matches!(credentials, Source::File(..)) {
                warnings.push(format!("credentials from {credentials} are sent to {}", endpoint.source));
            }
        }
        let tls = tls::read(env, &code.tls, &endpoint.url, warnings)?;
        let compression = match code.compression {
            Some(compression) => Some(Sourced::new(compression, Source::Code("gzip"))),
            None => {
                env.one_of(&["OTEL_EXPORTER_OTLP_TRACES_COMPRESSION", "OTEL_EXPORTER_OTLP_COMPRESSION"], &COMPRESSIONS)?
            }
        };
        let timeout = match code.timeout {
            Some(timeout) => Some(Sourced::from_code("timeout", timeout)?),
            None => env.milliseconds(&["OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", "OTEL_EXPORTER_OTLP_TIMEOUT"])?,
        };
        Ok(Self {
            endpoint,
            headers,
            compression: compression.unwrap_or(Sourced::by_default(Compression::None)),
            timeout: timeout.unwrap_or(Sourced::by_default(DEFAULT_TIMEOUT)),
            tls,
        })
    }

    pub(crate) fn into_otlp(self) -> Otlp {
        Otlp {
            url: self.endpoint.url,
            transport: self.endpoint.transport,
            headers: self.headers.to_pairs(),
            timeout: self.timeout.value,
            compression: self.compression.value,
            tls: Box::new(self.tls),
        }
    }
}

impl Overrides {
    fn endpoint(&self) -> endpoint::Wish<'_> {
        endpoint::Wish { endpoint: self.endpoint.as_deref(), transport: self.transport }
    }

    fn headers(&self) -> headers::Wish<'_> {
        headers::Wish { api_key: self.api_key.as_deref(), headers: &self.headers }
    }

    fn resource(&self) -> resource::Wish<'_> {
        resource::Wish {
            project: self.project.as_deref(),
            service_name: self.service_name.as_deref(),
            attributes: &self.resource,
        }
    }
}

/// What keeps everything from being exported, wherever it would go. The switch that turns OpenTelemetry off beats code:
/// it is there for those who cannot change the code.
fn refusal(env: &Env, code: &Overrides) -> Result<Option<(Source, String)>, BuildError> {
    if let Some(disabled) = env.bool("OTEL_SDK_DISABLED")?.filter(|disabled| disabled.value) {
        return Ok(Some((disabled.source, "OTEL_SDK_DISABLED is true".to_owned())));
    }
    if code.not_set_up {
        return Ok(Some((Source::Variable(AUTO_SETUP), format!("{AUTO_SETUP} is false"))));
    }
    if code.only_in.is_empty() {
        return Ok(None);
    }
    let environment = env.text(ENVIRONMENT)?.map(|environment| environment.value);
    if environment.as_ref().is_some_and(|name| code.only_in.iter().any(|only| only.eq_ignore_ascii_case(name))) {
        return Ok(None);
    }
    let is = environment.map_or_else(|| "is not set".to_owned(), |name| format!("is {name:?}"));
    let reason = format!("{ENVIRONMENT} {is}, and the program exports only in {}", code.only_in.join(", "));
    Ok(Some((Source::Code("only_in"), reason)))
}

fn exporter(env: &Env, code: &Overrides) -> Result<Sourced<Exporter>, BuildError> {
    match code.exporter {
        Some(exporter) => {
            let method = match exporter {
                Exporter::Otlp => "endpoint",
                Exporter::Console => "console",
                Exporter::Given => "span_exporter",
                Exporter::None => "no_export",
            };
            Ok(Sourced::new(exporter, Source::Code(method)))
        }
        None => Ok(env.one_of(&["OTEL_TRACES_EXPORTER"], &EXPORTERS)?.unwrap_or(Sourced::by_default(Exporter::Otlp))),
    }
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;

    use super::*;

    const READ: [&str; 26] = [
        "OTEL_EXPORTER_OTLP_CERTIFICATE",
        "OTEL_EXPORTER_OTLP_CLIENT_KEY",
        "OTEL_SDK_DISABLED",
        "OTEL_TRACES_EXPORTER",
        "OTEL_TRACES_SAMPLER",
        "OTEL_TRACES_SAMPLER_ARG",
        "OTEL_RESOURCE_ATTRIBUTES",
        "OTEL_SERVICE_NAME",
        "OTEL_EXPORTER_OTLP_ENDPOINT",
        "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
        "OTEL_EXPORTER_OTLP_PROTOCOL",
        "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL",
        "OTEL_EXPORTER_OTLP_HEADERS",
        "OTEL_EXPORTER_OTLP_TRACES_HEADERS",
        "OTEL_EXPORTER_OTLP_TIMEOUT",
        "OTEL_EXPORTER_OTLP_TRACES_TIMEOUT",
        "OTEL_EXPORTER_OTLP_COMPRESSION",
        "OTEL_EXPORTER_OTLP_TRACES_COMPRESSION",
        "PHOENIX_COLLECTOR_ENDPOINT",
        "PHOENIX_ENDPOINT",
        "PHOENIX_GRPC_PORT",
        "PHOENIX_API_KEY",
        "PHOENIX_CLIENT_HEADERS",
        "PHOENIX_PROJECT",
        "PHOENIX_DISCOVER_CONFIG",
        "OPENINFERENCE_FILTER",
    ];

    fn read<const N: usize>(variables: [(&str, &str); N]) -> Result<Settings, BuildError> {
        Settings::read(&Env::of(variables), &Overrides::default())
    }

    #[test]
    fn an_empty_environment_is_a_local_phoenix() {
        let settings = read([]).unwrap();
        let destination = settings.destination.unwrap();
        assert_eq!(destination.endpoint.url, "http://localhost:6006/v1/traces");
        assert_eq!(destination.timeout, Sourced::by_default(Duration::from_secs(10)));
        assert_eq!(destination.compression.value, Compression::None);
        assert!(destination.headers.map.is_empty());
        assert_eq!(settings.exporter, Sourced::by_default(Exporter::Otlp));
        assert_eq!(settings.project.value, "default");
        assert_eq!((settings.filter, settings.warnings.len()), (None, 0));
    }

    /// Every variable × every bad value: an error that names the variable, or settings; never a panic.
    #[test]
    fn no_value_of_any_variable_is_more_than_an_error() {
        #[cfg(unix)]
        let not_utf8 = std::os::unix::ffi::OsStringExt::from_vec(b"http://\xff".to_vec());
        #[cfg(not(unix))]
        let not_utf8 = OsString::new();
        let values =
            ["", " ", "0", "-1", "1e999", "99999999999999999999", "nonsense", "=", ",", "%", "{", "http://", "a\nb"];
        for value in values.map(OsString::from).into_iter().chain([not_utf8, "x".repeat(1 << 20).into()]) {
            for name in READ {
                let given = value.clone();
                let env = Env::from_lookup(move |asked| (asked == name).then(|| given.clone()));
                if let Err(error) = Settings::read(&env, &Overrides::default()) {
                    assert!(error.to_string().starts_with(&format!("{name} = ")), "{name}={value:?}: {error}");
                }
            }
        }
    }

    #[test]
    fn the_specific_variable_beats_the_general_one() {
        let settings = read([
            ("OTEL_EXPORTER_OTLP_TIMEOUT", "1"),
            ("OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", "2500"),
            ("OTEL_EXPORTER_OTLP_COMPRESSION", "none"),
            ("OTEL_EXPORTER_OTLP_TRACES_COMPRESSION", "gzip"),
        ]);
        let destination = settings.unwrap().destination.unwrap();
        let source = Source::Variable("OTEL_EXPORTER_OTLP_TRACES_TIMEOUT");
        assert_eq!(destination.timeout, Sourced::new(Duration::from_millis(2500), source));
        assert_eq!(destination.compression.value, Compression::Gzip);
    }

    #[test]
    fn what_cannot_be_followed_is_an_error() {
        for (name, value) in [
            ("OTEL_EXPORTER_OTLP_COMPRESSION", "zstd"),
            ("OTEL_EXPORTER_OTLP_TIMEOUT", "0"),
            ("OTEL_TRACES_EXPORTER", "zipkin"),
            ("OTEL_SDK_DISABLED", "maybe"),
        ] {
            assert!(read([(name, value)]).unwrap_err().to_string().starts_with(&format!("{name} = {value:?}: ")));
        }
    }

    #[test]
    fn code_beats_the_environment_and_keeps_its_mistakes_from_being_read() {
        let env = Env::of([
            ("PHOENIX_COLLECTOR_ENDPOINT", "not a url"),
            ("OTEL_EXPORTER_OTLP_TIMEOUT", "never"),
            ("OTEL_EXPORTER_OTLP_COMPRESSION", "zstd"),
            ("OTEL_TRACES_SAMPLER", "half"),
            ("OTEL_TRACES_EXPORTER", "zipkin"),
            ("OPENINFERENCE_FILTER", "off"),
        ]);
        let code = Overrides {
            exporter: Some(Exporter::Otlp),
            endpoint: Some("http://code:6006".to_owned()),
            timeout: Some(Duration::from_secs(1)),
            compression: Some(Compression::Gzip),
            sampler_given: true,
            filter: Some("info".to_owned()),
            ..Overrides::default()
        };
        let settings = Settings::read(&env, &code).unwrap();
        assert_eq!(settings.destination.unwrap().endpoint.url, "http://code:6006/v1/traces");
        assert!(Settings::read(&env, &Overrides { timeout: Some(Duration::MAX), ..code }).is_err());
        assert_eq!(settings.filter, Some(Sourced::new("info".to_owned(), Source::Code("filter"))));
    }

    #[test]
    fn spans_that_go_nowhere_need_no_endpoint() {
        for off in
            [("OTEL_SDK_DISABLED", "true"), ("OTEL_TRACES_EXPORTER", "none"), ("OTEL_TRACES_EXPORTER", "console")]
        {
            let settings = read([off, ("PHOENIX_COLLECTOR_ENDPOINT", "not a url")]).unwrap();
            assert!(settings.destination.is_none());
            assert_eq!(settings.exporter.source, Source::Variable(off.0));
        }
        let code = Overrides { exporter: Some(Exporter::Otlp), ..Overrides::default() };
        let settings = Settings::read(&Env::of([("OTEL_SDK_DISABLED", "true")]), &code).unwrap();
        assert_eq!(settings.exporter.value, Exporter::None);
    }

    #[test]
    fn automatic_setup_can_be_refused() {
        assert!(auto_setup(&Env::of([])).unwrap().value);
        assert!(!auto_setup(&Env::of([("PHOENIX_AUTO_SETUP", "false")])).unwrap().value);
        assert!(auto_setup(&Env::of([("PHOENIX_AUTO_SETUP", "perhaps")])).is_err());
    }

    #[test]
    fn secrets_are_not_printed() {
        let settings = read([
            ("PHOENIX_COLLECTOR_ENDPOINT", "http://user:s3cr3t@host:6006?key=s3cr3t"),
            ("PHOENIX_API_KEY", "s3cr3t"),
            ("OTEL_EXPORTER_OTLP_HEADERS", "x-key=s3cr3t"),
            ("OTEL_EXPORTER_OTLP_CLIENT_KEY", "s3cr3t"),
        ])
        .unwrap();
        assert!(!format!("{settings:?}").contains("s3cr3t"));
        assert_eq!(settings.warnings.len(), 2, "{:?}", settings.warnings);
    }

    #[test]
    fn a_key_of_the_process_is_not_sent_to_a_host_out_of_a_file_in_silence() {
        let directory = std::env::temp_dir().join(format!("openinference-settings-{}", std::process::id()));
        std::fs::create_dir_all(&directory).unwrap();
        std::fs::write(directory.join(".env.phoenix"), "PHOENIX_COLLECTOR_ENDPOINT=http://file:6006").unwrap();
        let mut env = Env::of([("PHOENIX_API_KEY", "key")]);
        env.directory = Some(directory.clone());
        let settings = Settings::read(&env, &Overrides::default()).unwrap();
        std::fs::remove_dir_all(&directory).unwrap();
        let said =
            settings.warnings.iter().any(|warning| warning.contains("PHOENIX_API_KEY are sent to PHOENIX_COLLECTOR"));
        assert!(said, "{:?}", settings.warnings);
        assert_eq!(settings.destination.unwrap().endpoint.url, "http://file:6006/v1/traces");
    }
}
