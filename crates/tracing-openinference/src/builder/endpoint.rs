use std::fmt;

use reqwest::Url;

use super::env::{Env, Source, Sourced};
use crate::{BuildError, ship::Transport};

const COLLECTOR_ENDPOINT: &str = "PHOENIX_COLLECTOR_ENDPOINT";
const OTLP_TRACES_ENDPOINT: &str = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT";
const OTLP_ENDPOINT: &str = "OTEL_EXPORTER_OTLP_ENDPOINT";
const PHOENIX_ENDPOINT: &str = "PHOENIX_ENDPOINT";
const GRPC_PORT: &str = "PHOENIX_GRPC_PORT";

/// In the order of `@arizeai/phoenix-otel` 2.2.0.
pub(super) const VARIABLES: [&str; 4] = [COLLECTOR_ENDPOINT, OTLP_TRACES_ENDPOINT, OTLP_ENDPOINT, PHOENIX_ENDPOINT];
const TRACES_PATH: &str = "/v1/traces";
const HTTP_PORT: u16 = 6006;
const DEFAULT_GRPC_PORT: u16 = 4317;
/// The words of `OTEL_EXPORTER_OTLP_PROTOCOL`; Phoenix answers `http/json` with 415.
pub(super) const PROTOCOLS: [(&str, Transport); 2] = [("http/protobuf", Transport::Http), ("grpc", Transport::Grpc)];

/// Where the spans go.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Endpoint {
    /// The URL of the request over HTTP, the origin of the channel over gRPC. Without user-info.
    pub(crate) url: String,
    pub(crate) transport: Transport,
    /// Which setting named the host.
    pub(crate) source: Source,
    /// Which setting, or whose port or path, chose the transport.
    pub(crate) transport_source: Source,
    /// User name and password out of the URL, to be sent as `Authorization: Basic`.
    pub(super) user: Option<User>,
}

#[derive(Clone, PartialEq, Eq)]
pub(super) struct User {
    pub(super) name: Vec<u8>,
    pub(super) password: Vec<u8>,
}

/// What code says about the endpoint.
#[derive(Clone, Debug, Default)]
pub(super) struct Wish<'a> {
    pub(super) endpoint: Option<&'a str>,
    pub(super) transport: Option<Transport>,
}

impl Endpoint {
    /// Finds the endpoint: code, then the variables in the order of [`VARIABLES`], then a local Phoenix.
    pub(super) fn resolve(env: &Env, code: &Wish<'_>, warnings: &mut Vec<String>) -> Result<Self, BuildError> {
        let ports = GrpcPorts::read(env, warnings)?;
        let transport = match code.transport {
            Some(Transport::Http) => Some(Sourced::new(Transport::Http, Source::Code("http"))),
            Some(Transport::Grpc) => Some(Sourced::new(Transport::Grpc, Source::Code("grpc"))),
            None => env.one_of(&["OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL"], &PROTOCOLS)?,
        };
        if let Some(given) = code.endpoint.filter(|given| !given.is_empty()) {
            let given = Sourced::new(given.to_owned(), Source::Code("endpoint"));
            return Self::from_text(given, transport, &ports, warnings);
        }
        let Some(given) = env.first_text(&VARIABLES)? else { return Ok(Self::local(transport, &ports)) };
        let found = matches!(given.source, Source::File(..));
        match Self::from_text(given, transport.clone(), &ports, warnings) {
            // Nobody typed this for this run, so it must not keep the program from starting; JS and Python agree.
            Err(problem) if found => {
                warnings.push(format!("{problem}; the default endpoint is used instead"));
                Ok(Self::local(transport, &ports))
            }
            Ok(endpoint) if found => Ok(match endpoint.check() {
                Ok(()) => endpoint,
                Err(problem) => {
                    warnings.push(format!("{problem}; the default endpoint is used instead"));
                    Self::local(transport, &ports)
                }
            }),
            resolved => resolved,
        }
    }

