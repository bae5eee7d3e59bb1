use std::borrow::Cow;
use std::ops::Range;

/// The sign in the query of a URL.
const ENCODED: &str = "%40";

pub(super) fn may_be_in(text: &str) -> bool {
    text.contains(['@', '\u{ff20}']) || text.contains(ENCODED)
}

pub(super) fn find(text: &str, from: usize) -> Option<Range<usize>> {
    let mut at = from;
    while let Some((sign, after)) = next_sign(text, at) {
        // The name begins after the last sign, so that nothing is looked at twice.
        if let (Some(start), Some(end)) = (start_of_name(text, at, sign), end_of_domain(text, after)) {
            return Some(start..end);
        }
        at = after;
    }
    None
}

pub(super) fn canonical(found: &str) -> Cow<'_, str> {
    Cow::Owned(found.replacen(ENCODED, "@", 1).to_lowercase())
}

/// Where the next sign begins and ends.
fn next_sign(text: &str, from: usize) -> Option<(usize, usize)> {
    let bytes = text.as_bytes();
    let mut at = from;
    loop {
        at += bytes[at..].iter().position(|byte| matches!(byte, b'@' | b'%'))?;
        match bytes[at] {
            b'@' => return Some((at, at + 1)),
            _ if text[at..].starts_with(ENCODED) => return Some((at, at + ENCODED.len())),
            _ => at += 1,
        }
    }
}

/// Of the characters that RFC 5322 allows, `/`, `=`, `?` and `&` are left out: where they stand, a URL or a list of settings is
/// more likely than a name.
fn start_of_name(text: &str, from: usize, sign: usize) -> Option<usize> {
    let before = &text[from..sign];
    if let Some(quoted) = before.strip_suffix('"') {
        let name = quoted.rsplit('"').next()?;
        return (name.len() < quoted.len() && !name.is_empty()).then(|| sign - 2 - name.len());
    }
    let belongs = |character: char| character.is_alphanumeric() || "._%+-~!#$*^'`{|}".contains(character);
    let start = before
        .rfind(|character| !belongs(character))
        .map_or(0, |at| at + before[at..].chars().next().map_or(0, char::len_utf8));
    // Quotes, brackets and stars before it are not part of it.
    let name = before[start..].trim_start_matches(|character: char| !character.is_alphanumeric() && character != '_');
    (!name.is_empty()).then(|| sign - name.len())
}

/// At least two labels, the last one of letters: `2x.png` is a domain by this, `1.2` is none.
fn end_of_domain(text: &str, start: usize) -> Option<usize> {
    let belongs = |character: char| character.is_alphanumeric() || character == '-' || character == '.';
    let rest = &text[start..];
    let mut domain = &rest[..rest.find(|character| !belongs(character)).unwrap_or(rest.len())];
    // A domain has 255 characters; more are something else, and need not be looked at again and again.
    if let Some((end, _)) = domain.char_indices().nth(256) {
        domain = &domain[..end];
    }
    loop {
        domain = domain.trim_end_matches(['.', '-']);
        let (labels, last) = domain.rsplit_once('.')?;
        let is_punycode = last.get(..4).is_some_and(|begin| begin.eq_ignore_ascii_case("xn--"));
        let is_top = last.chars().nth(1).is_some() && (is_punycode || last.chars().all(char::is_alphabetic));
        if is_top && !labels.is_empty() && !labels.starts_with(['.', '-']) {
            return Some(start + domain.len());
        }
        domain = labels;
    }
}
