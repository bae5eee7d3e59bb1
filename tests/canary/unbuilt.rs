//! What is going to be hidden is not even built: no closure runs, and nothing is formatted, when a span records it.

use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};

use integration_tests::Recorder;
use serde::{Serialize, Serializer};
use tracing::field::Empty;
use tracing::info_span;
use tracing_openinference::{
    Document, Embedding, IoValue, Json, Message, OpenInferenceSpanExt, Tool, chain_span, embedding_span, llm_span,
    reranker_span,
};
use tracing_subscriber::layer::SubscriberExt;

use crate::config;

/// Counts how often somebody looks at it.
#[derive(Default)]
struct Content(AtomicUsize);

impl Content {
    fn look(&self) -> &'static str {
        self.0.fetch_add(1, Ordering::Relaxed);
        "content"
    }
}

impl fmt::Debug for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.look())
    }
}

impl fmt::Display for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.look())
    }
}

impl Serialize for Content {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.look())
    }
}

struct Case {
    name: &'static str,
    /// Each of them alone.
    hidden_by: &'static [&'static str],
    record: fn(&Content),
}

const fn case(name: &'static str, hidden_by: &'static [&'static str], record: fn(&Content)) -> Case {
    Case { name, hidden_by, record }
}

const IN: &[&str] = &["hide_inputs"];
const OUT: &[&str] = &["hide_outputs"];
const IN_MESSAGES: &[&str] = &["hide_inputs", "hide_input_messages"];
const OUT_MESSAGES: &[&str] = &["hide_outputs", "hide_output_messages"];

/// Debug and Display of one key, at creation and afterwards.
macro_rules! field {
    ($by:expr, $($key:ident).+) => {
        case(stringify!($($key).+), $by, |content| {
            drop(info_span!("created", $($key).+ = ?content));
            drop(info_span!("created", $($key).+ = %content));
            let span = info_span!("recorded", $($key).+ = Empty);
            span.record(stringify!($($key).+).replace(' ', "").as_str(), tracing::field::debug(content));
        })
    };
}

const FIELDS: &[Case] = &[
    field!(IN, input.value),
    field!(IN, input.something),
    field!(IN, question),
    field!(IN_MESSAGES, llm.input_messages),
    field!(OUT, output.value),
    field!(OUT_MESSAGES, llm.output_messages),
    field!(&["hide_inputs", "hide_llm_tools"], llm.tools),
    field!(&["hide_inputs", "hide_prompts"], llm.prompts),
    field!(&["hide_outputs", "hide_choices"], llm.choices),
    field!(&["hide_llm_invocation_parameters"], llm.invocation_parameters),
    field!(&["hide_inputs", "hide_prompts"], llm.prompt_template.template),
    field!(&["hide_inputs", "hide_prompts"], llm.prompt_template.variables),
    field!(&["hide_inputs", "hide_llm_tools"], tool.parameters),
    field!(&["hide_llm_tools"], tool.description),
    field!(IN, reranker.query),
    field!(IN, reranker.input_documents),
    field!(OUT, reranker.output_documents),
    field!(&["hide_inputs", "hide_input_images"], input.images),
    field!(OUT, output.images),
    field!(&["hide_inputs", "hide_outputs"], llm.something.new),
    field!(&["hide_inputs", "hide_outputs"], exception.message),
    field!(IN_MESSAGES, gen_ai.input.messages),
    field!(OUT_MESSAGES, gen_ai.output.messages),
    field!(&["hide_inputs", "hide_llm_tools"], gen_ai.tool.definitions),
    field!(IN, gen_ai.tool.call.arguments),
    field!(OUT, gen_ai.tool.call.result),
    field!(IN, langfuse.observation.input),
];

#[tracing::instrument(ret)]
fn instrumented(_question: &Content) {}

#[tracing::instrument(skip_all, ret)]
fn returns(content: &Content) -> &Content {
    content
}

const SETTERS: &[Case] = &[
    case("#[instrument]: the argument", IN, instrumented),
    case("#[instrument(ret)]", OUT, |content| _ = returns(content)),
    case("set_input", IN, |content| _ = chain_span!("step").set_input(|| content.look())),
    case("set_input of JSON", IN, |content| _ = chain_span!("step").set_input(Json(content))),
    case("set_input of format_args", IN, |content| _ = chain_span!("step").set_input(format_args!("{content}"))),
    case("set_output", OUT, |content| _ = chain_span!("step").set_output(|| IoValue::text(content.look()))),
    case("set_attribute", OUT, |content| _ = chain_span!("step").set_attribute("output.value", || content.look())),
    case("set_input_images", &["hide_inputs", "hide_input_images"], |content| {
        _ = chain_span!("step").set_input_images(|| content.look());
    }),
    case("set_output_images", OUT, |content| _ = chain_span!("step").set_output_images(|| [content.look()])),
    case("set_input_documents", IN, |content| {
        _ = chain_span!("step").set_input_documents(|| Document::from(content.look()));
    }),
    case("set_output_documents", OUT, |content| _ = chain_span!("step").set_output_documents(|| content.look())),
    case("set_input_messages", IN_MESSAGES, |content| {
        _ = llm_span!("chat").set_input_messages(|| vec![Message::user(content.look())]);
    }),
    case("set_output_messages", OUT_MESSAGES, |content| {
        _ = llm_span!("chat").set_output_messages(|| ("assistant", content.look()));
    }),
    case("set_invocation_parameters", &["hide_llm_invocation_parameters"], |content| {
        _ = llm_span!("chat").set_invocation_parameters(|| content.look());
    }),
    case("set_prompts", &["hide_inputs", "hide_prompts"], |content| {
        _ = llm_span!("complete").set_prompts(|| content.look());
    }),
    case("set_choices", &["hide_outputs", "hide_choices"], |content| {
        _ = llm_span!("complete").set_choices(|| [content.look()]);
    }),
    case("set_tools", &["hide_inputs", "hide_llm_tools"], |content| {
        _ = llm_span!("chat").set_tools(|| Tool::new(content.look()));
    }),
    case("set_reranker_input_documents", IN, |content| {
        _ = reranker_span!("order").set_reranker_input_documents(|| content.look());
    }),
    case("set_reranker_output_documents", OUT, |content| {
        _ = reranker_span!("order").set_reranker_output_documents(|| vec![content.look()]);
    }),
    case("set_embedding_invocation_parameters", &["hide_llm_invocation_parameters"], |content| {
        _ = embedding_span!().set_embedding_invocation_parameters(|| content.look());
    }),
];

/// Only where both their text and their vector are hidden is nothing left of embeddings to build.
const TWO_FLAGS: &[&str] = &["hide_embeddings_text", "hide_embeddings_vectors"];

fn looks(flags: &[&str], record: fn(&Content)) -> usize {
    let openinference = tracing_openinference::builder()
        .trace_config(config(flags))
        .span_processor(Recorder::new())
        .build()
        .expect("the settings are right");
    let content = Content::default();
    let subscriber = tracing_subscriber::registry().with(openinference.layer());
    tracing::subscriber::with_default(subscriber, || record(&content));
    content.0.into_inner()
}

#[test]
fn what_is_hidden_is_not_built() {
    let mut built = Vec::new();
    for case in FIELDS.iter().chain(SETTERS) {
        for flag in case.hidden_by {
            let looks = looks(&[flag], case.record);
            if looks > 0 {
                built.push(format!("{} under {flag}: {looks} times", case.name));
            }
        }
        assert!(looks(&[], case.record) > 0, "{} is not recorded at all", case.name);
    }
    assert!(built.is_empty(), "{}", built.join("\n"));
}

#[test]
fn embeddings_are_not_built_when_all_of_them_is_hidden() {
    fn record(content: &Content) {
        _ = embedding_span!().set_embeddings(|| Embedding::new(content.look(), [0.5]));
        drop(info_span!("embed", embedding.embeddings = ?content));
    }
    assert_eq!(looks(TWO_FLAGS, record), 0);
    assert_eq!(looks(&["hide_inputs", "hide_outputs"], record), 0);
    for flag in TWO_FLAGS {
        assert_eq!(looks(&[flag], record), 2, "under {flag} the other half stays");
    }
}
