//! The socket side of the collector.

use std::convert::Infallible;
use std::future::pending;
use std::net::TcpListener as StdListener;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use bytes::Bytes;
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use hyper::service::service_fn;
use hyper::{HeaderMap, Response};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, oneshot};

use super::answer::{Act, Answer};
use super::request::{Protocol, Request};
use super::{PATIENCE, Shared};

type Body = BoxBody<Bytes, Infallible>;

/// Serves until `stop` is sent or dropped. Connections end with the runtime.
pub(super) fn run(listener: StdListener, shared: Arc<Shared>, stop: oneshot::Receiver<()>) {
    // hyper and h2 write spans too; they are no part of what a test looks at.
    let _silent = tracing::subscriber::set_default(tracing::subscriber::NoSubscriber::new());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime starts");
    runtime.block_on(async {
        listener.set_nonblocking(true).expect("a socket need not block");
        let listener = TcpListener::from_std(listener).expect("a runtime takes a listener");
        let accept = async {
            while let Ok((stream, _)) = listener.accept().await {
                // As every server of gRPC has it: small frames would wait for the acknowledgement of those before.
                let _ = stream.set_nodelay(true);
                shared.connected();
                tokio::spawn(serve(stream, Arc::clone(&shared)));
            }
        };
        tokio::select! { () = accept => {}, _ = stop => {} }
    });
    runtime.shutdown_timeout(PATIENCE);
}

/// Serves one connection, HTTP/1.1 or HTTP/2 as its first bytes say.
async fn serve(stream: TcpStream, shared: Arc<Shared>) {
    let Ok((stream, handle)) = with_handle(stream) else { return };
    let reset = Arc::new(Notify::new());
    let service = service_fn(|request| respond(request, Arc::clone(&shared), Arc::clone(&reset)));
    let server = auto::Builder::new(TokioExecutor::new());
    let connection = server.serve_connection(TokioIo::new(stream), service);
    tokio::select! {
        _ = connection => {}
        () = reset.notified() => {
            // Zero linger turns the close into a reset.
            let _ = socket2::SockRef::from(&handle).set_linger(Some(Duration::ZERO));
        }
    }
}

/// `stream`, and a second handle to the socket for when hyper has the first.
fn with_handle(stream: TcpStream) -> std::io::Result<(TcpStream, std::net::TcpStream)> {
    let stream = stream.into_std()?;
    let handle = stream.try_clone()?;
    Ok((TcpStream::from_std(stream)?, handle))
}

async fn respond(
    request: hyper::Request<Incoming>,
    shared: Arc<Shared>,
    reset: Arc<Notify>,
) -> Result<Response<Body>, hyper::Error> {
    let (head, body) = request.into_parts();
    let path = head.uri.path_and_query().map_or_else(|| head.uri.to_string(), ToString::to_string);
    let wire = body.collect().await?.to_bytes();
    let request = Request::new(head.method.to_string(), path, head.headers, wire);
    let protocol = request.protocol;
    let answer = shared.receive(request);
    tokio::time::sleep(answer.delay).await;
    match &answer.act {
        Act::Hang => pending().await,
        Act::Reset => {
            reset.notify_one();
            pending().await
        }
        Act::Status(status) => Ok(plain(*status, &answer)),
        Act::Grpc { .. } | Act::GrpcAfterMessage { .. } if protocol == Protocol::Http => Ok(plain(500, &answer)),
        Act::Ok if protocol == Protocol::Http => Ok(plain(200, &answer)),
        Act::Ok => Ok(unary(&answer, 0, "")),
        Act::GrpcAfterMessage { code, message } => Ok(unary(&answer, *code, message)),
        Act::Grpc { code, message, details } => Ok(trailers_only(&answer, *code, message, details.as_deref())),
    }
}

fn plain(status: u16, answer: &Answer) -> Response<Body> {
    let mut response = Response::new(Full::new(answer.body.clone()).boxed());
    *response.status_mut() = status.try_into().expect("the script names an HTTP status");
    let kind = if answer.accepts() { "application/x-protobuf" } else { "text/plain" };
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    with_headers(response, answer)
}

/// A message, then the status in the trailers.
fn unary(answer: &Answer, code: i32, message: &str) -> Response<Body> {
    let mut frame = vec![0];
    frame.extend(u32::try_from(answer.body.len()).expect("a small answer").to_be_bytes());
    frame.extend(&answer.body);
    let mut trailers = HeaderMap::from_iter([(HeaderName::from_static("grpc-status"), code.into())]);
    if !message.is_empty() {
        trailers.insert("grpc-message", HeaderValue::from_str(&percent(message)).expect("percent-encoded text"));
    }
    let body = Full::new(Bytes::from(frame)).with_trailers(async { Some(Ok(trailers)) });
    grpc(body.boxed(), answer)
}

/// No message, and the status in the headers.
fn trailers_only(answer: &Answer, code: i32, message: &str, details: Option<&[u8]>) -> Response<Body> {
    let mut response = grpc(Full::default().boxed(), answer);
    let headers = response.headers_mut();
    headers.insert("grpc-status", code.into());
    headers.insert("grpc-message", HeaderValue::from_str(&percent(message)).expect("percent-encoded text"));
    if let Some(details) = details {
        headers.insert(
            "grpc-status-details-bin",
            HeaderValue::from_str(&STANDARD_NO_PAD.encode(details)).expect("base64 text"),
        );
    }
    response
}

fn grpc(body: Body, answer: &Answer) -> Response<Body> {
    let mut response = Response::new(body);
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/grpc"));
    with_headers(response, answer)
}

fn with_headers(mut response: Response<Body>, answer: &Answer) -> Response<Body> {
    for (name, value) in &answer.headers {
        let name = HeaderName::try_from(name).expect("the script names a header");
        response.headers_mut().append(name, HeaderValue::try_from(value).expect("the script names a header value"));
    }
    response
}

/// <https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md#responses>
fn percent(message: &str) -> String {
    let escaped = |byte: u8| match byte {
        b' '..=b'~' if byte != b'%' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    message.bytes().map(escaped).collect()
}
