//! The endpoint, header and project resolution of `@arizeai/phoenix-otel` 2.2.0 and `arize-phoenix-otel` 0.17.2, recorded
//! by running them, held against ours. Where we differ on purpose, the row is listed with our answer and the reason.
//!
//! The rows of the group `seen` of JS were recorded with 2.1.0, whose headers are read alike, and the URLs of 2.2.0.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use base64::Engine as _;
use serde_json::{Map, Value};
use tracing_openinference::testing::{Resolved, resolve};
use tracing_openinference::{Builder, builder};
use url::Url;

use crate::{say, vectors};

const PROTOCOL: &str = "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL";

const GRPC: &str = "port 4317 (or PHOENIX_GRPC_PORT) without a path is gRPC; JS has only HTTP";
const SCHEMELESS: &str = "JS posts to a URL that nobody can reach; host:port says enough";
const SCHEMELESS_GRPC: &str =
    "host:4317 without a scheme is gRPC; JS has only HTTP, and no answer or none that can be reached";
const PORT: &str = "JS and we refuse what is not a port";
const GRPC_PORT: &str = "JS ignores a PHOENIX_GRPC_PORT that is not a port; Kubernetes sets such";
const SPACE: &str = "JS keeps the path as it is";
const UNREADABLE: &str =
    "headers that cannot be read are an error at start; JS and Python forget them and are refused later";
const ASKED: &str = "JS has only HTTP, and Python has only HTTP for Phoenix Cloud; who asks for gRPC gets it";
const HALF: &str = "https://otlp.arize.com/v1, as Arize documents it, is half a path already";
const PATH: &str = "a path that ends in /v1/traces is HTTP's; in Python a slash at its end makes it gRPC's";
const BLANK: &str = "in JS an empty variable does not keep .env.phoenix from being asked";
const NO_NAME: &str = "what is no name of a header in HTTP is left out";
const AS_JS: &str = "Python contradicts JS, which we follow";
const ANY_CASE: &str = "OpenTelemetry reads enumerations in any case";

/// In the order of JS. The second is used to the letter.
const ENDPOINTS: [&str; 4] = [
    "PHOENIX_COLLECTOR_ENDPOINT",
    "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
    "OTEL_EXPORTER_OTLP_ENDPOINT",
    "PHOENIX_ENDPOINT",
];

