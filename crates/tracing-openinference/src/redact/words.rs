//! The keys that rows of the table name by the dozen, and those that OpenInference has no name for.

use openinference_semconv::keys;

pub(super) const IMAGE_URL: &[&str] = &[keys::IMAGE_URL];
/// Lists that were recorded as one JSON text.
pub(super) const UNFLATTENED: &[&str] = &[keys::LLM_INPUT_MESSAGES, keys::LLM_OUTPUT_MESSAGES, keys::MESSAGE_CONTENTS];
/// Lists that applications record as one value, of which some flag hides a part, and the names under which conversion
/// takes them apart.
pub(super) const RECORDED_LISTS: &[(&str, &str)] = &[
    (keys::LLM_INPUT_MESSAGES, keys::LLM_INPUT_MESSAGES),
    (keys::LLM_OUTPUT_MESSAGES, keys::LLM_OUTPUT_MESSAGES),
    (keys::RETRIEVAL_DOCUMENTS, keys::RETRIEVAL_DOCUMENTS),
    (keys::RERANKER_INPUT_DOCUMENTS, keys::RERANKER_INPUT_DOCUMENTS),
    (keys::RERANKER_OUTPUT_DOCUMENTS, keys::RERANKER_OUTPUT_DOCUMENTS),
    (keys::EMBEDDING_EMBEDDINGS, keys::EMBEDDING_EMBEDDINGS),
    (keys::ANNOTATIONS, keys::ANNOTATIONS),
    (keys::TRACE_ANNOTATIONS, keys::TRACE_ANNOTATIONS),
    (keys::SESSION_ANNOTATIONS, keys::SESSION_ANNOTATIONS),
    (keys::EVALUATIONS, keys::EVALUATIONS),
    (keys::TRACE_EVALUATIONS, keys::TRACE_EVALUATIONS),
    (keys::SESSION_EVALUATIONS, keys::SESSION_EVALUATIONS),
    ("gen_ai.input.messages", keys::LLM_INPUT_MESSAGES),
    ("gen_ai.input_messages", keys::LLM_INPUT_MESSAGES),
    ("gen_ai.request.messages", keys::LLM_INPUT_MESSAGES),
    ("langfuse.input", keys::LLM_INPUT_MESSAGES),
    ("langfuse.observation.input", keys::LLM_INPUT_MESSAGES),
    ("langfuse.trace.input", keys::LLM_INPUT_MESSAGES),
    ("gen_ai.system_instructions", keys::LLM_INPUT_MESSAGES),
    ("gen_ai.prompt", keys::LLM_INPUT_MESSAGES),
    ("gen_ai.content.prompt", keys::LLM_INPUT_MESSAGES),
    ("gen_ai.output.messages", keys::LLM_OUTPUT_MESSAGES),
    ("gen_ai.output_messages", keys::LLM_OUTPUT_MESSAGES),
    ("langfuse.output", keys::LLM_OUTPUT_MESSAGES),
    ("langfuse.observation.output", keys::LLM_OUTPUT_MESSAGES),
    ("langfuse.trace.output", keys::LLM_OUTPUT_MESSAGES),
    ("gen_ai.response.tool_calls", keys::LLM_OUTPUT_MESSAGES),
    ("gen_ai.completion", keys::LLM_OUTPUT_MESSAGES),
    ("gen_ai.content.completion", keys::LLM_OUTPUT_MESSAGES),
    (GEN_AI_DOCUMENTS, keys::RETRIEVAL_DOCUMENTS),
];
/// In each of these lists, the part that is hidden last.
pub(super) const LIST_FRAMES: &[&str] = &[
    keys::MESSAGE_ROLE,
    keys::DOCUMENT_ID,
    keys::EMBEDDING_TEXT,
    keys::EMBEDDING_VECTOR,
    keys::ANNOTATION_NAME,
    keys::EVALUATION_NAME,
];
/// What stays of a message whose text is hidden.
pub(super) const MESSAGE_FRAME: &[&str] = &[
    keys::MESSAGE_ROLE,
    keys::MESSAGE_NAME,
    keys::MESSAGE_TOOL_CALL_ID,
    keys::MESSAGE_FUNCTION_CALL_NAME,
    keys::MESSAGE_CONTENT_TYPE,
    keys::MESSAGE_CONTENT_ID,
    keys::TOOL_CALL_ID,
    keys::TOOL_CALL_FUNCTION_NAME,
    keys::AUDIO_MIME_TYPE,
    keys::DOCUMENT_ID,
    keys::DOCUMENT_MIME_TYPE,
    keys::DOCUMENT_NAME,
    MESSAGE_FINISH_REASON,
];
/// What stays of a document that is hidden.
pub(super) const DOCUMENT_FRAME: &[&str] = &[keys::DOCUMENT_ID, keys::DOCUMENT_SCORE, keys::DOCUMENT_MIME_TYPE];
pub(super) const PARAMETERS: &[&str] =
    &[keys::LLM_INVOCATION_PARAMETERS, keys::EMBEDDING_INVOCATION_PARAMETERS, "langfuse.observation.model.parameters"];
