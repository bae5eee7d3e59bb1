use openinference_semconv::keys;

/// What a key says about its attribute. Found from the key alone, in one look, without allocating.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Field {
    /// `openinference.span.kind`
    Kind,
    /// Who or what: model, system, provider, agent and tool names.
    Identity,
    /// `session.id`, `user.id`
    Id,
    /// A number of tokens.
    Tokens,
    /// An amount of money.
    Cost,
    /// A value that has to be JSON, written as a string.
    JsonText,
    /// `tag.tags`
    Tags,
    /// Another single value of OpenInference.
    Leaf,
    /// `input.value` and `output.value`
    Value(Side),
    /// `input.mime_type` and `output.mime_type`
    MimeType(Side),
    /// A list of objects under its own key, so not yet flattened.
    List,
    /// A value inside a flattened list.
    Element,
    /// In a namespace of OpenInference, but not one of its values: `llm.token_count`, `tool.foo`.
    Inner,
    /// A name without a namespace: an argument of a function, a word of the application.
    Bare,
    /// In a namespace of somebody else.
    Foreign,
}

/// The two directions of a span.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    Input,
    Output,
}

impl Side {
    pub(super) const fn value(self) -> &'static str {
        match self {
            Self::Input => keys::INPUT_VALUE,
            Self::Output => keys::OUTPUT_VALUE,
        }
    }

    pub(super) const fn mime_type(self) -> &'static str {
        match self {
            Self::Input => keys::INPUT_MIME_TYPE,
            Self::Output => keys::OUTPUT_MIME_TYPE,
        }
    }
}

impl Field {
    pub(super) fn of(key: &str) -> Self {
        let Some(dot) = key.bytes().position(|byte| byte == b'.') else {
            return bare(key);
        };
        match &key[..dot] {
            "llm" => llm(key),
            "input" | "output" => side(key),
            "openinference" if key == keys::OPENINFERENCE_SPAN_KIND => Self::Kind,
            "tool" => match key {
                keys::TOOL_NAME | keys::TOOL_ID => Self::Identity,
                keys::TOOL_PARAMETERS | keys::TOOL_JSON_SCHEMA => Self::JsonText,
                keys::TOOL_DESCRIPTION => Self::Leaf,
                _ => Self::Inner,
            },
            "session" | "trace" | "user" => match key {
                keys::SESSION_ID | keys::USER_ID => Self::Id,
                _ => listed(
                    key,
                    &[
                        keys::SESSION_ANNOTATIONS,
                        keys::SESSION_EVALUATIONS,
                        keys::TRACE_ANNOTATIONS,
                        keys::TRACE_EVALUATIONS,
                    ],
                ),
            },
            "annotations" | "evaluations" => Self::Element,
            "tag" if key == keys::TAG_TAGS => Self::Tags,
            "retrieval" => listed(key, &[keys::RETRIEVAL_DOCUMENTS]),
            "embedding" => match key {
                keys::EMBEDDING_MODEL_NAME => Self::Identity,
                keys::EMBEDDING_INVOCATION_PARAMETERS => Self::JsonText,
                _ => listed(key, &[keys::EMBEDDING_EMBEDDINGS]),
            },
            "reranker" => match key {
                keys::RERANKER_MODEL_NAME => Self::Identity,
                keys::RERANKER_QUERY | keys::RERANKER_TOP_K => Self::Leaf,
                _ => listed(key, &[keys::RERANKER_INPUT_DOCUMENTS, keys::RERANKER_OUTPUT_DOCUMENTS]),
            },
            "agent" | "graph" | "prompt" | "decision" => small(key),
            "openinference" | "tag" => Self::Inner,
            _ => Self::Foreign,
        }
    }

    /// Where the attribute stands on the span: whoever cuts a span that is too large cuts from the end.
    pub(super) const fn rank(self) -> u8 {
        match self {
            Self::Kind => 0,
            Self::Identity | Self::Id | Self::Tokens | Self::Cost => 1,
            Self::JsonText | Self::Tags | Self::Leaf | Self::MimeType(_) | Self::Inner | Self::Bare | Self::Foreign => {
                2
            }
            Self::Value(_) | Self::List | Self::Element => 3,
        }
    }
}

/// Whether `key` lies inside `namespace`.
pub(super) fn within(key: &str, namespace: &str) -> bool {
    key.len() > namespace.len() && key.as_bytes()[namespace.len()] == b'.' && key.starts_with(namespace)
}

fn bare(key: &str) -> Field {
    match key {
        keys::METADATA => Field::JsonText,
        keys::ANNOTATIONS | keys::EVALUATIONS => Field::List,
        _ => Field::Bare,
    }
}

