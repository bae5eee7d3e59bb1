//! A walk through JSON text that replaces what rules find in its strings, whole numbers and names, and leaves the rest to
//! the letter. It keeps no tree, so neither size nor depth matters.

use std::borrow::Cow;

use serde::de::IgnoredAny;

use super::texts::{Replaced, Texts, is_header};
use super::{Renamed, distinct};

/// Whether `text` is JSON with strings inside: an object, an array, a string, or lines of them.
pub(super) fn is_json(text: &str) -> bool {
    let may_be = matches!(text.trim_start().bytes().next(), Some(b'{' | b'[' | b'"'));
    may_be && serde_json::Deserializer::from_str(text).into_iter::<IgnoredAny>().all(|value| value.is_ok())
}

/// `text` is JSON.
pub(super) fn redact(text: &str, texts: Texts<'_>, depth: usize) -> Option<String> {
    let mut walk =
        Walk { text, texts, depth, out: Replaced::default(), open: Vec::new(), at_name: false, in_header: false };
    walk.run();
    walk.out.end(text)
}

struct Walk<'a> {
    text: &'a str,
    texts: Texts<'a>,
    depth: usize,
    out: Replaced,
    /// What we are inside of: of an object, the names that were replaced.
    open: Vec<Option<Renamed>>,
    /// The next string is a name.
    at_name: bool,
    /// What comes is the value of a header that authorises.
    in_header: bool,
}

impl<'a> Walk<'a> {
    fn run(&mut self) {
        let bytes = self.text.as_bytes();
        let mut at = 0;
        while let Some(byte) = bytes.get(at) {
            let is_object = *byte == b'{';
            match byte {
                b'{' | b'[' => {
                    self.open.push(is_object.then(Renamed::new));
                    self.at_name = is_object;
                }
                b'}' | b']' => {
                    self.open.pop();
                    (self.at_name, self.in_header) = (false, false);
                }
                b',' => self.at_name = matches!(self.open.last(), Some(Some(_))),
                b':' => self.at_name = false,
                b'"' => {
                    let end = end_of_string(bytes, at);
                    at = if self.at_name { self.name(at, end) } else { self.string(at, end) };
                    continue;
                }
                b'-' | b'0'..=b'9' => {
                    at = self.number(at);
                    continue;
                }
                _ => {}
            }
            at += 1;
        }
    }

    /// A name, and its value if a rule speaks of the name. Where to go on.
    fn name(&mut self, start: usize, end: usize) -> usize {
        let name = unescaped(self.inner(start, end));
        self.in_header = is_header(&name);
        if let Some(new) = self.texts.redact_name(&name) {
            let new = match self.open.last_mut() {
                Some(Some(renamed)) => distinct(new, renamed),
                _ => new,
            };
            self.out.push(self.text, start..end, Some(quoted(&new)));
        }
        let Some(rule) = self.texts.rule_of(&name) else { return end };
        let bytes = self.text.as_bytes();
        let colon = end + white_space(bytes, end);
        let value = (colon + 1 + white_space(bytes, colon + 1)).min(bytes.len());
        let value_end = end_of_value(bytes, value);
        let old = &self.text[value..value_end];
        let plain = if old.starts_with('"') { unescaped(self.inner(value, value_end)) } else { Cow::Borrowed(old) };
        self.out.push(self.text, value..value_end, rule.outcome.of(&plain).map(|new| quoted(&new)));
        value_end
    }

    fn string(&mut self, start: usize, end: usize) -> usize {
        let text = unescaped(self.inner(start, end));
        if let Some(new) = self.texts.redact_member(self.in_header, &text, self.depth + 1) {
            self.out.push(self.text, start..end, Some(quoted(&new)));
        }
        end
    }

    fn number(&mut self, start: usize) -> usize {
        let end = end_of_value(self.text.as_bytes(), start);
        let new = whole(&self.text[start..end]).and_then(|number| self.texts.redact_flat(&number));
        self.out.push(self.text, start..end, new.map(|new| quoted(&new)));
        end
    }