/// One text of the row, our answer (empty for an error), the reason.
type Deviation = (&'static str, &'static str, &'static str);

const JS: [Deviation; 5] = [
    ("localhost:4317", "gRPC http://localhost:4317", SCHEMELESS_GRPC),
    ("127.0.0.1:4317", "gRPC http://127.0.0.1:4317", SCHEMELESS_GRPC),
    ("[::1]:4317", "gRPC http://[::1]:4317", SCHEMELESS_GRPC),
    ("localhost:6006", "HTTP http://localhost:6006/v1/traces", SCHEMELESS),
    ("localhost:6006/v1/traces", "HTTP http://localhost:6006/v1/traces", SCHEMELESS),
];

const PYTHON: [Deviation; 14] = [
    ("", "HTTP http://localhost:6006/v1/traces", "JS takes an empty endpoint for none"),
    ("http://:4317", "", "a URL has a host"),
    ("http://host:99999/v1/traces", "", PORT),
    ("http://host:notaport", "", PORT),
    ("grpc://host:4317", "gRPC grpc://host:4317", "JS keeps the scheme; to build with it is an error here"),
    ("https://app.phoenix.arize.com/s/my.space", "HTTP https://app.phoenix.arize.com/s/my.space/v1/traces", SPACE),
    ("https://app.phoenix.arize.com/s/", "HTTP https://app.phoenix.arize.com/s/v1/traces", SPACE),
    ("http://otel:4318/custom", "HTTP http://otel:4318/custom", "JS reads the variable for traces"),
    ("-1", "HTTP http://localhost:6006/v1/traces", GRPC_PORT),
    ("abc", "HTTP http://localhost:6006/v1/traces", GRPC_PORT),
    ("GRPC", "HTTP http://localhost:6006/v1/traces", ANY_CASE),
    ("HTTP/protobuf", "HTTP http://localhost:6006/v1/traces", ANY_CASE),
    ("", "HTTP http://file:6006/v1/traces", BLANK),
    ("true", "", "OTEL_SDK_DISABLED sends nowhere, as OpenTelemetry wants it"),
];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Language {
    Js,
    Python,
}

struct Row {
    language: Language,
    args: Map<String, Value>,
    env: BTreeMap<String, String>,
    file: Option<String>,
    expected: Map<String, Value>,
}

/// What was counted: rows that agree, rows listed with their reason, rows that neither agree nor are listed.
#[derive(Default)]
struct Tally {
    agreed: usize,
    listed: BTreeMap<&'static str, Vec<String>>,
    wrong: Vec<String>,
}

impl Row {
    fn read(language: Language, row: &Value) -> Self {
        let object = |key: &str| row[key].as_object().cloned().unwrap_or_default();
        let env =
            object("env").into_iter().map(|(name, value)| (name, value.as_str().expect("a text").to_owned())).collect();
        let file = row["env_file"].as_str().map(str::to_owned);
        Self { language, args: object("args"), env, file, expected: object("expected") }
    }

    fn arg(&self, js: &str, python: &str) -> Option<&str> {
        self.args.get(if self.language == Language::Js { js } else { python })?.as_str()
    }

    /// What we make of the row.
    fn resolve(&self) -> Result<Resolved, String> {
        let directory = self.file.as_ref().map(|text| {
            let directory = std::env::temp_dir().join(format!("openinference-oracle-{}", std::process::id()));
            std::fs::create_dir_all(&directory).expect("a folder can be made");
            std::fs::write(directory.join(".env.phoenix"), text).expect("a file can be written");
            directory
        });
        let variables = self.variables();
        let lookup = move |name: &str| variables.get(name).map(Into::into);
        let resolved = resolve(self.builder(), lookup, directory.clone()).map_err(|error| error.to_string());
        if let Some(directory) = directory {
            let _ = std::fs::remove_dir_all(directory);
        }
        resolved
    }

    /// Only Python has an argument for the protocol. Ours are methods; its words go through the reader of the variable.
    fn variables(&self) -> BTreeMap<String, String> {
        let mut variables = self.env.clone();
        match self.args.get("protocol") {
            None | Some(Value::Null) => {}
            Some(Value::String(word)) if word == "infer" => {}
            Some(word) => {
                let word = word.as_str().map_or(word.to_string(), str::to_owned);
                // An empty word is none of the protocol's, an empty variable is not set.
                let word = if word.trim().is_empty() { "empty".to_owned() } else { word };
                variables.insert(PROTOCOL.to_owned(), word);
            }
        }
        variables
    }

    fn builder(&self) -> Builder {
        let mut built = builder();
        if let Some(endpoint) = self.arg("url", "endpoint") {
            built = built.endpoint(endpoint);
        }
        if let Some(key) = self.arg("apiKey", "api_key") {
            built = built.api_key(key);
        }
        if let Some(project) = self.arg("projectName", "project_name") {
            built = built.project(project);
        }
        let headers = self.args.get("headers").and_then(Value::as_object).into_iter().flatten();
        headers.fold(built, |built, (name, value)| built.header(name, value.as_str().expect("a text")))
    }

    fn given(&self) -> BTreeSet<&str> {
        self.args.values().filter_map(Value::as_str).chain(self.env.values().map(String::as_str)).collect()
    }

    fn text(&self, key: &str) -> &str {
        self.expected.get(key).and_then(Value::as_str).unwrap_or_default()
    }

    /// The expected answer in our words, in one spelling.
    fn expected_endpoint(&self) -> String {
        let (endpoint, insecure) = (self.text("endpoint"), self.expected.get("insecure") == Some(&Value::Bool(true)));
        if self.expected.contains_key("error") {
            return String::new();
        }
        let (transport, url) = match self.text("protocol") {
            "grpc" => ("gRPC", format!("{}://{endpoint}", if insecure { "http" } else { "https" })),
            _ => ("HTTP", endpoint.to_owned()),
        };
        let Ok(mut parsed) = Url::parse(&url) else { return format!("{transport} {url}") };
        // User and password go out in a header.
        let _ = (parsed.set_username(""), parsed.set_password(None));
        format!("{transport} {}", parsed.as_str().trim_end_matches('/'))
    }

    /// Why the row is not ours, where a rule and not a list says so.
    fn endpoint_rule(&self, ours: &str, error: Option<&String>) -> Option<&'static str> {
        if error.is_some_and(|error| error.starts_with("PHOENIX_CLIENT_HEADERS")) {
            return Some(UNREADABLE);
        }
        let expected = self.expected_endpoint();
        let grpc_ports = ["4317", self.env.get("PHOENIX_GRPC_PORT").map_or("4317", |port| port.trim())];
        let origin = expected.strip_prefix("HTTP ").and_then(|url| url.strip_suffix("/v1/traces")).unwrap_or_default();
        let to_grpc_port = grpc_ports.iter().any(|port| origin.ends_with(&format!(":{port}")));
        let python_default = self.text("protocol") == "grpc" && self.arg("url", "endpoint").is_none();
        let told =
            self.variables().get(PROTOCOL).cloned().or_else(|| self.env.get("OTEL_EXPORTER_OTLP_PROTOCOL").cloned());
        let asked = told.is_some_and(|word| word.trim().eq_ignore_ascii_case("grpc")) && ours.starts_with("gRPC ");
        let text = self.endpoint_text().map(|(text, _)| text.to_lowercase()).unwrap_or_default();
        let schemeless = !text.contains("://")
            && (ours.is_empty()
                || Url::parse(&ours[5..]).is_ok_and(|url| text.contains(url.host_str().unwrap_or("?"))));
        match self.language {
            Language::Js if to_grpc_port && ours == format!("gRPC {origin}") => Some(GRPC),
            Language::Js if asked => Some(ASKED),
            Language::Js if expected == ours.replacen("/v1/", "/v1/v1/", 1) && ours.contains("arize.com") => Some(HALF),
            Language::Js if schemeless && !expected.starts_with("HTTP http") => Some(SCHEMELESS),
            Language::Python if asked && expected.starts_with("HTTP https://app.phoenix.arize.com") => Some(ASKED),
            Language::Python if self.text("protocol") != "grpc" && ours == self.in_js() => Some(AS_JS),
            Language::Python if to_grpc_port && ours == format!("gRPC {origin}") => Some(GRPC),
            Language::Python if self.names_protocol() && self.text("protocol") == "grpc" && ours == self.in_js() => {
                Some(PATH)
            }
            Language::Python if python_default && !self.names_protocol() && ours.starts_with("HTTP") => {
                Some("Python sends gRPC unless told otherwise, JS and we send HTTP")
            }
            _ => None,
        }
    }

    fn names_protocol(&self) -> bool {
        self.args.get("protocol").is_some_and(|word| !word.is_null() && word != "infer")
    }

    /// The text of the endpoint by the precedence of JS, and whether it is used to the letter.
    fn endpoint_text(&self) -> Option<(String, bool)> {
        if let Some(text) = self.arg("url", "endpoint").filter(|text| !text.is_empty()) {
            return Some((text.to_owned(), false));
        }
        let given = |name: &&str| self.env.get(*name).filter(|text| !text.trim().is_empty());
        let text = ENDPOINTS.iter().find_map(|name| Some((given(name)?.clone(), *name == ENDPOINTS[1])));
        let file = self.file.as_deref().unwrap_or_default();
        let file = file.lines().find_map(|line| line.strip_prefix("PHOENIX_COLLECTOR_ENDPOINT="));
        text.or(file.map(|text| (text.to_owned(), false)))
    }

    /// What JS makes of it: `ensureCollectorEndpoint`.
    fn in_js(&self) -> String {
        let (text, to_the_letter) = self.endpoint_text().unwrap_or(("http://localhost:6006".to_owned(), false));
        let Ok(mut url) = Url::parse(text.trim()) else { return String::new() };
        let _ = (url.set_username(""), url.set_password(None));
        let path = url.path().trim_end_matches('/').to_owned();
        match path.strip_suffix("/v1/traces") {
            _ if to_the_letter => {}
            Some(prefix) => url.set_path(&format!("{}/v1/traces", prefix.trim_end_matches('/'))),
            None if path.contains("/v1/traces") => {}
            None => url.set_path(&format!("{path}/v1/traces")),
        }
        format!("HTTP {}", url.as_str().trim_end_matches('/'))
    }

    /// A variable is there and says nothing, beside a file that may say something.
    fn is_blank_beside_a_file(&self) -> bool {
        self.file.is_some() && self.env.values().any(|value| value.trim().is_empty())
    }

    fn header_rule(&self) -> Option<&'static str> {
        let client = self.env.get("PHOENIX_CLIENT_HEADERS").map(|text| text.trim());
        let no_name = |entry: &str| entry.split_once('=').is_some_and(|(name, _)| name.trim().contains(' '));
        let otel = self.env.contains_key("OTEL_EXPORTER_OTLP_HEADERS");
        let key_and_header = self.arg("apiKey", "api_key").is_some() && self.args.contains_key("headers");
        let elsewhere = self.args.contains_key("endpoint")
            && self.file.as_ref().is_some_and(|file| file.contains("PHOENIX_COLLECTOR_ENDPOINT"));
        match (self.language, client) {
            _ if elsewhere => Some("a key of .env.phoenix is sent to no other server than the file's"),
            _ if self.is_blank_beside_a_file() => Some(BLANK),
            (_, Some(list)) if list.split(',').any(no_name) => Some(NO_NAME),
            (Language::Js, Some(list)) if !list.starts_with('{') => Some("JS does not know the list"),
            (Language::Python, Some(json)) if json.starts_with('{') => Some("Python does not know JSON"),
            (Language::Js, _) if otel => Some("the exporter of JS merges these, the recorded options do not show it"),
            (Language::Python, _) if otel && self.text("protocol") == "grpc" => {
                Some("over gRPC Python drops these for any other; HTTP and gRPC are alike here")
            }
            (Language::Python, _) if key_and_header => Some("in JS an authorization header beats an API key"),
            _ => None,
        }
    }
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {:?}", Value::from(self.args.clone()), self.env)
    }
}

