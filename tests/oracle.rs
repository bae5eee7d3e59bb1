//! Holds the pipeline against what other implementations answered.
//!
//! The vectors in `tests/oracle/` were made by running that software; each module names it. Where we mean to answer
//! differently, `deviations.toml` there says so. `ORACLE_DIR=<folder>` runs the same tests on other vectors of the same
//! file names; a file that is not there is skipped.

#[path = "oracle/endpoints.rs"]
mod endpoints;
#[path = "oracle/genai.rs"]
mod genai;
#[path = "oracle/genai_deviations.rs"]
mod genai_deviations;
#[path = "phoenix/vectors.rs"]
mod phoenix;
#[path = "oracle/phoenix_ingest.rs"]
mod phoenix_ingest;
#[path = "oracle/redaction.rs"]
mod redaction;
#[path = "oracle/trace_config_env.rs"]
mod trace_config_env;

use std::{
    env, fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use serde_json::Value as Json;

/// The rows of a file of vectors, unless they are to be taken from a folder that lacks it.
fn vectors(file: &str) -> Option<Vec<Json>> {
    let path = match env::var_os("ORACLE_DIR") {
        Some(folder) => {
            // Tests run in the folder of their package, people in the root.
            let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(folder);
            assert!(folder.is_dir(), "ORACLE_DIR: {} is no folder", folder.display());
            let path = folder.join(file);
            if !path.exists() {
                say(&format!("{file}: not in ORACLE_DIR, skipped"));
                return None;
            }
            path
        }
        None => ours(file),
    };
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    Some(serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display())))
}

/// A list of `deviations.toml`.
fn deviations(list: &str) -> Vec<toml::Table> {
    let text = fs::read_to_string(ours("deviations.toml")).expect("deviations.toml is there");
    let tables: toml::Table = text.parse().expect("deviations.toml is TOML");
    tables[list].as_array().expect("a list").iter().map(|entry| entry.as_table().expect("a table").clone()).collect()
}

fn ours(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("oracle").join(file)
}

/// `*` stands for any characters, or none.
fn glob(pattern: &str, text: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == text,
        Some((start, rest)) => text.strip_prefix(start).is_some_and(|text| {
            text.char_indices().map(|(at, _)| at).chain([text.len()]).any(|at| glob(rest, &text[at..]))
        }),
    }
}

/// Prints past the test harness, which would swallow the line of a test that passes.
fn say(line: &str) {
    writeln!(io::stdout(), "{line}").expect("stdout is open");
}

/// Says how many rows agree, and fails with the first few that do not.
fn parity(name: &str, rows: usize, notes: &str, failures: &[String]) {
    say(&format!("{name} parity: {}/{rows}{notes}", rows - failures.len()));
    let shown = failures.iter().take(20).cloned().collect::<Vec<_>>().join("\n");
    assert!(failures.is_empty(), "{} of {rows} rows disagree:\n{shown}", failures.len());
}
