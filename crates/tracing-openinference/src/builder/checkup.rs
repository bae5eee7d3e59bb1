//! What the doctor is told.

use opentelemetry_sdk::Resource;

use super::{
    Builder,
    env::Env,
    settings::{self, Destination, Exporter, Settings},
    summary::Summary,
};
use crate::{BuildError, redact::Tally};

/// The settings in force, and what of them alone keeps spans from being exported.
pub(crate) struct Checkup {
    pub(crate) summary: Summary,
    pub(crate) warnings: Vec<String>,
    /// Why, if nothing is.
    pub(crate) not_exported: Option<String>,
    /// Why, if nothing is.
    pub(crate) nothing_recorded: Option<String>,
    /// None where spans stay in the process.
    pub(crate) ways: Vec<Way>,
    env: Env,
}

/// One backend, and what is sent to it.
pub(crate) struct Way {
    pub(crate) destination: Destination,
    pub(crate) resource: Resource,
    pub(crate) project: String,
}

impl Builder {
    /// # Errors
    ///
    /// Those of [`build`](Self::build).
    pub(crate) fn checkup(mut self) -> Result<Checkup, BuildError> {
        let env = Env::process();
        // What `init` asks, and `build` does not.
        let auto_setup = settings::auto_setup(&env)?.value;
        self.overrides.not_set_up = !auto_setup;
        let settings = Settings::read(&env, &self.overrides)?;
        if let Some(filter) = &settings.filter {
            super::rules(&filter.source.to_string(), &filter.value)?;
        }
        let summary = self.summary(&env, &settings)?;
        let (_, privacy_warnings) = self.trace_config.resolve(&|name| env.var_os(name), &Tally::default());
        let not_exported = (settings.exporter.value == Exporter::None).then(|| Summary::reason(&settings));
        let mut ways = Vec::new();
        for backend in self.backends.iter().filter(|_| not_exported.is_none()) {
            ways.extend(backend.way(&settings)?);
        }
        if let Some(destination) = settings.destination.clone() {
            let (resource, project) = (settings.resource.clone(), settings.project.value.clone());
            ways.insert(0, Way { destination, resource, project });
        }
        Ok(Checkup {
            summary,
            not_exported,
            nothing_recorded: nothing_recorded(&settings),
            warnings: settings.warnings.into_iter().chain(privacy_warnings).collect(),
            ways,
            env,
        })
    }
}

fn nothing_recorded(settings: &Settings) -> Option<String> {
    let filter = settings.filter.as_ref().filter(|filter| filter.value.trim().eq_ignore_ascii_case("off"));
    if let Some(filter) = filter {
        return Some(format!("nothing is recorded: the filter ({}) is off", filter.source));
    }
    // By itself, or at the root of a sampler that can be looked into in no other way.
    let sampler = settings.sampler.as_ref().filter(|sampler| format!("{:?}", sampler.value).contains("AlwaysOff"))?;
    Some(format!("no trace that begins here is recorded: {} says so", sampler.source))
}

impl Checkup {
    /// A text of the environment.
    pub(crate) fn variable(&self, name: &str) -> Option<String> {
        self.env.var_os(name)?.into_string().ok()
    }
}
