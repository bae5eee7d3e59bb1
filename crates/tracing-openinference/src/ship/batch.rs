use std::time::Duration;

use super::otlp::Transport;
use crate::BuildError;

const QUEUE_SIZE: &str = "OTEL_BSP_MAX_QUEUE_SIZE";
const BATCH_SIZE: &str = "OTEL_BSP_MAX_EXPORT_BATCH_SIZE";
const DELAY: &str = "OTEL_BSP_SCHEDULE_DELAY";
const ATTEMPT: &str = "OTEL_BSP_EXPORT_TIMEOUT";

/// How spans are queued and gathered into requests.
///
/// What is not set here is read from the `OTEL_BSP_*` variables when the pipeline is built, and is a default
/// otherwise. A value of zero, or one that is not a number, fails the build: it would lose every span, or never rest.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[must_use = "settings do nothing until they are given to a builder"]
pub struct Batch {
    max_queue_size: Option<usize>,
    max_queue_bytes: Option<usize>,
    max_export_batch_size: Option<usize>,
    max_export_batch_bytes: Option<usize>,
    schedule_delay: Option<Duration>,
    export_timeout: Option<Duration>,
}

impl Batch {
    /// Settings that leave everything to the environment and the defaults.
    pub fn from_env() -> Self {
        Self::default()
    }

    /// Sets how many ended spans may wait for the export thread; what comes on top is dropped and counted.
    ///
    /// Defaults to `OTEL_BSP_MAX_QUEUE_SIZE`, else 131,072. That is far more than the 2,048 of other SDKs, because
    /// memory is bounded by [`max_queue_bytes`](Self::max_queue_bytes): a burst of small spans is not a reason to lose them.
    pub fn max_queue_size(self, spans: usize) -> Self {
        Self { max_queue_size: Some(spans), ..self }
    }

    /// Sets how many bytes of spans may be held: queued, in an attempt, and kept for another attempt.
    ///
    /// When the last quarter is being used, the content of large spans is cut before any span is dropped.
    /// Bytes are those of the request. In memory a span of less than a kilobyte takes two to three times as much.
    /// Defaults to 64 MiB.
    pub fn max_queue_bytes(self, bytes: usize) -> Self {
        Self { max_queue_bytes: Some(bytes), ..self }
    }

    /// Sets how many spans go into one request. Defaults to `OTEL_BSP_MAX_EXPORT_BATCH_SIZE`, else 512.
    pub fn max_export_batch_size(self, spans: usize) -> Self {
        Self { max_export_batch_size: Some(spans), ..self }
    }

    /// Sets how large one request may become, before compression; a single span that is larger has its content cut.
    ///
    /// Where a request is refused for its size, the next ones are smaller too; after a while of success larger ones are tried
    /// again. Defaults to 5 MiB over HTTP, and to 3.5 MiB over gRPC, whose receivers refuse more than 4 MiB.
    pub fn max_export_batch_bytes(self, bytes: usize) -> Self {
        Self { max_export_batch_bytes: Some(bytes), ..self }
    }

    /// Sets how long an ended span waits for others to share its request.
    ///
    /// Defaults to `OTEL_BSP_SCHEDULE_DELAY` in milliseconds, else one second: long enough to gather a trace,
    /// short enough to find it in the user interface when one looks there.
    pub fn schedule_delay(self, delay: Duration) -> Self {
        Self { schedule_delay: Some(delay), ..self }
    }

    /// Sets how long one attempt may take. An attempt that takes longer is repeated, like any that could not be made.
    ///
    /// Defaults to `OTEL_BSP_EXPORT_TIMEOUT` in milliseconds, else 30 seconds. The shorter of this and the timeout of
    /// the OTLP exporter counts.
    pub fn export_timeout(self, timeout: Duration) -> Self {
        Self { export_timeout: Some(timeout), ..self }
    }

    /// Fills what code left open from the environment.
    pub(crate) fn resolve(&self, lookup: &dyn Fn(&str) -> Option<String>) -> Result<Self, BuildError> {
        let number = |set: Option<usize>, name: &str| match set {
            Some(value) => Ok(Some(value)),
            None => positive(name, lookup(name)).map(|value| value.and_then(|value| usize::try_from(value).ok())),
        };
        let millis = |set: Option<Duration>, name: &str| match set {
            Some(value) => Ok(Some(value)),
            None => positive(name, lookup(name)).map(|value| value.map(Duration::from_millis)),
        };
        Ok(Self {
            max_queue_size: number(self.max_queue_size, QUEUE_SIZE)?,
            max_export_batch_size: number(self.max_export_batch_size, BATCH_SIZE)?,
            schedule_delay: millis(self.schedule_delay, DELAY)?,
            export_timeout: millis(self.export_timeout, ATTEMPT)?,
            ..self.clone()
        })
    }

