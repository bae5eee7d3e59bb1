use serde_json::Value as Json;

use super::Object;

/// What of a request is content, and has attributes of its own.
const CONTENT: [&str; 17] = [
    "messages",
    "prompt",
    "input",
    "contents",
    "content",
    "system",
    "systemInstruction",
    "system_instruction",
    "instructions",
    "images",
    "suffix",
    "context",
    "template",
    "prediction",
    "requests",
    "texts",
    "documents",
];

const TOOLS: [&str; 2] = ["tools", "functions"];

/// Where Gemini and Ollama keep the parameters that the others have beside the messages.
const NESTED: [&str; 3] = ["generationConfig", "generation_config", "options"];

/// The parameters of a request as JSON text, the model among them as in the instrumentations of OpenInference.
pub(super) fn of(request: &Object) -> Option<String> {
    let mut parameters = Object::new();
    for (name, value) in request {
        match value {
            Json::Null => {}
            Json::Object(inner) if NESTED.contains(&name.as_str()) => {
                let inner = inner.iter().filter(|(_, value)| !value.is_null());
                parameters.extend(inner.map(|(name, value)| (name.clone(), value.clone())));
            }
            value if is_parameter(name) => _ = parameters.insert(name.clone(), value.clone()),
            _ => {}
        }
    }
    (!parameters.is_empty()).then(|| Json::Object(parameters).to_string())
}

/// Takes the parameters out of a request. Says whether there were any.
pub(super) fn take_out(request: &mut Object) -> bool {
    retain(request, |name| name == "model" || !is_parameter(name))
}

/// Takes the tools out of a request. Says whether there were any.
pub(super) fn take_out_tools(request: &mut Object) -> bool {
    retain(request, |name| !TOOLS.contains(&name))
}

fn retain(request: &mut Object, keep: impl Fn(&str) -> bool) -> bool {
    let before = request.len();
    request.retain(|name, _| keep(name));
    request.len() < before
}

fn is_parameter(name: &str) -> bool {
    !CONTENT.contains(&name) && !TOOLS.contains(&name)
}
