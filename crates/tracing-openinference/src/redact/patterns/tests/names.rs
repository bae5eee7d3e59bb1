//! Rules about the name of a value.

use super::*;
use crate::repeated::Contents;

#[test]
fn members_of_json_are_replaced_by_their_names() {
    let rule = || [Redaction::json_key("ssn"), Redaction::json_key("*token")];
    for (before, after) in [
        (
            r#"{"ssn": "1-2", "b":[{"SSN":3}], "x":"1-2"}"#,
            r#"{"ssn": "__REDACTED__", "b":[{"SSN":"__REDACTED__"}], "x":"1-2"}"#,
        ),
        (r#"{"ssn":{"a":["}"]},"c":1}"#, r#"{"ssn":"__REDACTED__","c":1}"#),
        (r#"{"\u0073sn":1}"#, r#"{"\u0073sn":"__REDACTED__"}"#),
        (r#"{"a":"{\"access_token\":\"s3\"}"}"#, r#"{"a":"{\"access_token\":\"__REDACTED__\"}"}"#),
        (r#"{"ssn":null}"#, r#"{"ssn":"__REDACTED__"}"#),
        (r#"Here: {"ssn": "1-2", "b": 1} and"#, r#"Here: {"ssn": "__REDACTED__", "b": 1} and"#),
        (r#"Here: {"ssn": {"a": "}"}, "b": 1}."#, r#"Here: {"ssn": __REDACTED__, "b": 1}."#),
        (r#"log "{\"ssn\":\"1-\\\"2\",\"b\":1}""#, r#"log "{\"ssn\":\"__REDACTED__\",\"b\":1}""#),
        (r#"{"ssn": "1-2 and it was cut"#, r#"{"ssn": "__REDACTED__"#),
        (r#"it's "ssn": 123, ok"#, r#"it's "ssn": __REDACTED__, ok"#),
        (r#"5" and "ssn" : "1" "#, r#"5" and "ssn" : "__REDACTED__" "#),
        ("ssn 1-2", "ssn 1-2"),
        // A parser knows one of them, a reader both.
        (
            r#"{"ssn":"1-2","ssn":"x","b":{"ssn":1,"ssn":2}}"#,
            concat!(
                r#"{"ssn":"__REDACTED__","ssn":"__REDACTED__","#,
                r#""b":{"ssn":"__REDACTED__","ssn":"__REDACTED__"}}"#
            ),
        ),
        (r#"{"user.ssn":"1-2","ssn.user":"x","ssns":"y"}"#, r#"{"user.ssn":"__REDACTED__","ssn.user":"x","ssns":"y"}"#),
        (r#"cut {"user.ssn":"1-2"#, r#"cut {"user.ssn":"__REDACTED__"#),
    ] {
        assert_eq!(of(rule(), before), after);
    }
}

#[test]
fn a_member_is_meant_by_its_name_and_not_by_the_way_to_it() {
    let json = r#"{"user":{"password":"p","name":"n"},"password":{"hash":"h"},"user.password":"q"}"#;
    for (rule, left) in [
        ("password", r#"{"user":{"password":"-","name":"n"},"password":"-","user.password":"-"}"#),
        ("user.password", r#"{"user":{"password":"p","name":"n"},"password":{"hash":"h"},"user.password":"-"}"#),
        ("user", r#"{"user":"-","password":{"hash":"h"},"user.password":"q"}"#),
        ("user*", r#"{"user":"-","password":{"hash":"h"},"user.password":"-"}"#),
    ] {
        assert_eq!(of([Redaction::json_key(rule).replacement("-")], json), left, "{rule}");
    }
    for (rule, hidden) in [
        ("password", &["app.user.password", "user.password"][..]),
        ("user.password", &["user.password"]),
        ("*user.password", &["app.user.password", "user.password"]),
        ("user", &["app.user"]),
        ("app*", &[]),
    ] {
        let keys = ["app.user.password", "user.password", "app.user", "app.password.hash"];
        let mut span = span(keys.map(|key| KeyValue::new(key, "secret")).to_vec());
        redact(&mut span, &config([Redaction::json_key(rule)]));
        for key in keys {
            let left = if hidden.contains(&key) { "__REDACTED__" } else { "secret" };
            assert_eq!(value(&span.attributes, key).as_deref(), Some(left), "{rule}: {key}");
        }
    }
}

#[test]
fn a_key_hides_its_value_whatever_it_is() {
    let mut span = span(vec![
        KeyValue::new("user.Password", 17),
        KeyValue::new("password", "kept"),
        KeyValue::new("a.b.password", Value::Array(vec![true].into())),
        KeyValue::new("user.ssn", "1-2"),
    ]);
    span.events.events.push(event("log", vec![KeyValue::new("x.password", "secret")]));
    redact(&mut span, &config([Redaction::key("*.password").replacement("-"), Redaction::json_key("ssn")]));
    for (key, left) in
        [("user.Password", "-"), ("password", "kept"), ("a.b.password", "-"), ("user.ssn", "__REDACTED__")]
    {
        assert_eq!(value(&span.attributes, key).as_deref(), Some(left), "{key}");
    }
    assert_eq!(value(&span.events.events[0].attributes, "x.password").as_deref(), Some("-"));
}

#[test]
fn a_key_means_the_name_that_was_recorded_too() {
    let recorded = || {
        span(vec![
            KeyValue::new("password", "hunter2"),
            KeyValue::new("tracing_openinference.arguments", Value::Array(vec![StringValue::from("password")].into())),
            KeyValue::new(
                "gen_ai.input.messages",
                r#"[{"role":"user","parts":[{"type":"text","content":"a","pin":1234}]}]"#,
            ),
        ])
    };
    let shown = format!("{:?}", TraceConfig::new().would_send(recorded()));
    assert!(shown.contains("hunter2"), "{shown}");
    let key = HashKey::new([7; 32]).unwrap();
    for rule in [Redaction::key("pass*"), Redaction::json_key("password"), Redaction::key("pass*").hashed(&key)] {
        let left = format!("{:?}", config([rule]).would_send(recorded()));
        assert!(!left.contains("hunter2"), "{left}");
    }
    let left =
        format!("{:?}", config([Redaction::json_key("content"), Redaction::json_key("pin")]).would_send(recorded()));
    assert!(!left.contains("1234") && !left.contains("\"a\""), "{left}");
}

/// Nothing has any of these names after conversion.
#[test]
fn names_that_conversion_does_not_keep_count_all_the_same() {
    let recorded = || {
        let messages = r#"[{"role":"user","parts":[{"type":"text","content":"hunter2"}]}]"#;
        span(vec![KeyValue::new("gen_ai.operation.name", "chat"), KeyValue::new("gen_ai.input.messages", messages)])
    };
    let in_an_event = || {
        let mut span = span(vec![KeyValue::new("gen_ai.operation.name", "chat")]);
        span.events
            .events
            .push(event("gen_ai.user.message", vec![KeyValue::new("said", "x"), KeyValue::new("content", "hunter2")]));
        span
    };
    let left = |rule: Redaction, span: SpanData| format!("{:?}", config([rule]).would_send(span));
    assert!(left(Redaction::key("other"), recorded()).contains("hunter2"));
    assert!(left(Redaction::key("other"), in_an_event()).contains("hunter2"));
    assert!(!left(Redaction::key("gen_ai.input.messages"), recorded()).contains("hunter2"));
    assert!(!left(Redaction::json_key("parts"), recorded()).contains("hunter2"));
    assert!(!left(Redaction::key("content"), in_an_event()).contains("hunter2"));
}

#[test]
fn what_a_rule_about_keys_speaks_of_no_value_may_repeat() {
    let key = HashKey::new([7; 32]).unwrap();
    for (rule, repeatable) in [
        (Redaction::key("llm.input_messages.*").hashed(&key), false),
        (Redaction::key("LLM.input_messages.17.*"), false),
        (Redaction::key("*messages.3.message.tool_calls.0.tool_call.function.arguments"), false),
        (Redaction::key("*.12.message.content"), false),
        (Redaction::key("*.1?.message.content"), false),
        (Redaction::key("*.??.message.content"), false),
        (Redaction::key("*.contents.3.message_content.text"), false),
        (Redaction::key("*.tool_calls.1.tool_call.function.arguments"), false),
        (Redaction::key("*.tool_call.reasoning_signature"), false),
        (Redaction::key("*.message_content.data"), false),
        (Redaction::key("*.message_content.video*").hashed(&key), false),
        (Redaction::key("*.document.content"), false),
        (Redaction::key("llm.input_messages_of_mine.0.message.content"), true),
        (Redaction::key("app.*"), true),
        (Redaction::json_key("content").hashed(&key), false),
        // Anthropic has another name for them.
        (Redaction::json_key("arguments"), false),
        (Redaction::json_key("ssn"), true),
        (Redaction::email(), true),
    ] {
        let hidden = config([rule.clone()]).policy().hidden_contents();
        assert_eq!(!hidden.intersects(Contents::INPUT_MESSAGES), repeatable, "{rule:?}");
    }
}

#[test]
fn keys_that_are_hidden_need_no_value() {
    let (policy, _) = config([Redaction::key("*.password")]).resolve(&|_| None, &Tally::default());
    assert!(policy.hides_keys() && policy.is_wished());
    assert!(policy.hides("user.password") && !policy.hides("user.name"));
    let hashed = Redaction::key("*.password").hashed(&HashKey::new([7; 32]).unwrap());
    let (policy, _) = config([hashed]).resolve(&|_| None, &Tally::default());
    assert!(!policy.hides("user.password"), "the hash is made of the value");
    assert!(!TraceConfig::new().policy().is_wished());
}