    /// The setting to change where the address is wrong.
    pub(crate) fn setting(&self) -> String {
        match &self.source {
            Source::Default => COLLECTOR_ENDPOINT.to_owned(),
            source => source.to_string(),
        }
    }

    /// What nothing can be sent to, or not by this build, must not turn up as a failed export.
    pub(super) fn check(&self) -> Result<(), BuildError> {
        let scheme = self.url.split(':').next().unwrap_or_default();
        if !matches!(scheme, "http" | "https") {
            let problem = format!(
                "has the scheme {scheme}; write http:// or https:// \
                 (gRPC is chosen by port {DEFAULT_GRPC_PORT} or by OTEL_EXPORTER_OTLP_PROTOCOL=grpc)"
            );
            return Err(self.source.error(self.to_string(), problem));
        }
        let missing = if self.transport == Transport::Grpc && !cfg!(feature = "grpc") {
            "is gRPC, which needs the feature `grpc`; OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf asks for HTTP"
        } else if self.url.starts_with("https:") && !cfg!(feature = "tls") {
            "is encrypted, which needs the feature `tls`"
        } else {
            return Ok(());
        };
        Err(self.source.error(self.to_string(), missing))
    }

    fn local(transport: Option<Sourced<Transport>>, ports: &GrpcPorts) -> Self {
        let transport = transport.unwrap_or(Sourced::by_default(Transport::Http));
        let Sourced { value: transport, source: transport_source } = transport;
        let url = match transport {
            Transport::Http => format!("http://localhost:{HTTP_PORT}{TRACES_PATH}"),
            Transport::Grpc => format!("http://localhost:{}", ports.preferred()),
        };
        Self { url, transport, source: Source::Default, transport_source, user: None }
    }

    fn from_text(
        given: Sourced<String>,
        wish: Option<Sourced<Transport>>,
        ports: &GrpcPorts,
        warnings: &mut Vec<String>,
    ) -> Result<Self, BuildError> {
        let mut url = parse(&given)?;
        let user = take_user(&mut url);
        let (bare, traces) = (is_bare(&url), url.path().trim_end_matches('/').ends_with(TRACES_PATH));
        let by_address = |transport| Sourced::new(transport, given.source.clone());
        let Sourced { value: transport, source: transport_source } = match wish {
            // The path is HTTP's own, so whoever wrote it meant HTTP; `phoenix.otel` decides the same.
            Some(Sourced { value: Transport::Grpc, source }) if traces => {
                warnings
                    .push(format!("gRPC ({source}) is not used: the path {TRACES_PATH} of {} is HTTP's", given.source));
                by_address(Transport::Http)
            }
            Some(wish) => wish,
            None if bare && url.port().is_some_and(|port| ports.contains(port)) => by_address(Transport::Grpc),
            None => by_address(Transport::Http),
        };
        match transport {
            Transport::Grpc => make_origin(&mut url, &given.source, warnings),
            Transport::Http if given.source == Source::Variable(OTLP_TRACES_ENDPOINT) => {}
            Transport::Http => add_traces_path(&mut url),
        }
        let url = match transport {
            Transport::Http => url.to_string(),
            Transport::Grpc => url.as_str().trim_end_matches('/').to_owned(),
        };
        Ok(Self { url, transport, source: given.source, transport_source, user })
    }
}

/// The ports that mean gRPC on a URL without a path.
struct GrpcPorts {
    configured: Option<u16>,
}

impl GrpcPorts {
    /// Kubernetes sets `PHOENIX_GRPC_PORT=tcp://10.0.0.1:4317` for a service named `phoenix-grpc`: what is not a port is
    /// said and ignored.
    fn read(env: &Env, warnings: &mut Vec<String>) -> Result<Self, BuildError> {
        let Some(text) = env.text(GRPC_PORT)? else { return Ok(Self { configured: None }) };
        let configured = text.value.parse().ok().filter(|port| *port != 0);
        if configured.is_none() {
            warnings.push(format!("{} = {:?} is not a port and is ignored", text.source, text.value));
        }
        Ok(Self { configured })
    }

