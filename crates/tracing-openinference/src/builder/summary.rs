//! Every setting in force and where it came from: for the line at the start, the banner and the doctor. No credential is
//! in it: headers by name, addresses without user and query.

use std::{borrow::Cow, fmt};

use opentelemetry::{Key, Value};

use super::{
    Builder,
    env::{Env, Source},
    settings::{Destination, Exporter, Settings},
};
use crate::{BuildError, ship::Bound};

/// What is written for a setting that nobody made.
const DEFAULT_FILTER: &str = "info, without the crates of the HTTP stack";

/// The settings, in the order in which a person asks about them.
#[derive(Clone, Debug)]
pub(crate) struct Summary {
    rows: Vec<Row>,
    hidden: Vec<Cow<'static, str>>,
}

#[derive(Clone, Debug)]
struct Row {
    name: Cow<'static, str>,
    value: String,
    source: String,
}

impl Builder {
    /// # Errors
    ///
    /// When the bounds of the queue cannot be used.
    pub(crate) fn summary(&self, env: &Env, settings: &Settings) -> Result<Summary, BuildError> {
        let mut summary = Summary { rows: Vec::new(), hidden: Vec::new() };
        summary.destination(settings);
        for backend in self.backends.iter().filter(|_| settings.exporter.value != Exporter::None) {
            summary.add("also", backend.address(), &Source::Code("also"));
        }
        if let Some(spool) = self.spool.as_ref().filter(|_| settings.destination.is_some()) {
            let value = format!("{} ({} bytes)", spool.directory.display(), spool.max_bytes);
            summary.add("spool", value, &Source::Code("spool"));
        }
        for bound in self.bounds(env, settings)? {
            summary.bound(env, bound);
        }
        self.hidden(env, &mut summary);
        match &settings.filter {
            Some(filter) => summary.add("filter", &filter.value, &filter.source),
            None => summary.add("filter", DEFAULT_FILTER, &Source::Default),
        }
        match &settings.sampler {
            Some(sampler) => summary.add("sampler", format!("{:?}", sampler.value), &sampler.source),
            None => summary.add("sampler", "of the program", &Source::Code("sampler")),
        }
        summary.limits(env, settings);
        if self.llm_spans_only {
            summary.add("llm spans only", true, &Source::Code("llm_spans_only"));
        }
        if let Some(level) = self.events {
            summary.add("events", level, &Source::Code("events"));
        }
        if let Some(kind) = self.default_kind {
            summary.add("default kind", kind, &Source::Code("default_kind"));
        }
        if self.skip_unfinished {
            summary.add("unfinished spans", "not exported", &Source::Code("export_unfinished"));
        }
        Ok(summary)
    }

    fn bounds(&self, env: &Env, settings: &Settings) -> Result<Vec<Bound>, BuildError> {
        if matches!(settings.exporter.value, Exporter::None) || self.processor.is_some() {
            return Ok(Vec::new());
        }
        let transport = settings.destination.as_ref().map(|destination| destination.endpoint.transport);
        self.batch.bounds(&|name| Some(env.var_os(name)?.to_string_lossy().into_owned()), transport)
    }

    fn hidden(&self, env: &Env, summary: &mut Summary) {
        for (name, variable) in self.trace_config.origins(&|name| env.var_os(name)) {
            summary.hidden.push(name.clone());
            summary.add(name, true, &variable.map_or(Source::Code("trace_config"), Source::Variable));
        }
        if summary.hidden.is_empty() {
            summary.add("hidden", "nothing", &Source::Default);
        }
    }
}

