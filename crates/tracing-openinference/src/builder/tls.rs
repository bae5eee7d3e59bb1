use std::path::{Path, PathBuf};

use super::env::{Env, Source, Sourced};
use crate::{
    BuildError,
    ship::{Pem, Tls},
};

const ROOTS: [&str; 2] = ["OTEL_EXPORTER_OTLP_TRACES_CERTIFICATE", "OTEL_EXPORTER_OTLP_CERTIFICATE"];
const CERTIFICATE: [&str; 2] =
    ["OTEL_EXPORTER_OTLP_TRACES_CLIENT_CERTIFICATE", "OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE"];
const KEY: [&str; 2] = ["OTEL_EXPORTER_OTLP_TRACES_CLIENT_KEY", "OTEL_EXPORTER_OTLP_CLIENT_KEY"];

/// The files that code names.
#[derive(Clone, Default)]
pub(crate) struct Files {
    pub(super) roots: Option<PathBuf>,
    /// A certificate and its key.
    pub(super) identity: Option<(PathBuf, PathBuf)>,
}

/// Reads the files of an `https://` endpoint. Without TLS they are not even opened; that is said, because somebody wanted
/// protection.
pub(super) fn read(env: &Env, code: &Files, url: &str, warnings: &mut Vec<String>) -> Result<Tls, BuildError> {
    let has_tls = url.get(..8).is_some_and(|scheme| scheme.eq_ignore_ascii_case("https://"));
    if !has_tls || !cfg!(feature = "tls") {
        let why = if has_tls { "the feature `tls` is off" } else { "the endpoint has no TLS" };
        for name in ROOTS.iter().chain(&CERTIFICATE).chain(&KEY).filter(|name| env.sets(name)) {
            warnings.push(format!("{name} has no effect: {why}"));
        }
        let given = [("ca_certificate", code.roots.is_some()), ("client_certificate", code.identity.is_some())];
        for (method, _) in given.into_iter().filter(|(_, given)| *given) {
            warnings.push(format!(".{method}(…) has no effect: {why}"));
        }
        return Ok(Tls::default());
    }
    let roots = match &code.roots {
        Some(path) => Some(of_code("ca_certificate", path)?),
        None => env.first_text(&ROOTS)?.map(pem).transpose()?,
    };
    let identity = match &code.identity {
        Some((certificate, key)) => {
            Some((of_code("client_certificate", certificate)?, of_code("client_certificate", key)?))
        }
        None => match (env.first_text(&CERTIFICATE)?, env.first_text(&KEY)?) {
            (None, None) => None,
            (Some(certificate), Some(key)) => Some((pem(certificate)?, pem(key)?)),
            (Some(certificate), None) => return Err(alone(&certificate, "OTEL_EXPORTER_OTLP_CLIENT_KEY")),
            (None, Some(key)) => return Err(alone(&key, "OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE")),
        },
    };
    Ok(Tls { roots, identity })
}

fn alone(given: &Sourced<String>, other: &str) -> BuildError {
    given.source.error(shown(&given.value), format!("needs {other} too: a certificate is of no use without its key"))
}

fn of_code(method: &'static str, path: &Path) -> Result<Pem, BuildError> {
    load(&Source::Code(method), path)
}

fn pem(path: Sourced<String>) -> Result<Pem, BuildError> {
    if is_pem(&path.value) {
        return Err(path.source.secret_error("is the PEM text itself: write it to a file, and give its path"));
    }
    load(&path.source, Path::new(&path.value))
}

fn load(source: &Source, path: &Path) -> Result<Pem, BuildError> {
    let shown = path.display().to_string();
    match std::fs::read(path) {
        Ok(text) => Ok(Pem { setting: source.to_string(), path: shown, text }),
        Err(error) => Err(source.error(shown, format!("cannot be read: {error}"))),
    }
}

fn is_pem(text: &str) -> bool {
    text.contains("-----BEGIN")
}

fn shown(value: &str) -> String {
    if is_pem(value) { "****".to_owned() } else { value.to_owned() }
}

#[cfg(all(test, feature = "tls"))]
mod tests {
    use super::*;

    fn read_from<const N: usize>(variables: [(&str, &str); N], url: &str) -> (Result<Tls, String>, Vec<String>) {
        let mut warnings = Vec::new();
        let tls = read(&Env::of(variables), &Files::default(), url, &mut warnings);
        (tls.map_err(|error| error.to_string()), warnings)
    }

    #[test]
    fn a_file_that_is_not_there_and_a_key_without_its_certificate_fail_the_build_by_name() {
        for (variables, words) in [
            ([("OTEL_EXPORTER_OTLP_CERTIFICATE", "/no/such.pem")], "OTEL_EXPORTER_OTLP_CERTIFICATE = \"/no/such.pem\""),
            ([("OTEL_EXPORTER_OTLP_CLIENT_KEY", "/no/such.pem")], "needs OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE too"),
            (
                [("OTEL_EXPORTER_OTLP_TRACES_CLIENT_CERTIFICATE", "/no/such.pem")],
                "OTEL_EXPORTER_OTLP_TRACES_CLIENT_CERTIFICATE = \"/no/such.pem\": needs OTEL_EXPORTER_OTLP_CLIENT_KEY too",
            ),
        ] {
            let error = read_from(variables, "https://host/v1/traces").0.unwrap_err();
            assert!(error.contains(words), "{error}");
        }
    }

    #[test]
    fn a_key_that_stands_in_the_variable_itself_is_not_printed() {
        let key = "-----BEGIN PRIVATE KEY-----hunter2";
        for variables in [
            [("OTEL_EXPORTER_OTLP_CLIENT_KEY", key), ("OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE", key)],
            [("OTEL_EXPORTER_OTLP_CLIENT_KEY", key), ("OTEL_EXPORTER_OTLP_CERTIFICATE", "")],
        ] {
            let error = read_from(variables, "https://host").0.unwrap_err();
            assert!(error.contains("****") && !error.contains("hunter2"), "{error}");
        }
    }

    #[test]
    fn without_tls_no_file_is_opened_and_that_is_said() {
        let variables =
            [("OTEL_EXPORTER_OTLP_CERTIFICATE", "/no/such.pem"), ("OTEL_EXPORTER_OTLP_CLIENT_KEY", "hunter2")];
        let (tls, warnings) = read_from(variables, "http://host");
        assert!(tls.is_ok_and(|tls| tls.roots.is_none()));
        assert_eq!(warnings.len(), 2, "{warnings:?}");
        assert!(warnings[0].starts_with("OTEL_EXPORTER_OTLP_CERTIFICATE has no effect"), "{warnings:?}");
    }
}
