//! Where conversion answers differently from most converters on purpose: the entries `genai` of `deviations.toml`.

use std::collections::BTreeMap;
use std::env;

use openinference_semconv::{Provider, System};
use serde_json::{Map, Value as Json};

use super::genai::same;
use super::glob;

/// One entry.
#[derive(Debug)]
pub(super) struct Deviation {
    cases: Vec<String>,
    /// It is a rule of ours, which shows in other vectors too.
    rule: bool,
    keys: Vec<String>,
    /// What was agreed has to be one of these; none for anything.
    agreed: Vec<String>,
    /// Attributes of the input, one of which has to be there: `key` or `key = pattern`; none for any input.
    given: Vec<String>,
    then: Option<Then>,
}

/// What we answer instead.
#[derive(Debug)]
enum Then {
    Absent,
    Value(Json),
    /// The value of another attribute of the input.
    Of(String),
    /// What was agreed for the same field one message further on, after the same system prompt twice.
    NextMessage,
    /// The same field in another message of ours.
    OtherMessage,
    /// The text is one of several parts of the message, or there is none beside the only part.
    InContents,
    /// OpenInference's word for it.
    WellKnown,
    /// Nothing, beside the provider, where what was agreed is no word for a product.
    ProviderAlone,
    /// Nothing, where no model is called.
    NothingOfOthers,
    /// Nothing, on a span that sums up others.
    NothingOfSums,
    /// The kind that OpenLLMetry states.
    KindOfTraceloop,
    /// What the span says itself.
    AlreadyThere,
    /// The same parameters, under the names that OpenAI has, and more of them.
    MoreParameters,
    /// The sum of the count and those of the cache.
    WithCache,
    /// Plain text, said or not, of what is neither an object nor a list.
    PlainText,
    /// The text without white space around it, or nothing if there is no other.
    Trimmed,
    /// The text as JSON.
    AsJson,
    /// The text in the JSON.
    Unquoted,
    /// The first reason that is stated, for the response or for an answer; or none.
    FirstReason,
    /// The definition as it is, of what is no function, or is one by its shape already.
    Definition,
}

/// An attribute on which we do not agree.
pub(super) struct Difference<'a> {
    pub(super) case: &'a str,
    pub(super) key: &'a str,
    pub(super) agreed: &'a Json,
    pub(super) ours: Option<&'a Json>,
    pub(super) input: &'a Json,
    /// All that was agreed of the span.
    pub(super) row: &'a Json,
    /// All that we say of it.
    pub(super) all: &'a BTreeMap<String, Json>,
}

impl Deviation {
    pub(super) fn read(entry: &toml::Table) -> Self {
        assert!(entry["reason"].as_str().is_some_and(|reason| !reason.is_empty()), "no reason: {entry}");
        let words = |name: &str| {
            let list = entry.get(name).and_then(toml::Value::as_array).cloned().unwrap_or_default();
            list.iter().map(|word| word.as_str().expect("a string").to_owned()).collect()
        };
        let then = entry.get("then").map(|then| Then::read(then.as_str().expect("a string")));
        let rule = entry.get("rule").and_then(toml::Value::as_bool).unwrap_or_default();
        let (cases, keys, agreed, given) = (words("cases"), words("keys"), words("agreed"), words("given"));
        Self { cases, rule, keys, agreed, given, then }
    }

    pub(super) fn explains(&self, difference: &Difference<'_>) -> bool {
        let fits = |patterns: &[String], text: &str| patterns.iter().any(|pattern| glob(pattern, text));
        let given = |attribute: &String| {
            let (key, pattern) = attribute.split_once(" = ").unwrap_or((attribute, "*"));
            difference.input.get(key).is_some_and(|value| glob(pattern, &plain(value)))
        };
        (fits(&self.cases, difference.case) || self.rule && env::var_os("ORACLE_DIR").is_some())
            && fits(&self.keys, difference.key)
            && (self.agreed.is_empty() || fits(&self.agreed, &plain(difference.agreed)))
            && (self.given.is_empty() || self.given.iter().any(given))
            && self.then.as_ref().is_none_or(|then| then.fits(difference))
    }
}

