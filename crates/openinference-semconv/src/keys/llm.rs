//! Keys of LLM spans. Token counts stand on EMBEDDING spans too.

super::keys! {
    /// The AI product, a [`System`](crate::System) or a word of your own in lower case. Required on LLM spans. String.
    pub const LLM_SYSTEM: &str = "llm.system";
    /// Who hosts the model, a [`Provider`](crate::Provider) or a word of your own in lower case. String.
    pub const LLM_PROVIDER: &str = "llm.provider";
    /// The model: the one that answered, or the one asked for while that is unknown. String.
    pub const LLM_MODEL_NAME: &str = "llm.model_name";
    /// The model the caller asked for. String.
    pub const LLM_REQUEST_MODEL_NAME: &str = "llm.request.model_name";
    /// The model that answered, in the provider's words. String.
    pub const LLM_RESPONSE_MODEL_NAME: &str = "llm.response.model_name";
    /// Why the model stopped. String.
    pub const LLM_FINISH_REASON: &str = "llm.finish_reason";
    /// Temperature, top-p and the like, without the messages. JSON string.
    pub const LLM_INVOCATION_PARAMETERS: &str = "llm.invocation_parameters";
    /// The function call of models older than tool calls. Deprecated. JSON string.
    pub const LLM_FUNCTION_CALL: &str = "llm.function_call";

    /// Messages sent, as `llm.input_messages.N.message.*`. List of objects.
    pub const LLM_INPUT_MESSAGES: &str = "llm.input_messages";
    /// Messages received, as `llm.output_messages.N.message.*`. List of objects.
    pub const LLM_OUTPUT_MESSAGES: &str = "llm.output_messages";
    /// Tools the model may call, as `llm.tools.N.tool.*`. List of objects.
    pub const LLM_TOOLS: &str = "llm.tools";
    /// Prompts of a completions API, as `llm.prompts.N.prompt.text`. List of objects.
    pub const LLM_PROMPTS: &str = "llm.prompts";
    /// Answers of a completions API, as `llm.choices.N.completion.text`. List of objects.
    pub const LLM_CHOICES: &str = "llm.choices";

    /// The template a prompt was made from, with its placeholders. String.
    pub const LLM_PROMPT_TEMPLATE_TEMPLATE: &str = "llm.prompt_template.template";
    /// What was put in for the placeholders. JSON string.
    pub const LLM_PROMPT_TEMPLATE_VARIABLES: &str = "llm.prompt_template.variables";
    /// The version of the template. String.
    pub const LLM_PROMPT_TEMPLATE_VERSION: &str = "llm.prompt_template.version";

    /// Tokens of the prompt, those from the cache among them. Integer.
    pub const LLM_TOKEN_COUNT_PROMPT: &str = "llm.token_count.prompt";
    /// Shares of the prompt's tokens. Prefix, open to further names.
    pub const LLM_TOKEN_COUNT_PROMPT_DETAILS: &str = "llm.token_count.prompt_details";
    /// Prompt tokens read from the cache. Integer.
    pub const LLM_TOKEN_COUNT_PROMPT_DETAILS_CACHE_READ: &str = "llm.token_count.prompt_details.cache_read";
    /// Prompt tokens written to the cache. Integer.
    pub const LLM_TOKEN_COUNT_PROMPT_DETAILS_CACHE_WRITE: &str = "llm.token_count.prompt_details.cache_write";
    /// Prompt tokens that were cached. Integer.
    pub const LLM_TOKEN_COUNT_PROMPT_DETAILS_CACHE_INPUT: &str = "llm.token_count.prompt_details.cache_input";
    /// Prompt tokens that were audio. Integer.
    pub const LLM_TOKEN_COUNT_PROMPT_DETAILS_AUDIO: &str = "llm.token_count.prompt_details.audio";
    /// Tokens of the answer. Integer.
    pub const LLM_TOKEN_COUNT_COMPLETION: &str = "llm.token_count.completion";
    /// Shares of the answer's tokens. Prefix, open to further names.
    pub const LLM_TOKEN_COUNT_COMPLETION_DETAILS: &str = "llm.token_count.completion_details";
    /// Answer tokens the model spent on reasoning. Integer.
    pub const LLM_TOKEN_COUNT_COMPLETION_DETAILS_REASONING: &str = "llm.token_count.completion_details.reasoning";
    /// Answer tokens that were audio. Integer.
    pub const LLM_TOKEN_COUNT_COMPLETION_DETAILS_AUDIO: &str = "llm.token_count.completion_details.audio";
    /// Tokens of prompt and answer together. Integer.
    pub const LLM_TOKEN_COUNT_TOTAL: &str = "llm.token_count.total";

    /// What the call cost, in US dollars. Prefix.
    pub const LLM_COST: &str = "llm.cost";
    /// Cost of all prompt tokens, in US dollars. Float.
    pub const LLM_COST_PROMPT: &str = "llm.cost.prompt";
    /// Shares of the prompt's cost. Prefix.
    pub const LLM_COST_PROMPT_DETAILS: &str = "llm.cost.prompt_details";
    /// Cost of the input tokens, in US dollars. Float.
    pub const LLM_COST_PROMPT_DETAILS_INPUT: &str = "llm.cost.prompt_details.input";
    /// Cost of prompt tokens read from the cache, in US dollars. Float.
    pub const LLM_COST_PROMPT_DETAILS_CACHE_READ: &str = "llm.cost.prompt_details.cache_read";
    /// Cost of prompt tokens written to the cache, in US dollars. Float.
    pub const LLM_COST_PROMPT_DETAILS_CACHE_WRITE: &str = "llm.cost.prompt_details.cache_write";
    /// Cost of prompt tokens that were cached, in US dollars. Float.
    pub const LLM_COST_PROMPT_DETAILS_CACHE_INPUT: &str = "llm.cost.prompt_details.cache_input";
    /// Cost of prompt tokens that were audio, in US dollars. Float.
    pub const LLM_COST_PROMPT_DETAILS_AUDIO: &str = "llm.cost.prompt_details.audio";
    /// Cost of all answer tokens, in US dollars. Float.
    pub const LLM_COST_COMPLETION: &str = "llm.cost.completion";
    /// Shares of the answer's cost. Prefix.
    pub const LLM_COST_COMPLETION_DETAILS: &str = "llm.cost.completion_details";
    /// Cost of the output tokens, in US dollars. Float.
    pub const LLM_COST_COMPLETION_DETAILS_OUTPUT: &str = "llm.cost.completion_details.output";
    /// Cost of reasoning, in US dollars. Float.
    pub const LLM_COST_COMPLETION_DETAILS_REASONING: &str = "llm.cost.completion_details.reasoning";
    /// Cost of answer tokens that were audio, in US dollars. Float.
    pub const LLM_COST_COMPLETION_DETAILS_AUDIO: &str = "llm.cost.completion_details.audio";
    /// Cost of prompt and answer together, in US dollars. Float.
    pub const LLM_COST_TOTAL: &str = "llm.cost.total";
}
