use std::{fmt, future::Future, pin::Pin, time::Duration};

use opentelemetry_sdk::{
    Resource,
    error::{OTelSdkError, OTelSdkResult},
    trace::{SpanData, SpanExporter},
};

/// A [`SpanExporter`] of whatever type: the trait itself has an `async fn` and cannot be made into an object.
pub(crate) trait AnyExporter: fmt::Debug + Send + Sync {
    fn export(&self, spans: Vec<SpanData>) -> Pin<Box<dyn Future<Output = OTelSdkResult> + Send + '_>>;

    fn shutdown(&self, timeout: Duration) -> OTelSdkResult;

    fn set_resource(&mut self, resource: &Resource);
}

/// What an exporter or a processor that is not ours says may hold credentials or content; only its kind is told.
pub(crate) fn failure(whose: &str, error: &OTelSdkError) -> String {
    let what = match error {
        OTelSdkError::AlreadyShutdown => "was already shut down",
        OTelSdkError::Timeout(_) => "timed out",
        OTelSdkError::InternalFailure(_) => "failed",
    };
    format!("the {whose} {what}")
}

impl<E: SpanExporter> AnyExporter for E {
    fn export(&self, spans: Vec<SpanData>) -> Pin<Box<dyn Future<Output = OTelSdkResult> + Send + '_>> {
        Box::pin(SpanExporter::export(self, spans))
    }

    fn shutdown(&self, timeout: Duration) -> OTelSdkResult {
        SpanExporter::shutdown_with_timeout(self, timeout)
    }

    fn set_resource(&mut self, resource: &Resource) {
        SpanExporter::set_resource(self, resource);
    }
}