impl Then {
    fn read(then: &str) -> Self {
        match then {
            "absent" => Self::Absent,
            "next message" => Self::NextMessage,
            "in another message" => Self::OtherMessage,
            "one of message.contents" => Self::InContents,
            "well-known word" => Self::WellKnown,
            "absent beside llm.provider" => Self::ProviderAlone,
            "absent where no model is called" => Self::NothingOfOthers,
            "absent from agents and chains" => Self::NothingOfSums,
            "the kind of traceloop.span.kind" => Self::KindOfTraceloop,
            "what the span says itself" => Self::AlreadyThere,
            "the same parameters and more" => Self::MoreParameters,
            "with the tokens of the cache" => Self::WithCache,
            "plain text" => Self::PlainText,
            "trimmed" => Self::Trimmed,
            "as JSON" => Self::AsJson,
            "unquoted" => Self::Unquoted,
            "the first reason that is stated" => Self::FirstReason,
            "the definition" => Self::Definition,
            other => match other.strip_prefix("value of ") {
                Some(key) => Self::Of(key.to_owned()),
                None => Self::Value(Json::from(other)),
            },
        }
    }

    fn fits(&self, difference: &Difference<'_>) -> bool {
        let Difference { key, agreed, ours, input, row, all, .. } = difference;
        let text = ours.and_then(Json::as_str);
        let kind = all.get("openinference.span.kind").and_then(Json::as_str);
        match self {
            Self::Absent => ours.is_none(),
            Self::Value(value) => *ours == Some(value),
            Self::Of(key) => *ours == input.get(key),
            Self::NextMessage => {
                repeats_the_system_prompt(row) && row.get(next_message(key)).is_none_or(|agreed| same(agreed, *ours))
            }
            Self::OtherMessage => is_in_another_message(difference),
            Self::InContents => key.strip_suffix("content").is_some_and(|message| {
                let contents = format!("{message}contents.*.message_content.text");
                let several = all.keys().any(|key| key.starts_with(&format!("{message}contents.1.")));
                several && all.iter().any(|(key, value)| glob(&contents, key) && same(agreed, Some(value)))
                    || plain(agreed).is_empty() && all.keys().any(|key| key.starts_with(&format!("{message}contents.")))
            }),
            Self::WellKnown => is_well_known(text.unwrap_or_default()),
            Self::ProviderAlone => {
                ours.is_none() && all.contains_key("llm.provider") && System::parse(&plain(agreed)).is_none()
            }
            Self::NothingOfOthers => ours.is_none() && !matches!(kind, Some("LLM" | "EMBEDDING")),
            Self::NothingOfSums => ours.is_none() && matches!(kind, Some("AGENT" | "CHAIN")),
            Self::KindOfTraceloop => {
                let stated = input.get("traceloop.span.kind").map(plain).unwrap_or_default().to_lowercase();
                text == [("workflow", "CHAIN"), ("task", "CHAIN"), ("agent", "AGENT"), ("tool", "TOOL"), ("llm", "LLM")]
                    .iter()
                    .find_map(|(word, kind)| (*word == stated).then_some(*kind))
            }
            Self::AlreadyThere => ours.is_some() && *ours == input.get(key),
            Self::MoreParameters => {
                object(text).is_some_and(|ours| parameters(agreed).is_some_and(|agreed| is_part(&agreed, &ours)))
            }
            Self::WithCache => {
                let count = |key: &str| all.get(key).and_then(Json::as_f64).unwrap_or_default();
                let cache = ["cache_read", "cache_write"].map(|part| count(&format!("{PROMPT}_details.{part}")));
                let part_is_larger = cache.iter().sum::<f64>() > count(PROMPT) - cache.iter().sum::<f64>();
                let with_cache = agreed.as_f64().map(|agreed| agreed + cache.iter().sum::<f64>());
                part_is_larger && ours.and_then(|ours| ours.as_f64()) == with_cache
            }
            Self::PlainText => {
                let value = key.strip_suffix("mime_type").and_then(|side| all.get(&format!("{side}value")));
                let parsed = value.and_then(Json::as_str).map(serde_json::from_str::<Json>);
                text.is_none_or(|text| text == "text/plain")
                    && !matches!(parsed, Some(Ok(Json::Array(_) | Json::Object(_))))
            }
            Self::Trimmed => {
                let trimmed = agreed.as_str().map(str::trim).filter(|trimmed| !trimmed.is_empty());
                trimmed == text && (trimmed.is_some() || ours.is_none())
            }
            Self::AsJson => text == Some(&Json::from(plain(agreed)).to_string()),
            Self::Unquoted => serde_json::from_str::<String>(&plain(agreed)).ok().as_deref() == text,
            Self::FirstReason => {
                let list = |key: &str| read(&input[key]).as_array().cloned().unwrap_or_default();
                let reasons = list("gen_ai.response.finish_reasons").into_iter();
                let answers = list("gen_ai.output.messages").into_iter().map(|answer| answer["finish_reason"].clone());
                let mut stated = reasons.chain(answers).filter(|reason| !plain(reason).is_empty() && !reason.is_null());
                stated.next().as_ref() == *ours
            }
            Self::Definition => {
                let given = read(&input["gen_ai.tool.definitions"]);
                let ours = text.and_then(|text| serde_json::from_str::<Json>(text).ok());
                let is_bare_function = |ours: &Json| {
                    let of_function = ours.get("type").is_none_or(|kind| kind == "function");
                    of_function && ours.get("name").is_some() && ours.get("function").is_none()
                };
                let ours = ours.filter(|ours| !is_bare_function(ours));
                ours.is_some_and(|ours| given.as_array().is_some_and(|given| given.contains(&ours)))
            }
        }
    }
}

