//! The typed setters of a span.

mod bodies;
mod write;

use std::borrow::Cow;

use openinference_semconv::{SpanKind, keys};
use opentelemetry::{
    Key, KeyValue, Value,
    trace::{SpanContext, Status},
};
use serde::Serialize;
use tracing::Span;

use self::sealed::Sealed;
pub(super) use self::{bodies::folded, write::said};
use super::{
    edit::{self, Edit},
    failure::AnyError,
    propagation::{self, Headers, HeadersMut},
};
use crate::model::{
    Annotation, AttributeValue, Cost, Decision, Document, Embedding, Evaluation, GraphNode, IntoContent,
    IntoContentList, IoValue, Json, JsonText, Message, Prompt, PromptTemplate, Reranker, TokenCount, Tool, ToolCall,
};

mod sealed {
    /// Out of sight, so that only this crate implements the trait and its plumbing stays out of completion lists.
    pub trait Sealed {
        fn with(&self, set: impl FnOnce(&tracing::Span)) -> &Self;
    }
}

impl Sealed for Span {
    fn with(&self, set: impl FnOnce(&Span)) -> &Self {
        set(self);
        self
    }
}

impl OpenInferenceSpanExt for Span {}

/// Typed attributes for a [`tracing::Span`], at any time before it closes.
///
/// Setters do nothing when no layer of this crate records the span, and never panic. A later call replaces what an
/// earlier one set, a whole list included. Those that take [`IntoContent`] or [`IntoContentList`] also take closures,
/// and run them only when somebody will see the result.
///
/// ```
/// use tracing_openinference::{Message, OpenInferenceSpanExt, TokenCount, llm_span};
///
/// let span = llm_span!("chat");
/// span.set_model("gpt-4o")
///     .set_input_messages([("system", "You are terse."), ("user", "Weather in Paris?")])
///     .set_output_messages(Message::assistant("18°C, mild"))
///     .set_token_count(TokenCount::new(120, 9).cache_read(64))
///     .set_output(|| "18°C, mild".to_owned())
///     .set_ok();
/// ```
///
/// Where `tracing_opentelemetry::OpenTelemetrySpanExt` is in scope as well, a span has two methods `set_attribute` and two
/// `add_link`; write `OpenInferenceSpanExt::set_attribute(&span, …)`.
pub trait OpenInferenceSpanExt: Sealed {
    /// Sets what the span stands for: `openinference.span.kind`. Spans without one are `CHAIN`.
    fn set_kind(&self, kind: SpanKind) -> &Self {
        self.with(|span| write::attribute(span, keys::OPENINFERENCE_SPAN_KIND, kind.as_str()))
    }

    /// Sets the span's name.
    fn set_name(&self, name: impl Into<Cow<'static, str>>) -> &Self {
        self.with(|span| edit::apply(span, Edit { name: Some(name.into()), ..Edit::default() }))
    }

    /// Sets what goes in: `input.value` and `input.mime_type`, on any kind. Strings and numbers are plain text; wrap
    /// other values in [`Json`].
    fn set_input<How>(&self, input: impl IntoContent<IoValue, How>) -> &Self {
        self.with(|span| write::io(span, keys::INPUT_VALUE, keys::INPUT_MIME_TYPE, input))
    }

    /// Sets what comes out: `output.value` and `output.mime_type`, on any kind. See [`set_input`](Self::set_input).
    fn set_output<How>(&self, output: impl IntoContent<IoValue, How>) -> &Self {
        self.with(|span| write::io(span, keys::OUTPUT_VALUE, keys::OUTPUT_MIME_TYPE, output))
    }

    /// Sets the images that go in, by URL: `input.images.N.image.url`, on any kind.
    fn set_input_images<How>(&self, urls: impl IntoContentList<String, How>) -> &Self {
        self.with(|span| write::texts(span, keys::INPUT_IMAGES, keys::IMAGE_URL, urls))
    }

    /// Sets the images that come out, by URL: `output.images.N.image.url`, on any kind.
    fn set_output_images<How>(&self, urls: impl IntoContentList<String, How>) -> &Self {
        self.with(|span| write::texts(span, keys::OUTPUT_IMAGES, keys::IMAGE_URL, urls))
    }

