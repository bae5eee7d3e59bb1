use std::fmt::Debug;
use std::time::{Duration, Instant};

use tracing::field::{Field, Visit};
use tracing::level_filters::LevelFilter;
use tracing::{Event, Subscriber};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;

use crate::{PATIENCE, small_spans, tell};

/// Tells the test what the pipeline says in the log.
pub(crate) struct Log;

impl<S: Subscriber> Layer<S> for Log {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        if event.metadata().target() == "tracing_openinference" {
            event.record(&mut Line);
        }
    }
}

struct Line;

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        let line = format!("{value:?}");
        // Where traces go is said at every start.
        if field.name() == "message" && !line.starts_with("traces of ") {
            tell(&line);
        }
    }
}

/// Five hundred spans a second for four seconds, whatever becomes of them.
pub(crate) fn log() {
    let openinference = tracing_openinference::builder().build().expect("the settings are right");
    tracing_subscriber::registry().with(openinference.layer()).with(Log).init();
    let start = Instant::now();
    while start.elapsed() < Duration::from_secs(4) {
        small_spans(5);
        std::thread::sleep(Duration::from_millis(10));
    }
    let report = openinference.shutdown(PATIENCE);
    tell(&format!("= {} {}", report.stats.created, report.stats.exported));
}

/// One span under a filter that lets everything through that the delivery of it could possibly write.
pub(crate) fn feedback() {
    let filter = "trace,h2=trace,hyper=trace,hyper_util=trace,tonic=trace,tower=trace,reqwest=trace,rustls=trace,\
                  opentelemetry=trace,opentelemetry_sdk=trace,opentelemetry-otlp=trace,tracing_openinference=trace";
    let openinference = tracing_openinference::builder()
        .filter(filter)
        .events(LevelFilter::TRACE)
        .build()
        .expect("the settings are right");
    tracing_subscriber::registry().with(openinference.layer()).init();
    small_spans(1);
    // The filter does let them through.
    for span in [tracing::trace_span!(target: "h2", "theirs"), tracing::trace_span!(target: "hyper_util", "theirs")] {
        drop(span);
    }
    let _ = openinference.flush(PATIENCE);
    std::thread::sleep(Duration::from_secs(3));
    let report = openinference.shutdown(PATIENCE);
    tell(&format!("{} {}", report.stats.created, report.stats.exported));
}