const PROMPT: &str = "llm.token_count.prompt";

/// The value as text.
fn plain(value: &Json) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// The JSON that a text is, also where it was encoded twice.
fn read(value: &Json) -> Json {
    match value.as_str().and_then(|text| serde_json::from_str(text).ok()) {
        Some(inner) => read(&inner),
        None => value.clone(),
    }
}

fn is_well_known(word: &str) -> bool {
    Provider::parse(word).is_some_and(|known| known.as_str() == word)
        || System::parse(word).is_some_and(|known| known.as_str() == word)
}

fn object(text: Option<&str>) -> Option<Map<String, Json>> {
    serde_json::from_str(text?).ok()
}

/// The parameters as we name them. Only what fits the type of a parameter is agreed on in earnest.
fn parameters(agreed: &Json) -> Option<Map<String, Json>> {
    let ours = |name: String| match name.as_str() {
        "max_completion_tokens" => "max_tokens".to_owned(),
        "stop_sequences" | "chat.stop_sequences" => "stop".to_owned(),
        _ => name,
    };
    Some(object(agreed.as_str())?.into_iter().map(|(name, value)| (ours(name), value)).collect())
}

/// Numbers and lists that were recorded as text are what the text says.
fn is_part(agreed: &Map<String, Json>, ours: &Map<String, Json>) -> bool {
    agreed.iter().all(|(name, agreed)| {
        let told = agreed.as_str().and_then(|text| serde_json::from_str::<Json>(text).ok());
        let same = |ours: &Json| {
            same(agreed, Some(ours)) || told.as_ref() == Some(ours) || *ours == Json::from(vec![agreed.clone()])
        };
        ours.get(name).is_some_and(same)
    })
}

fn repeats_the_system_prompt(agreed: &Json) -> bool {
    let field = |index, field| agreed.get(format!("llm.input_messages.{index}.message.{field}"));
    field(0, "role").is_some_and(|role| role == "system")
        && ["role", "content"].iter().all(|name| field(0, name) == field(1, name))
}

/// `llm.input_messages.2.message.role` → `llm.input_messages.3.message.role`
fn next_message(key: &str) -> String {
    let mut parts: Vec<String> = key.split('.').map(String::from).collect();
    if let Some(index) = parts.get(2).and_then(|index| index.parse::<usize>().ok()) {
        parts[2] = (index + 1).to_string();
    }
    parts.join(".")
}

/// The field has the same value in a later message: what is put before a message moves it on, and nothing moves it back. A
/// text may be the only one there, or one of several.
fn is_in_another_message(difference: &Difference<'_>) -> bool {
    let Difference { key, agreed, row, all, .. } = difference;
    let mut parts = key.splitn(4, '.');
    let (Some(llm), Some(side), Some(at), Some(field)) = (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return false;
    };
    let texts = ["message.content", "message.contents.*.message_content.text"];
    let fields = if texts.iter().any(|text| glob(text, field)) { texts.to_vec() } else { vec![field] };
    if fields.iter().any(|field| {
        let pattern = format!("{llm}.{side}.*.{field}");
        let index = |key: &str| key.split('.').nth(2).and_then(|index| index.parse::<usize>().ok());
        let is_later = |key: &str| index(key) > at.parse().ok();
        all.iter().any(|(key, value)| glob(&pattern, key) && is_later(key) && same(agreed, Some(value)))
    }) {
        return true;
    }
    // The type of a text goes with the text.
    let text = key.strip_suffix("type").map(|content| format!("{content}text"));
    let text = text.and_then(|key| row.get(&key).map(|agreed| (key, agreed)));
    text.is_some_and(|(key, agreed)| is_in_another_message(&Difference { key: &key, agreed, ..*difference }))
}
