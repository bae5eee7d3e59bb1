use std::fmt;

use http::header::{AUTHORIZATION, CONNECTION, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, TRANSFER_ENCODING};
use http::{HeaderMap, HeaderName, HeaderValue};

use super::endpoint::User;
use super::env::{Env, Source, Sourced};
use crate::BuildError;

const CLIENT_HEADERS: &str = "PHOENIX_CLIENT_HEADERS";
const API_KEY: &str = "PHOENIX_API_KEY";
/// The specific variable comes last, so that it wins.
const OTLP_HEADERS: [&str; 2] = ["OTEL_EXPORTER_OTLP_HEADERS", "OTEL_EXPORTER_OTLP_TRACES_HEADERS"];

/// Set by whoever writes the body; a wrong one makes Phoenix answer 415.
const OWN: [HeaderName; 5] = [CONTENT_TYPE, CONTENT_ENCODING, CONTENT_LENGTH, TRANSFER_ENCODING, CONNECTION];

/// What every request carries beside its body. `Debug` shows names only.
#[derive(Clone, Default, PartialEq, Eq)]
pub(crate) struct Headers {
    /// Every value is marked sensitive.
    pub(crate) map: HeaderMap,
    /// Where each came from, for those who ask why a key is refused.
    pub(crate) sources: Vec<(HeaderName, Source)>,
}

/// What code says about the headers.
#[derive(Clone, Default)]
pub(super) struct Wish<'a> {
    pub(super) api_key: Option<&'a str>,
    pub(super) headers: &'a [(String, String)],
}

impl Headers {
    /// Names and values as they go out.
    pub(super) fn to_pairs(&self) -> Vec<(String, String)> {
        let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
        self.map.iter().map(|(name, value)| (name.to_string(), text(value))).collect()
    }

    /// Collects the headers, weakest first:
    ///
    /// 1. user name and password of the endpoint,
    /// 2. `OTEL_EXPORTER_OTLP_HEADERS`, then `OTEL_EXPORTER_OTLP_TRACES_HEADERS`,
    /// 3. the list in `PHOENIX_CLIENT_HEADERS`, unless code gives a header or a key: the list is Python's, which drops it
    ///    then,
    /// 4. `PHOENIX_API_KEY`,
    /// 5. the JSON object in `PHOENIX_CLIENT_HEADERS`, which is JS's: it stays beside the headers of the code, and its
    ///    `authorization` is stronger than the key,
    /// 6. the key of the code, 7. the headers of the code.
    ///
    /// For 6 and 7 JS 2.2.0 is followed; in Python the key wins.
    pub(super) fn resolve(
        env: &Env,
        code: &Wish<'_>,
        user: Option<(&User, &Source)>,
        warnings: &mut Vec<String>,
    ) -> Result<Self, BuildError> {
        let mut headers = Self::default();
        for name in OTLP_HEADERS {
            if let Some(list) = env.text(name)? {
                headers.add_list(&list, warnings);
            }
        }
        let api_key = code.api_key.filter(|key| !key.is_empty());
        let (object, list) = match env.text(CLIENT_HEADERS)? {
            Some(text) if text.value.starts_with('{') => (Some(text), None),
            list => (None, list),
        };
        if let Some(list) = list.filter(|_| api_key.is_none() && code.headers.is_empty()) {
            headers.add_list(&list, warnings);
        }
        if let Some(key) = env.text(API_KEY)? {
            headers.add("authorization", &format!("Bearer {}", key.value), &key.source)?;
        }
        if let Some(object) = object {
            headers.add_json(&object)?;
        }
        if let Some(key) = api_key {
            headers.add("authorization", &format!("Bearer {key}"), &Source::Code("api_key"))?;
        }
        for (name, value) in code.headers {
            headers.add(name, value, &Source::Code("header"))?;
        }
        headers.add_user(user, warnings)?;
        headers.drop_own(warnings);
        Ok(headers)
    }

    /// Where the credentials came from.
    pub(crate) fn credentials(&self) -> Option<&Source> {
        let secret = |name: &HeaderName| *name == AUTHORIZATION || name.as_str().contains("key");
        self.sources.iter().find(|(name, _)| secret(name)).map(|(_, source)| source)
    }

    fn add(&mut self, name: &str, value: &str, source: &Source) -> Result<(), BuildError> {
        let header = HeaderName::from_bytes(name.trim().as_bytes())
            .map_err(|_| source.secret_error(format!("{:?} is not a header name", name.trim())))?;
        let mut value = HeaderValue::from_bytes(value.as_bytes()).map_err(|_| {
            source.secret_error(format!("the value of the header {header} holds a line break or a control character"))
        })?;
        value.set_sensitive(true);
        self.sources.retain(|(known, _)| *known != header);
        self.sources.push((header.clone(), source.clone()));
        self.map.insert(header, value);
        Ok(())
    }

