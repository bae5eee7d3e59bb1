use std::time::Duration;

use tracing_subscriber::layer::SubscriberExt;

use crate::{cost, small_spans, tell};

/// Builds with whatever is in the environment; if that can be done, tries to deliver a span, and then rests.
pub(crate) fn build(delivers: &str, rests: &str) {
    let [delivers, rests] = [delivers, rests].map(|millis| Duration::from_millis(millis.parse().expect("a number")));
    let openinference = match tracing_openinference::builder().build() {
        Ok(openinference) => openinference,
        Err(error) => return tell(&format!("error {error}")),
    };
    let subscriber = tracing_subscriber::registry().with(openinference.layer());
    tracing::subscriber::with_default(subscriber, || small_spans(1));
    let _ = openinference.flush(delivers);
    let before = cost::processor_time();
    std::thread::sleep(rests);
    let idle = cost::processor_time() - before;
    let report = openinference.shutdown(Duration::from_millis(100));
    tell(&format!("built {} {report}", idle.as_micros()));
}
