use std::ffi::{OsStr, OsString};
use std::fmt;

use super::env;
use super::flags::{BASE64_IMAGE_MAX_LENGTH, ENABLE_GENAI_SEMCONV, Flags, SWITCHES};
use super::policy::{DEFAULT_IMAGE_LIMIT, Policy};
use super::redaction::Redaction;
use super::tally::Tally;

mod origins;

/// What must not leave the process: OpenInference's name for the policy.
///
/// A setting is taken from code, else from its environment variable, else from its default. The default hides
/// nothing but base64 images of more than 32 000 characters. Variables are read by [`from_env`](Self::from_env), or,
/// for what neither it nor code said, when the pipeline is built.
///
/// A variable that is set but cannot be read, an empty one too, *hides*, and one warning says so.
///
/// What is kept whatever is hidden: the span kind, model and provider names, token counts, costs, timings, ids
/// (session, user, tool call, document), names of tools and agents, tags, `exception.type`, attributes in a namespace
/// of your own such as `app.tenant`, and `metadata` but for members that are named like a hidden attribute. So are ids of
/// prompts, names, scores and labels of annotations and evaluations, the `tracestate` that a caller sent, and the
/// resource, which names the process. Baggage and the names of threads are never exported. Where a flag goes beyond
/// OpenInference's Python library, its documentation says so under "Also".
///
/// ```
/// use tracing_openinference::TraceConfig;
///
/// let config = TraceConfig::from_env().hide_inputs(true).base64_image_max_length(10_000);
/// ```
#[derive(Clone, Default, PartialEq, Eq)]
#[must_use = "a policy protects nothing until it is given to the pipeline"]
pub struct TraceConfig {
    hidden: Flags,
    shown: Flags,
    image_limit: Option<i64>,
    genai_semconv: Option<bool>,
    environment: Option<Environment>,
    redactions: Vec<Redaction>,
}