/// User and password of a URL as HTTP sends them.
fn basic(text: &str) -> Option<String> {
    let url = Url::parse(text.trim()).ok().filter(|url| text.contains("://") || url.scheme().starts_with("http"));
    let url = url.or_else(|| Url::parse(&format!("http://{}", text.trim())).ok())?;
    let user = format!("{}:{}", url.username(), url.password().unwrap_or_default());
    (user != ":").then_some(())?;
    Some(format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(user)))
}

fn rows(language: Language) -> Option<Vec<Row>> {
    let rows = vectors(if language == Language::Js { "endpoints_js.json" } else { "endpoints_python.json" })?;
    let rows = rows.iter().filter(|row| row.get("quirk").is_none());
    Some(rows.map(|row| Row::read(language, row)).collect())
}

impl Tally {
    fn endpoint(&mut self, row: &Row, resolved: &Result<Resolved, String>, list: &[Deviation]) {
        let ours = resolved.as_ref().ok().and_then(|resolved| resolved.endpoint.clone()).unwrap_or_default();
        let theirs = row.expected_endpoint();
        let listed = || list.iter().find(|(text, answer, _)| row.given().contains(text) && *answer == ours);
        let error = resolved.as_ref().err();
        let listed = || listed().map(|(_, _, reason)| *reason);
        let place = format!("{row}: theirs {theirs:?}, ours {ours:?}");
        match (ours == theirs, listed().or_else(|| row.endpoint_rule(&ours, error))) {
            (true, _) => self.agreed += 1,
            (false, Some(reason)) => self.list(place, reason),
            (false, None) => self.wrong.push(format!("{place} ({:?})", resolved.as_ref().err())),
        }
    }