    fn preferred(&self) -> u16 {
        self.configured.unwrap_or(DEFAULT_GRPC_PORT)
    }

    /// 4317 stays gRPC's when Phoenix listens elsewhere: it is also every collector's.
    fn contains(&self, port: u16) -> bool {
        port == DEFAULT_GRPC_PORT || self.configured == Some(port)
    }
}

fn parse(given: &Sourced<String>) -> Result<Url, BuildError> {
    let text = given.value.trim();
    let problem = |problem: &str| given.source.error(masked(text), problem);
    let text = if text.contains("://") || has_scheme(text) {
        text.to_owned()
    } else {
        with_scheme(text).ok_or_else(|| problem("has no scheme; write http://host:6006 or https://host"))?
    };
    Url::parse(&text).map_err(|error| problem(&format!("is not a URL ({error}); write http://host:6006")))
}

/// `http:/host` and `http:host` are URLs to everybody who reads them as browsers do; `http:6006` is a host of that name.
fn has_scheme(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once(':') else { return false };
    let port = rest.split(['/', '?', '#']).next().unwrap_or_default();
    ["http", "https"].iter().any(|known| scheme.eq_ignore_ascii_case(known))
        && !(rest.is_empty() || !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit()))
}

/// `localhost:6006` says enough, `localhost` does not: JS calls both an invalid URL.
///
/// Where TLS is what the host is known for, it is used: an API key must not travel in the clear for want of a scheme.
fn with_scheme(text: &str) -> Option<String> {
    let authority = text.split(['/', '?', '#']).next()?;
    let host = authority.rsplit('@').next()?;
    let (name, port) = host.rsplit_once(':').unwrap_or((host, ""));
    match (is_arize(name), port) {
        (true, _) | (_, "443") => Some(format!("https://{text}")),
        (_, port) if !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit()) => {
            Some(format!("http://{text}"))
        }
        _ => None,
    }
}

/// The host of an endpoint, as it would be resolved.
pub(super) fn host(text: &str) -> Option<String> {
    let given = Sourced::new(text.to_owned(), Source::Default);
    Some(parse(&given).ok()?.host_str()?.to_owned())
}

fn is_arize(host: &str) -> bool {
    host == "arize.com" || host.ends_with(".arize.com")
}

fn is_bare(url: &Url) -> bool {
    matches!(url.path(), "" | "/") && url.query().is_none()
}

fn take_user(url: &mut Url) -> Option<User> {
    if url.username().is_empty() && url.password().is_none() {
        return None;
    }
    let decode = |text: &str| percent_encoding::percent_decode_str(text).collect();
    let user = User { name: decode(url.username()), password: decode(url.password().unwrap_or_default()) };
    // Infallible where it matters: an http URL has a host.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    Some(user)
}

/// A gRPC endpoint has no path: the service and the method take its place.
fn make_origin(url: &mut Url, source: &Source, warnings: &mut Vec<String>) {
    if !is_bare(url) {
        warnings.push(format!("the path and query of {source} are not used: gRPC has none"));
    }
    if url.port() == Some(HTTP_PORT) {
        warnings.push(format!(
            "{source} sends gRPC to port {HTTP_PORT}, where Phoenix speaks HTTP; try {DEFAULT_GRPC_PORT}"
        ));
    }
    url.set_path("");
    url.set_query(None);
    url.set_fragment(None);
}

/// `ensureCollectorEndpoint` of `@arizeai/phoenix-otel` 2.2.0, with one addition: `https://otlp.arize.com/v1`, as Arize AX
/// documents it, is half a path already.
fn add_traces_path(url: &mut Url) {
    let path = url.path().trim_end_matches('/');
    let path = match path.strip_suffix(TRACES_PATH) {
        Some(prefix) => format!("{}{TRACES_PATH}", prefix.trim_end_matches('/')),
        None if path.contains(TRACES_PATH) => return,
        None if path == "/v1" && url.host_str().is_some_and(is_arize) => TRACES_PATH.to_owned(),
        None => format!("{path}{TRACES_PATH}"),
    };
    url.set_path(&path);
}

