//! Tries, step by step, what the export thread does, and says in plain words what to change.

use std::fmt;

use self::findings::Findings;
use crate::{
    BuildError, Builder,
    builder::{Checkup, Way},
    ship::{self, Probe},
};

mod connection;
mod delivery;
mod findings;
mod greeting;
mod proxy;
mod refusal;
mod storage;

/// Finds out why traces do not arrive, with the settings of the environment.
///
/// [`Builder::doctor`] does the same with settings of code.
///
/// ```no_run
/// let diagnosis = tracing_openinference::doctor();
/// eprintln!("{diagnosis}");
/// assert!(diagnosis.is_healthy());
/// ```
#[must_use]
pub fn doctor() -> Diagnosis {
    crate::builder().doctor()
}

impl Builder {
    /// Finds out why traces do not arrive: shows the settings in force and where each came from, then tries the way to the
    /// backend step by step (name, connection, TLS, protocol, version), sends one span named `tracing-openinference doctor`
    /// to the project, and looks for it where the backend is a Phoenix; then the same with every backend of
    /// [`also`](Self::also). Nothing else of the pipeline is started.
    ///
    /// It works with a runtime and without one, and blocks the calling thread until it is done: at once where all is well,
    /// half a minute for every backend that does not answer. It is for a person in front of a terminal and not for every
    /// start of a service.
    ///
    /// Credentials are not in the diagnosis.
    #[must_use]
    pub fn doctor(self) -> Diagnosis {
        let mut findings = Findings::default();
        let settings = match self.checkup() {
            Ok(checkup) => {
                examine(&checkup, &mut findings);
                checkup.summary.to_string()
            }
            Err(error) => {
                findings.failed(
                    "settings",
                    error.to_string(),
                    format!("{}; nothing was tried with it", correction(&error)),
                );
                String::new()
            }
        };
        Diagnosis { settings, findings }
    }
}

/// What the doctor found. `Display` prints all of it, in plain words.
#[derive(Debug)]
pub struct Diagnosis {
    settings: String,
    findings: Findings,
}

impl Diagnosis {
    /// Whether spans with these settings arrive, as far as one can tell from here.
    #[must_use]
    pub fn is_healthy(&self) -> bool {
        self.advice().is_none()
    }

    /// What to change first; `None` when all is well.
    #[must_use]
    pub fn advice(&self) -> Option<&str> {
        self.findings.advice()
    }
}

impl fmt::Display for Diagnosis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.settings.is_empty() {
            writeln!(f, "settings, and where each came from\n{}", self.settings)?;
        }
        writeln!(f, "checks\n{}", self.findings)?;
        match self.advice() {
            None => f.write_str("healthy: spans arrive"),
            Some(advice) => write!(f, "unhealthy: {advice}"),
        }
    }
}

/// Advice is read without the finding it belongs to, so it names the setting.
fn correction(error: &BuildError) -> String {
    match error {
        BuildError::Setting { setting, .. } => format!("correct {setting}"),
        error => error.to_string(),
    }
}

fn examine(checkup: &Checkup, findings: &mut Findings) {
    for warning in &checkup.warnings {
        findings.noted("settings", warning.clone());
    }
    if let Some(reason) = &checkup.not_exported {
        let fix = format!("change the setting because of which nothing is exported: {reason}");
        return findings.failed("export", format!("nothing is exported: {reason}"), fix);
    }
    if let Some(nothing) = &checkup.nothing_recorded {
        findings.failed("export", nothing.clone(), format!("change the setting that this comes from: {nothing}"));
    }
    if checkup.ways.is_empty() {
        return findings.passed("export", "spans stay in this process, so there is no backend to try".to_owned());
    }
    let tried = ship::run_apart(|| async {
        let mut findings = Findings::default();
        for way in &checkup.ways {
            if checkup.ways.len() > 1 {
                findings
                    .noted("backend", format!("{} ({})", way.destination.endpoint, way.destination.endpoint.source));
            }
            travel(checkup, way, &mut findings).await;
        }
        findings
    });
    match tried {
        Ok(found) => findings.extend(found),
        Err(error) => findings.failed("doctor", format!("the checks could not be made: {error}"), "try again"),
    }
}

/// The way of a span, as far as it gets.
async fn travel(checkup: &Checkup, way: &Way, findings: &mut Findings) {
    let destination = &way.destination;
    let Some(route) = connection::open(checkup, destination, findings).await else { return };
    let mut probe = match Probe::new(destination.clone().into_otlp(), &way.resource) {
        Ok(probe) => probe,
        Err(error) => return findings.failed("settings", error.to_string(), correction(&error)),
    };
    let backend = delivery::recognize(destination, &route, &probe, findings).await;
    let Some(sent) = delivery::send(destination, &route, &backend, &mut probe, findings).await else { return };
    storage::look(way, &backend, &probe, &sent, findings).await;
}