    /// Sets the files that go in: `input.documents.N.document.*`, on any kind.
    fn set_input_documents<How>(&self, documents: impl IntoContentList<Document, How>) -> &Self {
        self.with(|span| write::list(span, keys::INPUT_DOCUMENTS, documents))
    }

    /// Sets the files that come out: `output.documents.N.document.*`, on any kind.
    fn set_output_documents<How>(&self, documents: impl IntoContentList<Document, How>) -> &Self {
        self.with(|span| write::list(span, keys::OUTPUT_DOCUMENTS, documents))
    }

    /// Sets the conversation the span belongs to: `session.id`.
    fn set_session(&self, id: impl Into<String>) -> &Self {
        self.with(|span| write::attribute(span, keys::SESSION_ID, id))
    }

    /// Sets the person it is done for: `user.id`.
    fn set_user(&self, id: impl Into<String>) -> &Self {
        self.with(|span| write::attribute(span, keys::USER_ID, id))
    }

    /// Sets `metadata`: JSON text, or anything that serialises to an object.
    fn set_metadata<How>(&self, metadata: impl IntoContent<JsonText, How>) -> &Self {
        self.with(|span| write::json(span, keys::METADATA, metadata))
    }

    /// Sets `tag.tags`.
    fn set_tags(&self, tags: impl IntoIterator<Item: Into<String>>) -> &Self {
        self.with(|span| {
            write::attributes(span, || {
                let tags: Vec<String> = tags.into_iter().map(Into::into).collect();
                vec![KeyValue::new(keys::TAG_TAGS, Value::from(AttributeValue::from(tags)))]
            });
        })
    }

    /// Sets any attribute. What OpenInference has a place for has a setter of its own;
    /// [`semconv::keys`](crate::semconv::keys) names the rest.
    fn set_attribute<How>(&self, key: impl Into<Key>, value: impl IntoContent<AttributeValue, How>) -> &Self {
        self.with(|span| write::hideable(span, key, |key| vec![KeyValue::new(key, value.into_content())]))
    }

    /// Sets the model of an LLM span: `llm.model_name`. Without it, the model that answered stands there, else the one
    /// that was asked for.
    fn set_model(&self, name: impl Into<String>) -> &Self {
        self.with(|span| write::attribute(span, keys::LLM_MODEL_NAME, name))
    }

    /// Sets the model that an LLM span asks for: `llm.request.model_name`.
    fn set_request_model(&self, name: impl Into<String>) -> &Self {
        self.with(|span| write::attribute(span, keys::LLM_REQUEST_MODEL_NAME, name))
    }

    /// Sets the model that answered an LLM span: `llm.response.model_name`.
    fn set_response_model(&self, name: impl Into<String>) -> &Self {
        self.with(|span| write::attribute(span, keys::LLM_RESPONSE_MODEL_NAME, name))
    }

    /// Sets the AI product behind an LLM span, in lower case: `llm.system`, a [`System`](crate::semconv::System) or a
    /// name of your own.
    fn set_system(&self, system: impl AsRef<str>) -> &Self {
        self.with(|span| write::attribute(span, keys::LLM_SYSTEM, system.as_ref().to_lowercase()))
    }

    /// Sets who hosts the model of an LLM span, in lower case: `llm.provider`, a
    /// [`Provider`](crate::semconv::Provider) or a name of your own.
    fn set_provider(&self, provider: impl AsRef<str>) -> &Self {
        self.with(|span| write::attribute(span, keys::LLM_PROVIDER, provider.as_ref().to_lowercase()))
    }

    /// Sets why the model of an LLM span stopped: `llm.finish_reason`.
    fn set_finish_reason(&self, reason: impl Into<String>) -> &Self {
        self.with(|span| write::attribute(span, keys::LLM_FINISH_REASON, reason))
    }