/// A URL as it may be shown: user-info, query and fragment can hold credentials. Works on what is not a URL, too.
pub(super) fn masked(text: &str) -> String {
    let start = text.find("://").map_or(0, |at| at + 3);
    let (scheme, rest) = text.split_at(start);
    let (rest, user) = match rest.rfind('@') {
        Some(at) => (&rest[at + 1..], "****@"),
        None => (rest, ""),
    };
    let (rest, query) = match rest.find(['?', '#']) {
        Some(at) => (&rest[..at], "?****"),
        None => (rest, ""),
    };
    format!("{scheme}{user}{rest}{query}")
}

/// The URL as it may be shown.
impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&masked(&self.url))
    }
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Endpoint")
            .field("url", &masked(&self.url))
            .field("transport", &self.transport)
            .field("source", &self.source)
            .field("user", &self.user.as_ref().map(|_| "****"))
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolve<const N: usize>(variables: [(&str, &str); N], code: &Wish<'_>) -> (Result<Endpoint, BuildError>, usize) {
        let mut warnings = Vec::new();
        (Endpoint::resolve(&Env::of(variables), code, &mut warnings), warnings.len())
    }

    fn url<const N: usize>(variables: [(&str, &str); N]) -> String {
        let endpoint = resolve(variables, &Wish::default()).0.unwrap();
        format!("{} {}", endpoint.transport, endpoint.url)
    }

    #[test]
    fn the_first_setting_that_is_set_wins() {
        let [collector, traces, otlp, phoenix] =
            VARIABLES.map(|name| (name, format!("http://{}:1", name.to_ascii_lowercase().replace('_', "-"))));
        let [collector, traces, otlp, phoenix] =
            [&collector, &traces, &otlp, &phoenix].map(|(name, url)| (*name, url.as_str()));
        assert_eq!(url([phoenix]), "HTTP http://phoenix-endpoint:1/v1/traces");
        assert_eq!(url([phoenix, otlp]), "HTTP http://otel-exporter-otlp-endpoint:1/v1/traces");
        assert_eq!(url([phoenix, otlp, traces]), "HTTP http://otel-exporter-otlp-traces-endpoint:1/");
        assert_eq!(url([phoenix, otlp, traces, collector]), "HTTP http://phoenix-collector-endpoint:1/v1/traces");
        let code = Wish { endpoint: Some("http://code:1"), transport: None };
        let endpoint = resolve([phoenix, otlp, traces, collector], &code).0.unwrap();
        assert_eq!((endpoint.url.as_str(), endpoint.source), ("http://code:1/v1/traces", Source::Code("endpoint")));
    }

    #[test]
    fn grpc_is_used_when_asked_for() {
        let protocol = ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc");
        assert_eq!(url([protocol]), "gRPC http://localhost:4317");
        assert_eq!(url([protocol, (GRPC_PORT, "5317")]), "gRPC http://localhost:5317");
        assert_eq!(url([protocol, (OTLP_ENDPOINT, "https://host/prefix?q=1")]), "gRPC https://host");
        assert_eq!(url([protocol, ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "http/protobuf")]), url([]));
        let code = Wish { endpoint: None, transport: Some(Transport::Http) };
        assert_eq!(resolve([protocol], &code).0.unwrap().transport, Transport::Http);
        assert!(resolve([("OTEL_EXPORTER_OTLP_PROTOCOL", "http/json")], &Wish::default()).0.is_err());
    }

    #[test]
    fn the_grpc_port_means_grpc_unless_there_is_a_path_or_a_wish() {
        assert_eq!(url([(OTLP_ENDPOINT, "http://[::1]:4317/")]), "gRPC http://[::1]:4317");
        assert_eq!(url([(OTLP_TRACES_ENDPOINT, "http://host:4317")]), "gRPC http://host:4317");
        assert_eq!(url([(OTLP_ENDPOINT, "http://host:5317"), (GRPC_PORT, "5317")]), "gRPC http://host:5317");
        assert_eq!(url([(OTLP_ENDPOINT, "http://host:4317/x")]), "HTTP http://host:4317/x/v1/traces");
        assert_eq!(
            url([(OTLP_ENDPOINT, "http://host:4317"), ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf")]),
            "HTTP http://host:4317/v1/traces"
        );
    }

    #[test]
    fn what_was_asked_for_and_is_not_done_is_said() {
        let grpc = Wish { endpoint: None, transport: Some(Transport::Grpc) };
        for (endpoint, warned) in [
            ("http://host:4317", 0),
            ("http://host:4317/v1/traces/", 1),
            ("http://host:4317/prefix", 1),
            ("http://host:6006", 1),
        ] {
            assert_eq!(resolve([(OTLP_ENDPOINT, endpoint)], &grpc).1, warned, "{endpoint}");
        }
        assert_eq!(resolve([(GRPC_PORT, "tcp://10.0.0.1:4317")], &Wish::default()).1, 1);
    }

    #[test]
    fn spaces_and_arize_keep_their_paths() {
        for (given, expected) in [
            ("https://app.phoenix.arize.com/s/team/", "https://app.phoenix.arize.com/s/team/v1/traces"),
            ("app.phoenix.arize.com/s/team", "https://app.phoenix.arize.com/s/team/v1/traces"),
            ("https://otlp.arize.com/v1", "https://otlp.arize.com/v1/traces"),
            ("https://example.com/v1", "https://example.com/v1/v1/traces"),
            ("phoenix.example.com:443", "https://phoenix.example.com/v1/traces"),
            ("phoenix:6006", "http://phoenix:6006/v1/traces"),
            ("http:/phoenix:6006", "http://phoenix:6006/v1/traces"),
            ("HTTPS:user:pass@phoenix:8443/p", "https://phoenix:8443/p/v1/traces"),
            ("http:6006", "http://http:6006/v1/traces"),
            ("http://host?tenant=a", "http://host/v1/traces?tenant=a"),
        ] {
            assert_eq!(url([(COLLECTOR_ENDPOINT, given)]), format!("HTTP {expected}"));
        }
    }

    #[test]
    fn a_bad_endpoint_is_named_without_its_credentials() {
        for given in [
            "http://user:s3cr3t@host:notaport",
            "http:user:s3cr3t@host:notaport",
            "http://user:s3cr3t@",
            "ftp://user:s3cr3t@host/v1/traces",
            "user:s3cr3t@host",
            "http://host name/?key=s3cr3t",
            "host?key=s3cr3t",
            "http://",
            "//localhost:4317",
            "localhost",
            ":6006",
        ] {
            let resolved = resolve([(COLLECTOR_ENDPOINT, given)], &Wish::default()).0;
            let error = resolved.and_then(|endpoint| endpoint.check()).unwrap_err();
            let message = error.to_string();
            assert!(message.starts_with("PHOENIX_COLLECTOR_ENDPOINT = "), "{message}");
            assert!(!message.contains("s3cr3t") && !format!("{error:?}").contains("s3cr3t"), "{message}");
        }
    }

    #[test]
    fn credentials_are_taken_out_of_the_url_and_never_shown() {
        let given = "http://us%40er:s3cr3t@host:6006/p?key=s3cr3t";
        let endpoint = resolve([(COLLECTOR_ENDPOINT, given)], &Wish::default()).0.unwrap();
        assert_eq!(endpoint.url, "http://host:6006/p/v1/traces?key=s3cr3t");
        assert_eq!(endpoint.to_string(), "http://host:6006/p/v1/traces?****");
        assert!(!format!("{endpoint:?}").contains("s3cr3t"));
        let user = endpoint.user.unwrap();
        assert_eq!((user.name.as_slice(), user.password.as_slice()), (&b"us@er"[..], &b"s3cr3t"[..]));
    }
}
