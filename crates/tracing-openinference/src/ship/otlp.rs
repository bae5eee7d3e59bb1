use std::error::Error;
use std::fmt;
use std::time::Duration;

use bytes::Bytes;

#[cfg(feature = "grpc")]
use super::grpc;
use super::http;
use super::tls::Tls;
#[cfg(not(feature = "grpc"))]
use no_grpc as grpc;

use crate::BuildError;

/// Where OTLP goes, and how. The address is complete: it is used as it stands.
#[derive(Clone)]
pub(crate) struct Otlp {
    pub(crate) url: String,
    pub(crate) transport: Transport,
    /// Names and values as they go out; nothing else of the environment is sent.
    pub(crate) headers: Vec<(String, String)>,
    /// How long one attempt may take.
    pub(crate) timeout: Duration,
    pub(crate) compression: Compression,
    pub(crate) tls: Box<Tls>,
}

/// Header values are credentials: their names have to do.
impl fmt::Debug for Otlp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Otlp")
            .field("url", &public(&self.url))
            .field("transport", &self.transport)
            .field("headers", &self.headers.iter().map(|(name, _)| name).collect::<Vec<_>>())
            .field("timeout", &self.timeout)
            .field("compression", &self.compression)
            .field("tls", &self.tls)
            .finish()
    }
}

/// How spans travel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Transport {
    /// OTLP/HTTP with protobuf bodies.
    Http,
    /// OTLP/gRPC.
    Grpc,
}

impl fmt::Display for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Http => "HTTP",
            Self::Grpc => "gRPC",
        })
    }
}

impl Transport {
    /// How large a request may be, uncompressed. gRPC receivers refuse more than 4 MiB, Phoenix among them.
    pub(super) fn request_bytes(self) -> usize {
        match self {
            Self::Http => 5 << 20,
            Self::Grpc => 7 << 19,
        }
    }
}

/// How a request body is packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Compression {
    None,
    Gzip,
}

/// What one attempt to deliver a request came to.
#[derive(Debug)]
pub(super) enum Outcome {
    /// Accepted, but for so many of its spans.
    Accepted { rejected: u64 },
    /// Not now; the server may say when.
    Later { after: Option<Duration>, trouble: Trouble },
    /// Not in this size.
    TooLarge(Trouble),
    /// Never.
    Refused(Trouble),
}

/// Why an attempt failed, in words fit for a log: no content, no credential.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Trouble {
    pub(super) what: String,
    /// What a person can do about it.
    pub(super) fix: &'static str,
    /// Whether nobody answered at all.
    pub(super) unreachable: bool,
    /// Whether nobody can have seen the request, so that it is not to blame.
    pub(super) unseen: bool,
    /// Whether the answer is about address or credentials, and not about the request: it would be another tomorrow.
    pub(super) misdirected: bool,
}

impl Trouble {
    pub(super) fn answer(what: String, fix: &'static str) -> Self {
        Self { what, fix, unreachable: false, unseen: false, misdirected: false }
    }

    pub(super) fn misdirected(self, misdirected: bool) -> Self {
        Self { misdirected, ..self }
    }

