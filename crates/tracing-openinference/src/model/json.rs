use serde::Serialize;

/// The text of an attribute that holds serialised JSON: metadata, invocation parameters, template variables.
///
/// Made from anything that is [`Serialize`], as compact JSON. A string is taken as it is: it is the JSON text that a
/// provider or a file already gave you. What cannot be serialised becomes an object that says why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JsonText(String);

impl<S: Serialize> From<S> for JsonText {
    fn from(value: S) -> Self {
        Self(text(&value))
    }
}

impl JsonText {
    /// The JSON text.
    #[must_use]
    pub fn into_string(self) -> String {
        self.0
    }
}

pub(crate) fn text(value: &(impl Serialize + ?Sized)) -> String {
    match serde_json::to_string(value) {
        Ok(text) if text.starts_with('"') => serde_json::from_str(&text).unwrap_or(text),
        Ok(text) => text,
        Err(error) => serde_json::json!({ "not serializable": error.to_string() }).to_string(),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use serde_json::json;

    use super::*;

    #[test]
    fn json_is_compact_and_keeps_its_letters() {
        assert_eq!(
            text(&json!({"a": [1, {"b": null}], "u": "ü\u{2028}"})),
            "{\"a\":[1,{\"b\":null}],\"u\":\"ü\u{2028}\"}"
        );
    }

    #[test]
    fn a_string_is_json_text_already() {
        assert_eq!(text("{\"a\": 1}"), "{\"a\": 1}");
        assert_eq!(text(&"say \"hi\"\n".to_owned()), "say \"hi\"\n");
        assert_eq!(text(&json!("plain")), "plain");
    }

    #[test]
    fn what_cannot_be_serialised_says_so() {
        let text = text(&HashMap::from([((1, 2), 3)]));
        assert_eq!(text, "{\"not serializable\":\"key must be a string\"}");
    }
}
