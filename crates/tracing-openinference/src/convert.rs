//! Stage 2: whatever a span calls things, after this it calls them what OpenInference calls them.

pub(crate) mod api;
mod blocks;
mod derived;
mod documents;
mod errors;
mod events;
mod feedback;
mod field;
mod frameworks;
mod genai;
mod instrument;
mod json;
mod lists;
mod messages;
mod prefixes;
mod record;
mod semconv;
mod survey;
mod tidy;
mod tools;
mod values;
mod words;
mod write;

use openinference_semconv::{SpanKind, keys};
use opentelemetry::KeyValue;
use opentelemetry_sdk::trace::SpanData;

pub(crate) use events::{content_only, is_message, may_tell_content};
use field::Field;
pub(crate) use json::NUMBER;
use prefixes::Arguments;
pub(crate) use semconv::genai_semconv;
use survey::Survey;

use crate::attributes::RESULTS;
use crate::redact::{Policy, TraceConfig};
use crate::repeated::Contents;

/// What [`convert`] cannot know from the span.
///
/// Whoever redacts afterwards makes it with [`for_config`](Self::for_config): conversion repeats the last question as
/// `input.value`, and a flag that names the messages does not cover that.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Conversion {
    /// The kind of a span that does not say its own. Defaults to [`SpanKind::Chain`].
    pub default_kind: SpanKind,
    /// Arguments of functions are going to be hidden. One that is in the way of other attributes is then dropped and
    /// not moved into `metadata`, where no redaction by name would find it. Defaults to `false`.
    pub hide_arguments: bool,
    /// Outputs are going to be hidden. An argument that is called `completion`, `response`, `answer` or the like then stays
    /// an attribute of that name, which is hidden, and is no part of an `input.value`. Defaults to `false`.
    pub hide_results: bool,
    /// Something of the messages to a model is going to be hidden. No `input.value` is then made of them, where a policy
    /// that names the messages would not find it. Defaults to `false`.
    pub hide_input_messages: bool,
    /// The same for the messages of a model and `output.value`. Defaults to `false`.
    pub hide_output_messages: bool,
    /// Prompts in the words before messages, `gen_ai.prompt` and `gen_ai.prompt.0.content`, are going to be hidden.
    /// They are dropped, not made into messages that a policy would show. Defaults to `false`.
    pub hide_prompts: bool,
    /// The same for `gen_ai.completion`. Defaults to `false`.
    pub hide_choices: bool,
    /// Attributes that were translated stay beside their translation, for a second backend that knows only those.
    /// Phoenix translates them again, past anything that is hidden under OpenInference's names; what is hidden is
    /// hidden under either name. Defaults to `false`.
    pub keep_sources: bool,
}

impl Default for Conversion {
    fn default() -> Self {
        Self {
            default_kind: SpanKind::Chain,
            hide_arguments: false,
            hide_results: false,
            hide_input_messages: false,
            hide_output_messages: false,
            hide_prompts: false,
            hide_choices: false,
            keep_sources: false,
        }
    }
}

impl Conversion {
    /// The conversion that goes before [`redact`](crate::redact()) with `config`: nothing that is going to be hidden is
    /// repeated under a name that would be shown.
    ///
    /// Of the environment it knows what [`TraceConfig::from_env`] has read, as `redact` does.
    #[must_use]
    pub fn for_config(config: &TraceConfig) -> Self {
        let mut conversion = Self::default();
        conversion.heed(&config.policy());
        conversion
    }

    /// Takes over from the policy what is going to be hidden.
    pub(crate) fn heed(&mut self, policy: &Policy) {
        let hidden = policy.hidden_contents();
        self.hide_arguments = policy.hides_arguments();
        self.hide_results = RESULTS.iter().any(|name| policy.hides(name));
        self.hide_input_messages = hidden.intersects(Contents::INPUT_MESSAGES);
        self.hide_output_messages = hidden.intersects(Contents::OUTPUT_MESSAGES);
        self.hide_prompts = policy.hides(&format!("{}.0", keys::LLM_PROMPTS));
        self.hide_choices = policy.hides(&format!("{}.0", keys::LLM_CHOICES));
    }
}