    fn headers(&mut self, row: &Row, resolved: &Resolved) {
        let mut ours = resolved.headers.clone();
        let theirs = row.expected.get("headers").and_then(Value::as_object).into_iter().flatten();
        let theirs: BTreeMap<_, _> =
            theirs.map(|(name, value)| (name.to_lowercase(), value.as_str().expect("a text").to_owned())).collect();
        let place = format!("{row}: theirs {theirs:?}, ours {ours:?}");
        // User and password of the URL; theirs leave them in it.
        if !theirs.contains_key("authorization") {
            let user = |text: &&str| basic(text).is_some_and(|user| ours.get("authorization") == Some(&user));
            if row.given().iter().any(user) {
                ours.remove("authorization");
            } else if basic(row.text("endpoint")).is_some() && !ours.contains_key("authorization") {
                self.wrong.push(place);
                return;
            }
        }
        match (ours == theirs, row.header_rule()) {
            (true, _) => self.agreed += 1,
            (false, Some(reason)) => self.list(place, reason),
            (false, None) => self.wrong.push(place),
        }
    }

    fn list(&mut self, place: String, reason: &'static str) {
        self.listed.entry(reason).or_default().push(place);
    }

    fn rows(&self) -> usize {
        self.agreed + self.wrong.len()
    }

