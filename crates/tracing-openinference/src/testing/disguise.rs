//! The shapes in which a text may leave a process.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use crate::builder::base64;

/// Shorter secrets leave too little of themselves in base64 to be told from chance.
const LONG_ENOUGH: usize = 8;

/// A secret, and everything that encoders make of it.
pub(super) struct Disguises(Vec<(&'static str, String)>);

impl Disguises {
    pub(super) fn of(secret: &str) -> Self {
        let json = json(secret);
        let url = utf8_percent_encode(secret, NON_ALPHANUMERIC).to_string();
        let hex: String = secret.bytes().map(|byte| format!("{byte:02x}")).collect();
        let debug = format!("{secret:?}");
        let mut texts = vec![
            ("", secret.to_owned()),
            (" (in JSON in JSON)", self::json(&json)),
            (" (in JSON)", json),
            (" (as Debug)", debug[1..debug.len() - 1].to_owned()),
            (" (as in a form)", url.replace("%20", "+")),
            (" (as in a URL)", secret.replace(' ', "%20")),
            (" (percent-encoded)", url.to_lowercase()),
            (" (percent-encoded)", url),
            (" (as hexadecimal digits)", hex.to_uppercase()),
            (" (as hexadecimal digits)", hex),
        ];
        if secret.len() >= LONG_ENOUGH {
            for start in 0..3 {
                let text = inner_base64(secret.as_bytes(), start);
                let for_urls = text.replace('+', "-").replace('/', "_");
                texts.extend([(" (as base64)", text), (" (as base64 for URLs)", for_urls)]);
            }
        }
        Self(texts)
    }

    /// How `text` tells the secret, if it does: empty for the secret as it is.
    pub(super) fn found_in(&self, text: &str) -> Option<&'static str> {
        self.0.iter().find(|(_, disguised)| text.contains(disguised)).map(|(name, _)| *name)
    }
}

fn json(text: &str) -> String {
    let quoted = serde_json::Value::from(text).to_string();
    quoted[1..quoted.len() - 1].to_owned()
}

/// What is always in the base64 of a text in which `bytes` stand at an offset that leaves the remainder `start`: the
/// digits that no neighbour has a part in.
fn inner_base64(bytes: &[u8], start: usize) -> String {
    let shifted = [&[0; 3][..start], bytes].concat();
    let digits = base64(&shifted);
    let (first, last) = ((start * 8).div_ceil(6), shifted.len() * 8 / 6);
    digits[first..last].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_found_at_every_offset_of_base64() {
        let secret = "hunter2!?~";
        let disguises = Disguises::of(secret);
        for before in 0..7 {
            for after in 0..4 {
                let text = format!("{}{secret}{}", "x".repeat(before), "y".repeat(after));
                let encoded = base64(text.as_bytes());
                assert!(disguises.found_in(&encoded).is_some(), "{text}: {encoded}");
                assert!(disguises.found_in(&encoded.replace('/', "_").replace('+', "-")).is_some(), "{encoded}");
            }
        }
        assert_eq!(disguises.found_in(&base64(b"something else entirely")), None);
    }

    #[test]
    fn what_encoders_make_of_a_secret_is_found() {
        let secret = "a \"quoted\"\n§";
        let disguises = Disguises::of(secret);
        for (text, found) in [
            (format!("<{secret}>"), ""),
            (serde_json::json!({ "k": secret }).to_string(), " (in JSON)"),
            (serde_json::Value::from(serde_json::json!([secret]).to_string()).to_string(), " (in JSON in JSON)"),
            ("a%20%22quoted%22%0A%C2%A7".to_owned(), " (percent-encoded)"),
            ("q=a+%22quoted%22%0A%C2%A7".to_owned(), " (as in a form)"),
            ("61202271756F746564220AC2A7".to_owned(), " (as hexadecimal digits)"),
        ] {
            assert_eq!(disguises.found_in(&text), Some(found), "{text}");
        }
        assert_eq!(disguises.found_in("a quoted text"), None);
    }
}
