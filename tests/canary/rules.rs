//! Every kind of rule of the application's own, against every carrier: what no flag hides, a rule does.

use std::collections::BTreeSet;

use tracing_openinference::{HashKey, Redaction, TraceConfig};

use crate::carrier::{Carrier, carriers};
use crate::pipeline::{HTTP, WAYS, Way, tell};
use crate::secret::{Random, Secret};

/// A kind of rule, and a text that it has to find.
struct Kind {
    name: &'static str,
    rule: fn() -> Redaction,
    secret: fn(&mut Random) -> Secret,
    /// Carriers that change what they are given so that it is something else.
    changed_by: &'static [&'static str],
}

/// Names that the specification wants in small letters.
const LOWER_CASE: &[&str] = &["set_system", "set_provider", "set_decision"];

/// A list of numbers, each of them a byte: no rule takes that for a text.
const NO_TEXT: &[&str] = &["set_output: bytes"];

const KINDS: &[Kind] = &[
    Kind {
        name: "pattern",
        rule: || Redaction::pattern("(?i)canary[a-z0-9]{16}").expect("it is right"),
        secret: |random| {
            let secret = format!("canary{}", random.word());
            Secret::shaped(&secret, format!("Ω \"{secret}\" \\ <&> 5% \u{1f600}\n"))
        },
        changed_by: &[],
    },
    Kind {
        name: "pattern with a group",
        rule: || Redaction::pattern("(?i)number (?<secret>[a-z0-9]{16})").expect("it is right").named("customers"),
        secret: |random| {
            let secret = random.word();
            Secret::shaped(&secret, format!("the number {secret}, please"))
        },
        changed_by: &[],
    },
    Kind {
        name: "email",
        rule: Redaction::email,
        secret: |random| {
            let secret = random.word();
            Secret::shaped(&secret, format!("write to <{secret}@example.org>, \"today\""))
        },
        changed_by: &[],
    },
    Kind {
        name: "card",
        rule: Redaction::card,
        secret: |random| {
            let secret = card(random);
            Secret::shaped(&secret, format!("paid with {secret} (visa)"))
        },
        changed_by: &[],
    },
    Kind {
        name: "phone",
        rule: Redaction::phone,
        secret: |random| {
            let secret = format!("{:010}", 3_000_000_000 + random.below(999_999_999) as u64);
            Secret::shaped(&secret, format!("call +49{secret} now"))
        },
        changed_by: &[],
    },
    Kind {
        name: "iban",
        rule: Redaction::iban,
        secret: |random| {
            let secret = iban(random);
            Secret::shaped(&secret, format!("pay to {secret}, please"))
        },
        changed_by: &[],
    },
    Kind {
        name: "bearer",
        rule: Redaction::bearer,
        secret: |random| {
            let secret = format!("{}{}", random.word(), random.word());
            Secret::shaped(&secret, format!("Authorization: Bearer {secret}"))
        },
        changed_by: &[],
    },
    Kind {
        name: "api_keys",
        rule: Redaction::api_keys,
        secret: |random| {
            let secret = format!("{}{}A1", random.word(), random.word());
            Secret::shaped(&secret, format!("the key is sk-proj-{secret}."))
        },
        changed_by: &[],
    },
    Kind {
        name: "jwt",
        rule: Redaction::jwt,
        secret: |random| {
            let secret = random.word();
            Secret::shaped(&secret, format!("token eyJhbGciOiJIUzI1NiJ9.eyJ{secret}.{} sent", random.word()))
        },
        changed_by: LOWER_CASE,
    },
    Kind {
        name: "json_key",
        rule: || Redaction::json_key("SSN*"),
        secret: |random| {
            let secret = random.word();
            let inner = serde_json::json!({ "a": [{ "ssn_number": format!("is {secret}") }] }).to_string();
            Secret::shaped(&secret, serde_json::json!({ "person": inner, "b": 1 }).to_string())
        },
        changed_by: &[],
    },
    Kind {
        name: "closure",
        rule: || Redaction::closure("all that is ours", |_, text| text.contains("ours").then(|| "theirs".to_owned())),
        secret: |random| {
            let secret = random.word();
            Secret::shaped(&secret, format!("ours: {secret}"))
        },
        changed_by: &[],
    },
    Kind {
        name: "closure that panics",
        rule: || {
            Redaction::closure("all that is ours", |_, text| {
                if text.contains("ours") {
                    // Without a line in the log of the test.
                    std::panic::resume_unwind(Box::new("on purpose"));
                }
                None
            })
        },
        secret: |random| {
            let secret = random.word();
            Secret::shaped(&secret, format!("ours: {secret}"))
        },
        changed_by: &[],
    },
];

