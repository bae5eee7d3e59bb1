//! Keys that belong to one span kind: TOOL, EMBEDDING, RETRIEVER, RERANKER, PROMPT, DECISION.

super::keys! {
    /// The tool's name. On TOOL spans, and of an element of `llm.tools`. String.
    pub const TOOL_NAME: &str = "tool.name";
    /// What the tool does. On TOOL spans, and of an element of `llm.tools`. String.
    pub const TOOL_DESCRIPTION: &str = "tool.description";
    /// The schema of the tool's input. On TOOL spans, and of an element of `llm.tools`. JSON string.
    pub const TOOL_JSON_SCHEMA: &str = "tool.json_schema";
    /// The parameters' definition; some instrumentation puts the arguments here. On TOOL spans. JSON string.
    pub const TOOL_PARAMETERS: &str = "tool.parameters";
    /// The `tool_call.id` that this span answers. On TOOL spans. String.
    pub const TOOL_ID: &str = "tool.id";

    /// The embedding model. On EMBEDDING spans. String.
    pub const EMBEDDING_MODEL_NAME: &str = "embedding.model_name";
    /// Parameters of the call, without the input. On EMBEDDING spans. JSON string.
    pub const EMBEDDING_INVOCATION_PARAMETERS: &str = "embedding.invocation_parameters";
    /// What was embedded, as `embedding.embeddings.N.embedding.*`. On EMBEDDING spans. List of objects.
    pub const EMBEDDING_EMBEDDINGS: &str = "embedding.embeddings";
    /// The text behind the vector. Of an element of `embedding.embeddings`. String.
    pub const EMBEDDING_TEXT: &str = "embedding.text";
    /// The vector. Of an element of `embedding.embeddings`. List of floats.
    pub const EMBEDDING_VECTOR: &str = "embedding.vector";

    /// What was found, as `retrieval.documents.N.document.*`. On RETRIEVER spans. List of objects.
    pub const RETRIEVAL_DOCUMENTS: &str = "retrieval.documents";

    /// The query the documents are ranked by. On RERANKER spans. String.
    pub const RERANKER_QUERY: &str = "reranker.query";
    /// The ranking model. On RERANKER spans. String.
    pub const RERANKER_MODEL_NAME: &str = "reranker.model_name";
    /// How many documents to keep. On RERANKER spans. Integer.
    pub const RERANKER_TOP_K: &str = "reranker.top_k";
    /// Documents before ranking, as `reranker.input_documents.N.document.*`. On RERANKER spans. List of objects.
    pub const RERANKER_INPUT_DOCUMENTS: &str = "reranker.input_documents";
    /// Documents after ranking, as `reranker.output_documents.N.document.*`. On RERANKER spans. List of objects.
    pub const RERANKER_OUTPUT_DOCUMENTS: &str = "reranker.output_documents";

    /// Where the prompt is kept: `langsmith`, `arize-phoenix` … On LLM and PROMPT spans. String.
    pub const PROMPT_VENDOR: &str = "prompt.vendor";
    /// The vendor's id of the prompt. On LLM and PROMPT spans. String.
    pub const PROMPT_ID: &str = "prompt.id";
    /// The vendor's page of the prompt. On LLM and PROMPT spans. String.
    pub const PROMPT_URL: &str = "prompt.url";

    /// The product that decided, a [`DecisionSystem`](crate::DecisionSystem) or a word of your own. Required on
    /// DECISION spans. String.
    pub const DECISION_SYSTEM: &str = "decision.system";
    /// Who hosts it, a [`DecisionProvider`](crate::DecisionProvider) or a word of your own. On DECISION spans. String.
    pub const DECISION_PROVIDER: &str = "decision.provider";
    /// The model: the one that decided, or the one asked for while that is unknown. On DECISION spans. String.
    pub const DECISION_MODEL_NAME: &str = "decision.model_name";
    /// The model the caller asked for. On DECISION spans. String.
    pub const DECISION_REQUEST_MODEL_NAME: &str = "decision.request.model_name";
    /// The model that decided, in the provider's words. On DECISION spans. String.
    pub const DECISION_RESPONSE_MODEL_NAME: &str = "decision.response.model_name";
    /// Tokens read for the decision. On DECISION spans, which have no total. Integer.
    pub const DECISION_TOKEN_COUNT_INPUT: &str = "decision.token_count.input";
    /// Tokens written for the decision. On DECISION spans, which have no total. Integer.
    pub const DECISION_TOKEN_COUNT_OUTPUT: &str = "decision.token_count.output";
}
