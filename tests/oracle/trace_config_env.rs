//! How `TraceConfig` of Python's `openinference-instrumentation` 0.1.72 comes to its values, against ours.

use serde_json::Value as Json;

use super::redaction::config;
use super::{deviations, parity, vectors};

#[test]
fn settings_are_decided_as_python_decides_them() {
    let Some(rows) = vectors("trace_config_env_python.json") else { return };
    let wider: Vec<_> = deviations("trace_config_env").iter().map(Wider::read).collect();
    let (mut failures, mut decided, mut wider_rows) = (Vec::new(), 0, 0);
    for row in &rows {
        // What Python refuses at run time does not compile here.
        if row["resolved"].is_null() || row["config"].as_object().is_some_and(|config| config.iter().any(is_mistyped)) {
            continue;
        }
        decided += 1;
        let mut expected = row["resolved"].clone();
        for (variable, text) in row["env"].as_object().into_iter().flatten() {
            let field = variable.strip_prefix("OPENINFERENCE_").unwrap_or_default().to_lowercase();
            let decided_in_code = row["config"].get(&field).is_some_and(|value| !value.is_null());
            let here = wider.iter().position(|wider| wider.fits(variable, text.as_str().expect("text")));
            if let (false, Some(number), Some(Json::Bool(theirs))) = (decided_in_code, here, expected.get_mut(&field)) {
                wider_rows += usize::from(*theirs != wider[number].then);
                *theirs = wider[number].then;
            }
        }
        let ours = resolved(row);
        if let Some((field, theirs)) = expected.as_object().expect("fields").iter().find(|(field, theirs)| {
            field.as_str() != "blob_uploader" && ours.get(field.as_str()).is_none_or(|ours| *ours != in_range(theirs))
        }) {
            failures.push(format!(
                "{} {}: {field} is {:?}, not {theirs}",
                row["config"],
                row["env"],
                ours.get(field.as_str())
            ));
        }
    }
    let refused = rows.len() - decided;
    let notes = format!(" ({wider_rows} of them wider, as deviations.toml says; {refused} more do not compile here)");
    parity("trace config", decided, &notes, &failures);
}

/// Variables that we read and Python does not.
struct Wider {
    variables: String,
    texts: Vec<String>,
    then: bool,
}

impl Wider {
    fn read(entry: &toml::Table) -> Self {
        assert!(entry["reason"].as_str().is_some_and(|reason| !reason.is_empty()), "no reason: {entry}");
        Self {
            variables: entry["variables"].as_str().expect("the beginning of names").to_owned(),
            texts: entry["texts"].as_array().map_or_else(Vec::new, |texts| {
                texts.iter().map(|text| text.as_str().expect("a string").to_owned()).collect()
            }),
            then: entry["then"].as_bool().expect("true or false"),
        }
    }

    /// An empty list of texts means all that neither Python nor we can read.
    fn fits(&self, variable: &str, text: &str) -> bool {
        let text = text.trim().to_lowercase();
        variable.starts_with(&self.variables)
            && if self.texts.is_empty() {
                !["1", "true", "yes", "on", "0", "false", "no", "off"].contains(&text.as_str())
            } else {
                self.texts.contains(&text)
            }
    }
}

/// What `Debug` shows: the only place where every setting can be seen.
fn resolved(row: &Json) -> serde_json::Map<String, Json> {
    let shown = format!("{:?}", config(row));
    let fields = shown.trim_start_matches("TraceConfig { ").trim_end_matches(" }").split(", ");
    let fields = fields.filter_map(|field| field.split_once(": "));
    fields.map(|(name, value)| (name.to_owned(), value.parse().expect("true, false or a number"))).collect()
}

fn is_mistyped((field, value): (&String, &Json)) -> bool {
    value.is_string() || value.is_boolean() == (field == "base64_image_max_length") && !value.is_null()
}

/// Python's integers have no end; beyond `i64` the limit makes no difference.
fn in_range(value: &Json) -> Json {
    match value {
        Json::Number(number) if !number.is_i64() => {
            Json::from(if number.as_f64().is_some_and(|number| number < 0.0) { i64::MIN } else { i64::MAX })
        }
        value => value.clone(),
    }
}
