use openinference_semconv::keys;
use opentelemetry::{KeyValue, Value};
use serde::Serialize;

use super::{Flat, IntoTokens, json};

/// Declares a family of attributes that has one place on a span, and holds what its builder collected.
macro_rules! flat {
    ($($(#[$doc:meta])+ $name:ident $(($complete:path))?)+) => {
        $(
            $(#[$doc])+
            #[derive(Clone, Debug, Default, PartialEq)]
            #[must_use = "this does nothing until it is set on a span"]
            pub struct $name(Vec<KeyValue>);

            impl $name {
                fn with(mut self, key: &'static str, value: impl Into<Value>) -> Self {
                    self.0.push(KeyValue::new(key, value));
                    self
                }
            }

            impl Flat for $name {
                fn into_attributes(self) -> Vec<KeyValue> {
                    let attributes = self.0;
                    $(let attributes = $complete(attributes);)?
                    attributes
                }
            }
        )+
    };
}

flat! {
    /// The template that a prompt was made from: `llm.prompt_template.*`.
    PromptTemplate
    /// A prompt of a registry: `prompt.*`, on PROMPT spans and those that use it.
    Prompt
    /// A node of an agent's graph: `graph.node.*`.
    GraphNode
    /// What a reranker was asked: `reranker.*` without its documents, which have setters of their own.
    Reranker
    /// What decided, and at what price: `decision.*` on a DECISION span, where `llm.*` has no place.
    Decision (with_model_name)
}

impl PromptTemplate {
    /// The template, its variables not filled in.
    pub fn new(template: impl Into<String>) -> Self {
        Self::default().with(keys::LLM_PROMPT_TEMPLATE_TEMPLATE, template.into())
    }

    /// Sets `llm.prompt_template.variables`: JSON text, or anything that serialises to an object.
    pub fn variables(self, variables: impl Serialize) -> Self {
        self.with(keys::LLM_PROMPT_TEMPLATE_VARIABLES, json::text(&variables))
    }

    /// Sets `llm.prompt_template.version`.
    pub fn version(self, version: impl Into<String>) -> Self {
        self.with(keys::LLM_PROMPT_TEMPLATE_VERSION, version.into())
    }
}

impl Prompt {
    /// The prompt `id`.
    pub fn new(id: impl Into<String>) -> Self {
        Self::default().with(keys::PROMPT_ID, id.into())
    }

    /// Sets `prompt.vendor`, whose registry it is.
    pub fn vendor(self, vendor: impl Into<String>) -> Self {
        self.with(keys::PROMPT_VENDOR, vendor.into())
    }

    /// Sets `prompt.url`, where people find it.
    pub fn url(self, url: impl Into<String>) -> Self {
        self.with(keys::PROMPT_URL, url.into())
    }
}

impl GraphNode {
    /// The node `id`.
    pub fn new(id: impl Into<String>) -> Self {
        Self::default().with(keys::GRAPH_NODE_ID, id.into())
    }

    /// Sets `graph.node.name`, which people see in place of the id.
    pub fn name(self, name: impl Into<String>) -> Self {
        self.with(keys::GRAPH_NODE_NAME, name.into())
    }

    /// Sets `graph.node.parent_id`. A node without a parent is the root.
    pub fn parent(self, id: impl Into<String>) -> Self {
        self.with(keys::GRAPH_NODE_PARENT_ID, id.into())
    }
}

impl Reranker {
    /// What the documents are ranked by.
    pub fn new(query: impl Into<String>) -> Self {
        Self::default().with(keys::RERANKER_QUERY, query.into())
    }

    /// Sets `reranker.model_name`.
    pub fn model(self, name: impl Into<String>) -> Self {
        self.with(keys::RERANKER_MODEL_NAME, name.into())
    }

    /// Sets `reranker.top_k`, how many documents are asked for.
    pub fn top_k(self, documents: usize) -> Self {
        self.with(keys::RERANKER_TOP_K, i64::try_from(documents).unwrap_or(i64::MAX))
    }
}

impl Decision {
    /// The product that decides, in lower case: `decision.system`, which OpenInference asks for.
    pub fn new(system: impl AsRef<str>) -> Self {
        Self::default().with(keys::DECISION_SYSTEM, system.as_ref().to_lowercase())
    }

    /// Sets `decision.provider`, in lower case: who runs it.
    pub fn provider(self, provider: impl AsRef<str>) -> Self {
        self.with(keys::DECISION_PROVIDER, provider.as_ref().to_lowercase())
    }

    /// Sets `decision.model_name`. Without it, the model that answered stands there, else the one that was asked for.
    pub fn model(self, name: impl Into<String>) -> Self {
        self.with(keys::DECISION_MODEL_NAME, name.into())
    }

    /// Sets `decision.request.model_name`, the model that was asked for.
    pub fn request_model(self, name: impl Into<String>) -> Self {
        self.with(keys::DECISION_REQUEST_MODEL_NAME, name.into())
    }

    /// Sets `decision.response.model_name`, the model that answered.
    pub fn response_model(self, name: impl Into<String>) -> Self {
        self.with(keys::DECISION_RESPONSE_MODEL_NAME, name.into())
    }

    /// Sets `decision.token_count.input` and `decision.token_count.output`.
    pub fn token_count(mut self, input: impl IntoTokens, output: impl IntoTokens) -> Self {
        let counts = [
            (keys::DECISION_TOKEN_COUNT_INPUT, input.into_tokens()),
            (keys::DECISION_TOKEN_COUNT_OUTPUT, output.into_tokens()),
        ];
        self.0.extend(counts.into_iter().filter_map(|(key, tokens)| Some(KeyValue::new(key, tokens?))));
        self
    }
}

/// As in Python's helper: the model that answered, else the one that was asked for.
fn with_model_name(mut attributes: Vec<KeyValue>) -> Vec<KeyValue> {
    let value = |key| attributes.iter().rfind(|attribute| attribute.key.as_str() == key).map(|found| &found.value);
    if value(keys::DECISION_MODEL_NAME).is_none() {
        let model = value(keys::DECISION_RESPONSE_MODEL_NAME).or_else(|| value(keys::DECISION_REQUEST_MODEL_NAME));
        let model = model.map(|model| KeyValue::new(keys::DECISION_MODEL_NAME, model.clone()));
        attributes.extend(model);
    }
    attributes
}

impl From<&str> for PromptTemplate {
    fn from(template: &str) -> Self {
        Self::new(template)
    }
}

impl From<String> for PromptTemplate {
    fn from(template: String) -> Self {
        Self::new(template)
    }
}

impl From<&str> for Prompt {
    fn from(id: &str) -> Self {
        Self::new(id)
    }
}

impl From<&str> for GraphNode {
    fn from(id: &str) -> Self {
        Self::new(id)
    }
}

impl From<&str> for Reranker {
    fn from(query: &str) -> Self {
        Self::new(query)
    }
}

impl From<String> for Reranker {
    fn from(query: String) -> Self {
        Self::new(query)
    }
}
