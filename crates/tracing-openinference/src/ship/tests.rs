//! The whole stage against a server on a real socket.

mod accounting;
mod budget;
mod exit;
mod outage;
mod size;
mod spool;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use opentelemetry::trace::{SpanContext, SpanId, SpanKind, Status, TraceFlags, TraceId, TraceState};
use opentelemetry::{InstrumentationScope, KeyValue, Value};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::trace::v1::Span as ProtoSpan;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{SpanData, SpanEvents, SpanLinks, SpanProcessor};
use prost::Message;

use super::{
    Batch, Compression, Destination, Dropped, Otlp, Report, RunStages, Settings, Shipper, Stages, Stats, Transport,
};

const PATIENCE: Duration = Duration::from_secs(20);

/// A request as it came over the wire.
#[derive(Clone, Debug)]
struct Arrival {
    head: String,
    body: Vec<u8>,
}

impl Arrival {
    fn request(&self) -> ExportTraceServiceRequest {
        ExportTraceServiceRequest::decode(&self.body[..]).unwrap()
    }

    fn spans(&self) -> Vec<ProtoSpan> {
        let resources = self.request().resource_spans.into_iter();
        resources.flat_map(|resource| resource.scope_spans).flat_map(|scope| scope.spans).collect()
    }
}

/// What the server does with a request.
enum Reply {
    Status(u16, &'static str),
    Body(&'static str, &'static [u8]),
    Hang,
    Close,
}

type Script = Arc<dyn Fn(usize, &Arrival) -> Reply + Send + Sync>;

/// A collector that does as it is told. It lives until the process ends.
struct Server {
    address: SocketAddr,
    arrivals: Arc<Mutex<Vec<Arrival>>>,
}

impl Server {
    fn start(script: impl Fn(usize, &Arrival) -> Reply + Send + Sync + 'static) -> Self {
        Self::on(TcpListener::bind("127.0.0.1:0").unwrap(), script)
    }

    fn on(listener: TcpListener, script: impl Fn(usize, &Arrival) -> Reply + Send + Sync + 'static) -> Self {
        let (address, arrivals) = (listener.local_addr().unwrap(), Arc::new(Mutex::new(Vec::new())));
        let (script, shared): (Script, _) = (Arc::new(script), Arc::clone(&arrivals));
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (script, arrivals) = (Arc::clone(&script), Arc::clone(&shared));
                thread::spawn(move || serve(stream.unwrap(), &script, &arrivals));
            }
        });
        Self { address, arrivals }
    }

    fn accepting() -> Self {
        Self::start(|_, _| Reply::Status(200, ""))
    }

    fn url(&self) -> String {
        format!("http://{}/v1/traces", self.address)
    }

    fn arrivals(&self) -> Vec<Arrival> {
        self.arrivals.lock().unwrap().clone()
    }

    fn names(&self) -> Vec<String> {
        self.arrivals().iter().flat_map(Arrival::spans).map(|span| span.name).collect()
    }
}

fn serve(mut stream: TcpStream, script: &Script, arrivals: &Mutex<Vec<Arrival>>) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    loop {
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            if reader.read_line(&mut head).unwrap_or(0) == 0 {
                return;
            }
        }
        let head = head.to_ascii_lowercase();
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap_or("0");
        let mut body = vec![0; length.parse().unwrap()];
        reader.read_exact(&mut body).unwrap();
        let arrival = Arrival { head, body };
        let number = {
            let mut arrivals = arrivals.lock().unwrap();
            arrivals.push(arrival.clone());
            arrivals.len()
        };
        let (status, headers, body): (u16, &str, &[u8]) = match script(number, &arrival) {
            Reply::Status(status, headers) => (status, headers, b""),
            Reply::Body(headers, body) => (200, headers, body),
            Reply::Hang => return thread::sleep(Duration::from_secs(60)),
            Reply::Close => return,
        };
        let head = format!("HTTP/1.1 {status} -\r\n{headers}content-length: {}\r\n\r\n", body.len());
        let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body));
    }
}

/// An address where nobody listens, until somebody does.
fn free_address() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

fn otlp(url: &str) -> Otlp {
    Otlp {
        url: url.to_owned(),
        transport: Transport::Http,
        headers: vec![("authorization".to_owned(), "Bearer key".to_owned())],
        timeout: Duration::from_secs(10),
        compression: Compression::None,
        tls: Box::default(),
    }
}

fn settings(url: &str) -> Settings {
    Settings {
        destination: Destination::Otlp(otlp(url)),
        batch: Batch::default().schedule_delay(Duration::from_millis(20)),
        resource: Resource::builder_empty().with_service_name("bot").build(),
        stages: None,
        run_stages: Arc::new(|| RunStages::OnClose),
        spool: None,
    }
}

fn shipper(url: &str) -> Shipper {
    Shipper::start(settings(url)).unwrap()
}

/// A sampled span with a trace, an id and a time, and this name.
pub(super) fn span(name: impl Into<String>) -> SpanData {
    let name = name.into();
    let id = name.bytes().fold(1_u64, |id, byte| id.wrapping_mul(31).wrapping_add(u64::from(byte)));
    let (trace, id) = (TraceId::from(u128::from(id)), SpanId::from(id));
    SpanData {
        span_context: SpanContext::new(trace, id, TraceFlags::SAMPLED, false, TraceState::NONE),
        parent_span_id: SpanId::INVALID,
        parent_span_is_remote: false,
        span_kind: SpanKind::Internal,
        name: name.into(),
        start_time: SystemTime::now(),
        end_time: SystemTime::now(),
        attributes: Vec::new(),
        dropped_attributes_count: 0,
        events: SpanEvents::default(),
        links: SpanLinks::default(),
        status: Status::Unset,
        instrumentation_scope: InstrumentationScope::builder("tests").build(),
    }
}

/// A span that holds this many bytes of text.
pub(super) fn large_span(name: &str, bytes: usize) -> SpanData {
    SpanData { attributes: vec![KeyValue::new("input.value", "so much text, ".repeat(bytes / 14))], ..span(name) }
}

fn names(range: std::ops::Range<usize>) -> Vec<String> {
    range.map(|number| format!("span {number}")).collect()
}

fn end_all(shipper: &Shipper, range: std::ops::Range<usize>) {
    names(range).into_iter().for_each(|name| shipper.on_end(span(name)));
}

/// Every span that was created is somewhere.
fn assert_adds_up(stats: &Stats) {
    let settled = stats.exported + stats.rejected + stats.dropped_total() + stats.spooled;
    assert_eq!(stats.created, settled + stats.pending, "{stats}");
}

fn eventually(what: &str, mut holds: impl FnMut() -> bool) {
    let start = Instant::now();
    while !holds() {
        assert!(start.elapsed() < PATIENCE, "not within {PATIENCE:?}: {what}");
        thread::sleep(Duration::from_millis(2));
    }
}
