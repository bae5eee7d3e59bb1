//! What the model says.

use serde_json::{Value, json};

use crate::model::Answer;

/// The model that answers; asked for was [`MODEL`].
pub const ANSWERED: &str = "gpt-4o-2024-08-06";

/// The model that is asked. Phoenix knows its price.
pub const MODEL: &str = "gpt-4o";

/// One answer of the model.
#[derive(Clone, Debug)]
pub struct Reply {
    said: Said,
    usage: Value,
    finish_reason: &'static str,
}

#[derive(Clone, Debug)]
enum Said {
    Text(String),
    Calls(Vec<Call>),
    Error(u16, String),
}

#[derive(Clone, Debug)]
struct Call {
    id: String,
    name: String,
    arguments: String,
}

impl Reply {
    /// An answer in words.
    #[must_use]
    pub fn text(text: impl Into<String>) -> Self {
        Self { said: Said::Text(text.into()), usage: Value::Null, finish_reason: "stop" }
    }

    /// An answer that calls tools: id, name and arguments of each.
    #[must_use]
    pub fn calls<const N: usize>(calls: [(&str, &str, Value); N]) -> Self {
        let call = |(id, name, arguments): (&str, &str, Value)| Call {
            id: id.to_owned(),
            name: name.to_owned(),
            arguments: arguments.to_string(),
        };
        Self { said: Said::Calls(calls.map(call).into()), usage: Value::Null, finish_reason: "tool_calls" }
    }

    /// No answer, but a status of HTTP and a message.
    #[must_use]
    pub fn error(status: u16, message: &str) -> Self {
        Self { said: Said::Error(status, message.to_owned()), usage: Value::Null, finish_reason: "" }
    }

    /// What the answer cost: tokens in, those of them from a cache, tokens out, those of them for thoughts.
    #[must_use]
    pub fn usage(mut self, [prompt, cached, completion, reasoning]: [u64; 4]) -> Self {
        self.usage = json!({
            "prompt_tokens": prompt,
            "completion_tokens": completion,
            "total_tokens": prompt + completion,
            "prompt_tokens_details": { "cached_tokens": cached },
            "completion_tokens_details": { "reasoning_tokens": reasoning },
        });
        self
    }

    /// Why the answer ended, where it is not for the usual reason.
    #[must_use]
    pub fn finish_reason(mut self, reason: &'static str) -> Self {
        self.finish_reason = reason;
        self
    }

    pub(crate) fn answer(&self, request: &Value) -> Answer {
        if let Said::Error(status, message) = &self.said {
            return Answer::error(*status, message);
        }
        if request["stream"] == true {
            let told = request["stream_options"]["include_usage"] == true;
            let events: String = self.chunks(told).iter().map(|chunk| format!("data: {chunk}\n\n")).collect();
            return Answer { status: 200, kind: "text/event-stream", body: format!("{events}data: [DONE]\n\n") };
        }
        let choice = json!({ "index": 0, "message": self.message(), "finish_reason": self.finish_reason });
        Answer::json(&json!({
            "id": "chatcmpl-1",
            "object": "chat.completion",
            "created": 1,
            "model": ANSWERED,
            "choices": [choice],
            "usage": self.usage,
        }))
    }

    fn message(&self) -> Value {
        match &self.said {
            Said::Calls(calls) => {
                let call = |call: &Call| {
                    let function = json!({ "name": call.name, "arguments": call.arguments });
                    json!({ "id": call.id, "type": "function", "function": function })
                };
                json!({ "role": "assistant", "content": null, "tool_calls": calls.iter().map(call).collect::<Vec<_>>() })
            }
            Said::Text(text) | Said::Error(_, text) => json!({ "role": "assistant", "content": text }),
        }
    }

    /// The same in pieces: words one by one, arguments in two halves, and what it cost at the end.
    fn chunks(&self, usage_is_told: bool) -> Vec<Value> {
        let chunk = |choices: Value, usage: &Value| {
            json!({
                "id": "chatcmpl-1",
                "object": "chat.completion.chunk",
                "created": 1,
                "model": ANSWERED,
                "choices": choices,
                "usage": usage,
            })
        };
        let delta = |delta: Value, reason: Option<&str>| {
            chunk(json!([{ "index": 0, "delta": delta, "finish_reason": reason }]), &Value::Null)
        };
        let mut chunks = vec![delta(json!({ "role": "assistant", "content": null }), None)];
        match &self.said {
            Said::Calls(calls) => {
                for (index, call) in calls.iter().enumerate() {
                    let (start, end) = call.arguments.split_at(call.arguments.len() / 2);
                    let function = json!({ "name": call.name, "arguments": start });
                    let first = json!({ "index": index, "id": call.id, "type": "function", "function": function });
                    let second = json!({ "index": index, "function": { "arguments": end } });
                    chunks.extend([first, second].map(|call| delta(json!({ "tool_calls": [call] }), None)));
                }
            }
            Said::Text(text) | Said::Error(_, text) => {
                chunks.extend(text.split_inclusive(' ').map(|word| delta(json!({ "content": word }), None)));
            }
        }
        chunks.push(delta(json!({}), Some(self.finish_reason)));
        if usage_is_told {
            chunks.push(chunk(json!([]), &self.usage));
        }
        chunks
    }
}
