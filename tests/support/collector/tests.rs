use std::io::Write;
use std::net::TcpStream;

use bytes::{Buf, BufMut, Bytes};
use opentelemetry_proto::tonic::collector::trace::v1::{ExportTraceServiceRequest, ExportTraceServiceResponse};
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans};
use prost::Message;
use tonic::codec::{Codec, CompressionEncoding, DecodeBuf, Decoder, EncodeBuf, Encoder};

use super::*;

#[test]
fn an_unscripted_request_is_refused() {
    let collector = Collector::start();
    assert_eq!(post(&collector, &message("a"), "").map(|answer| answer.0), Some(500));
    assert_eq!(call(&collector, message("a")).map_err(|status| i32::from(status.code())), Err(13));
    assert_eq!(collector.requests().len(), 2);
    assert!(collector.spans().is_empty());
}

#[test]
fn a_script_is_followed_and_then_the_rule() {
    let collector = Collector::start().answer_ok();
    collector.script([Answer::status(503).header("retry-after", "2").body("later"), Answer::partial(1, "one")]);
    assert_eq!(post(&collector, &message("a"), ""), Some((503, Some("2".to_owned()), Bytes::from("later"))));
    let (status, _, body) = post(&collector, &message("b"), "").unwrap();
    let partial = ExportTraceServiceResponse::decode(body).unwrap().partial_success.unwrap();
    assert_eq!((status, partial.rejected_spans, &*partial.error_message), (200, 1, "one"));
    assert_eq!(post(&collector, &message("c"), "").map(|answer| answer.0), Some(200));
    assert_eq!(names(&collector), ["b", "c"]);
}

#[test]
fn a_request_is_kept_as_it_came_and_as_it_was_meant() {
    let collector = Collector::start().answer_ok();
    post(&collector, &message("zipped"), "gzip");
    let request = collector.requests().remove(0);
    assert_eq!((request.protocol, &*request.method, &*request.path), (Protocol::Http, "POST", "/v1/traces?x=1"));
    assert_eq!(request.header("x-project"), Some("p"));
    assert_eq!(request.wire[..2], [0x1f, 0x8b]);
    assert_eq!(collector.bytes(), message("zipped"));
    assert!(collector.saw("zipped") && collector.saw("application/x-protobuf") && !collector.saw("zapped"));
}

#[test]
fn grpc_is_taken_too_and_unpacked() {
    let collector = Collector::start().answer_ok();
    assert_eq!(call(&collector, message("called")).unwrap(), Bytes::new());
    let request = collector.requests().remove(0);
    assert_eq!(request.protocol, Protocol::Grpc);
    assert_eq!(request.path, "/opentelemetry.proto.collector.trace.v1.TraceService/Export");
    assert_eq!((request.header("grpc-encoding"), request.wire[0]), (Some("gzip"), 1));
    assert_eq!(names(&collector), ["called"]);
}

#[test]
fn grpc_statuses_carry_messages_and_details() {
    let collector = Collector::start();
    collector.script([Answer::grpc_with_details(8, "50 % späť\n", &b"retry"[..])]);
    let status = call(&collector, message("a")).unwrap_err();
    assert_eq!((i32::from(status.code()), status.message(), status.details()), (8, "50 % späť\n", &b"retry"[..]));
}

#[test]
fn a_proxy_may_answer_a_grpc_call_with_a_page() {
    let collector = Collector::start();
    collector.script([Answer::status(503)]);
    assert_eq!(call(&collector, message("a")).unwrap_err().code(), tonic::Code::Unavailable);
}

#[test]
fn a_reset_cuts_the_connection_and_only_that_one() {
    let collector = Collector::start().answer_ok();
    collector.script([Answer::reset(), Answer::reset()]);
    assert_eq!(post(&collector, &message("a"), ""), None);
    assert!(call(&collector, message("b")).is_err());
    assert_eq!(post(&collector, &message("c"), "").map(|answer| answer.0), Some(200));
    assert_eq!(names(&collector), ["c"]);
}

