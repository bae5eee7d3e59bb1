use std::ops::BitOr;

use serde_json::Value as Json;

use super::Object;

/// Takes out what authorises the call, which some clients and every proxy take in the body: `api_key`, `extra_headers`,
/// the `authorization` of a remote tool. Says whether there was anything.
///
/// Neither what is said to the model and by it nor a schema is looked into: there it is content.
pub(super) fn take_out(value: &mut Json) -> bool {
    match value {
        Json::Object(object) => take_out_of(object),
        Json::Array(items) => items.iter_mut().map(take_out).fold(false, BitOr::bitor),
        _ => false,
    }
}

fn take_out_of(object: &mut Object) -> bool {
    let before = object.len();
    object.retain(|name, value| !is_secret(name, value));
    let mut changed = object.len() < before;
    for (name, value) in object.iter_mut() {
        if !CONTENT.contains(&name.as_str()) {
            changed |= take_out(value);
        }
    }
    changed
}

/// Messages and whatever else is content, and schemas, where such a name is the name of an argument.
const CONTENT: [&str; 33] = [
    "messages",
    "message",
    "input",
    "output",
    "contents",
    "content",
    "system",
    "systemInstruction",
    "system_instruction",
    "instructions",
    "prompt",
    "choices",
    "candidates",
    "data",
    "embedding",
    "embeddings",
    "texts",
    "schema",
    "json_schema",
    "parameters",
    "parametersJsonSchema",
    "parameters_json_schema",
    "inputSchema",
    "input_schema",
    "responseSchema",
    "response_schema",
    "responseJsonSchema",
    "response_json_schema",
    "format",
    "properties",
    "usage",
    "usageMetadata",
    "usage_metadata",
];

fn is_secret(name: &str, value: &Json) -> bool {
    const SECRETS: [&str; 19] = [
        "apikey",
        "apitoken",
        "authorization",
        "authorizationtoken",
        "accesstoken",
        "authtoken",
        "bearertoken",
        "sessiontoken",
        "secretaccesskey",
        "accesskeyid",
        "azureadtoken",
        "identitytoken",
        "refreshtoken",
        "accesskey",
        "secretkey",
        "privatekey",
        "secret",
        "credentials",
        "password",
    ];
    // Not a deny-list of values: names that only ever hold credentials, whatever the vendor puts in front of them.
    let word: String = name.chars().filter(char::is_ascii_alphanumeric).map(|char| char.to_ascii_lowercase()).collect();
    let credential = SECRETS.iter().any(|secret| word.ends_with(secret));
    // Headers are an object, or a list of pairs.
    credential && !value.is_null() || word.ends_with("headers") && (value.is_object() || value.is_array())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn credentials_go_and_content_stays() {
        let mut request = json!({
            "model": "m",
            "api_key": "s",
            "extra_headers": { "Authorization": "s" },
            "aws_secret_access_key": "s",
            "litellm_params": { "apiKey": "s", "timeout": 5 },
            "messages": [{ "role": "user", "content": "my password", "password": "content" }],
            "tools": [
                { "type": "mcp", "server_url": "u", "authorization": "s", "headers": { "X-Key": "s" } },
                { "type": "function", "function": { "parameters": { "properties": { "password": { "type": "string" } } } } },
            ],
            "max_tokens": 5,
        });
        assert!(take_out(&mut request));
        assert_eq!(
            request,
            json!({
                "model": "m",
                "litellm_params": { "timeout": 5 },
                "messages": [{ "role": "user", "content": "my password", "password": "content" }],
                "tools": [
                    { "type": "mcp", "server_url": "u" },
                    { "type": "function", "function": { "parameters": { "properties": { "password": { "type": "string" } } } } },
                ],
                "max_tokens": 5,
            })
        );
        assert!(!take_out(&mut request));
    }

    #[test]
    fn credentials_go_from_every_request_of_a_list() {
        let mut requests = json!([
            { "input": "x", "headers": [["Authorization", "s"]], "azure_ad_token": "s", "pad_token": "<pad>" },
            { "input": "x", "langfuse_secret": "s", "aws_web_identity_token": "s", "vertex_credentials": "s" },
        ]);
        assert!(take_out(&mut requests));
        assert_eq!(requests, json!([{ "input": "x", "pad_token": "<pad>" }, { "input": "x" }]));
    }
}