    fn listed(&self) -> usize {
        self.listed.values().map(Vec::len).sum()
    }
}

/// The endpoints of one language's rows, and their headers.
fn compare(language: Language, list: &[Deviation]) -> Option<(Tally, Tally)> {
    let (mut endpoints, mut headers) = (Tally::default(), Tally::default());
    for row in rows(language)? {
        let resolved = row.resolve();
        endpoints.endpoint(&row, &resolved, list);
        let (Ok(resolved), false) = (&resolved, row.expected.contains_key("error")) else { continue };
        headers.headers(&row, resolved);
        let labelled = row.given().iter().any(|text| text.contains("openinference.project.name"));
        if !labelled && resolved.project != row.text("project") {
            let place = format!("{row}: the project is {:?}, theirs {:?}", resolved.project, row.text("project"));
            if row.is_blank_beside_a_file() { endpoints.list(place, BLANK) } else { endpoints.wrong.push(place) }
        }
    }
    if std::env::var_os("ORACLE_DIR").is_none() {
        for (text, _, reason) in list {
            assert!(endpoints.listed.contains_key(reason), "they agree by now on {text:?}: {reason}");
        }
    }
    Some((endpoints, headers))
}

fn settle(what: &str, tallies: &[(&str, Tally)]) {
    let (agreed, rows) =
        tallies.iter().fold((0, 0), |(agreed, rows), (_, tally)| (agreed + tally.agreed, rows + tally.rows()));
    let each = tallies
        .iter()
        .map(|(name, tally)| format!("{name} {}/{} and {} listed", tally.agreed, tally.rows(), tally.listed()));
    say(&format!("{what}: {agreed}/{rows} ({})", each.collect::<Vec<_>>().join(", ")));
    for (name, tally) in tallies {
        for (reason, rows) in &tally.listed {
            say(&format!("  {} listed, {name}: {reason}", rows.len()));
        }
    }
    let wrong: Vec<_> =
        tallies.iter().flat_map(|(name, tally)| tally.wrong.iter().map(move |row| (name, row))).collect();
    let shown = wrong.iter().map(|(name, row)| format!("{name} {row}")).collect::<Vec<_>>().join("\n");
    assert!(wrong.is_empty(), "{what}:\n{shown}");
}

#[test]
fn endpoints_and_headers_resolve_as_in_javascript_and_where_that_does_not_contradict_it_as_in_python() {
    let (mut endpoints, mut headers) = (Vec::new(), Vec::new());
    for (name, language, list) in [("JS", Language::Js, &JS[..]), ("Python", Language::Python, &PYTHON)] {
        let Some((endpoint, header)) = compare(language, list) else { continue };
        endpoints.push((name, endpoint));
        headers.push((name, header));
    }
    settle("endpoint resolution", &endpoints);
    settle("header resolution", &headers);
}