/// Digits whose last one is right, by the formula of Luhn.
fn card(random: &mut Random) -> String {
    let mut number = format!("4{:014}", random.below(100_000_000_000_000));
    let doubled = |digit: u32| if digit > 4 { digit * 2 - 9 } else { digit * 2 };
    let digits = number.chars().rev().filter_map(|digit| digit.to_digit(10));
    let sum: u32 = digits.enumerate().map(|(at, digit)| if at % 2 == 0 { doubled(digit) } else { digit }).sum();
    number.push_str(&((10 - sum % 10) % 10).to_string());
    number
}

/// A German account, whose check digits are right by ISO 7064.
fn iban(random: &mut Random) -> String {
    let account = format!("{:018}", random.below(1_000_000_000_000_000_000));
    // D is 13, E is 14.
    let rest: u128 = format!("{account}131400").parse::<u128>().expect("it is right") % 97;
    format!("DE{:02}{account}", 98 - rest)
}

fn sent(config: TraceConfig, way: Way, kind: &Kind) -> BTreeSet<&'static str> {
    let told = tell(config, way, &carriers(), &mut Random::new(), kind.secret);
    assert!(told.said.is_empty(), "{} is said: {:#?}", kind.name, told.said);
    told.sent.into_keys().collect()
}

#[test]
fn what_a_rule_finds_is_not_sent_by_any_carrier() {
    let key = HashKey::new("0123456789abcdef").expect("it is right");
    let mut leaks = Vec::new();
    for (index, kind) in KINDS.iter().enumerate() {
        let plain = sent(TraceConfig::new(), HTTP, kind);
        // The others carry numbers, bytes, or a word without the text around it.
        assert!(plain.len() > 200, "{} is carried by {} of {} only", kind.name, plain.len(), carriers().len());
        let rule = match index % 3 {
            0 => (kind.rule)(),
            1 => (kind.rule)().replacement("gone"),
            _ => (kind.rule)().hashed(&key),
        };
        let sent = sent(TraceConfig::new().redact(rule), WAYS[index % WAYS.len()], kind);
        let is_text = |name: &&&str| !kind.changed_by.contains(name) && !NO_TEXT.contains(name);
        leaks.extend(sent.iter().filter(is_text).map(|name| (kind.name, *name)));
    }
    assert!(leaks.is_empty(), "{} leaks: {leaks:#?}", leaks.len());
}

/// A key has no shape, so these are the values only: names, descriptions and keys have none.
#[test]
fn what_stands_under_a_key_is_not_sent() {
    const NO_VALUE: &[&str] = &[
        "otel.name",
        "set_name",
        "status_description",
        "error",
        "record_exception",
        "event",
        "#[instrument(err",
        "stream",
        "tracestate",
        "set_attribute: a namespace of the application",
    ];
    let config = TraceConfig::new().redact(Redaction::key("*"));
    let carriers: Vec<Carrier> = carriers()
        .into_iter()
        .filter(|carrier| !NO_VALUE.iter().any(|name| carrier.name.contains(name)) && !carrier.name.ends_with("key"))
        .collect();
    assert!(carriers.len() > 150, "{}", carriers.len());
    for way in WAYS {
        let told = tell(config.clone(), way, &carriers, &mut Random::new(), Secret::new);
        assert!(told.sent.is_empty() && told.said.is_empty(), "{told:#?}");
    }
}

/// Rules and flags together hide what either hides.
#[test]
fn rules_leave_nothing_of_what_flags_hide() {
    let flags = crate::all_flags();
    for rule in [Redaction::email(), Redaction::json_key("*"), Redaction::closure("a", |_, text| Some(text.to_owned()))]
    {
        let told = tell(crate::config(&flags).redact(rule), HTTP, &carriers(), &mut Random::new(), Secret::new);
        let leaks: Vec<_> = carriers()
            .iter()
            .filter(|carrier| carrier.is_hidden_under(&flags) && told.sent.contains_key(carrier.name))
            .map(|carrier| carrier.name)
            .collect();
        assert!(leaks.is_empty() && told.said.is_empty(), "{leaks:#?} {:#?}", told.said);
    }
}

#[test]
fn a_rule_shows_neither_its_key_nor_what_it_found() {
    let secret = Secret::new(&mut Random::new());
    let key = HashKey::new(format!("{}{}", secret.word, secret.word)).expect("it is right");
    let rule = Redaction::email().hashed(&key);
    let said = format!("{rule:?} {key:?} {:?}", TraceConfig::new().redact(rule.clone()));
    assert!(crate::secret::Search::of([("it", &secret)]).find(said.as_bytes()).is_empty(), "{said}");
    let short = HashKey::new(&secret.word[..15]).unwrap_err();
    assert!(!format!("{short} {short:?}").contains(&secret.word[..15]));
}
