use std::{
    collections::BTreeMap,
    time::{Duration, SystemTime},
};

use integration_tests::collector::{Collector, attributes};
use opentelemetry_proto::tonic::trace::v1::Span;
use serde_json::Value;

/// A span as the collector has it.
#[derive(Debug)]
pub(crate) struct Sent {
    pub(crate) span: Span,
    pub(crate) attributes: BTreeMap<String, Value>,
}

impl Sent {
    /// The attribute of this key; `null` if it is not there.
    pub(crate) fn attribute(&self, key: &str) -> &Value {
        self.attributes.get(key).unwrap_or(&Value::Null)
    }

    pub(crate) fn kind(&self) -> &str {
        self.attribute("openinference.span.kind").as_str().unwrap_or_default()
    }

    /// 0 is unset, 1 OK, 2 an error.
    pub(crate) fn status(&self) -> i32 {
        self.span.status.as_ref().map_or(0, |status| status.code)
    }

    pub(crate) fn began(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_nanos(self.span.start_time_unix_nano)
    }

    pub(crate) fn ended(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_nanos(self.span.end_time_unix_nano)
    }
}

/// The accepted spans, by trace, each trace from its beginning.
pub(crate) fn traces(collector: &Collector) -> BTreeMap<Vec<u8>, Vec<Sent>> {
    let mut traces: BTreeMap<Vec<u8>, Vec<Sent>> = BTreeMap::new();
    for span in collector.spans() {
        let attributes = attributes(&span.attributes);
        traces.entry(span.trace_id.clone()).or_default().push(Sent { span, attributes });
    }
    for trace in traces.values_mut() {
        trace.sort_by_key(|sent| sent.span.start_time_unix_nano);
    }
    traces
}

/// The only trace.
pub(crate) fn trace(collector: &Collector) -> Vec<Sent> {
    let mut traces = traces(collector);
    assert_eq!(traces.len(), 1, "{traces:#?}");
    traces.pop_first().expect("there is one").1
}

/// The only span of this name.
pub(crate) fn named<'a>(trace: &'a [Sent], name: &str) -> &'a Sent {
    let named: Vec<_> = trace.iter().filter(|sent| sent.span.name == name).collect();
    assert_eq!(named.len(), 1, "spans named {name} in {trace:#?}");
    named[0]
}