/// A way to name things that is not OpenInference's.
struct Dialect {
    /// Whether an attribute key is one of its words.
    speaks: fn(&str) -> bool,
    /// Names of spans that it is known by, whatever their attributes.
    names: &'static [&'static str],
    /// Replaces its attributes by OpenInference's; what the span says in OpenInference already is left alone.
    translate: fn(&mut SpanData, &Conversion),
}

/// Whoever comes first has the first say. Bare names are last: a dialect may know better what they mean.
const DIALECTS: &[Dialect] = &[
    errors::DIALECT,
    frameworks::RIG,
    frameworks::ADK,
    frameworks::TRACELOOP,
    frameworks::LANGFUSE,
    frameworks::GOOSE,
    frameworks::LANGCHAIN,
    genai::DIALECT,
    instrument::DIALECT,
];

/// Gives the attributes of a finished span the names, types and order of OpenInference.
///
/// * A JSON message list recorded as one field (`llm.input_messages`), also tools, documents, embeddings, annotations …,
///   becomes indexed attributes.
/// * Fields without a namespace, which is how `#[instrument]` records arguments, become `input.value`; the value that
///   `#[instrument(ret)]` records becomes `output.value`.
/// * The span kind is written as the wire has it, a span without one gets the default; numbers of tokens are numbers,
///   JSON and MIME types are right, and no attribute hides another one in Phoenix.
/// * The kind stands first, then model, tokens, session and user, and the content last.
///
/// Runs once for each span, after it has ended and before anything is hidden: hiding relies on the names. Where
/// [`redact`](crate::redact()) follows, `options` are [`Conversion::for_config`] of the same configuration. It does not
/// fail, and doing it twice is doing it once, unless sources are kept. A key must not be there twice; spans that [`tracing`] fields were
/// captured from fulfil this.
pub fn convert(span: &mut SpanData, options: &Conversion) {
    if !span.events.is_empty() {
        events::merge(span);
    }
    let mut survey = Survey::of(span);
    if survey.untidy {
        tidy::tidy(&mut span.attributes);
        survey = Survey::of(span);
    }
    if survey.lists {
        lists::flatten(&mut span.attributes);
    }
    if survey.dialects != 0 {
        translate(span, options, survey.dialects);
        // A dialect may have left lists.
        lists::flatten(&mut span.attributes);
    }
    derived::write(&mut span.attributes, options);
    if survey.prefixes {
        let arguments = if options.hide_arguments { Arguments::Hidden } else { Arguments::Shown };
        prefixes::resolve(&mut span.attributes, arguments);
    }
    values::settle(&mut span.attributes, options.default_kind);
}

fn translate(span: &mut SpanData, options: &Conversion, spoken: u32) {
    let sources = if options.keep_sources { sources(span) } else { Vec::new() };
    let mut translated = false;
    for (at, dialect) in DIALECTS.iter().enumerate() {
        // One dialect may be translated into words of a later one.
        let speaks = |attribute: &KeyValue| (dialect.speaks)(attribute.key.as_str());
        if spoken & (1 << at) != 0 || translated && span.attributes.iter().any(speaks) {
            (dialect.translate)(span, options);
            translated = true;
        }
    }
    for source in sources {
        if write::position(&span.attributes, source.key.as_str()).is_none() {
            span.attributes.push(source);
        }
    }
}

/// Conversion leaves an attribute of this key where it is, and makes nothing of another name of it.
pub(crate) fn leaves(key: &str) -> bool {
    let field = Field::of(key);
    !matches!(field, Field::List | Field::Inner | Field::Bare)
        && (field != Field::Foreign || !DIALECTS.iter().any(|dialect| (dialect.speaks)(key)))
        && tidy::is_tidy(key)
}

/// A dialect knows spans by this name, and may take their attributes for its own.
pub(crate) fn is_name_of_a_dialect(name: &str) -> bool {
    DIALECTS.iter().any(|dialect| dialect.names.contains(&name))
}

/// What other dialects than ours say in a namespace of their own.
fn sources(span: &SpanData) -> Vec<KeyValue> {
    let is_source = |attribute: &&KeyValue| {
        let key = attribute.key.as_str();
        Field::of(key) == Field::Foreign && DIALECTS.iter().any(|dialect| (dialect.speaks)(key))
    };
    span.attributes.iter().filter(is_source).cloned().collect()
}

#[cfg(test)]
mod tests;
