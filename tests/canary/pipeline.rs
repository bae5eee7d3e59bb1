//! Spans through the whole pipeline, and everything that leaves it: bytes on the wire and lines in the log.

use std::collections::HashMap;
use std::io;
use std::sync::{Mutex, MutexGuard, Once, PoisonError};
use std::time::Duration;

use integration_tests::Collector;
use integration_tests::collector::Protocol;
use tracing::level_filters::LevelFilter;
use tracing::{Metadata, Subscriber};
use tracing_openinference::{Builder, OpenInference, TraceConfig};
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::{Layer, fmt};

use crate::carrier::Carrier;
use crate::secret::{Random, Search, Secret};

/// A way to the collector.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Way {
    pub(crate) protocol: Protocol,
    pub(crate) gzip: bool,
}

pub(crate) const HTTP: Way = Way { protocol: Protocol::Http, gzip: false };
pub(crate) const WAYS: [Way; 4] = [
    HTTP,
    Way { protocol: Protocol::Http, gzip: true },
    Way { protocol: Protocol::Grpc, gzip: false },
    Way { protocol: Protocol::Grpc, gzip: true },
];

/// What got out of a pipeline: names of carriers, with the form their secret has there.
#[derive(Debug)]
pub(crate) struct Told {
    pub(crate) sent: HashMap<&'static str, String>,
    /// In our own log lines, those of the libraries that send, and `Debug` and `Display` of what an application holds.
    pub(crate) said: HashMap<&'static str, String>,
}

/// Puts a secret of its own into each carrier.
pub(crate) fn tell(
    config: TraceConfig,
    way: Way,
    carriers: &[Carrier],
    random: &mut Random,
    secret: impl Fn(&mut Random) -> Secret,
) -> Told {
    let planted: Vec<_> = carriers.iter().map(|carrier| (carrier, secret(random))).collect();
    let search = Search::of(planted.iter().map(|(carrier, secret)| (carrier.name, secret)));
    listen();
    let heard = LOG.lock().len();

    let collector = Collector::start().answer_ok();
    let mut said = format!("{config:?}");
    let builder = to(&collector, way).trace_config(config).events(LevelFilter::TRACE);
    said += &format!("{builder:?}");
    let openinference = builder.build().expect("the settings are right");
    run(&openinference, || planted.iter().for_each(|(carrier, secret)| (carrier.tell)(secret)));
    said += &format!("{openinference:?} {:?} {}", openinference.stats(), openinference.stats());
    let report = openinference.shutdown(Duration::from_secs(20));
    said += &format!("{report:?} {report} {openinference:?}");
    assert!(report.is_complete(), "{report}");

    let sent = received(&collector, way);
    let log = LOG.lock()[heard..].to_vec();
    Told { sent: search.find(&sent), said: search.find(&[said.into_bytes(), log].concat()) }
}

/// Everything that the collector got.
pub(crate) fn received(collector: &Collector, way: Way) -> Vec<u8> {
    let mut sent = Vec::new();
    for request in collector.requests() {
        assert_eq!(request.protocol, way.protocol);
        assert_eq!(request.wire.len() < request.body.len(), way.gzip, "{way:?}");
        sent.extend_from_slice(&request.body);
        // Integers are not told from anything else by their bytes.
        sent.extend_from_slice(format!("{:?}{:?}", request.headers, request.decoded).as_bytes());
        sent.extend_from_slice(format!("{} {}", request.method, request.path).as_bytes());
    }
    sent
}

pub(crate) fn to(collector: &Collector, way: Way) -> Builder {
    let builder = tracing_openinference::builder().endpoint(collector.url()).gzip(way.gzip);
    if way.protocol == Protocol::Grpc { builder.grpc() } else { builder }
}

/// Runs `work` on this thread in the pipeline, with somebody who writes down what is said.
pub(crate) fn run(openinference: &OpenInference, work: impl FnOnce()) {
    let subscriber = tracing_subscriber::registry().with(openinference.layer()).with(listener());
    tracing::subscriber::with_default(subscriber, work);
}

/// Everything that was said in this process so far, by anybody but these tests.
pub(crate) fn log() -> String {
    String::from_utf8_lossy(&LOG.lock()).into_owned()
}

/// What the export threads say, and the libraries on them, at any level.
pub(crate) fn listen() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        tracing_log::LogTracer::init().expect("it is the first");
        let subscriber = tracing_subscriber::registry().with(listener());
        tracing::subscriber::set_global_default(subscriber).expect("it is the first");
    });
}

/// Not what these tests write on their spans: that is for the log of the application to print or not.
fn listener<S: Subscriber + for<'a> LookupSpan<'a>>() -> impl Layer<S> {
    let others = |metadata: &Metadata<'_>| !metadata.target().starts_with(env!("CARGO_CRATE_NAME"));
    fmt::layer().with_ansi(false).with_writer(|| LOG.lock()).with_filter(filter_fn(others))
}

struct Log(Mutex<Vec<u8>>);

static LOG: Log = Log(Mutex::new(Vec::new()));

impl Log {
    fn lock(&self) -> Writer<'_> {
        Writer(self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

struct Writer<'a>(MutexGuard<'a, Vec<u8>>);

impl std::ops::Deref for Writer<'_> {
    type Target = Vec<u8>;

    fn deref(&self) -> &Vec<u8> {
        &self.0
    }
}

impl io::Write for Writer<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
