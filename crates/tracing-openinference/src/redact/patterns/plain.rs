use std::borrow::Cow;

use super::json::unescaped;

/// As often as a text may be escaped in escapes.
const DEEPEST: usize = 8;

/// What a text says to a reader: with `\u0040`, `%40` and the like for what they are, without characters of no width, with
/// spaces, hyphens and full-width forms as ASCII has them. `None` if it is written so already.
///
/// JSON that was cut has such escapes, addresses and forms such signs, copied documents such spaces, and nobody sees the rest.
pub(super) fn plain(text: &str) -> Option<String> {
    let mut plain: Option<String> = None;
    for _ in 0..DEEPEST {
        let now = plain.as_deref().unwrap_or(text);
        let escaped = if now.contains("\\u") { unescaped(now) } else { Cow::Borrowed(now) };
        let new = percent_decoded(&escaped);
        if new == now {
            break;
        }
        plain = Some(new.into_owned());
    }
    let now = plain.as_deref().unwrap_or(text);
    if !now.is_ascii() && now.chars().any(|character| folded(character) != Some(character)) {
        plain = Some(now.chars().filter_map(folded).collect());
    }
    plain
}

/// Some character may be written as `%` and two digits.
pub(super) fn is_percent_encoded(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.contains(&b'%') && (0..bytes.len()).any(|at| percent(bytes, at).is_some())
}

/// The byte that the three at `at` stand for.
fn percent(bytes: &[u8], at: usize) -> Option<u8> {
    let [b'%', high, low] = bytes.get(at..at + 3)? else { return None };
    let digit = |byte: &u8| char::from(*byte).to_digit(16);
    u8::try_from(digit(high)? * 16 + digit(low)?).ok()
}

/// Bytes that are no UTF-8, as of a form in Latin-1, stay as they are, and those around them do not.
fn percent_decoded(text: &str) -> Cow<'_, str> {
    if !is_percent_encoded(text) {
        return Cow::Borrowed(text);
    }
    let bytes = text.as_bytes();
    let mut out = String::with_capacity(text.len());
    let (mut at, mut copied) = (0, 0);
    while at < bytes.len() {
        let mut decoded = Vec::new();
        let mut end = at;
        while let Some(byte) = percent(bytes, end) {
            decoded.push(byte);
            end += 3;
        }
        if end > at {
            out.push_str(&text[copied..at]);
            for chunk in decoded.utf8_chunks() {
                out.push_str(chunk.valid());
                at += 3 * chunk.valid().len();
                out.push_str(&text[at..at + 3 * chunk.invalid().len()]);
                at += 3 * chunk.invalid().len();
            }
            copied = end;
        }
        at = end.max(at + 1);
    }
    out.push_str(&text[copied..]);
    Cow::Owned(out)
}

fn folded(character: char) -> Option<char> {
    /// From a full-width form to ASCII.
    const FULL_WIDTH: u32 = 0xfee0;
    match character {
        '\u{ad}' | '\u{200b}'..='\u{200d}' | '\u{2060}' | '\u{feff}' => None,
        '\u{a0}' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{205f}' | '\u{3000}' => Some(' '),
        '\u{2010}'..='\u{2015}' | '\u{2212}' => Some('-'),
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(character) - FULL_WIDTH),
        character => Some(character),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_what_its_reader_sees() {
        for (text, expected) in [
            (r"ann\u0040example.com", Some("ann@example.com")),
            (r"ann\\\\u0040example.com", Some("ann@example.com")),
            ("ann\u{200b}@exam\u{ad}ple.com", Some("ann@example.com")),
            ("4111\u{a0}1111\u{2011}1111", Some("4111 1111-1111")),
            ("０９０－１２３４", Some("090-1234")),
            (r"C:\users\u", None),
            ("tel=%2B49%2030%20123456&x", Some("tel=+49 30 123456&x")),
            ("%252540", Some("@")),
            ("gr%C3%B6%C3%9Fe %ff 5% 5%4", Some("größe %ff 5% 5%4")),
            ("Jos%E9%20%C3%A9%C3%20x%fe%ff", Some("Jos%E9 é%C3 x%fe%ff")),
            ("100%, %zz %", None),
            ("größe 1, \"ok\"\n", None),
        ] {
            assert_eq!(plain(text).as_deref(), expected, "{text}");
        }
    }
}
