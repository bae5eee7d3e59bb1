//! What the pages say is so: versions, variables, features, links.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn file(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The crate page as rustdoc sees it.
fn crate_page() -> String {
    let source = file("crates/tracing-openinference/src/lib.rs");
    let lines = source.lines().map_while(|line| line.strip_prefix("//!"));
    lines.map(|line| format!("{}\n", line.strip_prefix(' ').unwrap_or(line))).collect()
}

fn manifest(path: &str) -> toml::Table {
    file(path).parse().expect("a manifest is TOML")
}

/// The fenced blocks of Rust.
fn code(page: &str) -> Vec<String> {
    let blocks = page.split("\n```").skip(1).step_by(2);
    let rust = blocks.filter(|block| block.starts_with("rust") || block.starts_with("no_run"));
    rust.map(|block| block.split_once('\n').map_or("", |(_, code)| code).to_owned()).collect()
}

#[test]
fn readme_and_crate_page_begin_with_the_same_program_of_fifteen_lines() {
    let (readme, page) = (file("README.md"), crate_page());
    let quick_start = code(&readme).remove(0);
    assert_eq!(quick_start, code(&page).remove(0));
    assert!(quick_start.lines().filter(|line| !line.is_empty()).count() <= 15, "{quick_start}");
}

#[test]
fn the_versions_are_those_of_the_manifest() {
    let workspace = &manifest("Cargo.toml")["workspace"];
    let of = |name: &str| workspace["dependencies"][name]["version"].as_str().expect("a version").to_owned();
    let lock = file("scripts/phoenix.lock.txt");
    let phoenix = lock.lines().find_map(|line| line.strip_prefix("arize-phoenix==")).expect("it is pinned");
    let rust = workspace["package"]["rust-version"].as_str().expect("a version");
    let ours = workspace["package"]["version"].as_str().expect("a version");
    let ours = ours.rsplit_once('.').expect("three numbers").0;
    assert_eq!(of("opentelemetry"), of("opentelemetry_sdk"));
    let row =
        format!("| {ours} | {} | {} | {phoenix} | {rust} or newer |", of("opentelemetry"), of("tracing-opentelemetry"));
    assert!(crate_page().contains(&row), "{row}");
    for page in ["README.md", "CONTRIBUTING.md"] {
        assert!(file(page).contains(&format!("Rust {rust} or newer")), "{page}");
    }
}

#[test]
fn every_feature_is_on_the_crate_page() {
    let manifest = manifest("crates/tracing-openinference/Cargo.toml");
    let features = manifest["features"].as_table().expect("features");
    let page = crate_page();
    let line = page.lines().find(|line| line.ends_with(" are on by default.")).expect("which are on");
    let off: Vec<&str> = line.split('`').skip(1).step_by(2).collect();
    for feature in features.keys().filter(|feature| *feature != "default") {
        assert!(page.contains(&format!("\n| `{feature}` | ")), "{feature}");
        let default = features["default"].as_array().expect("a list");
        let on = default.iter().any(|name| name.as_str() == Some(feature));
        assert_eq!(on, !off.contains(&feature.as_str()), "{feature}: the page names those that are off: {off:?}");
    }
}

/// Half of the interface would be missing there without.
#[test]
fn docs_rs_builds_every_feature() {
    for name in ["tracing-openinference", "openinference-semconv"] {
        let manifest = manifest(&format!("crates/{name}/Cargo.toml"));
        let all = &manifest["package"]["metadata"]["docs"]["rs"]["all-features"];
        assert_eq!(all.as_bool(), Some(true), "{name}");
    }
}

#[test]
fn every_guide_is_on_the_page_of_guides() {
    let page = file("crates/tracing-openinference/src/guide.rs");
    let mut guides = 0;
    for entry in fs::read_dir(root().join("crates/tracing-openinference/src/guide")).expect("a folder") {
        let path = entry.expect("an entry").path();
        let name = path.file_stem().and_then(|name| name.to_str()).expect("a name");
        assert!(page.contains(&format!("//! | [`{name}`] | ")), "{name}");
        assert!(page.contains(&format!("guide/{name}.md\")]\npub mod {name} {{}}")), "{name}");
        guides += 1;
    }
    assert!(guides > 10, "{guides}");
}

