//! Whatever lists and messages an application records: conversion does not panic, counts without gaps, makes keys that a
//! backend can store, and doing it twice is doing it once.

use std::collections::{BTreeMap, BTreeSet};

use tracing_openinference::{Conversion, convert};

use super::input;
use super::lists::LISTS;

/// The first line is the name of the span, the others are attributes.
pub(crate) fn check(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let (name, lines) = text.split_once('\n').unwrap_or(("span", &text));
    // A list that the application has counted itself has the gaps it wants; so do keys that are tidied into one.
    let counted = |key: &str| LISTS.iter().any(|list| tidy(key).starts_with(list) && tidy(key) != *list);
    let mut span = input::span(name.to_owned(), input::attributes(lines, counted));
    let conversion = Conversion::default();
    convert(&mut span, &conversion);

    let all: Vec<_> = span.attributes.iter().map(|attribute| attribute.key.as_str()).collect();
    assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), all.len(), "a key is there twice: {all:?}");
    let mut indices: BTreeMap<String, BTreeSet<usize>> = BTreeMap::new();
    for key in all.iter().filter(|key| LISTS.iter().any(|list| key.starts_with(list))) {
        assert!(key.split('.').all(|part| !part.is_empty()), "{key}");
        let parts: Vec<&str> = key.split('.').collect();
        for (at, part) in parts.iter().enumerate() {
            if let Ok(index) = part.parse() {
                indices.entry(parts[..at].join(".")).or_default().insert(index);
            }
        }
    }
    for (list, indices) in indices {
        assert!(indices.iter().copied().eq(0..indices.len()), "{list} has {indices:?}");
    }

    let once = format!("{span:?}");
    convert(&mut span, &conversion);
    assert_eq!(once, format!("{span:?}"), "twice is not once");
}

fn tidy(key: &str) -> String {
    key.split('.').map(str::trim).filter(|part| !part.is_empty()).collect::<Vec<_>>().join(".")
}
