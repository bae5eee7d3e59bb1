//! One subscriber, two layers: ours and that of `tracing-opentelemetry`.

use integration_tests::Recorder;
use opentelemetry::trace::{SpanId, TraceId, TracerProvider};
use opentelemetry_sdk::trace::{
    IdGenerator, InMemorySpanExporter, SdkTracer, SdkTracerProvider, SpanData, SpanProcessor,
};
use tracing::{Dispatch, Subscriber};
use tracing_openinference::{Builder, OpenInference};
use tracing_opentelemetry::OpenTelemetryLayer;
use tracing_subscriber::{Layer, Registry, filter::Targets, prelude::*, registry::LookupSpan};

/// Which layer is added to the registry first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum First {
    Ours,
    Theirs,
}

pub(crate) const BOTH: [First; 2] = [First::Ours, First::Theirs];

/// How a [`Pair`] is set up.
pub(crate) struct Setup {
    builder: Builder,
    theirs: opentelemetry_sdk::trace::TracerProviderBuilder,
    their_filter: Option<Targets>,
    context_activation: bool,
    innermost: Option<Box<dyn Layer<Registry> + Send + Sync>>,
}

impl Setup {
    pub(crate) fn new() -> Self {
        Self {
            builder: tracing_openinference::builder(),
            theirs: SdkTracerProvider::builder(),
            their_filter: None,
            context_activation: true,
            innermost: None,
        }
    }

    pub(crate) fn builder(self, edit: impl FnOnce(Builder) -> Builder) -> Self {
        Self { builder: edit(self.builder), ..self }
    }

    pub(crate) fn filter(self, directives: &str) -> Self {
        self.builder(|builder| builder.filter(directives))
    }

    pub(crate) fn their_filter(self, directives: &str) -> Self {
        Self { their_filter: Some(directives.parse().expect("directives")), ..self }
    }

    pub(crate) fn their_sampler(self, sampler: impl opentelemetry_sdk::trace::ShouldSample + 'static) -> Self {
        Self { theirs: self.theirs.with_sampler(sampler), ..self }
    }

    pub(crate) fn their_processor(self, processor: impl SpanProcessor + 'static) -> Self {
        Self { theirs: self.theirs.with_span_processor(processor), ..self }
    }

    pub(crate) fn their_ids(self, ids: impl IdGenerator + 'static) -> Self {
        Self { theirs: self.theirs.with_id_generator(ids), ..self }
    }

    pub(crate) fn context_activation(self, context_activation: bool) -> Self {
        Self { context_activation, ..self }
    }

    /// A layer below both.
    pub(crate) fn innermost(self, layer: impl Layer<Registry> + Send + Sync) -> Self {
        Self { innermost: Some(layer.boxed()), ..self }
    }

    pub(crate) fn in_order(self, first: First) -> Pair {
        let ours = Recorder::new();
        let theirs = InMemorySpanExporter::default();
        let provider = self.theirs.with_simple_exporter(theirs.clone()).build();
        let handle = self.builder.span_processor(ours.clone()).build().expect("a pipeline");
        let (filter, activation) = (self.their_filter, self.context_activation);
        let dispatch = match first {
            First::Ours => {
                let registry = Registry::default().with(self.innermost).with(handle.layer());
                filtered(registry, their_layer(&provider, activation), filter)
            }
            First::Theirs => match filter {
                Some(filter) => {
                    let theirs = their_layer(&provider, activation).with_filter(filter);
                    Dispatch::new(Registry::default().with(self.innermost).with(theirs).with(handle.layer()))
                }
                None => {
                    let theirs = their_layer(&provider, activation);
                    Dispatch::new(Registry::default().with(self.innermost).with(theirs).with(handle.layer()))
                }
            },
        };
        Pair { ours, theirs, handle, provider, dispatch }
    }
}

fn filtered<S>(registry: S, layer: OpenTelemetryLayer<S, SdkTracer>, filter: Option<Targets>) -> Dispatch
where
    S: Subscriber + for<'a> LookupSpan<'a> + Send + Sync + 'static,
{
    match filter {
        Some(filter) => Dispatch::new(registry.with(layer.with_filter(filter))),
        None => Dispatch::new(registry.with(layer)),
    }
}

fn their_layer<S>(provider: &SdkTracerProvider, context_activation: bool) -> OpenTelemetryLayer<S, SdkTracer>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    tracing_opentelemetry::layer().with_tracer(provider.tracer("theirs")).with_context_activation(context_activation)
}

pub(crate) struct Pair {
    pub(crate) ours: Recorder,
    pub(crate) theirs: InMemorySpanExporter,
    pub(crate) handle: OpenInference,
    pub(crate) provider: SdkTracerProvider,
    pub(crate) dispatch: Dispatch,
}

impl Pair {
    /// Runs `work` with both layers; every span it opens must be dropped in it.
    pub(crate) fn run<T>(&self, work: impl FnOnce() -> T) -> T {
        tracing::dispatcher::with_default(&self.dispatch, work)
    }

    pub(crate) fn their_spans(&self) -> Vec<SpanData> {
        self.theirs.get_finished_spans().expect("not shut down")
    }

    /// Their only span of this name.
    #[track_caller]
    pub(crate) fn their_span(&self, name: &str) -> SpanData {
        let mut named: Vec<_> = self.their_spans().into_iter().filter(|span| span.name == name).collect();
        assert_eq!(named.len(), 1, "their spans named {name:?}");
        named.remove(0)
    }

    /// The whole of both exports is the same as far as ids go: every span, its trace and its parent.
    #[track_caller]
    pub(crate) fn assert_same(&self) {
        let (ours, theirs) = (ids(self.ours.spans()), ids(self.their_spans()));
        assert_eq!(ours, theirs, "ours and theirs");
        assert!(!ours.is_empty());
    }
}

/// Name, trace, span and parent of every span, in a fixed order.
pub(crate) fn ids(spans: Vec<SpanData>) -> Vec<(String, TraceId, SpanId, SpanId)> {
    let mut ids: Vec<_> = spans
        .into_iter()
        .map(|span| {
            let context = span.span_context;
            (span.name.into_owned(), context.trace_id(), context.span_id(), span.parent_span_id)
        })
        .collect();
    ids.sort_by_key(|(name, trace, span, _)| (name.clone(), trace.to_bytes(), span.to_bytes()));
    ids
}
