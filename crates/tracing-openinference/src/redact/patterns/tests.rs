use opentelemetry::trace::{Link, SpanId, TraceFlags, TraceId};
use serde_json::{Value as Json, json};

use crate::redact::tests::{event, span, value};
use crate::redact::{HashKey, redact};
use crate::{Redaction, TraceConfig};

use super::*;

mod names;

fn config(rules: impl IntoIterator<Item = Redaction>) -> TraceConfig {
    rules.into_iter().fold(TraceConfig::new(), TraceConfig::redact)
}

/// What the rules make of a text.
fn of(rules: impl IntoIterator<Item = Redaction>, text: &str) -> String {
    let mut span = span(vec![KeyValue::new("app.text", text.to_owned())]);
    redact(&mut span, &config(rules));
    value(&span.attributes, "app.text").unwrap()
}

fn email() -> Redaction {
    Redaction::email().replacement("[e-mail]")
}

fn customer() -> Redaction {
    Redaction::pattern(r"ACME-\d{6}").unwrap()
}

#[test]
fn only_what_matches_is_replaced() {
    assert_eq!(of([email()], "from ann@example.com to bob@example.com!"), "from [e-mail] to [e-mail]!");
    assert_eq!(of([customer(), email()], "ACME-123456: ann@example.com"), "__REDACTED__: [e-mail]");
    assert_eq!(of([Redaction::pattern("pin (?<secret>[0-9]+)").unwrap()], "pin 1234"), "pin __REDACTED__");
    assert_eq!(of([Redaction::pattern("q*").unwrap()], "aqqb"), "a__REDACTED__b");
    assert_eq!(of([email()], "nothing"), "nothing");
}

