//! What the module for tests needs of the front door.

use std::{collections::BTreeMap, ffi::OsString, path::PathBuf};

use super::{Builder, OpenInference, env::Env, settings::Settings};
use crate::BuildError;

impl Builder {
    /// Builds what code says, whatever the environment of the process says.
    pub(crate) fn build_alone(mut self) -> Result<OpenInference, BuildError> {
        self.overrides.only_in.clear();
        self.backends.clear();
        self.verbose = false;
        self.build_from(&Env::from_lookup(|_| None))
    }
}

/// Where the settings send spans, before anybody asks whether that can be reached: for the comparison with other
/// implementations.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Resolved {
    /// Transport and address; `None` when spans are sent nowhere.
    pub endpoint: Option<String>,
    /// What every request carries.
    pub headers: BTreeMap<String, String>,
    /// The project.
    pub project: String,
}

/// What `builder` comes to where `lookup` has the environment and `directory` is the working directory.
///
/// # Errors
///
/// Those of a setting that cannot be read.
#[expect(clippy::needless_pass_by_value, reason = "a builder is used up")]
pub fn resolve(
    builder: Builder,
    lookup: impl Fn(&str) -> Option<OsString> + Send + Sync + 'static,
    directory: Option<PathBuf>,
) -> Result<Resolved, BuildError> {
    let mut env = Env::from_lookup(lookup);
    env.directory = directory;
    let settings = Settings::resolve(&env, &builder.overrides)?;
    let mut resolved = Resolved { project: settings.project.value, ..Resolved::default() };
    if let Some(destination) = settings.destination {
        let url = destination.endpoint.url.trim_end_matches('/');
        resolved.endpoint = Some(format!("{} {url}", destination.endpoint.transport));
        resolved.headers = destination.headers.to_pairs().into_iter().collect();
    }
    Ok(resolved)
}

pub(crate) fn base64(bytes: &[u8]) -> String {
    super::headers::base64(bytes)
}