    /// Sets the parameters of an LLM span's call, such as the temperature: `llm.invocation_parameters`. JSON text, or
    /// anything that serialises to an object.
    fn set_invocation_parameters<How>(&self, parameters: impl IntoContent<JsonText, How>) -> &Self {
        self.with(|span| write::json(span, keys::LLM_INVOCATION_PARAMETERS, parameters))
    }

    /// Sets all that the request to a model says: the model, messages or prompts or texts to embed, tools, parameters, and
    /// the whole as `input.value`, so that one call stands for the setters below.
    ///
    /// It takes whatever serialises to the body of the request, or is its JSON text: the types of a client's crate,
    /// [`serde_json::Value`], your own. The API is known by the shape: OpenAI's chat completions, which nearly everybody
    /// speaks, Responses, completions and embeddings, Anthropic's Messages, Gemini's `generateContent` and `embedContent`,
    /// Ollama's chat, generate and embed. A shape that nobody knows is the span's input, whole.
    ///
    /// A span without a kind becomes LLM, or EMBEDDING; `llm.system` and `llm.provider` are set where the shape or the name
    /// of the model tells, unless the span has them. Credentials in the request (`api_key`, `headers` …) are left out, and
    /// so are the bytes of media from `input.value`: those stand in the messages.
    ///
    /// The request is serialised at once, and not at all when nobody records the span. Of what is hidden nothing is built.
    /// As `input.value` may not repeat what is hidden elsewhere, there is none where the messages are hidden, or their
    /// texts. A value nested more than 127 levels deep is not taken apart.
    ///
    /// ```
    /// use serde_json::json;
    /// use tracing_openinference::{OpenInferenceSpanExt, llm_span};
    ///
    /// let span = llm_span!("chat");
    /// let request = json!({ "model": "gpt-4o", "messages": [{ "role": "user", "content": "Hi!" }], "temperature": 0.2 });
    /// span.set_llm_request(&request);
    /// let response = json!({
    ///     "model": "gpt-4o-2024-08-06",
    ///     "choices": [{ "message": { "role": "assistant", "content": "Hello!" }, "finish_reason": "stop" }],
    ///     "usage": { "prompt_tokens": 9, "completion_tokens": 2, "total_tokens": 11 },
    /// });
    /// span.set_llm_response(&response);
    /// ```
    fn set_llm_request(&self, request: &(impl Serialize + ?Sized)) -> &Self {
        self.with(|span| bodies::request(span, request))
    }

    /// Sets all that a model's response says: the model that answered, messages, choices or vectors, token counts, why it
    /// stopped, and the whole as `output.value`. Takes what [`set_llm_request`](Self::set_llm_request) takes.
    ///
    /// Prompt tokens include those of the cache and completion tokens those of reasoning, also where the provider counts
    /// them beside (Anthropic, Gemini). A response that is an error, `{"error": {..}}`, makes the span an error and adds
    /// an exception. The vectors of an embedding are no part of an `output.value`.
    ///
    /// What comes in pieces goes through [`trace_llm_chunks`](crate::OpenInferenceStreamExt::trace_llm_chunks).
    fn set_llm_response(&self, response: &(impl Serialize + ?Sized)) -> &Self {
        self.with(|span| bodies::response(span, response))
    }

    /// Sets what an LLM span sends to the model: `llm.input_messages.N.message.*`.
    fn set_input_messages<How>(&self, messages: impl IntoContentList<Message, How>) -> &Self {
        self.with(|span| write::list(span, keys::LLM_INPUT_MESSAGES, messages))
    }

    /// Sets what the model of an LLM span answers: `llm.output_messages.N.message.*`.
    fn set_output_messages<How>(&self, messages: impl IntoContentList<Message, How>) -> &Self {
        self.with(|span| write::list(span, keys::LLM_OUTPUT_MESSAGES, messages))
    }

    /// Sets the prompts of an LLM span that uses the completions API: `llm.prompts.N.prompt.text`.
    fn set_prompts<How>(&self, prompts: impl IntoContentList<String, How>) -> &Self {
        self.with(|span| write::texts(span, keys::LLM_PROMPTS, keys::PROMPT_TEXT, prompts))
    }