#[test]
fn every_variable_on_a_page_is_read_by_the_code() {
    let mut sources = String::new();
    read_all(&root().join("crates/tracing-openinference/src"), &mut sources);
    for page in ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "ARCHITECTURE.md"] {
        for variable in variables(&file(page)) {
            // Those of the tests and of scripts.
            let elsewhere = ["PHOENIX_URL"].contains(&&*variable);
            assert!(elsewhere || sources.contains(&variable), "{page}: {variable}");
        }
    }
}

/// The table of the guide against the names in the code, both ways.
#[test]
fn every_variable_that_is_read_has_a_row_and_no_other() {
    let guide = file("crates/tracing-openinference/src/guide/environment.md");
    let rows = guide.lines().filter_map(|line| line.strip_prefix("| ")?.split(" | ").next());
    let listed: BTreeSet<_> = rows.flat_map(|names| names.split('`').skip(1).step_by(2).map(str::to_owned)).collect();
    let mut read = BTreeSet::new();
    sources(&root().join("crates/tracing-openinference/src"), &mut |source| {
        let code = source.split("\n#[cfg(test)]\nmod tests").next().unwrap_or_default();
        read.extend(code.split('"').filter(|text| is_variable(text)).map(str::to_owned));
    });
    // Not a setting of ours: the home directory tells whose process this is, and the other that it is a CGI program.
    read.retain(|name| !["HOME", "REQUEST_METHOD"].contains(&&**name));
    assert!(read.len() > 50, "{read:?}");
    assert_eq!(listed, read);
}

fn is_variable(text: &str) -> bool {
    let others = ["ENVIRONMENT", "RUST_LOG", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"];
    let letters = |text: &str| text.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_');
    let prefix = ["PHOENIX_", "OTEL_", "OPENINFERENCE_"].iter().any(|prefix| text.starts_with(prefix));
    others.contains(&text) || (prefix && letters(text) && !text.ends_with('_'))
}

/// Every file of code that is not a test.
fn sources(folder: &Path, each: &mut impl FnMut(&str)) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.file_stem().is_some_and(|name| name == "tests") {
            continue;
        }
        if path.is_dir() {
            sources(&path, each);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            each(&fs::read_to_string(&path).expect("sources are text"));
        }
    }
}

/// `OTEL_BSP_*` counts as `OTEL_BSP_`.
fn variables(page: &str) -> BTreeSet<String> {
    let words = page.split(|letter: char| !(letter.is_ascii_uppercase() || letter.is_ascii_digit() || letter == '_'));
    let prefixes = ["PHOENIX_", "OTEL_", "OPENINFERENCE_"];
    words.filter(|word| prefixes.iter().any(|prefix| word.starts_with(prefix))).map(str::to_owned).collect()
}

fn read_all(folder: &Path, out: &mut String) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            read_all(&path, out);
        } else {
            out.push_str(&fs::read_to_string(&path).expect("sources are text"));
        }
    }
}

#[test]
fn every_link_and_path_on_a_page_leads_somewhere() {
    for page in ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "ARCHITECTURE.md"] {
        let text = file(page);
        let links = text.split("](").skip(1).filter_map(|rest| rest.split_once(')')).map(|(link, _)| link);
        let inline = text.split('`').skip(1).step_by(2).filter(|code| {
            let folders = ["crates/", "tests/", "examples/", "benches/", "scripts/"];
            folders.iter().any(|folder| code.starts_with(folder)) && !code.contains(' ')
        });
        for path in links.chain(inline).filter(|link| !link.starts_with("http")) {
            assert!(root().join(path).exists(), "{page}: {path}");
        }
    }
}
