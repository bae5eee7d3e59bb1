//! Holds `openinference-semconv` against the Python and JS packages, in both directions.
//!
//! That a constant is named after its key is checked where it is declared: otherwise it does not compile.

use std::{collections::BTreeSet, fs, path::Path};

use openinference_semconv::{
    AnnotatorKind, DecisionProvider, DecisionSystem, MimeType, Provider, SpanKind, System, keys,
};
use serde_json::Value;

/// Keys that no package has, each with the reason why we do.
const ONLY_OURS: [(&str, &str); 6] = [
    ("exception.escaped", "the specification's table has it"),
    ("exception.message", "the specification's table has it"),
    ("exception.stacktrace", "the specification's table has it"),
    ("exception.type", "the specification's table has it"),
    ("input.audio", "openai-agents instrumentation writes it, redaction must know it"),
    ("output.audio", "openai-agents instrumentation writes it, redaction must know it"),
];

type Words<'a> = BTreeSet<&'a str>;

fn oracle(file: &str) -> Value {
    let text = read(&format!("tests/oracle/{file}"));
    serde_json::from_str(&text).expect("the oracle is JSON")
}

fn read(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The strings of a list, or the values of an object; nothing where there is neither.
fn words(list: &Value) -> Words<'_> {
    match list {
        Value::Array(words) => words.iter().filter_map(Value::as_str).collect(),
        Value::Object(words) => words.values().filter_map(Value::as_str).collect(),
        _ => Words::new(),
    }
}

fn package_keys(oracle: &Value) -> Words<'_> {
    let (python, js) = (words(&oracle["python"]["constants"]), words(&oracle["js"]["constants"]));
    assert!(python.len() > 100 && js.len() > 100, "the oracle has lost its constants");
    &python | &js
}

#[test]
fn every_key_of_python_and_js_is_a_constant() {
    let oracle = oracle("semconv.json");
    let ours = Words::from_iter(keys::ALL.iter().copied());
    let missing = &package_keys(&oracle) - &ours;
    assert!(missing.is_empty(), "no constant for {missing:?}");
}

#[test]
fn every_constant_is_a_key_of_python_or_js_or_has_a_reason() {
    let oracle = oracle("semconv.json");
    let ours = Words::from_iter(keys::ALL.iter().copied());
    let invented = &ours - &package_keys(&oracle);
    assert_eq!(invented, Words::from(ONLY_OURS.map(|(key, _)| key)));
}

#[test]
fn every_key_of_the_specification_is_a_constant() {
    let oracle = oracle("semconv.json");
    let table = oracle["spec_clone"]["table"].as_object().expect("the specification's table");
    for key in table.keys() {
        assert!(keys::ALL.contains(&key.as_str()), "no constant for {key}");
    }
}

/// Who has a list of words, by the names they give it.
struct Sources<'a> {
    spec: Words<'a>,
    python: Words<'a>,
    js: Words<'a>,
}

impl<'a> Sources<'a> {
    fn of(oracle: &'a Value, python: &str, js: &str, spec: &str) -> Self {
        let python = words(&oracle["python"]["enums"][python]);
        assert!(!python.is_empty(), "the oracle has lost a list of Python's");
        let (js, spec) = (words(&oracle["js"]["enums"][js]), words(&oracle["spec_clone"]["values"][spec]));
        Self { spec, python, js }
    }

    fn all(&self) -> Words<'a> {
        &(&self.spec | &self.python) | &self.js
    }

    /// `Spec, Python, JS.` or a part of it; `JS only.`
    fn who_has(&self, word: &str) -> String {
        let who: Vec<_> = [(&self.spec, "Spec"), (&self.python, "Python"), (&self.js, "JS")]
            .into_iter()
            .filter_map(|(words, name)| words.contains(word).then_some(name))
            .collect();
        if let [only] = who[..] { format!("{only} only.") } else { format!("{}.", who.join(", ")) }
    }
}