    /// Sets the answers to [`set_prompts`](Self::set_prompts): `llm.choices.N.completion.text`.
    fn set_choices<How>(&self, choices: impl IntoContentList<String, How>) -> &Self {
        self.with(|span| write::texts(span, keys::LLM_CHOICES, keys::COMPLETION_TEXT, choices))
    }

    /// Sets the tools that the model of an LLM span may call: `llm.tools.N.tool.*`.
    fn set_tools<How>(&self, tools: impl IntoContentList<Tool, How>) -> &Self {
        self.with(|span| write::list(span, keys::LLM_TOOLS, tools))
    }

    /// Sets how many tokens an LLM or EMBEDDING span took: `llm.token_count.*`. Counts that are not named stay.
    fn set_token_count(&self, tokens: impl Into<TokenCount>) -> &Self {
        self.with(|span| write::flat::<TokenCount>(span, tokens))
    }

    /// Sets what an LLM span cost, in US dollars: `llm.cost.*`. Costs that are not named stay.
    fn set_cost(&self, cost: impl Into<Cost>) -> &Self {
        self.with(|span| write::flat::<Cost>(span, cost))
    }

    /// Sets the template that the prompt of an LLM span was made from: `llm.prompt_template.*`.
    fn set_prompt_template<How>(&self, template: impl IntoContent<PromptTemplate, How>) -> &Self {
        self.with(|span| write::lazy_flat(span, template))
    }

    /// Sets the prompt of a registry that a PROMPT or LLM span uses: `prompt.*`.
    fn set_prompt(&self, prompt: impl Into<Prompt>) -> &Self {
        self.with(|span| write::flat::<Prompt>(span, prompt))
    }

    /// Sets the tool that a TOOL span runs: `tool.*`.
    fn set_tool(&self, tool: impl Into<Tool>) -> &Self {
        self.with(|span| write::flat::<Tool>(span, tool))
    }

    /// Sets the call that a TOOL span answers: `tool.name`, `tool.id`, and the arguments as `input.value`. The result is
    /// the span's [output](Self::set_output).
    fn set_tool_call(&self, call: impl Into<ToolCall>) -> &Self {
        self.with(|span| {
            let call = call.into();
            let named = call.name.map(|name| KeyValue::new(keys::TOOL_NAME, name));
            let numbered = call.id.map(|id| KeyValue::new(keys::TOOL_ID, id));
            write::attributes(span, || named.into_iter().chain(numbered).collect());
            if let Some(arguments) = call.arguments {
                span.set_input(Json(arguments));
            }
        })
    }

    /// Sets what a RETRIEVER span found: `retrieval.documents.N.document.*`.
    fn set_documents<How>(&self, documents: impl IntoContentList<Document, How>) -> &Self {
        self.with(|span| write::list(span, keys::RETRIEVAL_DOCUMENTS, documents))
    }

    /// Sets what a RERANKER span is asked: `reranker.query`, `reranker.model_name`, `reranker.top_k`.
    fn set_reranker<How>(&self, reranker: impl IntoContent<Reranker, How>) -> &Self {
        self.with(|span| write::lazy_flat(span, reranker))
    }

    /// Sets what a RERANKER span has to order: `reranker.input_documents.N.document.*`.
    fn set_reranker_input_documents<How>(&self, documents: impl IntoContentList<Document, How>) -> &Self {
        self.with(|span| write::list(span, keys::RERANKER_INPUT_DOCUMENTS, documents))
    }

    /// Sets what a RERANKER span kept, in its order: `reranker.output_documents.N.document.*`.
    fn set_reranker_output_documents<How>(&self, documents: impl IntoContentList<Document, How>) -> &Self {
        self.with(|span| write::list(span, keys::RERANKER_OUTPUT_DOCUMENTS, documents))
    }

    /// Sets the model of an EMBEDDING span: `embedding.model_name`.
    fn set_embedding_model(&self, name: impl Into<String>) -> &Self {
        self.with(|span| write::attribute(span, keys::EMBEDDING_MODEL_NAME, name))
    }