#[test]
fn an_answer_can_be_late_or_never_come() {
    let collector = Collector::start();
    collector.script([Answer::ok().after(Duration::from_millis(50)), Answer::hang()]);
    let asked = Instant::now();
    post(&collector, &message("slow"), "");
    assert!(asked.elapsed() >= Duration::from_millis(50));
    let hung = std::thread::scope(|scope| {
        let hung = scope.spawn(|| post(&collector, &message("hung"), ""));
        collector.await_requests(2);
        hung.join().unwrap()
    });
    assert_eq!(hung, None);
}

#[test]
fn a_stopped_collector_refuses_and_can_come_back() {
    let collector = Collector::start().answer_ok();
    let address = collector.address();
    let mut kept = TcpStream::connect(address).unwrap();
    kept.write_all(b"POST /v1/traces HTTP/1.1\r\n").unwrap();
    drop(collector);
    assert!(TcpStream::connect(address).is_err());
    let collector = Collector::start_at(address).answer_ok();
    assert_eq!(post(&collector, &message("back"), "").map(|answer| answer.0), Some(200));
}

fn names(collector: &Collector) -> Vec<String> {
    collector.spans().into_iter().map(|span| span.name).collect()
}

fn message(name: &str) -> Vec<u8> {
    let spans = vec![Span { name: name.to_owned(), ..Span::default() }];
    let scope_spans = vec![ScopeSpans { spans, ..ScopeSpans::default() }];
    let resource_spans = vec![ResourceSpans { scope_spans, ..ResourceSpans::default() }];
    ExportTraceServiceRequest { resource_spans }.encode_to_vec()
}

/// Status, `Retry-After` and body of the answer; `None` when none comes within half a second.
fn post(collector: &Collector, message: &[u8], encoding: &str) -> Option<(u16, Option<String>, Bytes)> {
    let patience = Some(Duration::from_millis(500));
    let agent = ureq::Agent::config_builder().http_status_as_error(false).proxy(None).timeout_global(patience).build();
    let request = ureq::Agent::from(agent)
        .post(format!("{}/v1/traces?x=1", collector.url()))
        .header("content-type", "application/x-protobuf")
        .header("x-project", "p");
    let answer = if encoding == "gzip" {
        let mut zipped = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        zipped.write_all(message).unwrap();
        request.header("content-encoding", "gzip").send(zipped.finish().unwrap())
    } else {
        request.send(message)
    };
    let mut answer = answer.ok()?;
    let retry_after = answer.headers().get("retry-after").map(|value| value.to_str().unwrap().to_owned());
    Some((answer.status().as_u16(), retry_after, answer.body_mut().read_to_vec().unwrap().into()))
}

fn call(collector: &Collector, message: Vec<u8>) -> Result<Bytes, tonic::Status> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let channel = tonic::transport::Endpoint::from_shared(collector.url()).unwrap().connect().await.unwrap();
        let mut client = tonic::client::Grpc::new(channel).send_compressed(CompressionEncoding::Gzip);
        client.ready().await.unwrap();
        let path = "/opentelemetry.proto.collector.trace.v1.TraceService/Export".parse().unwrap();
        let request = tonic::Request::new(Bytes::from(message));
        client.unary(request, path, Plain).await.map(tonic::Response::into_inner)
    })
}

/// Messages that are bytes already.
#[derive(Default)]
struct Plain;

impl Codec for Plain {
    type Encode = Bytes;
    type Decode = Bytes;
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        Self
    }

    fn decoder(&mut self) -> Self {
        Self
    }
}

impl Encoder for Plain {
    type Item = Bytes;
    type Error = tonic::Status;

    fn encode(&mut self, item: Bytes, buffer: &mut EncodeBuf<'_>) -> Result<(), tonic::Status> {
        buffer.put(item);
        Ok(())
    }
}

impl Decoder for Plain {
    type Item = Bytes;
    type Error = tonic::Status;

    fn decode(&mut self, buffer: &mut DecodeBuf<'_>) -> Result<Option<Bytes>, tonic::Status> {
        Ok(Some(buffer.copy_to_bytes(buffer.remaining())))
    }
}
