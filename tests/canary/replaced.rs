//! More than one policy in the life of a span: one that is replaced while the span is open or waits to be sent, and those
//! of several backends and layers. Each hides all that it speaks of.

use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use integration_tests::Collector;
use integration_tests::secrets::FLAGS;
use tracing::dispatcher::WeakDispatch;
use tracing::span::{Attributes, Id};
use tracing::{Dispatch, Subscriber, subscriber};
use tracing_openinference::{Backend, Batch, OpenInference, TraceConfig};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::{Context, SubscriberExt};

use crate::carrier::{Carrier, carriers};
use crate::pipeline::{HTTP, received, run, to};
use crate::secret::{Random, Search, Secret};
use crate::{all_flags, config};

const PATIENCE: Duration = Duration::from_secs(60);

/// What the flag hides while the span is open, for the name it is recorded with, and what conversion makes something of that
/// the flag does not speak of: an output of a field, which is no input.
const BY_NAME: &[(&str, &str)] = &[
    ("a field named llm", "hide_outputs"),
    ("a field named output", "hide_inputs"),
    ("adk: gen_ai.tool.arguments", "hide_outputs"),
    ("adk: gen_ai.tool.result", "hide_inputs"),
    ("gen_ai.request.stop_sequences", "hide_outputs"),
    ("gen_ai.request.tools", "hide_input_audio"),
    ("gen_ai.request.tools", "hide_input_images"),
    ("gen_ai.request.tools", "hide_input_messages"),
    ("gen_ai.request.tools", "hide_input_text"),
    ("gen_ai.request.tools", "hide_llm_invocation_parameters"),
    ("gen_ai.request.tools", "hide_outputs"),
    ("gen_ai.request.tools", "hide_prompts"),
    ("gen_ai.tool.call.arguments", "hide_llm_tools"),
    ("goose: output_json", "hide_inputs"),
    ("goose: output_json of a model", "hide_inputs"),
    ("llm.request.functions", "hide_outputs"),
    ("set_attribute: a key with empty parts", "hide_inputs"),
];

/// Nothing is sent before it is asked for.
fn waiting() -> Batch {
    Batch::from_env().schedule_delay(Duration::from_secs(3600)).max_queue_size(10_000).max_export_batch_size(10_000)
}

/// A secret in each carrier, as somebody who looks for them has them.
struct Planted(Vec<(Carrier, Secret)>);

impl Planted {
    fn new() -> Self {
        let mut random = Random::new();
        Self(carriers().into_iter().map(|carrier| (carrier, Secret::new(&mut random))).collect())
    }

    fn tell(&self) {
        self.0.iter().for_each(|(carrier, secret)| (carrier.tell)(secret));
    }

    /// What a collector got although `flags` hide it, and not for the name alone that it was recorded with.
    fn leaked(&self, flags: &[&str], collector: &Collector) -> Vec<String> {
        let search = Search::of(self.0.iter().map(|(carrier, secret)| (carrier.name, secret)));
        let sent = search.find(&received(collector, HTTP));
        assert!(!sent.is_empty() || flags.is_empty(), "nothing was sent at all");
        let by_name = |carrier: &Carrier| BY_NAME.iter().any(|(name, by)| *name == carrier.name && flags == [*by]);
        let hidden = self.0.iter().filter(|(carrier, _)| carrier.is_hidden_under(flags) && !by_name(carrier));
        hidden
            .filter_map(|(carrier, _)| Some(format!("{flags:?}: {}: {}", carrier.name, sent.get(carrier.name)?)))
            .collect()
    }
}

fn policies() -> Vec<Vec<&'static str>> {
    FLAGS.iter().map(|flag| vec![flag.name]).chain([all_flags()]).collect()
}

fn shut_down(openinference: &OpenInference) {
    let report = openinference.shutdown(PATIENCE);
    assert!(report.is_complete(), "{report}");
}

/// Keeps every span open, until it is told to close them all.
#[derive(Clone, Default)]
struct Holds {
    dispatch: Arc<OnceLock<WeakDispatch>>,
    ids: Arc<Mutex<Vec<Id>>>,
}