#[test]
fn rules_look_into_json_and_what_they_leave_is_left_to_the_letter() {
    for (before, after) in [
        (r#"{ "a" : "ann@example.com" , "n":1.50 }"#, r#"{ "a" : "[e-mail]" , "n":1.50 }"#),
        (r#"["\u0061nn\u0040example.com","\u00e9"]"#, r#"["[e-mail]","\u00e9"]"#),
        (r#"{"line\nann@example.com":1}"#, r#"{"line\n[e-mail]":1}"#),
        (r#"{"ann@example.com":1,"bob@example.com":2}"#, r#"{"[e-mail]":1,"[e-mail].2":2}"#),
        ("{\"a\":\"ann@example.com\"}\n{\"a\":\"x\"}", "{\"a\":\"[e-mail]\"}\n{\"a\":\"x\"}"),
        (r#"["\ud800 ann@example.com"]"#, "[\"\u{fffd} [e-mail]\"]"),
        (r#"["\ud83d\ude00 ann@example.com\/x"]"#, "[\"\u{1f600} [e-mail]/x\"]"),
    ] {
        assert_eq!(of([email()], before), after);
    }
}

#[test]
fn json_in_strings_of_json_is_looked_into_and_stays_json() {
    let secret = json!({ "mail": "ann@example.com", "quote\"d": ["ACME-123456"] });
    for depth in 0..=5 {
        let text = (0..depth).fold(secret.to_string(), |text, _| json!({ "inner": text }).to_string());
        let mut json: Json = serde_json::from_str(&of([email(), customer()], &text)).unwrap();
        for _ in 0..depth {
            json = serde_json::from_str(json["inner"].as_str().unwrap()).unwrap();
        }
        assert_eq!(json, json!({ "mail": "[e-mail]", "quote\"d": ["__REDACTED__"] }), "{depth}");
    }
}

#[test]
fn what_is_nested_too_deeply_is_replaced_whole() {
    let text = (0..12).fold("\"ann@example.com\"".to_owned(), |text, _| Json::from(text).to_string());
    let left = of([email()], &text);
    assert!(left.contains("__REDACTED__") && !left.contains("ann"), "{left}");
    let deep = format!("{}\"ann@example.com\"{}", "[".repeat(200_000), "]".repeat(200_000));
    assert_eq!(of([email()], &deep), deep.replace("ann@example.com", "[e-mail]"));
}

#[test]
fn a_match_across_the_punctuation_of_json_leaves_no_broken_json() {
    let rule = || [Redaction::pattern(r#""ssn":\s*"[^"]*""#).unwrap()];
    assert_eq!(of(rule(), r#"{"ssn":"1-2"}"#), "__REDACTED__");
    assert_eq!(of([Redaction::pattern(r"\[1,2\]").unwrap().replacement("[]")], "{\"a\":[1,2]}"), "{\"a\":[]}");
}

#[test]
fn numbers_count_as_their_digits() {
    assert_eq!(
        of([Redaction::card()], r#"{"n":4111111111111111,"m":0.4111111111111111}"#),
        r#"{"n":"__REDACTED__","m":0.4111111111111111}"#
    );
    let mut span = span(vec![
        KeyValue::new("card", 4_111_111_111_111_111_i64),
        KeyValue::new("float", 4_111_111_111_111_111.0),
        KeyValue::new("cards", Value::Array(vec![1_i64, 4_111_111_111_111_111].into())),
        KeyValue::new("tokens", 12),
    ]);
    redact(&mut span, &config([Redaction::card()]));
    for (key, left) in
        [("card", "__REDACTED__"), ("float", "__REDACTED__"), ("cards", "[\"1\",\"__REDACTED__\"]"), ("tokens", "12")]
    {
        assert_eq!(value(&span.attributes, key).as_deref(), Some(left));
    }
}

#[test]
fn rules_reach_every_part_of_a_span() {
    let secret = || "ann@example.com".to_owned();
    let context = |state: &str| {
        let state = TraceState::from_key_value([("a", state), ("b", "kept")]).unwrap();
        SpanContext::new(TraceId::from(1), SpanId::from(1), TraceFlags::SAMPLED, false, state)
    };
    let attributes = || {
        vec![
            KeyValue::new("text", secret()),
            KeyValue::new("list", Value::Array(vec![StringValue::from(secret()), "b".into()].into())),
            KeyValue::new(format!("of {}", secret()), 1),
            KeyValue::new(format!("of {}", "bob@example.com"), 2),
        ]
    };
    let mut span = SpanData { name: secret().into(), span_context: context(&secret()), ..span(attributes()) };
    span.status = Status::error(secret());
    span.events.events.push(event(secret(), attributes()));
    span.links.links.push(Link::new(context(&secret()), attributes(), 0));
    redact(&mut span, &config([email()]));
    let left = format!("{span:?}");
    assert!(!left.contains("@example.com"), "{left}");
    assert_eq!(span.name, "[e-mail]");
    assert_eq!(span.span_context.trace_state().header(), "b=kept");
    assert_eq!(span.span_context.trace_id(), TraceId::from(1));
    assert_eq!(value(&span.attributes, "of [e-mail]").as_deref(), Some("1"));
    assert_eq!(value(&span.attributes, "of [e-mail].2").as_deref(), Some("2"));
    assert_eq!(value(&span.events.events[0].attributes, "list").as_deref(), Some("[\"[e-mail]\",\"b\"]"));
}

#[test]
fn equal_values_have_equal_hashes_wherever_they_are() {
    let key = HashKey::new([7; 32]).unwrap();
    let rules = || [Redaction::card().hashed(&key), Redaction::json_key("id").hashed(&key), email().hashed(&key)];
    let left = of(rules(), "4111 1111 1111 1111 is 4111111111111111");
    let (one, other) = left.split_once(" is ").unwrap();
    assert_eq!(one, other);
    assert_eq!(of(rules(), r#"{"id":"4111111111111111"}"#), json!({ "id": one }).to_string());
    assert_eq!(of(rules(), "Ann@example.com"), of(rules(), "ann@example.com"));
    assert_ne!(of(rules(), "ann@example.com"), of(rules(), "bob@example.com"));
    assert_eq!(of(rules(), one), one, "no rule takes a hash for a number");
}

#[test]
fn a_closure_is_given_texts_with_the_key_of_their_attribute() {
    let rule = |panics: bool| {
        Redaction::closure("internal", move |key: &str, text: &str| {
            assert!(!panics, "the text {text} is refused");
            (key == "app.text" && text.starts_with("int")).then(|| format!("<{}>", text.len()))
        })
    };
    assert_eq!(of([rule(false)], r#"{"int":"int 1","b":["x"]}"#), r#"{"int":"<5>","b":["x"]}"#);
    assert_eq!(of([rule(true)], "anything"), "__REDACTED__");
    assert_eq!(of([rule(true).replacement("?")], r#"{"a":"b"}"#), r#"{"a":"?"}"#);
}

#[test]
fn what_only_looks_different_is_found_by_the_ready_made_rules() {
    let rules = || [Redaction::email(), Redaction::card(), Redaction::iban(), Redaction::phone()];
    for (before, after) in [
        ("card 4111\u{a0}1111\u{a0}1111\u{a0}1111", "card __REDACTED__"),
        ("card 4111\u{2011}1111\u{2011}1111\u{2011}1111", "card __REDACTED__"),
        ("卡号４１１１１１１１１１１１１１１１", "卡号__REDACTED__"),
        ("DE89\u{202f}3704\u{202f}0044\u{202f}0532\u{202f}0130\u{202f}00", "__REDACTED__"),
        ("call +49\u{a0}30\u{a0}123456", "call __REDACTED__"),
        ("ann\u{200b}@example.com", "__REDACTED__"),
        ("ann＠example.com", "__REDACTED__"),
        (r#"{"cut":"ann\u0040example.com","#, r#"{"cut":"__REDACTED__","#),
        (r#"it said {"a":"{\"b\":\"ann\\u0040example.com\"}"}"#, r#"it said {"a":"{"b":"__REDACTED__"}"}"#),
        ("ann@example.com，４", "__REDACTED__，４"),
        (r#"["4111\u00a01111\u00a01111\u00a01111"]"#, r#"["__REDACTED__"]"#),
        ("/pay?card=4111%201111%201111%201111&x=%20", "/pay?card=__REDACTED__&x= "),
        (r#"{"url":"/call?to=%2B49%2030%20123456"}"#, r#"{"url":"/call?to=__REDACTED__"}"#),
        ("/u?mail=ann%2540example.com", "/u?mail=__REDACTED__"),
        ("/pay?name=Jos%E9%204111111111111111", "/pay?name=Jos%E9 __REDACTED__"),
        ("/u?mail=ann%40example.com&q=a%20b", "/u?mail=__REDACTED__&q=a%20b"),
        ("/u?q=a%20b", "/u?q=a%20b"),
    ] {
        assert_eq!(of(rules(), before), after);
    }
}

#[test]
fn whole_numbers_are_found_however_they_are_written() {
    for number in [
        "4111111111111111",
        "4111111111111111.0",
        "4.111111111111111e15",
        "4111111111111111.00",
        "4.111111111111111E+15",
    ] {
        assert_eq!(of([Redaction::card()], &format!("[1.5,{number}]")), r#"[1.5,"__REDACTED__"]"#, "{number}");
    }
    assert_eq!(of([Redaction::card()], "[4111111111111111.5,1e999999999]"), "[4111111111111111.5,1e999999999]");
    let mut span = span(vec![KeyValue::new("app.cards", Value::Array(Array::F64(vec![0.5, 4_111_111_111_111_111.0])))]);
    redact(&mut span, &config([Redaction::card()]));
    assert_eq!(span.attributes[0].value.as_str(), r#"["0.5","__REDACTED__"]"#);
}

#[test]
fn a_header_tells_its_credential_inside_json_too() {
    for (before, after) in [
        (r#"{"Authorization":"Basic dXNlcjpwYXNz"}"#, r#"{"Authorization":"Basic __REDACTED__"}"#),
        (
            r#"{"proxy-authorization":["token s3cr3t"],"b":"token s3cr3t"}"#,
            r#"{"proxy-authorization":["token __REDACTED__"],"b":"token s3cr3t"}"#,
        ),
        (r#"{"authorization":{"a":"token s3cr3t"}}"#, r#"{"authorization":{"a":"token s3cr3t"}}"#),
        (
            r#"{"h":"{\"authorization\":\"Digest username=\\\"ann\\\"\"}"}"#,
            r#"{"h":"{\"authorization\":\"Digest __REDACTED__\"}"}"#,
        ),
        (r#"{"authorization":"required"}"#, r#"{"authorization":"required"}"#),
        (r#"[{"authorization":"required"},"token s3cr3t"]"#, r#"[{"authorization":"required"},"token s3cr3t"]"#),
    ] {
        assert_eq!(of([Redaction::bearer()], before), after);
    }
    let key = "http.request.header.authorization";
    let mut span = span(vec![KeyValue::new(key, "Basic dXNlcjpwYXNz")]);
    redact(&mut span, &config([Redaction::bearer()]));
    assert_eq!(value(&span.attributes, key).unwrap(), "Basic __REDACTED__");
}

#[test]
fn what_one_rule_writes_the_next_one_sees() {
    let decode = Redaction::closure("decode", |_: &str, text: &str| Some(text.replace(" at ", "@")));
    assert_eq!(of([decode, email()], "ann at example.com"), "[e-mail]");
}

#[test]
fn there_may_be_many_rules() {
    let others = (0..70).map(|_| Redaction::pattern("never").unwrap());
    assert_eq!(of(others.chain([email()]), "ann@example.com"), "[e-mail]");
}

#[test]
fn a_rule_is_expected_where_its_words_are_escaped() {
    let api_keys = || [Redaction::api_keys()];
    assert_eq!(of(api_keys(), r#"["db:\/\/app:hunter2@host\/app"]"#), r#"["db://app:__REDACTED__@host/app"]"#);
    assert_eq!(of(api_keys(), r#"["db:\u002f/app:hunter2@host/app"]"#), r#"["db://app:__REDACTED__@host/app"]"#);
    let mut span = span(vec![KeyValue::new("of ann%2540example.com", 1)]);
    redact(&mut span, &config([email()]));
    assert_eq!(value(&span.attributes, "of [e-mail]").as_deref(), Some("1"));
}

/// A quadratic search would take minutes here.
#[test]
fn an_object_of_many_names_to_replace_takes_no_more_than_its_share_of_time() {
    let members: Vec<_> = (0..200_000).map(|number| format!(r#""{number}@example.com":1"#)).collect();
    let start = std::time::Instant::now();
    let text = of([email()], &format!("{{{}}}", members.join(",")));
    assert!(text.ends_with(r#""[e-mail].200000":1}"#));
    assert!(start.elapsed().as_secs() < 120, "{:?}", start.elapsed());
}

#[test]
fn everything_is_counted_under_its_name() {
    let tally = Tally::default();
    let config = config([email(), Redaction::key("*.pin").named("pins"), customer()]).hide_outputs(true);
    let (policy, _) = config.base64_image_max_length(3).resolve(&|_| None, &tally);
    let mut span = span(vec![
        KeyValue::new("input.value", r#"{"to":["ann@example.com","bob@example.com"]}"#),
        KeyValue::new("output.value", "ann@example.com"),
        KeyValue::new("output.mime_type", "text/plain"),
        KeyValue::new("user.pin", 1),
        KeyValue::new("input.images.0.image.image.url", "data:image/png;base64,AAAA"),
    ]);
    span.name = "answer ann@example.com".to_owned().into();
    // What is found under its name twice is counted once.
    policy.redact_recorded(&mut span);
    policy.redact(&mut span);
    let counts = [("hide_outputs", 3), ("base64_image_max_length", 1), ("email", 2), ("pins", 1)];
    assert_eq!(tally.counts(), counts.map(|(name, count)| (name.into(), count)));
}

#[test]
fn doing_it_twice_is_doing_it_once() {
    let key = HashKey::new([7; 32]).unwrap();
    let config = config([
        email(),
        Redaction::json_key("ssn").hashed(&key),
        Redaction::key("*.pin").hashed(&key),
        Redaction::card().hashed(&key),
    ]);
    let mut span = span(vec![
        KeyValue::new("app.text", r#"{"ssn":"1","x":"ann@example.com 4111111111111111"}"#),
        KeyValue::new("user.pin", 1),
    ]);
    redact(&mut span, &config);
    let once = span.clone();
    redact(&mut span, &config);
    assert_eq!(span, once);
}

#[test]
fn a_rule_that_cannot_be_used_is_an_error_that_names_it() {
    for (regex, says) in [("(", "unclosed group"), (r"(\w{1000}){1000}", "make it simpler"), (r"(?=a)", "look-around")]
    {
        let error = Redaction::pattern(regex).unwrap_err().to_string();
        assert!(error.starts_with(&format!("Redaction::pattern = {regex:?}: ")) && error.contains(says), "{error}");
    }
}

#[test]
fn debug_shows_rules_and_no_keys() {
    let key = HashKey::new("a key that nobody may see").unwrap();
    let config = config([customer().hashed(&key).named("customers"), Redaction::json_key("ssn")]);
    let shown = format!("{config:?}");
    for part in [r#"name: "customers""#, r#"pattern: "ACME-\\d{6}""#, r#"json_key: "ssn""#, "hashed: HashKey(..)"] {
        assert!(shown.contains(part), "{part} in {shown}");
    }
    assert!(!shown.contains("nobody"));
    assert_eq!(config, config.clone());
    assert_ne!(config, TraceConfig::new());
}