    /// Every bound, and who decides about it.
    pub(crate) fn bounds(
        &self,
        lookup: &dyn Fn(&str) -> Option<String>,
        transport: Option<Transport>,
    ) -> Result<Vec<Bound>, BuildError> {
        let request_bytes = transport.map_or(usize::MAX, Transport::request_bytes);
        let Limits { queue_spans, queue_bytes, batch_spans, batch_bytes, delay, attempt } =
            self.resolve(lookup)?.limits(request_bytes)?;
        let bound = |name, value, in_code, variable| Bound { name, value, in_code, variable };
        Ok(vec![
            bound("queue, spans", queue_spans.to_string(), self.max_queue_size.is_some(), Some(QUEUE_SIZE)),
            bound("queue, bytes", queue_bytes.to_string(), self.max_queue_bytes.is_some(), None),
            bound("batch, spans", batch_spans.to_string(), self.max_export_batch_size.is_some(), Some(BATCH_SIZE)),
            bound("batch, bytes", batch_bytes.to_string(), self.max_export_batch_bytes.is_some(), None),
            bound("delay", format!("{delay:?}"), self.schedule_delay.is_some(), Some(DELAY)),
            bound("attempt", format!("{attempt:?}"), self.export_timeout.is_some(), Some(ATTEMPT)),
        ])
    }

    /// Puts defaults where nothing was said. `request_bytes` is the transport's limit.
    pub(super) fn limits(&self, request_bytes: usize) -> Result<Limits, BuildError> {
        let queue_spans = above_zero("max_queue_size", self.max_queue_size, 131_072)?;
        let queue_bytes = above_zero("max_queue_bytes", self.max_queue_bytes, 64 << 20)?;
        let batch_bytes = above_zero("max_export_batch_bytes", self.max_export_batch_bytes, request_bytes)?;
        Ok(Limits {
            queue_spans,
            queue_bytes,
            batch_spans: above_zero("max_export_batch_size", self.max_export_batch_size, 512)?.min(queue_spans),
            batch_bytes: batch_bytes.min(queue_bytes),
            delay: lasting("schedule_delay", self.schedule_delay, Duration::from_secs(1))?,
            attempt: lasting("export_timeout", self.export_timeout, Duration::from_secs(30))?,
        })
    }
}

/// One bound in force, for a person to read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Bound {
    pub(crate) name: &'static str,
    pub(crate) value: String,
    /// Code said it.
    pub(crate) in_code: bool,
    /// Who else can.
    pub(crate) variable: Option<&'static str>,
}

/// The bounds that are in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Limits {
    pub(super) queue_spans: usize,
    pub(super) queue_bytes: usize,
    pub(super) batch_spans: usize,
    pub(super) batch_bytes: usize,
    pub(super) delay: Duration,
    pub(super) attempt: Duration,
}

fn positive(name: &str, value: Option<String>) -> Result<Option<u64>, BuildError> {
    let Some(value) = value.filter(|value| !value.trim().is_empty()) else { return Ok(None) };
    match value.trim().parse() {
        Ok(0) | Err(_) => Err(BuildError::Setting {
            setting: name.to_owned(),
            value,
            problem: "is not a whole number above zero".to_owned(),
        }),
        Ok(number) => Ok(Some(number)),
    }
}

fn above_zero(setting: &str, value: Option<usize>, default: usize) -> Result<usize, BuildError> {
    match value {
        Some(0) => Err(zero(setting, "0")),
        other => Ok(other.unwrap_or(default)),
    }
}

/// A day at most: deadlines are sums of instants and durations, which must not overflow.
fn lasting(setting: &str, value: Option<Duration>, default: Duration) -> Result<Duration, BuildError> {
    match value {
        Some(Duration::ZERO) => Err(zero(setting, "0s")),
        other => Ok(other.unwrap_or(default).min(Duration::from_secs(86_400))),
    }
}

fn zero(setting: &str, value: &str) -> BuildError {
    BuildError::Setting {
        setting: setting.to_owned(),
        value: value.to_owned(),
        problem: "has to be above zero".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_beats_environment_beats_default() {
        let lookup = |name: &str| match name {
            "OTEL_BSP_MAX_QUEUE_SIZE" => Some(" 4096 ".to_owned()),
            "OTEL_BSP_SCHEDULE_DELAY" => Some("250".to_owned()),
            "OTEL_BSP_EXPORT_TIMEOUT" => Some(String::new()),
            _ => None,
        };
        let limits =
            Batch::from_env().max_queue_size(7).resolve(&lookup).and_then(|batch| batch.limits(1 << 20)).unwrap();
        assert_eq!(limits.queue_spans, 7);
        assert_eq!(limits.batch_spans, 7, "a batch is never larger than the queue");
        assert_eq!(limits.batch_bytes, 1 << 20);
        assert_eq!(limits.delay, Duration::from_millis(250));
        assert_eq!(limits.attempt, Duration::from_secs(30));
    }

    #[test]
    fn what_is_not_a_number_above_zero_fails_the_build_by_name() {
        for bad in ["0", "-1", "many", "1.5", "99999999999999999999999"] {
            let error = Batch::default().resolve(&|name| (name == "OTEL_BSP_SCHEDULE_DELAY").then(|| bad.to_owned()));
            let text = error.unwrap_err().to_string();
            assert!(text.contains("OTEL_BSP_SCHEDULE_DELAY") && text.contains(bad), "{text}");
        }
        let error = Batch::default().export_timeout(Duration::ZERO).limits(1).unwrap_err().to_string();
        assert!(error.contains("export_timeout"), "{error}");
    }
}
