//! Why a span was not taken, and what to do about it. Whatever the backend wrote is read here and not repeated: it may
//! quote what was sent.

use http::StatusCode;

use super::{
    connection::Route,
    delivery::{Backend, TRACES_PATH},
};
use crate::{
    builder::Destination,
    ship::{HttpReply, wants_our_certificate},
};

const API_KEY: &str = "PHOENIX_API_KEY";
const NEW_KEY: &str = "make a key in Phoenix (Settings, API Keys)";

/// What happened, and what to change.
pub(super) type Problem = (String, String);

pub(super) fn refused(destination: &Destination, route: &Route, backend: &Backend, reply: &HttpReply) -> Problem {
    let source = destination.endpoint.setting();
    let what = match &reply.location {
        Some(location) => format!("the answer is {}, to {location}", reply.status),
        None if reply.is_page && reply.status.is_success() => format!("the answer is {} with a web page", reply.status),
        None => format!("the answer is {}", reply.status),
    };
    let wait = reply.retry_after.as_ref().map_or(String::new(), |after| format!(" (it says: after {after})"));
    let fix = match reply.status {
        status if status.is_redirection() => {
            format!("redirects are not followed, because they lose the spans: write the address it names into {source}")
        }
        StatusCode::UNAUTHORIZED => return (what, unauthorized(destination, reply)),
        StatusCode::FORBIDDEN if reply.says("viewer") => {
            format!("the key of {} belongs to a viewer, who may not write: use the key of a member or an administrator, or a system key", key_source(destination))
        }
        StatusCode::FORBIDDEN => {
            format!("the key of {} may not write: use one that may, and check that it belongs to this space", key_source(destination))
        }
        StatusCode::PROXY_AUTHENTICATION_REQUIRED => {
            let variable = route.proxy.as_ref().map_or("HTTPS_PROXY", |proxy| proxy.variable);
            format!("the proxy wants a user and a password: {variable}=http://user:password@host:port")
        }
        StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED => wrong_path(destination, backend),
        status if status.is_success() => wrong_path(destination, backend),
        StatusCode::PAYLOAD_TOO_LARGE => "even one small span is too large: raise the limit of the proxy before the backend".to_owned(),
        StatusCode::UNSUPPORTED_MEDIA_TYPE => {
            "the backend does not take this encoding: switch compression off (OTEL_EXPORTER_OTLP_COMPRESSION=none); if that is so already, it takes no protobuf".to_owned()
        }
        StatusCode::TOO_MANY_REQUESTS => {
            format!("the quota of requests is used up: wait{wait}, send fewer spans (sampling, drop_spans), or have it raised; spans are kept meanwhile, as far as the queue reaches")
        }
        StatusCode::INSUFFICIENT_STORAGE => "the storage quota of the backend is used up: delete old traces or raise the quota".to_owned(),
        StatusCode::SERVICE_UNAVAILABLE => format!("the backend is overloaded or starting: try again{wait}; spans are kept meanwhile"),
        StatusCode::BAD_GATEWAY | StatusCode::GATEWAY_TIMEOUT => match &route.proxy {
            Some(proxy) => format!("the proxy of {} does not reach the backend: name its host in NO_PROXY, or correct {source}", proxy.variable),
            None => "the gateway before the backend does not reach it: is the backend running?".to_owned(),
        },
        StatusCode::BAD_REQUEST | StatusCode::UNPROCESSABLE_ENTITY => {
            "the receiver could not read the request: is this a receiver of OTLP, and does something on the way change it?".to_owned()
        }
        _ => "the log of the backend says why".to_owned(),
    };
    (what, fix)
}

fn wrong_path(destination: &Destination, backend: &Backend) -> String {
    let (endpoint, source) = (&destination.endpoint, destination.endpoint.setting());
    let seen = match (&backend.phoenix, &backend.base) {
        (Some(_), Some(base)) => format!("a Phoenix answers at {base}, but"),
        _ => "something is at this address, but".to_owned(),
    };
    format!(
        "{seen} nothing receives spans at {endpoint}: {source} has to be the base address of Phoenix, such as \
         http://localhost:6006, or a whole one that ends in {TRACES_PATH}"
    )
}