pub(super) const FEEDBACK: &[&str] = &[
    keys::ANNOTATIONS,
    keys::TRACE_ANNOTATIONS,
    keys::SESSION_ANNOTATIONS,
    keys::EVALUATIONS,
    keys::TRACE_EVALUATIONS,
    keys::SESSION_EVALUATIONS,
];
pub(super) const FEEDBACK_FRAME: &[&str] = &[
    keys::ANNOTATION_NAME,
    keys::ANNOTATION_SCORE,
    keys::ANNOTATION_LABEL,
    keys::ANNOTATION_ANNOTATOR_KIND,
    keys::ANNOTATION_IDENTIFIER,
    keys::EVALUATION_NAME,
    keys::EVALUATION_SCORE,
    keys::EVALUATION_LABEL,
    keys::EVALUATION_ANNOTATOR_KIND,
    keys::EVALUATION_IDENTIFIER,
];

/// Single keys that stay. Where one of them has a flag of its own, its row is above this one.
pub(super) const HARMLESS: &[&str] = &[
    keys::LLM_SYSTEM,
    keys::LLM_PROVIDER,
    keys::LLM_MODEL_NAME,
    keys::LLM_REQUEST_MODEL_NAME,
    keys::LLM_RESPONSE_MODEL_NAME,
    keys::LLM_FINISH_REASON,
    keys::LLM_FUNCTION_CALL,
    keys::LLM_PROMPT_TEMPLATE_VERSION,
    keys::TOOL_NAME,
    keys::TOOL_ID,
    keys::TOOL_DESCRIPTION,
    keys::EMBEDDING_MODEL_NAME,
    keys::RERANKER_MODEL_NAME,
    keys::RERANKER_TOP_K,
    keys::RERANKER_QUERY,
    keys::PROMPT_ID,
    keys::PROMPT_URL,
    keys::PROMPT_VENDOR,
    keys::DECISION_SYSTEM,
    keys::DECISION_PROVIDER,
    keys::DECISION_MODEL_NAME,
    keys::DECISION_REQUEST_MODEL_NAME,
    keys::DECISION_RESPONSE_MODEL_NAME,
    keys::DECISION_TOKEN_COUNT_INPUT,
    keys::DECISION_TOKEN_COUNT_OUTPUT,
    keys::EXCEPTION_TYPE,
    keys::EXCEPTION_ESCAPED,
    "busy_ns",
    "idle_ns",
    "return",
];

pub(super) const GEN_AI_HARMLESS: &[&str] = &[
    "gen_ai.system",
    "gen_ai.operation.name",
    "gen_ai.provider.name",
    "gen_ai.conversation.id",
    "gen_ai.data_source.id",
    "gen_ai.output.type",
    "gen_ai.token.type",
    "gen_ai.embeddings.dimension.count",
    "gen_ai.workflow.name",
    "gen_ai.tool.name",
    "gen_ai.tool.type",
    "gen_ai.tool.call.id",
    "gen_ai.tool.call.outcome",
    "gen_ai.tool.error.type",
    "gen_ai.response.id",
    "gen_ai.response.model",
    "gen_ai.response.finish_reasons",
    "gen_ai.response.time_to_first_chunk",
    "gen_ai.request.model",
    "gen_ai.request.choice.count",
    "gen_ai.request.encoding_formats",
    "gen_ai.request.frequency_penalty",
    "gen_ai.request.max_tokens",
    "gen_ai.request.presence_penalty",
    "gen_ai.request.seed",
    "gen_ai.request.stream",
    "gen_ai.request.temperature",
    "gen_ai.request.top_k",
    "gen_ai.request.top_p",
    "gen_ai.evaluation.name",
    GEN_AI_TOOL_DESCRIPTION,
];

/// Families that stay, under the same condition.
pub(super) const HARMLESS_GROUPS: &[&str] = &[
    keys::LLM_TOKEN_COUNT_PROMPT,
    keys::LLM_TOKEN_COUNT_PROMPT_DETAILS,
    keys::LLM_TOKEN_COUNT_COMPLETION,
    keys::LLM_TOKEN_COUNT_COMPLETION_DETAILS,
    keys::LLM_TOKEN_COUNT_TOTAL,
    keys::LLM_COST,
    keys::LLM_INVOCATION_PARAMETERS,
    keys::LLM_PROMPT_TEMPLATE_TEMPLATE,
    keys::LLM_PROMPT_TEMPLATE_VARIABLES,
    keys::EMBEDDING_INVOCATION_PARAMETERS,
    keys::RERANKER_INPUT_DOCUMENTS,
    keys::RERANKER_OUTPUT_DOCUMENTS,
    keys::RETRIEVAL_DOCUMENTS,
    keys::TOOL_PARAMETERS,
    keys::TOOL_JSON_SCHEMA,
    TOOL_CALL,
];

