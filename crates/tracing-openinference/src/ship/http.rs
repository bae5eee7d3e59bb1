use std::io::Write;
use std::net::IpAddr;
use std::time::{Duration, SystemTime};

use bytes::{Bytes, BytesMut};
use flate2::write::GzEncoder;
use http::StatusCode;
use http::header::{CONTENT_ENCODING, CONTENT_TYPE, DATE, HeaderMap, HeaderName, HeaderValue, LOCATION, RETRY_AFTER};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceResponse;
use prost::Message;
use reqwest::redirect::Policy;
use reqwest::{Response, Url};

use super::otlp::{Compression, Otlp, Outcome, Trouble, public};
use super::tls;
use crate::BuildError;

/// No answer to an export is longer than this and worth reading.
const LONGEST_ANSWER: usize = 1 << 20;

/// OTLP over HTTP with protobuf bodies. The headers are those of the settings, and no others.
#[derive(Debug)]
pub(super) struct Client {
    client: reqwest::Client,
    url: Url,
    headers: HeaderMap,
    compression: Compression,
}

impl Client {
    pub(super) fn new(otlp: &Otlp) -> Result<Self, BuildError> {
        let unusable =
            |problem: String| BuildError::Setting { setting: "endpoint".to_owned(), value: public(&otlp.url), problem };
        let url = Url::parse(&otlp.url).map_err(|error| unusable(error.to_string()))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(unusable("has to begin with http:// or https://".to_owned()));
        }
        // HTTP/1.1, whatever another crate makes of reqwest's features: an attempt that gets no answer then takes its
        // connection with it. A redirect turns the request into a GET, with its credentials and without its spans, that may well succeed.
        let builder = reqwest::Client::builder()
            .http1_only()
            .redirect(Policy::none())
            .connect_timeout(otlp.timeout)
            .user_agent(concat!("tracing-openinference/", env!("CARGO_PKG_VERSION")));
        let builder = if is_local(url.host_str().unwrap_or_default()) { builder.no_proxy() } else { builder };
        let builder = match url.scheme() {
            "https" => tls::http(&otlp.tls, builder).map_err(|error| error.at(&otlp.url))?,
            _ => builder,
        };
        let client = builder.build().map_err(|error| unusable(error.to_string()))?;
        Ok(Self { client, url, headers: headers(&otlp.headers)?, compression: otlp.compression })
    }

    pub(super) async fn send(&self, body: Bytes) -> Outcome {
        match self.attempt(body).await {
            Ok(response) => answered(response).await,
            Err(error) => Outcome::Later { after: None, trouble: Trouble::unreachable(&error.without_url()) },
        }
    }

    /// The answer to a request as it is.
    pub(super) async fn attempt(&self, body: Bytes) -> Result<Response, reqwest::Error> {
        let mut headers = self.headers.clone();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-protobuf"));
        let body = match self.compression {
            Compression::None => body,
            Compression::Gzip => {
                headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
                gzip(&body)
            }
        };
        self.client.post(self.url.clone()).headers(headers).body(body).send().await
    }

    /// The page at the address, which is asked for with the same headers.
    pub(super) async fn get(&self) -> Result<Response, reqwest::Error> {
        self.client.get(self.url.clone()).headers(self.headers.clone()).send().await
    }
}

fn headers(pairs: &[(String, String)]) -> Result<HeaderMap, BuildError> {
    let mut headers = HeaderMap::new();
    for (name, value) in pairs {
        let bad = |problem: &str| BuildError::Setting {
            setting: format!("header {name}"),
            value: "****".to_owned(),
            problem: problem.to_owned(),
        };
        let key = HeaderName::try_from(name).map_err(|_| bad("is not a valid header name"))?;
        let mut value = HeaderValue::try_from(value).map_err(|_| bad("has a value that no header may have"))?;
        value.set_sensitive(true);
        headers.insert(key, value);
    }
    Ok(headers)
}

/// A proxy that is meant for the world outside is not asked for what runs on this machine.
pub(super) fn is_local(host: &str) -> bool {
    let host = host.trim_matches(['[', ']']);
    host.eq_ignore_ascii_case("localhost") || host.parse().is_ok_and(|address: IpAddr| address.is_loopback())
}

fn gzip(body: &Bytes) -> Bytes {
    let mut encoder = GzEncoder::new(Vec::with_capacity(body.len() / 4), flate2::Compression::fast());
    // Writing into memory does not fail.
    let _ = encoder.write_all(body);
    encoder.finish().map_or_else(|_| Bytes::new(), Bytes::from)
}