fn unauthorized(destination: &Destination, reply: &HttpReply) -> String {
    let headers = &destination.headers;
    if reply.says("expired") {
        return format!("the key of {} has expired; {NEW_KEY}", key_source(destination));
    }
    if headers.map.contains_key(http::header::AUTHORIZATION) {
        return format!(
            "the key of {} is not accepted: it is mistyped, has expired, was deleted, or belongs to another server; {NEW_KEY}",
            key_source(destination)
        );
    }
    if headers.credentials().is_some() {
        return format!(
            "a Phoenix of one's own wants the key as a bearer token, not in the header that {} gives: set {API_KEY}",
            key_source(destination)
        );
    }
    format!("the backend wants a key, and none is set: {NEW_KEY} and set {API_KEY}")
}

fn key_source(destination: &Destination) -> String {
    destination.headers.credentials().map_or_else(|| API_KEY.to_owned(), ToString::to_string)
}

/// The codes of <https://grpc.github.io/grpc/core/md_doc_statuscodes.html>.
pub(super) fn refused_by_grpc(destination: &Destination, code: i32, message: &str) -> Problem {
    let source = destination.endpoint.setting();
    let key = destination.headers.credentials().is_some();
    let (name, fix) = match code {
        16 if key => (
            "UNAUTHENTICATED",
            format!(
                "the key of {} is not accepted: it is mistyped, has expired, was deleted, or belongs to another server; {NEW_KEY}",
                key_source(destination)
            ),
        ),
        16 => (
            "UNAUTHENTICATED",
            format!("the backend wants a key, and none is set: {NEW_KEY} and set {API_KEY}"),
        ),
        7 => (
            "PERMISSION_DENIED",
            format!("the key of {} may not write, as that of a viewer: use the key of a member or an administrator, or a system key", key_source(destination)),
        ),
        8 if message.to_lowercase().contains("larger than") => {
            ("RESOURCE_EXHAUSTED", "even one small span is too large: raise the limit of the receiver".to_owned())
        }
        8 => (
            "RESOURCE_EXHAUSTED",
            "a quota of the backend is used up: its storage, or requests in a time; delete old traces, raise the quota, or send \
             fewer spans"
                .to_owned(),
        ),
        12 => ("UNIMPLEMENTED", format!("nothing receives spans over gRPC there: Phoenix does at port 4317; correct {source}")),
        14 => ("UNAVAILABLE", "the backend is overloaded or starting: try again; spans are kept meanwhile".to_owned()),
        _ => ("an error", "the log of the backend says why".to_owned()),
    };
    (format!("the answer is {name} (gRPC status {code})"), fix)
}

pub(super) fn unanswered(destination: &Destination, route: &Route, why: String) -> Problem {
    let source = destination.endpoint.setting();
    let fix = if wants_our_certificate(&why) {
        "the backend wants a client certificate it knows: OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE and \
         OTEL_EXPORTER_OTLP_CLIENT_KEY name its files"
            .to_owned()
    } else if why.contains("ertificate") {
        format!(
            "the certificate of the server is not trusted: is the host in {source} the one it is made out to, has it run out, \
             and does this machine know the authority that signed it? OTEL_EXPORTER_OTLP_CERTIFICATE names one it does not know"
        )
    } else if why.contains("no answer within") {
        "the backend takes the connection and does not answer: is it overloaded? OTEL_EXPORTER_OTLP_TIMEOUT sets the limit"
            .to_owned()
    } else if let Some(proxy) = &route.proxy {
        format!(
            "the proxy of {} does not let the request through: correct it, or name the host in NO_PROXY",
            proxy.variable
        )
    } else if destination.endpoint.url.starts_with("https:") {
        // Whoever wants to know who we are may end the connection before its alert is read.
        format!(
            "the connection broke: the log of the backend says why; is {source} right, and does the backend want a client \
             certificate, which OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE names?"
        )
    } else {
        format!("the connection broke: the log of the backend says why; is {source} right?")
    };
    (format!("no answer: {why}"), fix)
}
