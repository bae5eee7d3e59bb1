use super::json::unescaped;

/// As often as a text may be escaped in escapes.
const DEEPEST: usize = 8;

/// What a text says to a reader: with `\u0040` and the like for what they are, without characters of no width, with spaces,
/// hyphens and full-width forms as ASCII has them. `None` if it is written so already.
///
/// JSON that was cut has such escapes, copied documents such spaces, and nobody sees the rest.
pub(super) fn plain(text: &str) -> Option<String> {
    let mut plain: Option<String> = None;
    for _ in 0..DEEPEST {
        let now = plain.as_deref().unwrap_or(text);
        if !now.contains("\\u") {
            break;
        }
        let new = unescaped(now).into_owned();
        if new == now {
            break;
        }
        plain = Some(new);
    }
    let now = plain.as_deref().unwrap_or(text);
    if !now.is_ascii() && now.chars().any(|character| folded(character) != Some(character)) {
        plain = Some(now.chars().filter_map(folded).collect());
    }
    plain
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
            ("größe 1, \"ok\"\n", None),
        ] {
            assert_eq!(plain(text).as_deref(), expected, "{text}");
        }
    }
}