    /// Without the quotes.
    fn inner(&self, start: usize, end: usize) -> &'a str {
        self.text.get(start + 1..end - 1).unwrap_or_default()
    }
}

/// The digits of a whole number, however it is written.
fn whole(number: &str) -> Option<Cow<'_, str>> {
    if number.contains(['e', 'E']) {
        // More digits than this are nobody's number, and thousands are quickly written.
        let value = number.parse().ok().filter(|value: &f64| value.fract() == 0.0 && value.abs() < 1e20)?;
        return Some(format!("{value:.0}").into());
    }
    match number.split_once('.') {
        Some((whole, fraction)) => fraction.bytes().all(|byte| byte == b'0').then_some(whole.into()),
        None => Some(number.into()),
    }
}

/// After the closing quote of the string that begins at `start`.
fn end_of_string(bytes: &[u8], start: usize) -> usize {
    let mut at = start + 1;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => return at + 1,
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    bytes.len()
}

fn end_of_value(bytes: &[u8], start: usize) -> usize {
    match bytes.get(start) {
        Some(b'"') => end_of_string(bytes, start),
        Some(b'{' | b'[') => end_of_container(bytes, start),
        _ => {
            let rest = bytes.get(start..).unwrap_or_default();
            let ends = |byte: &u8| matches!(byte, b',' | b'}' | b']' | b':') || byte.is_ascii_whitespace();
            start + rest.iter().position(ends).unwrap_or(rest.len())
        }
    }
}

fn end_of_container(bytes: &[u8], start: usize) -> usize {
    let (mut at, mut depth) = (start, 0_usize);
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => {
                at = end_of_string(bytes, at);
                continue;
            }
            b'{' | b'[' => depth += 1,
            b'}' | b']' if depth == 1 => return at + 1,
            b'}' | b']' => depth -= 1,
            _ => {}
        }
        at += 1;
    }
    bytes.len()
}

fn white_space(bytes: &[u8], start: usize) -> usize {
    bytes.get(start..).unwrap_or_default().iter().take_while(|byte| byte.is_ascii_whitespace()).count()
}

fn quoted(text: &str) -> String {
    // Writing a `str` into memory cannot fail.
    serde_json::to_string(text).unwrap_or_default()
}

/// What a string of JSON says. Half of a pair of surrogates, which a text cut by JavaScript may end with, is no character.
pub(super) fn unescaped(text: &str) -> Cow<'_, str> {
    if !text.contains('\\') {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        out.push_str(&rest[..at]);
        let (character, length) = escape(&rest[at..]);
        out.push(character);
        rest = &rest[at + length..];
    }
    out.push_str(rest);
    Cow::Owned(out)
}

/// The character of the escape that `text` begins with, and its length.
fn escape(text: &str) -> (char, usize) {
    let character = match text.as_bytes().get(1) {
        Some(b'n') => '\n',
        Some(b't') => '\t',
        Some(b'r') => '\r',
        Some(b'b') => '\u{8}',
        Some(b'f') => '\u{c}',
        Some(b'u') => return unicode_escape(text),
        Some(other @ (b'"' | b'\\' | b'/')) => char::from(*other),
        // Not in JSON.
        _ => return ('\\', 1),
    };
    (character, 2)
}

fn unicode_escape(text: &str) -> (char, usize) {
    let unit = |at: usize| {
        let escape = text.get(at..at + 6)?.strip_prefix("\\u")?;
        u16::from_str_radix(escape, 16).ok()
    };
    let Some(first) = unit(0) else { return ('\\', 1) };
    match char::decode_utf16([first, unit(6).unwrap_or_default()]).next() {
        Some(Ok(character)) => (character, if u32::from(character) > 0xffff { 12 } else { 6 }),
        _ => (char::REPLACEMENT_CHARACTER, 6),
    }
}