impl Summary {
    /// One line for the log, if there is something to say: where the program itself said that spans stay with it, it
    /// knows.
    ///
    /// `url` is where they are really sent, `None` where that became the terminal.
    pub(super) fn line(&self, settings: &Settings, url: Option<&str>) -> Option<String> {
        let (project, source) = (&settings.project.value, &settings.exporter.source);
        let goes = match (settings.exporter.value, &settings.destination, url) {
            (Exporter::Given, ..) => return None,
            (Exporter::None, ..) if *source == Source::Code("no_export") => return None,
            (Exporter::None, ..) => return Some(format!("traces are not exported: {}", Self::reason(settings))),
            (Exporter::Otlp, Some(destination), Some(url)) => {
                format!("traces of {project:?} go to {url} over {}", destination.endpoint.transport)
            }
            (Exporter::Otlp, Some(destination), None) => {
                let url = &destination.endpoint;
                format!("traces of {project:?} are printed on standard output, because nobody listens at {url}")
            }
            _ => format!("traces of {project:?} are printed on standard output ({source})"),
        };
        let hidden = if self.hidden.is_empty() { "nothing".to_owned() } else { self.hidden.join(", ") };
        let filter = settings.filter.as_ref().map_or(DEFAULT_FILTER, |filter| &filter.value);
        let also: Vec<_> = self.rows.iter().filter(|row| row.name == "also").map(|row| &*row.value).collect();
        let also = if also.is_empty() { String::new() } else { format!(", and to {}", also.join(", ")) };
        Some(format!("{goes}{also}; hidden: {hidden}; filter: {filter}"))
    }

    /// Why nothing is exported.
    pub(crate) fn reason(settings: &Settings) -> String {
        settings.refusal.clone().unwrap_or_else(|| format!("{} says so", settings.exporter.source))
    }

    fn destination(&mut self, settings: &Settings) {
        self.add("project", &settings.project.value, &settings.project.source);
        let goes = match settings.exporter.value {
            Exporter::Otlp => "sent by OTLP",
            Exporter::Console => "printed on standard output",
            Exporter::Given => "given to the exporter or processor of the program",
            Exporter::None => "not exported",
        };
        self.add("traces are", goes, &settings.exporter.source);
        if let Some(Destination { endpoint, headers, compression, timeout, tls }) = &settings.destination {
            self.add("endpoint", endpoint, &endpoint.source);
            self.add("transport", endpoint.transport, &endpoint.transport_source);
            for (name, source) in &headers.sources {
                self.add(format!("header {name}"), "****", source);
            }
            self.add("compression", format!("{:?}", compression.value).to_lowercase(), &compression.source);
            self.add("timeout", format!("{:?}", timeout.value), &timeout.source);
            let identity = tls
                .identity
                .iter()
                .flat_map(|(certificate, key)| [("client certificate", certificate), ("client key", key)]);
            for (name, pem) in tls.roots.iter().map(|roots| ("CA certificate", roots)).chain(identity) {
                self.rows.push(Row { name: name.into(), value: pem.path.clone(), source: pem.setting.clone() });
            }
        }
        let service = settings.resource.get(&Key::from_static_str(super::resource::SERVICE_NAME));
        let service = service.as_ref().map(Value::as_str).unwrap_or_default();
        self.add("service", service, &settings.service_source);
    }

    fn bound(&mut self, env: &Env, bound: Bound) {
        let source = match bound.variable {
            _ if bound.in_code => Source::Code("batch"),
            Some(variable) if env.sets(variable) => Source::Variable(variable),
            _ => Source::Default,
        };
        self.add(bound.name, bound.value, &source);
    }

    fn limits(&mut self, env: &Env, settings: &Settings) {
        let source = |names: [&'static str; 2]| {
            names.into_iter().find(|name| env.sets(name)).map_or(Source::Default, Source::Variable)
        };
        let [attributes, length] = super::settings::LIMITS;
        self.add("attributes of a span", settings.limits.attributes, &source(attributes));
        self.add("characters of a text", settings.limits.value_length, &source(length));
    }

    fn add(&mut self, name: impl Into<Cow<'static, str>>, value: impl fmt::Display, source: &Source) {
        self.rows.push(Row { name: name.into(), value: value.to_string(), source: source.to_string() });
    }
}

/// A table: setting, value, source.
impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width =
            |text: fn(&Row) -> &str| self.rows.iter().map(|row| text(row).chars().count()).max().unwrap_or(0).min(48);
        let (name, value) = (width(|row| &row.name), width(|row| &row.value));
        for row in &self.rows {
            writeln!(f, "  {:name$}  {:value$}  {}", row.name, row.value, row.source)?;
        }
        Ok(())
    }
}
