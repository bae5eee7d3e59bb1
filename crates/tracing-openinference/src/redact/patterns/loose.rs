//! Members of JSON in a text that is no JSON: prose around it, lines of a log, a text that was cut.

use super::KeyRule;
use super::texts::Replaced;

/// Longer than any name that a rule could mean.
const LONGEST_NAME: usize = 256;

/// Replaces the value after every `"name":` that a rule speaks of, quotes being escaped or not.
pub(super) fn redact(text: &str, rules: &[KeyRule]) -> Option<String> {
    if rules.is_empty() {
        return None;
    }
    let bytes = text.as_bytes();
    let mut out = Replaced::default();
    let mut at = 0;
    while let Some(quote) = next_quote(bytes, at) {
        let Some(close) = next_quote(bytes, quote + 1) else { break };
        // Whatever this quote was, the next one may begin a name.
        at = close;
        let slashes = slashes_before(bytes, close);
        let Some(value) = value_after(bytes, close + 1) else { continue };
        let Some(name) = text.get(quote + 1..close - slashes).filter(|name| name.len() <= LONGEST_NAME) else {
            continue;
        };
        let Some(rule) = rules.iter().find(|rule| rule.is_about_member(name)) else { continue };
        let Value { start, end } = Value::at(bytes, value, slashes);
        if let Some(old) = text.get(start..end) {
            out.push(text, start..end, rule.outcome.of(old));
        }
        at = end;
    }
    out.end(text)
}

/// What is replaced: inside the quotes of a string, else all of it.
struct Value {
    start: usize,
    end: usize,
}

impl Value {
    fn at(bytes: &[u8], start: usize, level: usize) -> Self {
        let slashes = bytes[start..].iter().take_while(|byte| **byte == b'\\').count();
        match bytes.get(start + slashes) {
            Some(b'"') => {
                let first = start + slashes + 1;
                let mut at = first;
                // A quote inside the string has more backslashes than those around it.
                while let Some(quote) = next_quote(bytes, at) {
                    if slashes_before(bytes, quote) <= slashes {
                        return Self { start: first, end: quote - slashes_before(bytes, quote).min(quote - first) };
                    }
                    at = quote + 1;
                }
                Self { start: first, end: bytes.len() }
            }
            Some(b'{' | b'[') => Self { start, end: end_of_container(bytes, start, level) },
            _ => {
                let ends = |byte: &u8| matches!(byte, b',' | b'}' | b']' | b'\\') || byte.is_ascii_whitespace();
                let rest = &bytes[start..];
                Self { start, end: start + rest.iter().position(ends).unwrap_or(rest.len()) }
            }
        }
    }
}

/// Quotes have as many backslashes as those of the name; others are inside of strings. What is not closed ends with the text.
fn end_of_container(bytes: &[u8], start: usize, level: usize) -> usize {
    let (mut depth, mut slashes, mut is_string) = (0_usize, 0_usize, false);
    for (at, byte) in bytes.iter().enumerate().skip(start) {
        match byte {
            b'"' if slashes <= level => is_string = !is_string,
            b'{' | b'[' if !is_string => depth += 1,
            b'}' | b']' if !is_string && depth == 1 => return at + 1,
            b'}' | b']' if !is_string => depth -= 1,
            _ => {}
        }
        slashes = if *byte == b'\\' { slashes + 1 } else { 0 };
    }
    bytes.len()
}

/// Where the value begins, if `at` is followed by a colon.
fn value_after(bytes: &[u8], at: usize) -> Option<usize> {
    let colon = at + white_space(bytes, at);
    (bytes.get(colon) == Some(&b':')).then(|| colon + 1 + white_space(bytes, colon + 1)).filter(|at| *at < bytes.len())
}

fn next_quote(bytes: &[u8], at: usize) -> Option<usize> {
    Some(at + bytes.get(at..)?.iter().position(|byte| *byte == b'"')?)
}

fn slashes_before(bytes: &[u8], at: usize) -> usize {
    bytes[..at].iter().rev().take_while(|byte| **byte == b'\\').count()
}

fn white_space(bytes: &[u8], at: usize) -> usize {
    bytes.get(at..).unwrap_or_default().iter().take_while(|byte| byte.is_ascii_whitespace()).count()
}
