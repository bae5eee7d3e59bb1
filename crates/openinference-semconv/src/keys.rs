//! Every attribute key of OpenInference.

/// `agent.name`
pub const AGENT_NAME: &str = "agent.name";
/// `annotation.annotator_kind`
pub const ANNOTATION_ANNOTATOR_KIND: &str = "annotation.annotator_kind";
/// `annotation.explanation`
pub const ANNOTATION_EXPLANATION: &str = "annotation.explanation";
/// `annotation.identifier`
pub const ANNOTATION_IDENTIFIER: &str = "annotation.identifier";
/// `annotation.label`
pub const ANNOTATION_LABEL: &str = "annotation.label";
/// `annotation.metadata`
pub const ANNOTATION_METADATA: &str = "annotation.metadata";
/// `annotation.name`
pub const ANNOTATION_NAME: &str = "annotation.name";
/// `annotation.score`
pub const ANNOTATION_SCORE: &str = "annotation.score";
/// `annotations`
pub const ANNOTATIONS: &str = "annotations";
/// `audio.mime_type`
pub const AUDIO_MIME_TYPE: &str = "audio.mime_type";
/// `audio.transcript`
pub const AUDIO_TRANSCRIPT: &str = "audio.transcript";
/// `audio.url`
pub const AUDIO_URL: &str = "audio.url";
/// `completion.text`
pub const COMPLETION_TEXT: &str = "completion.text";
/// `decision.model_name`
pub const DECISION_MODEL_NAME: &str = "decision.model_name";
/// `decision.provider`
pub const DECISION_PROVIDER: &str = "decision.provider";
/// `decision.request.model_name`
pub const DECISION_REQUEST_MODEL_NAME: &str = "decision.request.model_name";
/// `decision.response.model_name`
pub const DECISION_RESPONSE_MODEL_NAME: &str = "decision.response.model_name";
/// `decision.system`
pub const DECISION_SYSTEM: &str = "decision.system";
/// `decision.token_count.input`
pub const DECISION_TOKEN_COUNT_INPUT: &str = "decision.token_count.input";
/// `decision.token_count.output`
pub const DECISION_TOKEN_COUNT_OUTPUT: &str = "decision.token_count.output";
/// `document.content`
pub const DOCUMENT_CONTENT: &str = "document.content";
/// `document.id`
pub const DOCUMENT_ID: &str = "document.id";
/// `document.metadata`
pub const DOCUMENT_METADATA: &str = "document.metadata";
/// `document.mime_type`
pub const DOCUMENT_MIME_TYPE: &str = "document.mime_type";
/// `document.name`
pub const DOCUMENT_NAME: &str = "document.name";
/// `document.score`
pub const DOCUMENT_SCORE: &str = "document.score";
/// `document.url`
pub const DOCUMENT_URL: &str = "document.url";
/// `embedding.embeddings`
pub const EMBEDDING_EMBEDDINGS: &str = "embedding.embeddings";
/// `embedding.invocation_parameters`
pub const EMBEDDING_INVOCATION_PARAMETERS: &str = "embedding.invocation_parameters";
/// `embedding.model_name`
pub const EMBEDDING_MODEL_NAME: &str = "embedding.model_name";
/// `embedding.text`
pub const EMBEDDING_TEXT: &str = "embedding.text";
/// `embedding.vector`
pub const EMBEDDING_VECTOR: &str = "embedding.vector";
/// `evaluation.annotator_kind`
pub const EVALUATION_ANNOTATOR_KIND: &str = "evaluation.annotator_kind";
/// `evaluation.explanation`
pub const EVALUATION_EXPLANATION: &str = "evaluation.explanation";
/// `evaluation.identifier`
pub const EVALUATION_IDENTIFIER: &str = "evaluation.identifier";
/// `evaluation.label`
pub const EVALUATION_LABEL: &str = "evaluation.label";
/// `evaluation.metadata`
pub const EVALUATION_METADATA: &str = "evaluation.metadata";
/// `evaluation.name`
pub const EVALUATION_NAME: &str = "evaluation.name";
/// `evaluation.score`
pub const EVALUATION_SCORE: &str = "evaluation.score";
/// `evaluations`
pub const EVALUATIONS: &str = "evaluations";
/// `exception.escaped`
pub const EXCEPTION_ESCAPED: &str = "exception.escaped";
/// `exception.message`
pub const EXCEPTION_MESSAGE: &str = "exception.message";
/// `exception.stacktrace`
pub const EXCEPTION_STACKTRACE: &str = "exception.stacktrace";
/// `exception.type`
pub const EXCEPTION_TYPE: &str = "exception.type";
/// `graph.node.id`
pub const GRAPH_NODE_ID: &str = "graph.node.id";
/// `graph.node.name`
pub const GRAPH_NODE_NAME: &str = "graph.node.name";
/// `graph.node.parent_id`
pub const GRAPH_NODE_PARENT_ID: &str = "graph.node.parent_id";
/// `image.url`
pub const IMAGE_URL: &str = "image.url";
/// `input.documents`
pub const INPUT_DOCUMENTS: &str = "input.documents";
/// `input.images`
pub const INPUT_IMAGES: &str = "input.images";
/// `input.mime_type`
pub const INPUT_MIME_TYPE: &str = "input.mime_type";
/// `input.value`
pub const INPUT_VALUE: &str = "input.value";
/// `llm.choices`
pub const LLM_CHOICES: &str = "llm.choices";
/// `llm.cost`
pub const LLM_COST: &str = "llm.cost";
/// `llm.cost.completion`
pub const LLM_COST_COMPLETION: &str = "llm.cost.completion";
/// `llm.cost.completion_details`
pub const LLM_COST_COMPLETION_DETAILS: &str = "llm.cost.completion_details";
/// `llm.cost.completion_details.audio`
pub const LLM_COST_COMPLETION_DETAILS_AUDIO: &str = "llm.cost.completion_details.audio";
/// `llm.cost.completion_details.output`
pub const LLM_COST_COMPLETION_DETAILS_OUTPUT: &str = "llm.cost.completion_details.output";
/// `llm.cost.completion_details.reasoning`
pub const LLM_COST_COMPLETION_DETAILS_REASONING: &str = "llm.cost.completion_details.reasoning";
/// `llm.cost.prompt`
pub const LLM_COST_PROMPT: &str = "llm.cost.prompt";
/// `llm.cost.prompt_details`
pub const LLM_COST_PROMPT_DETAILS: &str = "llm.cost.prompt_details";
/// `llm.cost.prompt_details.audio`
pub const LLM_COST_PROMPT_DETAILS_AUDIO: &str = "llm.cost.prompt_details.audio";
/// `llm.cost.prompt_details.cache_input`
pub const LLM_COST_PROMPT_DETAILS_CACHE_INPUT: &str = "llm.cost.prompt_details.cache_input";
/// `llm.cost.prompt_details.cache_read`
pub const LLM_COST_PROMPT_DETAILS_CACHE_READ: &str = "llm.cost.prompt_details.cache_read";
/// `llm.cost.prompt_details.cache_write`
pub const LLM_COST_PROMPT_DETAILS_CACHE_WRITE: &str = "llm.cost.prompt_details.cache_write";
/// `llm.cost.prompt_details.input`
pub const LLM_COST_PROMPT_DETAILS_INPUT: &str = "llm.cost.prompt_details.input";
/// `llm.cost.total`
pub const LLM_COST_TOTAL: &str = "llm.cost.total";
/// `llm.finish_reason`
pub const LLM_FINISH_REASON: &str = "llm.finish_reason";
/// `llm.function_call`
pub const LLM_FUNCTION_CALL: &str = "llm.function_call";
/// `llm.input_messages`
pub const LLM_INPUT_MESSAGES: &str = "llm.input_messages";
/// `llm.invocation_parameters`
pub const LLM_INVOCATION_PARAMETERS: &str = "llm.invocation_parameters";
/// `llm.model_name`
pub const LLM_MODEL_NAME: &str = "llm.model_name";
/// `llm.output_messages`
pub const LLM_OUTPUT_MESSAGES: &str = "llm.output_messages";
/// `llm.prompt_template.template`
pub const LLM_PROMPT_TEMPLATE_TEMPLATE: &str = "llm.prompt_template.template";
/// `llm.prompt_template.variables`
pub const LLM_PROMPT_TEMPLATE_VARIABLES: &str = "llm.prompt_template.variables";
/// `llm.prompt_template.version`
pub const LLM_PROMPT_TEMPLATE_VERSION: &str = "llm.prompt_template.version";
/// `llm.prompts`
pub const LLM_PROMPTS: &str = "llm.prompts";
/// `llm.provider`
pub const LLM_PROVIDER: &str = "llm.provider";
/// `llm.request.model_name`
pub const LLM_REQUEST_MODEL_NAME: &str = "llm.request.model_name";
/// `llm.response.model_name`
pub const LLM_RESPONSE_MODEL_NAME: &str = "llm.response.model_name";
/// `llm.system`
pub const LLM_SYSTEM: &str = "llm.system";
/// `llm.token_count.completion`
pub const LLM_TOKEN_COUNT_COMPLETION: &str = "llm.token_count.completion";
/// `llm.token_count.completion_details`
pub const LLM_TOKEN_COUNT_COMPLETION_DETAILS: &str = "llm.token_count.completion_details";
/// `llm.token_count.completion_details.audio`
pub const LLM_TOKEN_COUNT_COMPLETION_DETAILS_AUDIO: &str = "llm.token_count.completion_details.audio";
/// `llm.token_count.completion_details.reasoning`
pub const LLM_TOKEN_COUNT_COMPLETION_DETAILS_REASONING: &str = "llm.token_count.completion_details.reasoning";
/// `llm.token_count.prompt`
pub const LLM_TOKEN_COUNT_PROMPT: &str = "llm.token_count.prompt";
/// `llm.token_count.prompt_details`
pub const LLM_TOKEN_COUNT_PROMPT_DETAILS: &str = "llm.token_count.prompt_details";
/// `llm.token_count.prompt_details.audio`
pub const LLM_TOKEN_COUNT_PROMPT_DETAILS_AUDIO: &str = "llm.token_count.prompt_details.audio";
/// `llm.token_count.prompt_details.cache_input`
pub const LLM_TOKEN_COUNT_PROMPT_DETAILS_CACHE_INPUT: &str = "llm.token_count.prompt_details.cache_input";
/// `llm.token_count.prompt_details.cache_read`
pub const LLM_TOKEN_COUNT_PROMPT_DETAILS_CACHE_READ: &str = "llm.token_count.prompt_details.cache_read";
/// `llm.token_count.prompt_details.cache_write`
pub const LLM_TOKEN_COUNT_PROMPT_DETAILS_CACHE_WRITE: &str = "llm.token_count.prompt_details.cache_write";
/// `llm.token_count.total`
pub const LLM_TOKEN_COUNT_TOTAL: &str = "llm.token_count.total";
/// `llm.tools`
pub const LLM_TOOLS: &str = "llm.tools";
/// `message.content`
pub const MESSAGE_CONTENT: &str = "message.content";
/// `message.contents`
pub const MESSAGE_CONTENTS: &str = "message.contents";
/// `message.function_call_arguments_json`
pub const MESSAGE_FUNCTION_CALL_ARGUMENTS_JSON: &str = "message.function_call_arguments_json";
/// `message.function_call_name`
pub const MESSAGE_FUNCTION_CALL_NAME: &str = "message.function_call_name";
/// `message.name`
pub const MESSAGE_NAME: &str = "message.name";
/// `message.role`
pub const MESSAGE_ROLE: &str = "message.role";
/// `message.tool_call_id`
pub const MESSAGE_TOOL_CALL_ID: &str = "message.tool_call_id";
/// `message.tool_calls`
pub const MESSAGE_TOOL_CALLS: &str = "message.tool_calls";
/// `message_content.audio`
pub const MESSAGE_CONTENT_AUDIO: &str = "message_content.audio";
/// `message_content.data`
pub const MESSAGE_CONTENT_DATA: &str = "message_content.data";
/// `message_content.document`
pub const MESSAGE_CONTENT_DOCUMENT: &str = "message_content.document";
/// `message_content.encrypted_content`
pub const MESSAGE_CONTENT_ENCRYPTED_CONTENT: &str = "message_content.encrypted_content";
/// `message_content.id`
pub const MESSAGE_CONTENT_ID: &str = "message_content.id";
/// `message_content.image`
pub const MESSAGE_CONTENT_IMAGE: &str = "message_content.image";
/// `message_content.signature`
pub const MESSAGE_CONTENT_SIGNATURE: &str = "message_content.signature";
/// `message_content.text`
pub const MESSAGE_CONTENT_TEXT: &str = "message_content.text";
/// `message_content.type`
pub const MESSAGE_CONTENT_TYPE: &str = "message_content.type";
/// `message_content.video`
pub const MESSAGE_CONTENT_VIDEO: &str = "message_content.video";
/// `metadata`
pub const METADATA: &str = "metadata";
/// `openinference.project.name`
pub const OPENINFERENCE_PROJECT_NAME: &str = "openinference.project.name";
/// `openinference.span.kind`
pub const OPENINFERENCE_SPAN_KIND: &str = "openinference.span.kind";
/// `output.documents`
pub const OUTPUT_DOCUMENTS: &str = "output.documents";
/// `output.images`
pub const OUTPUT_IMAGES: &str = "output.images";
/// `output.mime_type`
pub const OUTPUT_MIME_TYPE: &str = "output.mime_type";
/// `output.value`
pub const OUTPUT_VALUE: &str = "output.value";
/// `prompt.id`
pub const PROMPT_ID: &str = "prompt.id";
/// `prompt.text`
pub const PROMPT_TEXT: &str = "prompt.text";
/// `prompt.url`
pub const PROMPT_URL: &str = "prompt.url";
/// `prompt.vendor`
pub const PROMPT_VENDOR: &str = "prompt.vendor";
/// `reranker.input_documents`
pub const RERANKER_INPUT_DOCUMENTS: &str = "reranker.input_documents";
/// `reranker.model_name`
pub const RERANKER_MODEL_NAME: &str = "reranker.model_name";
/// `reranker.output_documents`
pub const RERANKER_OUTPUT_DOCUMENTS: &str = "reranker.output_documents";
/// `reranker.query`
pub const RERANKER_QUERY: &str = "reranker.query";
/// `reranker.top_k`
pub const RERANKER_TOP_K: &str = "reranker.top_k";
/// `retrieval.documents`
pub const RETRIEVAL_DOCUMENTS: &str = "retrieval.documents";
/// `session.annotations`
pub const SESSION_ANNOTATIONS: &str = "session.annotations";
/// `session.evaluations`
pub const SESSION_EVALUATIONS: &str = "session.evaluations";
/// `session.id`
pub const SESSION_ID: &str = "session.id";
/// `tag.tags`
pub const TAG_TAGS: &str = "tag.tags";
/// `tool.description`
pub const TOOL_DESCRIPTION: &str = "tool.description";
/// `tool.id`
pub const TOOL_ID: &str = "tool.id";
/// `tool.json_schema`
pub const TOOL_JSON_SCHEMA: &str = "tool.json_schema";
/// `tool.name`
pub const TOOL_NAME: &str = "tool.name";
/// `tool.parameters`
pub const TOOL_PARAMETERS: &str = "tool.parameters";
/// `tool_call.function.arguments`
pub const TOOL_CALL_FUNCTION_ARGUMENTS: &str = "tool_call.function.arguments";
/// `tool_call.function.name`
pub const TOOL_CALL_FUNCTION_NAME: &str = "tool_call.function.name";
/// `tool_call.id`
pub const TOOL_CALL_ID: &str = "tool_call.id";
/// `tool_call.reasoning_signature`
pub const TOOL_CALL_REASONING_SIGNATURE: &str = "tool_call.reasoning_signature";
/// `trace.annotations`
pub const TRACE_ANNOTATIONS: &str = "trace.annotations";
/// `trace.evaluations`
pub const TRACE_EVALUATIONS: &str = "trace.evaluations";
/// `user.id`
pub const USER_ID: &str = "user.id";
/// `video.url`
pub const VIDEO_URL: &str = "video.url";