    /// Sets the parameters of an EMBEDDING span's call: `embedding.invocation_parameters`.
    fn set_embedding_invocation_parameters<How>(&self, parameters: impl IntoContent<JsonText, How>) -> &Self {
        self.with(|span| write::json(span, keys::EMBEDDING_INVOCATION_PARAMETERS, parameters))
    }

    /// Sets the texts and vectors of an EMBEDDING span: `embedding.embeddings.N.embedding.*`.
    fn set_embeddings<How>(&self, embeddings: impl IntoContentList<Embedding, How>) -> &Self {
        self.with(|span| write::list(span, keys::EMBEDDING_EMBEDDINGS, embeddings))
    }

    /// Sets which agent an AGENT span is: `agent.name`.
    fn set_agent(&self, name: impl Into<String>) -> &Self {
        self.with(|span| write::attribute(span, keys::AGENT_NAME, name))
    }

    /// Sets the span's place in an agent's graph: `graph.node.*`.
    fn set_graph_node(&self, node: impl Into<GraphNode>) -> &Self {
        self.with(|span| write::flat::<GraphNode>(span, node))
    }

    /// Sets what decided on a DECISION span: `decision.*`.
    fn set_decision(&self, decision: impl Into<Decision>) -> &Self {
        self.with(|span| write::flat::<Decision>(span, decision))
    }

    /// Sets annotations: `annotations.N.annotation.*`, or below `trace.` or `session.`. Replaces those of the same scope.
    fn set_annotations<How>(&self, annotations: impl IntoContentList<Annotation, How>) -> &Self {
        self.with(|span| write::feedback(span, annotations))
    }

    /// Sets evaluations: `evaluations.N.evaluation.*`, or below `trace.` or `session.`. Replaces those of the same scope.
    fn set_evaluations<How>(&self, evaluations: impl IntoContentList<Evaluation, How>) -> &Self {
        self.with(|span| write::feedback(span, evaluations))
    }

    /// Adds an `exception` event with the type of `error`, its message, and its chain of sources in place of a stack
    /// trace; and sets the status to an error, as an exception does that leaves a Python span.
    ///
    /// It takes any error, `anyhow::Error`, `Box<dyn Error>`, and text, which has no type.
    ///
    /// When the error was dealt with, [`set_ok`](Self::set_ok) afterwards turns the span green again.
    fn record_exception<How>(&self, error: &(impl AnyError<How> + ?Sized)) -> &Self {
        self.with(|span| write::exception(span, error))
    }

    /// Adds a link to another span, such as the one that an EVALUATOR span judges afterwards.
    fn add_link(&self, to: &SpanContext) -> &Self {
        self.with(|span| write::link(span, to))
    }

    /// The trace id and span id under which the span is exported; `None` when no layer of this crate exports it.
    fn span_context(&self) -> Option<SpanContext> {
        let mut context = None;
        self.with(|span| context = edit::span_context(span));
        context
    }

    /// Sets the status to OK, which is final: no error replaces it.
    fn set_ok(&self) -> &Self {
        self.with(|span| write::status(span, || Status::Ok))
    }

    /// Sets the status to an error, unless it is OK.
    fn set_error(&self, description: impl Into<Cow<'static, str>>) -> &Self {
        self.with(|span| write::status(span, || Status::error(description)))
    }

    /// Makes the span continue the trace that the headers of an incoming request name (W3C `traceparent` and
    /// `tracestate`). Without a valid one nothing changes.
    ///
    /// Call it before the span has children; once somebody refers to the span's ids, the remote span is linked instead.
    /// A `tracing-opentelemetry` layer in the same subscriber is told too.
    fn set_parent_from(&self, headers: &(impl Headers + ?Sized)) -> &Self {
        self.with(|span| propagation::set_parent_from(span, headers))
    }

    /// Names the span as the parent of what is sent with these headers: sets `traceparent`, and `tracestate` if there is one.
    fn inject_into(&self, headers: &mut (impl HeadersMut + ?Sized)) -> &Self {
        self.with(|span| propagation::inject_into(span, headers))
    }
}
