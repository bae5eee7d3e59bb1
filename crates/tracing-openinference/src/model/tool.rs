use openinference_semconv::{Indexed, keys};
use opentelemetry::{Key, KeyValue, Value};
use serde::{Serialize, de::IgnoredAny};

use super::{Element, Flat, Listed, json, put};

/// A tool: one that a model may call (`llm.tools.N.tool.*`), or the one that a TOOL span runs (`tool.*`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[must_use = "a tool does nothing until it is set on a span"]
pub struct Tool {
    name: Option<String>,
    description: Option<String>,
    parameters: Option<String>,
    json_schema: Option<String>,
    id: Option<String>,
}

/// A call that a model asks for: `tool_call.*` of a message.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[must_use = "a tool call does nothing until it is set on a span"]
pub struct ToolCall {
    pub(crate) id: Option<String>,
    pub(crate) name: Option<String>,
    pub(crate) arguments: Option<String>,
    reasoning_signature: Option<String>,
}

impl Tool {
    /// The tool `name`.
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: Some(name.into()), ..Self::default() }
    }

    /// A tool that is known by its definition alone, as it is sent to the model:
    /// `{"type": "function", "function": {…}}`.
    pub fn from_json_schema(schema: impl Serialize) -> Self {
        Self::default().json_schema(schema)
    }

    /// Sets `tool.description`.
    pub fn description(self, description: impl Into<String>) -> Self {
        Self { description: Some(description.into()), ..self }
    }

    /// Sets the JSON Schema of the arguments: `tool.parameters` of a TOOL span. In the list of an LLM span it becomes
    /// `tool.json_schema`, as the definition of a function, unless [`json_schema`](Self::json_schema) says something else.
    pub fn parameters(self, schema: impl Serialize) -> Self {
        Self { parameters: Some(json::text(&schema)), ..self }
    }

    /// Sets `tool.json_schema`: the definition as it is sent to the model.
    pub fn json_schema(self, schema: impl Serialize) -> Self {
        Self { json_schema: Some(json::text(&schema)), ..self }
    }

    /// Sets `tool.id` of a TOOL span: the id of the call that it answers.
    pub fn id(self, id: impl Into<String>) -> Self {
        Self { id: Some(id.into()), ..self }
    }

    /// The definition of a function as the chat APIs take it, which is what Phoenix shows and replays.
    fn definition(&self) -> Option<String> {
        let parameters = self.parameters.as_deref()?;
        let mut definition = r#"{"type":"function","function":{"#.to_owned();
        for (field, text) in [("name", &self.name), ("description", &self.description)] {
            if let Some(text) = text {
                definition.push_str(&format!("\"{field}\":{},", serde_json::Value::from(text.as_str())));
            }
        }
        definition.push_str("\"parameters\":");
        match serde_json::from_str::<IgnoredAny>(parameters) {
            Ok(_) => definition.push_str(parameters),
            Err(_) => definition.push_str(&serde_json::Value::from(parameters).to_string()),
        }
        definition.push_str("}}");
        Some(definition)
    }
}

impl ToolCall {
    /// A call of the tool `name`. A string of `arguments` is the JSON text that the model wrote, anything else is
    /// serialised.
    pub fn new(name: impl Into<String>, arguments: impl Serialize) -> Self {
        Self { name: Some(name.into()), ..Self::default() }.arguments(arguments)
    }

    /// Sets `tool_call.function.arguments`.
    pub fn arguments(self, arguments: impl Serialize) -> Self {
        Self { arguments: Some(json::text(&arguments)), ..self }
    }

    /// Sets `tool_call.id`, by which the answer names the call.
    pub fn id(self, id: impl Into<String>) -> Self {
        Self { id: Some(id.into()), ..self }
    }

    /// Sets `tool_call.reasoning_signature`, which Gemini wants back.
    pub fn reasoning_signature(self, signature: impl Into<String>) -> Self {
        Self { reasoning_signature: Some(signature.into()), ..self }
    }
}

impl<N: Into<String>, A: Serialize> From<(N, A)> for ToolCall {
    fn from((name, arguments): (N, A)) -> Self {
        Self::new(name, arguments)
    }
}

impl From<&str> for Tool {
    fn from(name: &str) -> Self {
        Self::new(name)
    }
}

impl From<String> for Tool {
    fn from(name: String) -> Self {
        Self::new(name)
    }
}

impl<N: Into<String>, D: Into<String>> From<(N, D)> for Tool {
    fn from((name, description): (N, D)) -> Self {
        Self::new(name).description(description)
    }
}

impl Listed for Tool {
    const TELLING: &'static [&'static str] = &[keys::TOOL_NAME];
}

impl Element for Tool {
    fn write(self, at: &Indexed<'_>, out: &mut (impl FnMut(Key, Value) + ?Sized)) {
        let definition = self.json_schema.is_none().then(|| self.definition()).flatten();
        put(out, || at.key(keys::TOOL_NAME), self.name);
        put(out, || at.key(keys::TOOL_DESCRIPTION), self.description);
        put(out, || at.key(keys::TOOL_JSON_SCHEMA), self.json_schema.or(definition));
    }
}

impl Flat for Tool {
    fn into_attributes(self) -> Vec<KeyValue> {
        [
            (keys::TOOL_NAME, self.name),
            (keys::TOOL_DESCRIPTION, self.description),
            (keys::TOOL_PARAMETERS, self.parameters),
            (keys::TOOL_JSON_SCHEMA, self.json_schema),
            (keys::TOOL_ID, self.id),
        ]
        .into_iter()
        .filter_map(|(key, value)| Some(KeyValue::new(key, value?)))
        .collect()
    }
}

impl Element for ToolCall {
    fn write(self, at: &Indexed<'_>, out: &mut (impl FnMut(Key, Value) + ?Sized)) {
        put(out, || at.key(keys::TOOL_CALL_ID), self.id);
        put(out, || at.key(keys::TOOL_CALL_REASONING_SIGNATURE), self.reasoning_signature);
        put(out, || at.key(keys::TOOL_CALL_FUNCTION_NAME), self.name);
        put(out, || at.key(keys::TOOL_CALL_FUNCTION_ARGUMENTS), self.arguments);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn parameters_become_the_definition_that_a_model_sees() {
        let schema = json!({"type": "object", "properties": {"city": {"type": "string"}}});
        let definition = Tool::new("get_\"weather\"").description("Ask.").parameters(&schema).definition().unwrap();
        assert_eq!(
            serde_json::from_str::<Value>(&definition).unwrap(),
            json!({"type": "function", "function": {"name": "get_\"weather\"", "description": "Ask.", "parameters": schema}}),
        );
    }

    #[test]
    fn parameters_that_are_no_json_still_give_json() {
        let definition = Tool::new("f").parameters("city: string").definition().unwrap();
        assert_eq!(serde_json::from_str::<Value>(&definition).unwrap()["function"]["parameters"], "city: string");
    }
}
