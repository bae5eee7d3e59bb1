//! The accounts as metrics, for a dashboard and an alert.

use std::sync::Arc;

use opentelemetry::{KeyValue, metrics::Meter};

use super::{Builder, output::Output};
use crate::ship::{Account, Dropped, Stats};

/// What [`Builder::meter`] was given.
#[derive(Default)]
pub(super) struct Observer(Option<Meter>);

impl Builder {
    /// Reports the numbers of [`Stats`] with this meter too, under the names of OpenTelemetry's
    /// [conventions](https://opentelemetry.io/docs/specs/semconv/otel/sdk-metrics/) for SDKs. They are read whenever the
    /// meter's provider collects, and cost nothing in between.
    ///
    /// | metric | what | `error.type` |
    /// |---|---|---|
    /// | `otel.sdk.processor.span.processed` | spans that left the queue, for the exporter or because a rule of yours dropped them; and those that were lost before | `queue_full`, `already_shutdown`, and every other [`Dropped`] with underscores |
    /// | `otel.sdk.processor.span.queue.size` | spans that wait: [`Stats::pending`] | |
    /// | `otel.sdk.processor.span.queue.capacity` | how many may wait | |
    /// | `otel.sdk.exporter.span.exported` | spans the backend has answered for, those [recovered](Stats::recovered) included | `rejected` |
    /// | `tracing_openinference.span.spooled` | spans on disk: [`Stats::spooled`] | |
    /// | `tracing_openinference.export.retries` | [`Stats::retries`] | |
    ///
    /// Each has `otel.component.name`, which ends in the number of the [backend](Self::also) from 0 on,
    /// `otel.component.type`, and `server.address` where spans are sent by OTLP.
    ///
    /// Defaults to none; a global meter is not looked for. Do not export these metrics through a layer that makes spans of
    /// what it does: a pipeline that reports on itself never rests.
    pub fn meter(mut self, meter: &Meter) -> Self {
        self.observer = Observer(Some(meter.clone()));
        self
    }
}

/// One backend, with what is said of it whatever is measured.
struct Observed {
    account: Account,
    attributes: Vec<KeyValue>,
}

/// What is read of a backend: numbers, each with the reason why something failed.
type Read<T> = fn(&Observed, &Stats) -> Vec<(T, Option<String>)>;

impl Observer {
    /// The meter keeps the counters of a pipeline, but neither its queue nor its thread.
    pub(super) fn watch(self, output: &Output) {
        let Some(meter) = self.0 else { return };
        let observed = |(number, account): (usize, Account)| {
            let attributes = attributes(number, account.endpoint.as_deref());
            Observed { account, attributes }
        };
        let backends: Arc<[Observed]> = output.accounts().into_iter().enumerate().map(observed).collect();
        let rising: [(&'static str, &'static str, &'static str, Read<u64>); 3] = [
            ("otel.sdk.processor.span.processed", "{span}", "The spans whose processing has finished.", processed),
            ("otel.sdk.exporter.span.exported", "{span}", "The spans whose export has finished.", exported),
            (
                "tracing_openinference.export.retries",
                "{attempt}",
                "Attempts after the first, of any batch.",
                |_, stats| vec![(stats.retries, None)],
            ),
        ];
        for (name, unit, what, read) in rising {
            let backends = Arc::clone(&backends);
            let counter = meter.u64_observable_counter(name).with_unit(unit).with_description(what);
            counter.with_callback(move |observer| each(&backends, read, |n, with| observer.observe(n, with))).build();
        }
        let moving: [(&'static str, &'static str, Read<i64>); 3] = [
            ("otel.sdk.processor.span.queue.size", "The spans in the queue.", |_, stats| vec![signed(stats.pending)]),
            ("otel.sdk.processor.span.queue.capacity", "The spans the queue can hold.", |backend, _| {
                backend.account.capacity.into_iter().map(|spans| signed(spans as u64)).collect()
            }),
            ("tracing_openinference.span.spooled", "The spans on disk.", |_, stats| vec![signed(stats.spooled)]),
        ];
        for (name, what, read) in moving {
            let backends = Arc::clone(&backends);
            let counter = meter.i64_observable_up_down_counter(name).with_unit("{span}").with_description(what);
            counter.with_callback(move |observer| each(&backends, read, |n, with| observer.observe(n, with))).build();
        }
    }
}

fn each<T>(backends: &[Observed], read: Read<T>, observe: impl Fn(T, &[KeyValue])) {
    for backend in backends {
        let stats = backend.account.counters.stats();
        for (number, error) in read(backend, &stats) {
            let error = error.map(|error| KeyValue::new("error.type", error));
            let attributes: Vec<_> = backend.attributes.iter().cloned().chain(error).collect();
            observe(number, &attributes);
        }
    }
}

fn processed(_: &Observed, stats: &Stats) -> Vec<(u64, Option<String>)> {
    let handed_on = stats.exported + stats.rejected + stats.dropped(Dropped::Selected);
    let lost = Dropped::ALL.into_iter().filter(|reason| *reason != Dropped::Selected && stats.dropped(*reason) > 0);
    let errors = lost.map(|reason| (stats.dropped(reason), Some(error_type(reason))));
    [(handed_on, None)].into_iter().chain(errors).collect()
}

fn exported(_: &Observed, stats: &Stats) -> Vec<(u64, Option<String>)> {
    let rejected = (stats.rejected > 0).then(|| (stats.rejected, Some("rejected".to_owned())));
    [(stats.exported + stats.recovered, None)].into_iter().chain(rejected).collect()
}

fn signed(spans: u64) -> (i64, Option<String>) {
    (i64::try_from(spans).unwrap_or(i64::MAX), None)
}

/// The conventions have a word for two of them.
fn error_type(reason: Dropped) -> String {
    match reason {
        Dropped::AfterShutdown => "already_shutdown".to_owned(),
        reason => reason.to_string().replace(' ', "_"),
    }
}

fn attributes(number: usize, endpoint: Option<&str>) -> Vec<KeyValue> {
    const TYPE: &str = env!("CARGO_PKG_NAME");
    let host = endpoint.and_then(super::endpoint::host).map(|host| KeyValue::new("server.address", host));
    let component =
        [KeyValue::new("otel.component.type", TYPE), KeyValue::new("otel.component.name", format!("{TYPE}/{number}"))];
    component.into_iter().chain(host).collect()
}