fn llm(key: &str) -> Field {
    match key {
        keys::LLM_MODEL_NAME
        | keys::LLM_PROVIDER
        | keys::LLM_SYSTEM
        | keys::LLM_REQUEST_MODEL_NAME
        | keys::LLM_RESPONSE_MODEL_NAME
        | keys::LLM_FINISH_REASON => return Field::Identity,
        keys::LLM_TOKEN_COUNT_PROMPT | keys::LLM_TOKEN_COUNT_COMPLETION | keys::LLM_TOKEN_COUNT_TOTAL => {
            return Field::Tokens;
        }
        keys::LLM_INVOCATION_PARAMETERS | keys::LLM_FUNCTION_CALL | keys::LLM_PROMPT_TEMPLATE_VARIABLES => {
            return Field::JsonText;
        }
        keys::LLM_PROMPT_TEMPLATE_TEMPLATE | keys::LLM_PROMPT_TEMPLATE_VERSION => return Field::Leaf,
        keys::LLM_TOKEN_COUNT_PROMPT_DETAILS
        | keys::LLM_TOKEN_COUNT_COMPLETION_DETAILS
        | keys::LLM_COST_PROMPT_DETAILS
        | keys::LLM_COST_COMPLETION_DETAILS => return Field::Inner,
        _ => {}
    }
    if within(key, keys::LLM_TOKEN_COUNT_PROMPT_DETAILS) || within(key, keys::LLM_TOKEN_COUNT_COMPLETION_DETAILS) {
        return Field::Tokens;
    }
    if within(key, keys::LLM_COST) {
        return Field::Cost;
    }
    listed(
        key,
        &[keys::LLM_INPUT_MESSAGES, keys::LLM_OUTPUT_MESSAGES, keys::LLM_TOOLS, keys::LLM_PROMPTS, keys::LLM_CHOICES],
    )
}

fn side(key: &str) -> Field {
    match key {
        keys::INPUT_VALUE => Field::Value(Side::Input),
        keys::OUTPUT_VALUE => Field::Value(Side::Output),
        keys::INPUT_MIME_TYPE => Field::MimeType(Side::Input),
        keys::OUTPUT_MIME_TYPE => Field::MimeType(Side::Output),
        _ => listed(key, &[keys::INPUT_IMAGES, keys::INPUT_DOCUMENTS, keys::OUTPUT_IMAGES, keys::OUTPUT_DOCUMENTS]),
    }
}

fn small(key: &str) -> Field {
    match key {
        keys::AGENT_NAME
        | keys::DECISION_SYSTEM
        | keys::DECISION_PROVIDER
        | keys::DECISION_MODEL_NAME
        | keys::DECISION_REQUEST_MODEL_NAME
        | keys::DECISION_RESPONSE_MODEL_NAME => Field::Identity,
        keys::DECISION_TOKEN_COUNT_INPUT | keys::DECISION_TOKEN_COUNT_OUTPUT => Field::Tokens,
        keys::GRAPH_NODE_ID
        | keys::GRAPH_NODE_NAME
        | keys::GRAPH_NODE_PARENT_ID
        | keys::PROMPT_ID
        | keys::PROMPT_URL
        | keys::PROMPT_VENDOR => Field::Leaf,
        _ => Field::Inner,
    }
}

fn listed(key: &str, lists: &[&str]) -> Field {
    for list in lists {
        if key.len() == list.len() && key == *list {
            return Field::List;
        }
        if within(key, list) {
            return Field::Element;
        }
    }
    Field::Inner
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_recognised_by_itself() {
        for (key, field) in [
            ("openinference.span.kind", Field::Kind),
            ("openinference.span", Field::Inner),
            ("llm.model_name", Field::Identity),
            ("llm.token_count.prompt", Field::Tokens),
            ("llm.token_count.prompt_details.cache_read", Field::Tokens),
            ("llm.token_count.prompt_details", Field::Inner),
            ("llm.token_count", Field::Inner),
            ("llm.cost", Field::Inner),
            ("llm.cost.total", Field::Cost),
            ("llm.input_messages", Field::List),
            ("llm.input_messages_count", Field::Inner),
            ("llm.input_messages.0.message.role", Field::Element),
            ("input.value", Field::Value(Side::Input)),
            ("output.mime_type", Field::MimeType(Side::Output)),
            ("input.images", Field::List),
            ("session.id", Field::Id),
            ("session.annotations.0.annotation.name", Field::Element),
            ("annotations", Field::List),
            ("metadata", Field::JsonText),
            ("input", Field::Bare),
            ("", Field::Bare),
            (".", Field::Foreign),
            ("http.route", Field::Foreign),
            ("decision.token_count.input", Field::Tokens),
        ] {
            assert_eq!(Field::of(key), field, "{key}");
        }
    }
}