impl Holds {
    fn close(self) {
        let ids = std::mem::take(&mut *self.ids.lock().expect("nobody panics with it"));
        let dispatch = self.dispatch.get().and_then(WeakDispatch::upgrade).expect("the subscriber is there");
        ids.into_iter().rev().for_each(|id| _ = dispatch.try_close(id));
    }
}

impl<S: Subscriber> Layer<S> for Holds {
    fn on_register_dispatch(&self, dispatch: &Dispatch) {
        self.dispatch.set(dispatch.downgrade()).expect("it is in one subscriber");
    }

    fn on_new_span(&self, _: &Attributes<'_>, id: &Id, _: Context<'_, S>) {
        if let Some(dispatch) = self.dispatch.get().and_then(WeakDispatch::upgrade) {
            self.ids.lock().expect("nobody panics with it").push(dispatch.clone_span(id));
        }
    }
}

#[test]
fn a_policy_that_comes_while_a_span_is_open_hides_all_it_speaks_of() {
    let mut leaks = Vec::new();
    for flags in policies() {
        let (planted, collector) = (Planted::new(), Collector::start().answer_ok());
        let openinference = to(&collector, HTTP).trace_config(TraceConfig::new()).batch(waiting()).build().unwrap();
        let holds = Holds::default();
        let subscriber = tracing_subscriber::registry().with(openinference.layer()).with(holds.clone());
        subscriber::with_default(subscriber, || {
            planted.tell();
            openinference.set_trace_config(config(&flags));
            holds.close();
        });
        shut_down(&openinference);
        leaks.extend(planted.leaked(&flags, &collector));
    }
    assert!(leaks.is_empty(), "{}", leaks.join("\n"));
}

#[test]
fn a_policy_that_comes_while_a_span_waits_hides_all_it_speaks_of() {
    let mut leaks = Vec::new();
    for flags in policies() {
        let (planted, collector) = (Planted::new(), Collector::start().answer_ok());
        let openinference = to(&collector, HTTP).trace_config(TraceConfig::new()).batch(waiting()).build().unwrap();
        run(&openinference, || planted.tell());
        openinference.set_trace_config(config(&flags));
        shut_down(&openinference);
        leaks.extend(planted.leaked(&flags, &collector));
    }
    assert!(leaks.is_empty(), "{}", leaks.join("\n"));
}

/// What one backend may see is built, and the other one does not get it.
#[test]
fn each_backend_is_spared_what_its_own_policy_hides() {
    let mut leaks = Vec::new();
    for flags in policies() {
        let (planted, all, less) = (Planted::new(), Collector::start().answer_ok(), Collector::start().answer_ok());
        let spared = Backend::new(less.url()).trace_config(config(&flags)).batch(waiting());
        let builder = to(&all, HTTP).gzip(false).trace_config(TraceConfig::new()).batch(waiting()).also(spared);
        let openinference = builder.build().unwrap();
        run(&openinference, || planted.tell());
        shut_down(&openinference);
        leaks.extend(planted.leaked(&flags, &less));
    }
    assert!(leaks.is_empty(), "{}", leaks.join("\n"));
}

#[test]
fn each_layer_is_spared_what_its_own_policy_hides() {
    let mut leaks = Vec::new();
    for flags in policies() {
        let (planted, all, less) = (Planted::new(), Collector::start().answer_ok(), Collector::start().answer_ok());
        let open = to(&all, HTTP).trace_config(TraceConfig::new()).batch(waiting()).build().unwrap();
        let spared = to(&less, HTTP).trace_config(config(&flags)).batch(waiting()).build().unwrap();
        let layers = tracing_subscriber::registry().with(open.layer()).with(spared.layer());
        subscriber::with_default(layers, || planted.tell());
        shut_down(&open);
        shut_down(&spared);
        leaks.extend(planted.leaked(&flags, &less));
    }
    assert!(leaks.is_empty(), "{}", leaks.join("\n"));
}