fn assert_same<T: Copy + Into<&'static str>>(ours: &[T], theirs: &Words<'_>) {
    let spelled: Vec<&str> = ours.iter().map(|word| (*word).into()).collect();
    assert_eq!(Words::from_iter(spelled.iter().copied()), *theirs);
    assert_eq!(spelled.len(), theirs.len(), "a word is there twice: {spelled:?}");
}

#[test]
fn every_word_is_one_of_spec_python_or_js_and_the_other_way_round() {
    let oracle = oracle("semconv.json");
    let theirs = |python, js, spec| Sources::of(&oracle, python, js, spec).all();
    assert_same(SpanKind::ALL, &theirs("OpenInferenceSpanKindValues", "OpenInferenceSpanKind", "span_kinds"));
    assert_same(MimeType::ALL, &theirs("OpenInferenceMimeTypeValues", "MimeType", "none"));
    assert_same(AnnotatorKind::ALL, &theirs("OpenInferenceAnnotatorKindValues", "AnnotatorKind", "none"));
    assert_same(System::ALL, &theirs("OpenInferenceLLMSystemValues", "LLMSystem", "llm.system"));
    assert_same(Provider::ALL, &theirs("OpenInferenceLLMProviderValues", "LLMProvider", "llm.provider"));
    assert_same(DecisionSystem::ALL, &theirs("OpenInferenceDecisionSystemValues", "none", "none"));
    assert_same(DecisionProvider::ALL, &theirs("OpenInferenceDecisionProviderValues", "none", "none"));
}

#[test]
fn no_list_of_a_package_is_left_out() {
    let oracle = oracle("semconv.json");
    let names = |package: &str| oracle[package]["enums"].as_object().expect("lists").len();
    assert_eq!((names("python"), names("js")), (7, 5), "a package has a new list of words");
}

/// What stands in a source file: the words of each documentation comment, and the line it documents.
fn documented(source: &str) -> Vec<(String, String)> {
    let (mut items, mut doc) = (Vec::new(), Vec::new());
    for line in source.lines().map(str::trim) {
        if let Some(text) = line.strip_prefix("///") {
            doc.push(text.trim());
        } else {
            items.push((doc.join(" "), line.to_owned()));
            doc.clear();
        }
    }
    items
}

fn last_sentence(doc: &str) -> &str {
    doc.rsplit(". ").next().unwrap_or(doc)
}

fn quoted(line: &str) -> Option<&str> {
    line.split('"').nth(1)
}

#[test]
fn every_description_of_a_key_ends_with_its_type() {
    let oracle = oracle("semconv.json");
    let attributes = oracle["attributes"].as_array().expect("a list of attributes");
    let mut seen = 0;
    for family in ["feedback", "kinds", "llm", "message", "span"] {
        for (doc, line) in documented(&read(&format!("crates/openinference-semconv/src/keys/{family}.rs"))) {
            let Some(key) = line.starts_with("pub const").then(|| quoted(&line)).flatten() else { continue };
            seen += 1;
            let expected = match attributes.iter().find(|attribute| attribute["key"] == key) {
                Some(attribute) => spoken(attribute["type"].as_str().expect("a type")),
                None => "Prefix",
            };
            assert!(last_sentence(&doc).starts_with(expected), "{key} is {expected}: {doc}");
        }
    }
    assert_eq!(seen, keys::ALL.len());
}

fn spoken(type_: &str) -> &'static str {
    match type_ {
        "string" | "string (resource)" => "String",
        "json_string" => "JSON string",
        "int" => "Integer",
        "float" => "Float",
        "bool" => "Boolean",
        "int|float" => "Integer or float",
        "string|int" => "String or integer",
        "string[]" => "List of strings",
        "float[]" => "List of floats",
        "object_list" => "List of objects",
        "object" => "Object",
        "prefix" => "Prefix",
        other => panic!("a new type of value: {other}"),
    }
}

