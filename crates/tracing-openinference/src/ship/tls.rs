use std::fmt;

#[cfg(all(feature = "tls", feature = "grpc"))]
pub(super) use self::rustls::grpc;
#[cfg(feature = "tls")]
pub(super) use self::rustls::http;
#[cfg(not(feature = "tls"))]
pub(super) use no_tls::*;

use super::otlp::public;
use crate::BuildError;

#[cfg(feature = "tls")]
mod rustls;

/// What TLS connections are made with, besides what everybody has.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tls {
    /// Who is trusted, instead of the roots of the operating system.
    pub(crate) roots: Option<Pem>,
    /// Who we are: a certificate and its key.
    pub(crate) identity: Option<(Pem, Pem)>,
}

/// A PEM file that a setting names.
#[derive(Clone)]
pub(crate) struct Pem {
    pub(crate) setting: String,
    pub(crate) path: String,
    pub(crate) text: Vec<u8>,
}

/// The text may be a private key.
impl fmt::Debug for Pem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} = {:?}", self.setting, self.path)
    }
}

/// Why there can be no TLS.
#[derive(Debug)]
pub(super) enum Unusable {
    /// A file that was given.
    File(BuildError),
    /// TLS as such.
    Tls(String),
}

impl Unusable {
    /// What is wrong with nothing that was given is wrong with the endpoint.
    pub(super) fn at(self, url: &str) -> BuildError {
        match self {
            Self::File(error) => error,
            Self::Tls(problem) => BuildError::Setting { setting: "endpoint".to_owned(), value: public(url), problem },
        }
    }
}

#[cfg(feature = "tls")]
impl Pem {
    fn unusable(&self, problem: impl Into<String>) -> Unusable {
        Unusable::File(BuildError::Setting {
            setting: self.setting.clone(),
            value: self.path.clone(),
            problem: problem.into(),
        })
    }
}

/// What stands in for TLS in a build without the feature.
#[cfg(not(feature = "tls"))]
mod no_tls {
    use super::{Tls, Unusable};

    fn refuse<T>() -> Result<T, Unusable> {
        Err(Unusable::Tls("https needs the feature `tls`".to_owned()))
    }

    pub(in crate::ship) fn http(_: &Tls, _: reqwest::ClientBuilder) -> Result<reqwest::ClientBuilder, Unusable> {
        refuse()
    }

    #[cfg(feature = "grpc")]
    pub(in crate::ship) fn grpc(
        _: &Tls,
        _: tonic::transport::Endpoint,
    ) -> Result<tonic::transport::Endpoint, Unusable> {
        refuse()
    }
}