async fn answered(response: Response) -> Outcome {
    let status = response.status();
    if status.is_success() {
        return accepted(response).await;
    }
    let header = |name| response.headers().get(name).and_then(|value| value.to_str().ok());
    // A date is one of the server's clock.
    let now = header(DATE).and_then(|date| httpdate::parse_http_date(date).ok());
    let after = header(RETRY_AFTER).and_then(|value| delay(value, now.unwrap_or_else(SystemTime::now)));
    let trouble = |fix| Trouble::answer(status.to_string(), fix);
    match status {
        StatusCode::REQUEST_TIMEOUT
        | StatusCode::TOO_MANY_REQUESTS
        | StatusCode::BAD_GATEWAY
        | StatusCode::SERVICE_UNAVAILABLE
        | StatusCode::GATEWAY_TIMEOUT => {
            Outcome::Later { after, trouble: trouble("the backend is busy or restarting") }
        }
        StatusCode::PAYLOAD_TOO_LARGE => {
            Outcome::TooLarge(trouble("the backend, or a proxy before it, limits requests"))
        }
        status if status.is_redirection() => {
            let to = response.headers().get(LOCATION).and_then(|value| value.to_str().ok()).map(public);
            let what = to.map_or_else(|| status.to_string(), |to| format!("{status}, to {to}"));
            let fix = "set the endpoint to where it redirects; redirects are not followed";
            Outcome::Refused(Trouble::answer(what, fix).misdirected(true))
        }
        _ => {
            let misdirected = matches!(status.as_u16(), 401 | 403 | 404 | 405 | 407 | 415 | 507);
            Outcome::Refused(trouble(fix(status)).misdirected(misdirected))
        }
    }
}

/// What to do about an answer that will not change by itself.
fn fix(status: StatusCode) -> &'static str {
    match status.as_u16() {
        400 | 422 => "the receiver could not read the request: is something between here and there changing it?",
        401 => "the backend wants credentials: set PHOENIX_API_KEY, or an authorization header",
        403 => "these credentials may not write: use the key of a user who may (in Phoenix, not a viewer)",
        404 | 405 => "nothing receives OTLP at this path: the address of Phoenix ends in /v1/traces",
        415 => "the backend does not take this encoding: protobuf is what is sent; switch compression off",
        507 => "the backend's storage quota is used up: delete old traces, or raise the quota",
        500..=599 => "the backend failed over this request: its log says why",
        _ => "the backend does not accept this request",
    }
}

/// A page of HTML is what a wrong address answers to everything.
async fn accepted(mut response: Response) -> Outcome {
    let kind =
        response.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
    let mut body = BytesMut::new();
    while let Ok(Some(chunk)) = response.chunk().await {
        body.extend_from_slice(&chunk);
        if body.len() > LONGEST_ANSWER {
            break;
        }
    }
    if kind.starts_with("text/html") || body.trim_ascii_start().first() == Some(&b'<') {
        let what = format!("{} with a web page", response.status());
        let fix =
            "this is the address of a website, not of an OTLP receiver: the address of Phoenix ends in /v1/traces";
        return Outcome::Refused(Trouble::answer(what, fix).misdirected(true));
    }
    let rejected = if kind.starts_with("application/json") { rejected_json(&body) } else { rejected(&body) };
    Outcome::Accepted { rejected }
}

/// How many spans the server says it refused. An answer that is no OTLP is still a success.
pub(super) fn rejected(body: &[u8]) -> u64 {
    let partial = ExportTraceServiceResponse::decode(body).ok().and_then(|answer| answer.partial_success);
    partial.map_or(0, |partial| u64::try_from(partial.rejected_spans).unwrap_or(0))
}

fn rejected_json(body: &[u8]) -> u64 {
    let answer: serde_json::Value = serde_json::from_slice(body).unwrap_or_default();
    let rejected = &answer["partialSuccess"]["rejectedSpans"];
    rejected.as_u64().or_else(|| rejected.as_str()?.parse().ok()).unwrap_or(0)
}

/// `Retry-After`: a number of seconds, or a date.
fn delay(value: &str, now: SystemTime) -> Option<Duration> {
    let value = value.trim();
    if let Ok(seconds) = value.parse() {
        return Some(Duration::from_secs(seconds));
    }
    Some(httpdate::parse_http_date(value).ok()?.duration_since(now).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let now = httpdate::parse_http_date("Wed, 21 Oct 2026 07:28:00 GMT").unwrap();
        for (value, expected) in [
            ("120", Some(120)),
            (" 0 ", Some(0)),
            ("Wed, 21 Oct 2026 07:29:00 GMT", Some(60)),
            ("Wed, 21 Oct 2026 07:00:00 GMT", Some(0)),
            ("soon", None),
            ("-1", None),
            ("", None),
        ] {
            assert_eq!(delay(value, now), expected.map(Duration::from_secs), "{value:?}");
        }
    }

    #[test]
    fn a_header_that_cannot_be_sent_fails_the_build_without_its_value() {
        for pair in [("bad name", "x"), ("authorization", "sec\nret")] {
            let error = headers(&[(pair.0.to_owned(), pair.1.to_owned())]).unwrap_err().to_string();
            assert!(error.contains(pair.0) && !error.contains("sec"), "{error}");
        }
    }

    #[test]
    fn a_partial_success_is_counted_in_either_encoding() {
        assert_eq!(rejected_json(br#"{"partialSuccess":{"rejectedSpans":"3"}}"#), 3);
        assert_eq!(rejected_json(br#"{"partialSuccess":{"rejectedSpans":3}}"#), 3);
        assert_eq!(rejected_json(b"{}") + rejected_json(b"ok") + rejected(b"") + rejected(b"\xff\xff"), 0);
        assert_eq!(rejected(b"\x0a\x02\x08\x03"), 3);
    }

    #[test]
    fn only_this_machine_is_local() {
        for (host, local) in
            [("localhost", true), ("127.0.0.1", true), ("[::1]", true), ("phoenix", false), ("10.0.0.1", false)]
        {
            assert_eq!(is_local(host), local, "{host}");
        }
    }
}