    /// The list of the W3C Baggage specification as OTLP uses it: `name=value,name2=value2`, both percent-decoded.
    ///
    /// A value that was not encoded is taken as it is, and keeps what follows a `;`. An entry that cannot be read is left
    /// out with a warning. Both are as in the `phoenix.otel` packages.
    fn add_list(&mut self, list: &Sourced<String>, warnings: &mut Vec<String>) {
        let entries = list.value.split(',').enumerate().filter(|(_, entry)| !entry.trim().is_empty());
        for (index, entry) in entries {
            let added = match entry.split_once('=') {
                Some((name, value)) => {
                    self.add(&percent_decoded(name.trim()), &percent_decoded(value.trim()), &list.source)
                }
                // The entry is not shown: it may be a bare key.
                None => Err(list.source.secret_error("it has no =; write name=value,name2=value2")),
            };
            if let Err(problem) = added {
                warnings.push(format!("{problem} (entry {} is not sent)", index + 1));
            }
        }
    }

    /// The object of `@arizeai/phoenix-config`: `{"name": "value"}`.
    fn add_json(&mut self, text: &Sourced<String>) -> Result<(), BuildError> {
        let object: serde_json::Map<String, serde_json::Value> =
            serde_json::from_str(&text.value).map_err(|error| {
                // The position only: the message of serde_json can quote the value.
                let place = format!("line {} column {}", error.line(), error.column());
                text.source.secret_error(format!("is not a JSON object ({place}); write {{\"name\": \"value\"}}"))
            })?;
        for (name, value) in &object {
            let Some(value) = value.as_str() else {
                return Err(text.source.secret_error(format!("the value of the header {name:?} is not a string")));
            };
            self.add(name, value, &text.source)?;
        }
        Ok(())
    }

    fn add_user(&mut self, user: Option<(&User, &Source)>, warnings: &mut Vec<String>) -> Result<(), BuildError> {
        let Some((user, source)) = user else { return Ok(()) };
        if let Some((_, stronger)) = self.sources.iter().find(|(name, _)| *name == AUTHORIZATION) {
            warnings.push(format!("the user name in {source} is not sent: {stronger} gives an authorization header"));
            return Ok(());
        }
        let pair = [user.name.as_slice(), b":", user.password.as_slice()].concat();
        self.add("authorization", &format!("Basic {}", base64(&pair)), source)
    }

    fn drop_own(&mut self, warnings: &mut Vec<String>) {
        for name in OWN {
            if self.map.remove(&name).is_some() {
                warnings.push(format!("the header {name} is not sent: the exporter sets its own"));
                self.sources.retain(|(known, _)| *known != name);
            }
        }
    }
}

impl fmt::Debug for Headers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.map.keys().map(|name| (name.as_str(), "****"))).finish()
    }
}

fn percent_decoded(text: &str) -> String {
    percent_encoding::percent_decode_str(text).decode_utf8_lossy().into_owned()
}