#[test]
fn every_system_and_provider_says_who_has_it() {
    let oracle = oracle("semconv.json");
    let lists = [
        ("pub enum System,", "OpenInferenceLLMSystemValues", "LLMSystem", "llm.system"),
        ("pub enum Provider,", "OpenInferenceLLMProviderValues", "LLMProvider", "llm.provider"),
        ("pub enum DecisionSystem,", "OpenInferenceDecisionSystemValues", "none", "none"),
        ("pub enum DecisionProvider,", "OpenInferenceDecisionProviderValues", "none", "none"),
    ];
    let source = documented(&read("crates/openinference-semconv/src/system.rs"));
    for (start, python, js, spec) in lists {
        let sources = Sources::of(&oracle, python, js, spec);
        let from = source.iter().position(|(_, line)| line.starts_with(start)).expect("the list is in system.rs");
        let variants: Vec<_> = source[from + 1..].iter().take_while(|(_, line)| line != "}").collect();
        assert_eq!(variants.len(), sources.all().len(), "{start}");
        for (doc, line) in variants {
            let word = quoted(line).expect("a variant has a spelling");
            assert!(doc.ends_with(&sources.who_has(word)), "{word} is of {}: {doc}", sources.who_has(word));
        }
    }
}

#[test]
fn the_readme_names_the_versions_we_are_held_against() {
    let (oracle, readme) = (oracle("semconv.json"), read("crates/openinference-semconv/README.md"));
    for (package, shown) in [
        ("python openinference-semantic-conventions", "`openinference-semantic-conventions` (Python)"),
        ("@arizeai/openinference-semantic-conventions", "`@arizeai/openinference-semantic-conventions` (JS)"),
    ] {
        let version = oracle["meta"]["versions"][package].as_str().expect("a version");
        assert!(readme.contains(&format!("| {shown} | {version} |")), "{package} {version}");
    }
}

/// The table of Python's whose long name begins with `name`.
fn table<'a>(oracle: &'a Value, name: &str) -> Vec<(&'a str, &'a str)> {
    let tables = oracle["tables"].as_object().expect("tables");
    let (_, rows) = tables.iter().find(|(key, _)| key.starts_with(name)).expect("the table is there");
    let rows = rows.as_object().expect("a table has rows");
    rows.iter().map(|(from, to)| (from.as_str(), to.as_str().expect("a word"))).collect()
}

/// What Python answered to calls of `helper` with one string.
fn answers<'a>(oracle: &'a Value, helper: &str) -> Vec<(&'a str, Option<&'a str>)> {
    let calls = oracle["calls"].as_array().expect("calls").iter().filter(|call| call["helper"] == helper);
    let answers: Vec<_> =
        calls.map(|call| (call["args"][0].as_str().expect("one string"), call["result"].as_str())).collect();
    assert!(answers.len() > 10, "the oracle has lost its calls of {helper}");
    answers
}

#[test]
fn a_provider_is_guessed_from_a_host_as_in_python() {
    let oracle = oracle("helpers_python.json");
    let guess = |host: &str| Provider::from_host(host).map(Provider::as_str);
    for (host, provider) in table(&oracle, "host_suffix_to_provider") {
        assert_eq!(guess(host), Some(provider), "{host}");
        assert_eq!(guess(&format!("eu.{}", host.to_uppercase())), Some(provider), "below {host}");
        assert_eq!(guess(&format!("x{host}")), None, "x{host}");
    }
    for (host, python) in answers(&oracle, "infer_llm_provider_from_host") {
        // Python does not know a host that has its port with it.
        let expected = if host == "api.openai.com:443" { Some("openai") } else { python };
        assert_eq!(guess(host), expected, "{host:?}");
    }
}

#[test]
fn a_system_is_guessed_from_a_model_name_as_in_python() {
    let oracle = oracle("helpers_python.json");
    let guess = |model: &str| System::from_model_name(model).map(System::as_str);
    for (prefix, system) in table(&oracle, "model_prefix_to_system") {
        assert_eq!(guess(prefix), Some(system), "{prefix}");
        assert_eq!(guess(&format!("{}-next", prefix.to_uppercase())), Some(system), "{prefix}-next");
    }
    for (model, python) in answers(&oracle, "infer_llm_system_from_model_name") {
        assert_eq!(guess(model), python, "{model:?}");
    }
}
