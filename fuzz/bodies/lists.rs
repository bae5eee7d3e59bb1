//! The keys whose values are lists of objects.

use openinference_semconv::keys;

pub(crate) const LISTS: &[&str] = &[
    keys::LLM_INPUT_MESSAGES,
    keys::LLM_OUTPUT_MESSAGES,
    keys::LLM_TOOLS,
    keys::LLM_PROMPTS,
    keys::LLM_CHOICES,
    keys::RETRIEVAL_DOCUMENTS,
    keys::RERANKER_INPUT_DOCUMENTS,
    keys::RERANKER_OUTPUT_DOCUMENTS,
    keys::EMBEDDING_EMBEDDINGS,
    keys::INPUT_IMAGES,
    keys::OUTPUT_IMAGES,
    keys::INPUT_DOCUMENTS,
    keys::OUTPUT_DOCUMENTS,
    keys::ANNOTATIONS,
    keys::EVALUATIONS,
    keys::TRACE_ANNOTATIONS,
    keys::TRACE_EVALUATIONS,
    keys::SESSION_ANNOTATIONS,
    keys::SESSION_EVALUATIONS,
];