pub(super) const GEN_AI_HARMLESS_GROUPS: &[&str] = &[
    GEN_AI_TOOL_DEFINITIONS,
    GEN_AI_TOOL_RESULT,
    GEN_AI_DOCUMENTS,
    "gen_ai.input.messages",
    "gen_ai.input_messages",
    "gen_ai.request.messages",
    "gen_ai.system_instructions",
    "gen_ai.prompt",
    "gen_ai.content.prompt",
    "gen_ai.output.messages",
    "gen_ai.output_messages",
    "gen_ai.response.tool_calls",
    "gen_ai.completion",
    "gen_ai.content.completion",
    "gen_ai.retrieval.query",
    GEN_AI_TOOL_ARGUMENTS,
    "gen_ai.usage",
    "gen_ai.agent",
    "gen_ai.evaluation.score",
];

/// The namespaces of OpenInference that carry content, `input` and `output` apart.
pub(super) const OPENINFERENCE: &[&str] = &[
    "llm",
    "message",
    "message_content",
    "image",
    "audio",
    "video",
    "document",
    "prompt",
    "completion",
    "tool",
    "embedding",
    "retrieval",
    "reranker",
    "annotation",
    "evaluation",
    "decision",
];
pub(super) const EMBEDDING: &str = "embedding";
pub(super) const EXCEPTION: &str = "exception";
pub(super) const TOOL_CALL: &str = "tool_call";

// Phoenix's converter from GenAI writes it, the specification does not know it.
pub(super) const MESSAGE_FINISH_REASON: &str = "message.finish_reason";

/// `input.*`.
pub(super) const INPUT: &[&str] = &["input"];
/// `output.*`, and the value of `#[instrument(ret)]`.
pub(super) const OUTPUT: &[&str] = &["output", "return"];
/// What others call the input, `OpenLLMetry` and Langfuse: on a call of a model, the messages to it.
pub(super) const FOREIGN_INPUTS: &[&str] =
    &["traceloop.entity.input", "langfuse.input", "langfuse.observation.input", "langfuse.trace.input"];
/// The same of the output.
pub(super) const FOREIGN_OUTPUTS: &[&str] =
    &["traceloop.entity.output", "langfuse.output", "langfuse.observation.output", "langfuse.trace.output"];
/// What `OpenLLMetry` calls the template of a prompt and its variables.
pub(super) const FOREIGN_TEMPLATES: &[&str] = &["traceloop.prompt.template", "traceloop.prompt.template_variables"];
/// What it called the choices before messages.
pub(super) const FOREIGN_COMPLETIONS: &str = "llm.completions";
/// Types of errors, which are names unless an application put a text there.
pub(super) const ERROR_TYPES: &[&str] = &[keys::EXCEPTION_TYPE, "error.type", "gen_ai.tool.error.type"];
/// Messages of errors outside `exception.*`. The first is what `#[instrument(err)]` records.
pub(super) const FOREIGN_ERRORS: &[&str] =
    &["error", "error.message", "error.stack", "otel.status_description", "otel.status_message", LANGFUSE_STATUS];
const LANGFUSE_STATUS: &str = "langfuse.observation.status_message";
/// What the macros of the crate logfire make of the span's name and fields.
pub(super) const LOGFIRE_MESSAGE: &str = "logfire.msg";

pub(super) const GEN_AI: &str = "gen_ai";
pub(super) const GEN_AI_TOOL_DEFINITIONS: &str = "gen_ai.tool.definitions";
/// The tools that a model is offered; the second is a spelling of libraries.
pub(super) const GEN_AI_TOOLS: &[&str] = &[GEN_AI_TOOL_DEFINITIONS, "gen_ai.request.tools"];
pub(super) const GEN_AI_TOOL_DESCRIPTION: &str = "gen_ai.tool.description";
pub(super) const GEN_AI_TOOL_ARGUMENTS: &str = "gen_ai.tool.call.arguments";
pub(super) const GEN_AI_TOOL_RESULT: &str = "gen_ai.tool.call.result";
pub(super) const GEN_AI_DOCUMENTS: &str = "gen_ai.retrieval.documents";
pub(super) const GEN_AI_REQUEST: &str = "gen_ai.request";
pub(super) const GEN_AI_REQUEST_MODEL: &str = "gen_ai.request.model";
pub(super) const GEN_AI_TO_MODEL: &[&str] =
    &["gen_ai.input.messages", "gen_ai.input_messages", "gen_ai.request.messages", "gen_ai.system_instructions"];
pub(super) const GEN_AI_PROMPTS: &[&str] = &["gen_ai.prompt", "gen_ai.content.prompt"];
pub(super) const GEN_AI_FROM_MODEL: &[&str] =
    &["gen_ai.output.messages", "gen_ai.output_messages", "gen_ai.response.tool_calls"];
pub(super) const GEN_AI_COMPLETIONS: &[&str] = &["gen_ai.completion", "gen_ai.content.completion"];
pub(super) const GEN_AI_INPUTS: &[&str] = &["gen_ai.retrieval.query", GEN_AI_TOOL_ARGUMENTS];