/// The variables of the policy that were set, as they were when they were read.
#[derive(Clone, Default, PartialEq, Eq)]
struct Environment(Vec<(&'static str, OsString)>);

/// Every setting with a value, and what has to be said about how it got it.
struct Settled {
    flags: Flags,
    image_limit: Option<i64>,
    genai_semconv: bool,
    warnings: Vec<String>,
}

impl TraceConfig {
    /// A policy in which code has said nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// A policy with what the process environment says now; methods called on it override that.
    pub fn from_env() -> Self {
        Self::from_lookup(|variable| std::env::var_os(variable))
    }

    /// As [`from_env`](Self::from_env), with the variables of another place than the process: a configuration file, a test.
    pub fn from_lookup(lookup: impl Fn(&str) -> Option<OsString>) -> Self {
        let variables = SWITCHES.iter().map(|switch| switch.variable);
        let set = variables
            .chain([BASE64_IMAGE_MAX_LENGTH, ENABLE_GENAI_SEMCONV])
            .filter_map(|variable| Some((variable, lookup(variable)?)))
            .collect();
        Self { environment: Some(Environment(set)), ..Self::default() }
    }

    /// Sets whether the parameters of a model call are hidden.
    ///
    /// Drops `llm.invocation_parameters`. Also drops `embedding.invocation_parameters` and `gen_ai.request.*` but the
    /// model.
    ///
    /// Defaults to `OPENINFERENCE_HIDE_LLM_INVOCATION_PARAMETERS`, else `false`.
    pub fn hide_llm_invocation_parameters(self, hide: bool) -> Self {
        self.set(Flags::LLM_INVOCATION_PARAMETERS, hide)
    }

    /// Sets whether the tools that are offered to a model are hidden.
    ///
    /// Drops every key with `llm.tools` in it. Also drops `gen_ai.tool.definitions` and `gen_ai.tool.description`, and
    /// replaces `tool.description`, `tool.json_schema`, `tool.parameters`, and tools inside invocation parameters.
    ///
    /// Defaults to `OPENINFERENCE_HIDE_LLM_TOOLS`, else `false`.
    pub fn hide_llm_tools(self, hide: bool) -> Self {
        self.set(Flags::LLM_TOOLS, hide)
    }

    /// Sets whether everything that went in is hidden.
    ///
    /// Replaces `input.value`, `reranker.query` and `llm.prompts`; drops `input.mime_type`, `llm.input_messages`,
    /// `llm.tools`, `input.images` and `reranker.input_documents`.
    ///
    /// Also drops `input.audio`, `input.documents` and the matching `gen_ai.*`; and replaces other `input.*`, fields
    /// without a namespace (the arguments of `#[instrument]`), prompt templates and their variables, tool arguments,
    /// embedding texts, everything in invocation parameters but numbers and well-known words, unknown keys in
    /// OpenInference's namespaces, and free text that may quote an input: see [`hide_outputs`](Self::hide_outputs).
    ///
    /// Defaults to `OPENINFERENCE_HIDE_INPUTS`, else `false`.
    pub fn hide_inputs(self, hide: bool) -> Self {
        self.set(Flags::INPUTS, hide)
    }

    /// Sets whether everything that came out is hidden.
    ///
    /// Replaces `output.value`, `llm.choices`, and content and metadata of `retrieval.documents`; drops
    /// `output.mime_type`, `llm.output_messages`, `output.images` and `reranker.output_documents`.
    ///
    /// Also drops `output.audio`, `output.documents` and the matching `gen_ai.*`; and replaces other `output.*`, the
    /// attribute `return`, fields called `completion`, `response`, `answer` or the like, `llm.function_call`, embedding
    /// vectors, names and addresses of retrieved documents, unknown keys in OpenInference's namespaces, and free text.
    /// Free text is hidden by this flag or by [`hide_inputs`](Self::hide_inputs), because it may quote either side:
    /// exception message and stack trace, status description, explanations of annotations and evaluations, attributes
    /// of events and links, and names of events and spans that were put together at run time. A name given in the
    /// source code stays, and so does one made of words that kept attributes say anyway, such as `chat gpt-4o`.
    ///
    /// Defaults to `OPENINFERENCE_HIDE_OUTPUTS`, else `false`.
    pub fn hide_outputs(self, hide: bool) -> Self {
        self.set(Flags::OUTPUTS, hide)
    }

    /// Sets whether the messages sent to a model are hidden. `input.value`, which often repeats them, is not.
    ///
    /// Drops every key with `llm.input_messages` in it. Also drops the `gen_ai.*` attributes, and hides the
    /// `gen_ai.*` events, that carry messages to the model, and messages inside invocation parameters.
    ///
    /// Defaults to `OPENINFERENCE_HIDE_INPUT_MESSAGES`, else `false`.
    pub fn hide_input_messages(self, hide: bool) -> Self {
        self.set(Flags::INPUT_MESSAGES, hide)
    }

    /// Sets whether the messages of a model's answer are hidden. `output.value`, which often repeats them, is not.
    ///
    /// Drops every key with `llm.output_messages` in it. Also drops the `gen_ai.*` attributes, and hides the
    /// `gen_ai.*` events, that carry the answer, and replaces `llm.function_call`.
    ///
    /// Defaults to `OPENINFERENCE_HIDE_OUTPUT_MESSAGES`, else `false`.
    pub fn hide_output_messages(self, hide: bool) -> Self {
        self.set(Flags::OUTPUT_MESSAGES, hide)
    }

    /// Sets whether images in input messages, and `input.images`, are hidden.
    ///
    /// Drops them. Also drops videos in input messages, and input messages that are still one JSON text.
    ///
    /// Defaults to `OPENINFERENCE_HIDE_INPUT_IMAGES`, else `false`.
    pub fn hide_input_images(self, hide: bool) -> Self {
        self.set(Flags::INPUT_IMAGES, hide)
    }

    /// Sets whether the text in input messages is hidden, while their roles, number and images stay.
    ///
    /// Replaces `message.content` and `message_content.text`. Also replaces everything else that a message says: tool
    /// arguments, reasoning data, transcripts, documents, and input messages that are still one JSON text.
    ///
    /// Defaults to `OPENINFERENCE_HIDE_INPUT_TEXT`, else `false`.
    pub fn hide_input_text(self, hide: bool) -> Self {
        self.set(Flags::INPUT_TEXT, hide)
    }

    /// Sets whether the text in output messages is hidden, while their roles, number and images stay.
    ///
    /// The same as [`hide_input_text`](Self::hide_input_text), and `llm.function_call`.
    ///
    /// Defaults to `OPENINFERENCE_HIDE_OUTPUT_TEXT`, else `false`.
    pub fn hide_output_text(self, hide: bool) -> Self {
        self.set(Flags::OUTPUT_TEXT, hide)
    }

    /// Sets whether embedding vectors are hidden: the older name of
    /// [`hide_embeddings_vectors`](Self::hide_embeddings_vectors). Either one hides.
    ///
    /// Defaults to `OPENINFERENCE_HIDE_EMBEDDING_VECTORS`, else `false`.
    #[deprecated(note = "OpenInference calls it `hide_embeddings_vectors` now")]
    pub fn hide_embedding_vectors(self, hide: bool) -> Self {
        self.set(Flags::EMBEDDING_VECTORS, hide)
    }

    /// Sets whether embedding vectors are hidden.
    ///
    /// Replaces `embedding.vector` of `embedding.embeddings`. Also replaces embeddings that are still one JSON text.
    ///
    /// Defaults to `OPENINFERENCE_HIDE_EMBEDDINGS_VECTORS`, else `false`.
    pub fn hide_embeddings_vectors(self, hide: bool) -> Self {
        self.set(Flags::EMBEDDINGS_VECTORS, hide)
    }

    /// Sets whether embedded texts are hidden.
    ///
    /// Replaces `embedding.text` of `embedding.embeddings`. Also replaces embeddings that are still one JSON text.
    ///
    /// Defaults to `OPENINFERENCE_HIDE_EMBEDDINGS_TEXT`, else `false`.
    pub fn hide_embeddings_text(self, hide: bool) -> Self {
        self.set(Flags::EMBEDDINGS_TEXT, hide)
    }

    /// Sets whether the prompts of a completions call are hidden.
    ///
    /// Replaces every key with `llm.prompts` in it. Also replaces prompt templates and their variables, and drops
    /// `gen_ai.prompt` in all its forms before messages and `input.value` are made of it.
    ///
    /// Defaults to `OPENINFERENCE_HIDE_PROMPTS`, else `false`.
    pub fn hide_prompts(self, hide: bool) -> Self {
        self.set(Flags::PROMPTS, hide)
    }

    /// Sets whether the choices of a completions call are hidden.
    ///
    /// Replaces every key with `llm.choices` in it. Also drops `gen_ai.completion` in all its forms before messages and
    /// `output.value` are made of it.
    ///
    /// Defaults to `OPENINFERENCE_HIDE_CHOICES`, else `false`.
    pub fn hide_choices(self, hide: bool) -> Self {
        self.set(Flags::CHOICES, hide)
    }

    /// Sets whether retrieved documents are hidden, while their ids and scores stay.
    ///
    /// Replaces `document.content` and `document.metadata` of `retrieval.documents`. Also replaces their names and
    /// addresses, does the same to the documents of a reranker, and drops `gen_ai.retrieval.documents`.
    ///
    /// Defaults to `OPENINFERENCE_HIDE_RETRIEVAL_DOCUMENTS`, else `false`.
    pub fn hide_retrieval_documents(self, hide: bool) -> Self {
        self.set(Flags::RETRIEVAL_DOCUMENTS, hide)
    }

    /// Sets whether audio that went in is hidden.
    ///
    /// Drops `input.audio`, its transcript too. Also drops audio in input messages, and input messages that are still
    /// one JSON text.
    ///
    /// Defaults to `OPENINFERENCE_HIDE_INPUT_AUDIO`, else `false`.
    pub fn hide_input_audio(self, hide: bool) -> Self {
        self.set(Flags::INPUT_AUDIO, hide)
    }

    /// Sets whether audio that came out is hidden: as [`hide_input_audio`](Self::hide_input_audio), of the output.
    ///
    /// Defaults to `OPENINFERENCE_HIDE_OUTPUT_AUDIO`, else `false`.
    pub fn hide_output_audio(self, hide: bool) -> Self {
        self.set(Flags::OUTPUT_AUDIO, hide)
    }

    /// Sets how many characters (`char`s) the address of a base64-encoded image may have.
    ///
    /// A longer one is replaced, in messages, `input.images` and `output.images`. Addresses that are no base64 `data:`
    /// URL have no limit. Zero or less replaces every base64 image. A limit that is set is applied before the span enters
    /// the queue, as everything else that hides; the default on the export thread.
    ///
    /// Defaults to `OPENINFERENCE_BASE64_IMAGE_MAX_LENGTH`, else 32 000. A variable that is no whole number counts as
    /// not set, with a warning.
    pub fn base64_image_max_length(self, characters: i64) -> Self {
        Self { image_limit: Some(characters), ..self }
    }

    /// Adds OpenTelemetry's `gen_ai.*` attributes to every span, for backends that do not know OpenInference.
    ///
    /// They are made of what redaction has left, and overwrite nothing. Phoenix does not need them: it fills gaps from
    /// them where a span lacks OpenInference's attributes, and stores them beside the others.
    ///
    /// Defaults to `OPENINFERENCE_ENABLE_GENAI_SEMCONV`, else `false`.
    pub fn enable_genai_semconv(self, enable: bool) -> Self {
        Self { genai_semconv: Some(enable), ..self }
    }

    /// Adds a rule of your own; may be called more than once. Rules are applied in the order in which they were added, after
    /// everything that the other settings hide.
    ///
    /// What they look at is in the [guide](crate::guide::redaction). There is no variable for them.
    pub fn redact(mut self, redaction: Redaction) -> Self {
        self.redactions.push(redaction);
        self
    }

    /// The policy with every setting decided, and warnings for the log, which name variables but no values.
    ///
    /// `lookup` is asked only if this was not made by [`from_env`](Self::from_env), which has already looked.
    /// What the policy redacts is counted in `tally`.
    pub(crate) fn resolve(&self, lookup: &dyn Fn(&str) -> Option<OsString>, tally: &Tally) -> (Policy, Vec<String>) {
        let settled = self.settle(lookup);
        let policy = Policy::new(settled.flags, settled.image_limit.unwrap_or(DEFAULT_IMAGE_LIMIT))
            .with_redactions(&self.redactions, tally)
            .with_image_limit_chosen(settled.image_limit.is_some())
            .with_genai_semconv(settled.genai_semconv);
        (policy, settled.warnings)
    }

    /// The policy of what code and [`from_env`](Self::from_env) said.
    pub(crate) fn policy(&self) -> Policy {
        self.resolve(&|_| None, &Tally::default()).0
    }

    fn set(self, flag: Flags, hide: bool) -> Self {
        let (hidden, shown) = (self.hidden.without(flag), self.shown.without(flag));
        if hide { Self { hidden: hidden | flag, shown, ..self } } else { Self { hidden, shown: shown | flag, ..self } }
    }

    fn settle(&self, lookup: &dyn Fn(&str) -> Option<OsString>) -> Settled {
        let read = |variable: &str| match &self.environment {
            Some(environment) => environment.value(variable).map(OsStr::to_os_string),
            None => lookup(variable),
        };
        let mut warnings = Vec::new();
        let mut flags = self.hidden;
        for switch in SWITCHES {
            if (self.hidden | self.shown).intersects(switch.flag) {
                continue;
            }
            let Some(value) = read(switch.variable) else { continue };
            let hide = env::boolean(&value).unwrap_or_else(|| {
                warnings.push(format!(
                    "{} is set but reads as neither true nor false, so it hides; \
                     use 1, true, yes, on, or 0, false, no, off",
                    switch.variable
                ));
                true
            });
            if hide {
                flags = flags | switch.flag;
            }
        }
        let image_limit = self.image_limit.or_else(|| {
            let limit = env::integer(&read(BASE64_IMAGE_MAX_LENGTH)?);
            if limit.is_none() {
                warnings.push(format!(
                    "{BASE64_IMAGE_MAX_LENGTH} is set but is no whole number, so the limit is {DEFAULT_IMAGE_LIMIT}"
                ));
            }
            limit
        });
        let genai_semconv = self.genai_semconv.or_else(|| {
            let enable = env::boolean(&read(ENABLE_GENAI_SEMCONV)?);
            if enable.is_none() {
                warnings
                    .push(format!("{ENABLE_GENAI_SEMCONV} is set but reads as neither true nor false, so it is off"));
            }
            enable
        });
        Settled { flags, image_limit, genai_semconv: genai_semconv.unwrap_or(false), warnings }
    }
}

impl Environment {
    fn value(&self, variable: &str) -> Option<&OsStr> {
        self.0.iter().find(|(name, _)| *name == variable).map(|(_, value)| value.as_os_str())
    }
}

/// Shows what each setting comes to, never the text of a variable. Ends in `..` where the environment may still
/// decide what code left open.
impl fmt::Debug for TraceConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let settled = self.settle(&|_| None);
        let mut fields = f.debug_struct("TraceConfig");
        for switch in SWITCHES {
            fields.field(switch.name, &settled.flags.intersects(switch.flag));
        }
        fields.field("enable_genai_semconv", &settled.genai_semconv);
        fields.field("base64_image_max_length", &settled.image_limit.unwrap_or(DEFAULT_IMAGE_LIMIT));
        fields.field("redact", &self.redactions);
        if self.environment.is_some() { fields.finish() } else { fields.finish_non_exhaustive() }
    }
}

#[cfg(test)]
mod tests;