    pub(super) fn unreachable(error: &(dyn Error + 'static)) -> Self {
        let what = causes(error);
        let says = |words: &[&str]| words.iter().any(|word| what.contains(word));
        let fix = if says(&["tunnel"]) {
            "the proxy that HTTPS_PROXY, HTTP_PROXY or ALL_PROXY names does not lead there: NO_PROXY lists what needs none"
        } else if says(&["UnknownIssuer"]) {
            "nobody who is trusted here has signed the certificate: name the one who has in OTEL_EXPORTER_OTLP_CERTIFICATE"
        } else if wants_our_certificate(&what) {
            "the backend wants a client certificate it knows: set OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE and _CLIENT_KEY"
        } else if says(&["ertificate", "TLS", "corrupt message"]) {
            "the TLS connection failed: check the certificate, or use http:// for a server without TLS"
        } else if says(&["frame", "HTTP/2", "HTTP version", "unexpected message"]) {
            "HTTP and gRPC are mixed up: Phoenix speaks gRPC on port 4317 and HTTP on port 6006"
        } else if says(&["Too many open files"]) {
            "this process has no file descriptor left for a connection: raise its limit (ulimit -n)"
        } else if says(&["dns error", "resolving DNS", "failed to lookup"]) {
            "this host name is not known here"
        } else {
            "is the backend running at this address? `phoenix serve` starts one at http://localhost:6006"
        };
        Self { what, fix, unreachable: true, unseen: is_unseen(error), misdirected: false }
    }

    pub(super) fn timeout(waited: Duration) -> Self {
        let waited = Duration::from_millis(u64::try_from(waited.as_millis()).unwrap_or(u64::MAX));
        Self {
            what: format!("no answer within {waited:?}"),
            fix: "is the backend overloaded, or something else at this address? OTEL_EXPORTER_OTLP_TIMEOUT sets the limit",
            unreachable: true,
            unseen: false,
            misdirected: false,
        }
    }
}

/// Whether there was no connection at all. Of one that was lost nobody knows how far the request came.
fn is_unseen(error: &(dyn Error + 'static)) -> bool {
    use std::io::ErrorKind::{ConnectionRefused, HostUnreachable, NetworkUnreachable};
    let kind = error.downcast_ref().map(std::io::Error::kind);
    matches!(kind, Some(ConnectionRefused | HostUnreachable | NetworkUnreachable))
        || error.source().is_some_and(is_unseen)
}

/// The innermost causes say more than the outer ones ("Connection refused", not "error sending request").
pub(super) fn causes(error: &(dyn Error + 'static)) -> String {
    let mut words: Vec<String> = Vec::new();
    let mut next = Some(error);
    while let Some(error) = next {
        let text = error.to_string();
        if words.last().is_none_or(|last| !last.contains(&text)) {
            words.push(text);
        }
        next = error.source();
    }
    let skip = words.len().saturating_sub(2);
    words[skip..].join(": ")
}

/// The part of an address that may be shown: no user, no password, no query.
pub(super) fn public(url: &str) -> String {
    let url = url.split(['?', '#']).next().unwrap_or_default();
    let (scheme, rest) = url.split_once("://").map_or(("", url), |(scheme, rest)| (scheme, rest));
    let host = rest.split('/').next().unwrap_or_default();
    let rest = host.rfind('@').map_or(rest, |at| &rest[at + 1..]);
    if scheme.is_empty() { rest.to_owned() } else { format!("{scheme}://{rest}") }
}

/// A connection to the backend, over the transport that was chosen.
#[derive(Debug)]
pub(super) enum Client {
    Http(http::Client),
    Grpc(Box<grpc::Client>),
}

impl Client {
    pub(super) fn new(otlp: &Otlp) -> Result<Self, BuildError> {
        match otlp.transport {
            Transport::Http => http::Client::new(otlp).map(Self::Http),
            Transport::Grpc => grpc::Client::new(otlp).map(|client| Self::Grpc(Box::new(client))),
        }
    }

    /// One attempt. The caller bounds its time.
    pub(super) async fn send(&mut self, body: Bytes) -> Outcome {
        match self {
            Self::Http(client) => client.send(body).await,
            Self::Grpc(client) => client.send(body).await,
        }
    }

    /// Has the next attempt use another connection: there was no answer on this one. HTTP/1.1 does that by itself.
    pub(super) fn reconnect(&mut self) {
        if let Self::Grpc(client) = self {
            client.reconnect();
        }
    }
}

/// What stands in for gRPC in a build without the feature.
#[cfg(not(feature = "grpc"))]
mod no_grpc {
    use std::convert::Infallible;

    use bytes::Bytes;

    use super::{Otlp, Outcome, public};
    use crate::BuildError;
    use crate::ship::probe::Reply;

    #[derive(Debug)]
    pub(in crate::ship) struct Client(Infallible);

    impl Client {
        pub(super) fn new(otlp: &Otlp) -> Result<Self, BuildError> {
            Err(BuildError::Setting {
                setting: "endpoint".to_owned(),
                value: public(&otlp.url),
                problem: "gRPC needs the feature `grpc`; Phoenix receives HTTP on port 6006".to_owned(),
            })
        }

        pub(super) async fn send(&self, _: Bytes) -> Outcome {
            match self.0 {}
        }

        pub(in crate::ship) async fn probe(&self, _: Bytes) -> Reply {
            match self.0 {}
        }

        pub(super) fn reconnect(&self) {
            match self.0 {}
        }
    }
}

/// Whether a server said in the handshake that it does not know who we are, in the words of its alerts.
pub(crate) fn wants_our_certificate(why: &str) -> bool {
    ["CertificateRequired", "CertificateUnknown", "UnknownCA"].iter().any(|alert| why.contains(alert))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_reached_is_explained_by_its_cause() {
        for (cause, fix) in [
            ("Connection refused (os error 111)", "phoenix serve"),
            ("invalid peer certificate: UnknownIssuer", "OTEL_EXPORTER_OTLP_CERTIFICATE"),
            ("invalid peer certificate: Expired", "TLS"),
            ("received fatal alert: CertificateRequired", "CLIENT_CERTIFICATE"),
            ("tunnel error: unsuccessful", "NO_PROXY"),
            ("received corrupt message of type InvalidContentType", "http://"),
            ("connection error detected: frame with invalid size", "4317"),
            ("invalid HTTP version parsed", "4317"),
            ("tcp open error: Too many open files (os error 24)", "ulimit"),
            ("failed to lookup address information: Name or service not known", "host name"),
        ] {
            let trouble = Trouble::unreachable(&std::io::Error::other(cause));
            assert!(trouble.unreachable && trouble.what == cause && trouble.fix.contains(fix), "{trouble:?}");
        }
    }

    #[test]
    fn an_address_is_shown_without_credentials() {
        for (url, shown) in [
            ("http://localhost:6006/v1/traces", "http://localhost:6006/v1/traces"),
            ("https://user:secret@host/v1/traces?key=secret", "https://host/v1/traces"),
            ("https://user:se@cret@host:1/x#secret", "https://host:1/x"),
            ("localhost:4317", "localhost:4317"),
            ("http://[::1]:6006/a@b", "http://[::1]:6006/a@b"),
        ] {
            assert_eq!(public(url), shown);
        }
    }

    #[test]
    fn settings_are_shown_without_header_values() {
        let otlp = Otlp {
            url: "http://me:hunter2@localhost".to_owned(),
            transport: Transport::Http,
            headers: vec![("authorization".to_owned(), "Bearer hunter2".to_owned())],
            timeout: Duration::from_secs(1),
            compression: Compression::None,
            tls: Box::default(),
        };
        let shown = format!("{otlp:?}");
        assert!(shown.contains("authorization") && !shown.contains("hunter2"), "{shown}");
    }
}