/// [RFC 4648 §4](https://www.rfc-editor.org/rfc/rfc4648#section-4), for the one header that needs it.
pub(super) fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let group = chunk.iter().fold(0_u32, |group, byte| group << 8 | u32::from(*byte)) << (8 * (3 - chunk.len()));
        for place in 0..4 {
            let digit = ALPHABET[(group >> (18 - 6 * place)) as usize & 63];
            text.push(if place <= chunk.len() { char::from(digit) } else { '=' });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "s3cr3t";

    fn resolve(env: &Env, code: &Wish<'_>) -> Result<Headers, BuildError> {
        Headers::resolve(env, code, None, &mut Vec::new())
    }

    fn header(headers: &Headers, name: &str) -> Option<String> {
        headers.map.get(name).map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
    }

    #[test]
    fn both_syntaxes_of_client_headers_are_read() {
        for text in [r#"{"x-a": "1,2", "x-b": "3"}"#, "x-a=1%2C2,x-b=3", " x-a = 1%2C2 ,, x-b=3,"] {
            let headers = resolve(&Env::of([(CLIENT_HEADERS, text)]), &Wish::default()).unwrap();
            assert_eq!(header(&headers, "x-a").unwrap(), "1,2", "{text}");
            assert_eq!(header(&headers, "x-b").unwrap(), "3", "{text}");
        }
    }

    #[test]
    fn the_stronger_credential_wins() {
        let env = Env::of([
            (API_KEY, "variable"),
            (CLIENT_HEADERS, "authorization=client,x=1"),
            ("OTEL_EXPORTER_OTLP_HEADERS", "authorization=otel,y=2"),
            ("OTEL_EXPORTER_OTLP_TRACES_HEADERS", "y=3"),
        ]);
        let headers = resolve(&env, &Wish::default()).unwrap();
        assert_eq!(header(&headers, "authorization").unwrap(), "Bearer variable");
        assert_eq!(header(&headers, "x").unwrap(), "1");
        assert_eq!(header(&headers, "y").unwrap(), "3");

        let code = Wish { api_key: Some("code"), headers: &[] };
        let headers = resolve(&env, &code).unwrap();
        assert_eq!(header(&headers, "authorization").unwrap(), "Bearer code");
        assert_eq!(header(&headers, "x"), None);
        assert_eq!(headers.credentials(), Some(&Source::Code("api_key")));

        let pairs = [("Authorization".to_owned(), "mine".to_owned())];
        let headers = resolve(&env, &Wish { api_key: Some("code"), headers: &pairs }).unwrap();
        assert_eq!(header(&headers, "authorization").unwrap(), "mine");
    }

    #[test]
    fn client_headers_in_json_stay_beside_those_of_the_code() {
        let env =
            Env::of([(API_KEY, "variable"), (CLIENT_HEADERS, r#"{"Authorization": "client", "X": "1", "y": "2"}"#)]);
        let headers = resolve(&env, &Wish::default()).unwrap();
        assert_eq!(header(&headers, "authorization").unwrap(), "client");
        assert_eq!(header(&headers, "x").unwrap(), "1");

        let pairs = [("x".to_owned(), "code".to_owned())];
        let headers = resolve(&env, &Wish { api_key: Some("code"), headers: &pairs }).unwrap();
        assert_eq!(header(&headers, "authorization").unwrap(), "Bearer code");
        assert_eq!(header(&headers, "x").unwrap(), "code");
        assert_eq!(header(&headers, "y").unwrap(), "2");
    }

    #[test]
    fn a_bad_header_is_named_and_its_value_is_not() {
        for (text, named) in [
            (r#"{"x": "s3cr3t\r\n"}"#, "x"),
            (r#"{"x": 1, "y": "s3cr3t"}"#, "\"x\""),
            (r#"{"x": "s3cr3t"#, "JSON"),
            (r#"{"x": s3cr3t}"#, "JSON"),
        ] {
            let error = resolve(&Env::of([(CLIENT_HEADERS, text)]), &Wish::default()).unwrap_err();
            let message = error.to_string();
            assert!(message.starts_with(CLIENT_HEADERS) && message.contains(named), "{message}");
            assert!(!message.contains(SECRET) && !format!("{error:?}").contains(SECRET), "{message}");
        }
    }

    #[test]
    fn a_bad_entry_of_a_list_is_left_out_and_said() {
        for (text, named) in
            [("noequals-s3cr3t", "it has no ="), ("bad name=s3cr3t", "bad name"), ("x=s3cr3t%0Ainjected: 1", "x")]
        {
            for variable in [CLIENT_HEADERS, OTLP_HEADERS[0]] {
                let text = format!("{text},good=1");
                let mut warnings = Vec::new();
                let env = Env::from_lookup(move |name| (name == variable).then(|| text.clone().into()));
                let headers = Headers::resolve(&env, &Wish::default(), None, &mut warnings).unwrap();
                assert_eq!((headers.map.len(), header(&headers, "good").as_deref()), (1, Some("1")));
                assert_eq!(warnings.len(), 1);
                let warning = &warnings[0];
                assert!(warning.starts_with(variable) && warning.contains(named), "{warning}");
                assert!(warning.ends_with("(entry 1 is not sent)") && !warning.contains(SECRET), "{warning}");
            }
        }
    }

    #[test]
    fn debug_shows_names_only() {
        let headers = resolve(&Env::of([(API_KEY, SECRET)]), &Wish::default()).unwrap();
        assert_eq!(format!("{headers:?}"), r#"{"authorization": "****"}"#);
        assert!(!format!("{:?}", headers.map).contains(SECRET));
    }

    #[test]
    fn the_user_of_the_endpoint_is_sent_unless_there_is_something_better() {
        let user = User { name: b"user".to_vec(), password: b"p@ss".to_vec() };
        let user = Some((&user, &Source::Code("endpoint")));
        let mut warnings = Vec::new();
        let headers = Headers::resolve(&Env::of([]), &Wish::default(), user, &mut warnings).unwrap();
        assert_eq!(header(&headers, "authorization").unwrap(), "Basic dXNlcjpwQHNz");
        assert_eq!(warnings, [""; 0]);

        let env = Env::of([(API_KEY, "key")]);
        let headers = Headers::resolve(&env, &Wish::default(), user, &mut warnings).unwrap();
        assert_eq!(header(&headers, "authorization").unwrap(), "Bearer key");
        assert_eq!(warnings.len(), 1);
    }

    #[test]
    fn headers_of_the_body_belong_to_the_exporter() {
        let mut warnings = Vec::new();
        let env = Env::of([(CLIENT_HEADERS, r#"{"Content-Type": "application/json", "x": "1"}"#)]);
        let headers = Headers::resolve(&env, &Wish::default(), None, &mut warnings).unwrap();
        assert_eq!((headers.map.len(), warnings.len()), (1, 1));
    }

    #[test]
    fn base64_is_padded() {
        for (bytes, text) in [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg==")] {
            assert_eq!(base64(bytes.as_bytes()), text);
        }
    }
}
