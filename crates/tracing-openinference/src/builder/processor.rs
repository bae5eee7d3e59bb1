use std::{sync::Arc, time::Duration};

use opentelemetry::Context;
use opentelemetry_sdk::{
    Resource,
    error::OTelSdkResult,
    trace::{Span, SpanData, SpanProcessor},
};

use super::{env::Env, stages::Stages};
use crate::{
    attributes::last_write_wins,
    capture::Warnings,
    convert::Conversion,
    redact::TraceConfig,
    select::{DropSpans, Limits, Select},
};

/// The stages without the layer: conversion, redaction and selection in front of a [`SpanProcessor`] of an
/// [`SdkTracerProvider`](opentelemetry_sdk::trace::SdkTracerProvider), for those who make spans with plain OpenTelemetry or
/// keep `tracing-opentelemetry`.
///
/// Register only this wrapper: a processor that is registered beside it sees the spans as they were.
///
/// ```
/// use opentelemetry_sdk::trace::{BatchSpanProcessor, SdkTracerProvider};
/// use tracing_openinference::{Console, OpenInferenceProcessor, TraceConfig};
///
/// let batch = BatchSpanProcessor::builder(Console::stderr()).build();
/// let processor = OpenInferenceProcessor::new(batch).trace_config(TraceConfig::from_env().hide_inputs(true));
/// let provider = SdkTracerProvider::builder().with_span_processor(processor).build();
/// # let _ = provider;
/// ```
#[derive(Debug)]
#[must_use = "a processor does nothing until it is registered with a provider"]
pub struct OpenInferenceProcessor<P> {
    next: P,
    stages: Stages,
    /// About the policy; for the log, once there is a span.
    warnings: Warnings,
}

impl<P: SpanProcessor> OpenInferenceProcessor<P> {
    /// Puts the stages in front of `next`. What to hide is read from the environment; see
    /// [`trace_config`](Self::trace_config).
    pub fn new(next: P) -> Self {
        let stages = Stages::new(Conversion::default(), Limits::default(), Vec::new());
        Self { next, stages, warnings: Warnings::default() }.trace_config(TraceConfig::new())
    }

    /// Sets what is hidden; what `config` leaves open is read from the `OPENINFERENCE_*` variables. One that cannot be read
    /// hides, and the log says so when the first span ends.
    pub fn trace_config(mut self, config: TraceConfig) -> Self {
        self.warnings = Warnings::new(self.stages.set_trace_config(&config, &Env::process()));
        self
    }

    /// Drops the spans for which `rule` returns `true`; may be called more than once.
    pub fn drop_spans(mut self, rule: impl Fn(&SpanData) -> bool + Send + Sync + 'static) -> Self {
        self.stages.select.push(Arc::new(DropSpans(rule)) as Arc<dyn Select>);
        self
    }

    /// Sets the kind of spans that say nothing of theirs. Defaults to `CHAIN`.
    pub fn default_kind(self, kind: openinference_semconv::SpanKind) -> Self {
        self.stages.edit(|conversion| conversion.default_kind = kind);
        self
    }

    /// Whether attributes of another vocabulary stay beside their translation. Defaults to `false`. See
    /// [`Builder::keep_sources`](crate::Builder::keep_sources).
    pub fn keep_sources(self, keep_sources: bool) -> Self {
        self.stages.edit(|conversion| conversion.keep_sources = keep_sources);
        self
    }
}

impl<P: SpanProcessor> SpanProcessor for OpenInferenceProcessor<P> {
    fn on_start(&self, span: &mut Span, context: &Context) {
        self.next.on_start(span, context);
    }

    fn on_end(&self, mut span: SpanData) {
        self.warnings.say(|| None);
        last_write_wins(&mut span.attributes);
        if let Some(span) = self.stages.run(span) {
            self.next.on_end(span);
        }
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.next.force_flush()
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.next.shutdown_with_timeout(timeout)
    }

    fn shutdown(&self) -> OTelSdkResult {
        self.next.shutdown()
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.next.set_resource(resource);
    }
}
