//! Foreign text made fit for one line of a terminal.

use std::time::Duration;

/// `text` on one line of at most `width` columns, cut with `…`, without anything a terminal would obey.
pub(super) fn one_line(text: &str, width: usize) -> String {
    let mut line = String::new();
    let mut used = 0;
    let mut fits = 0; // bytes of `line` that leave a column for the mark
    for char in shown(text) {
        let columns = columns(char);
        if used + columns > width {
            line.truncate(fits);
            line.push('…');
            return line;
        }
        used += columns;
        line.push(char);
        if used < width {
            fits = line.len();
        }
    }
    line
}

/// What stands for the characters of `text`: line ends become `⏎`, runs of blanks one blank.
///
/// Escape sequences could repaint the terminal, or worse, and a model writes whatever it likes.
fn shown(text: &str) -> impl Iterator<Item = char> {
    let mut blank = true; // leading blanks too
    text.trim_end().chars().filter_map(move |char| {
        let shown = match char {
            '\n' => '⏎',
            '\r' => return None,
            char if char.is_whitespace() => ' ',
            // The controls, and the marks that make text run backwards.
            char if char.is_control() => '·',
            '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => '·',
            char => char,
        };
        let again = blank && shown == ' ';
        blank = shown == ' ';
        (!again).then_some(shown)
    })
}

/// The columns `char` takes: close enough to Unicode's East Asian width to keep a line a line.
pub(super) fn columns(char: char) -> usize {
    match u32::from(char) {
        0x0300..=0x036f | 0x200b..=0x200d | 0xfe00..=0xfe0f => 0,
        0x1100..=0x115f | 0x2e80..=0xa4cf | 0xac00..=0xd7a3 | 0xf900..=0xfaff | 0xfe30..=0xfe6f => 2,
        0xff00..=0xff60 | 0xffe0..=0xffe6 | 0x1f300..=0x1faff | 0x20000..=0x3fffd => 2,
        _ => 1,
    }
}

/// `830 µs`, `12 ms`, `1.24 s`, `2 m 05 s`.
pub(super) fn duration(time: Duration) -> String {
    match time.as_micros() {
        micros @ 0..1_000 => format!("{micros} µs"),
        micros @ 1_000..1_000_000 => format!("{} ms", micros / 1_000),
        0..60_000_000 => format!("{:.2} s", time.as_secs_f64()),
        _ => format!("{} m {:02} s", time.as_secs() / 60, time.as_secs() % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_cut_at_a_character_and_marked() {
        for (text, width, line) in [
            ("short", 5, "short"),
            ("longer", 5, "long…"),
            ("näher dran", 4, "näh…"),
            ("数字数字", 8, "数字数字"),
            ("数字数字", 7, "数字数…"),
            ("数字数字", 6, "数字…"),
            ("👩‍🚀👩‍🚀👩‍🚀", 5, "👩‍🚀…"),
            ("x", 0, "…"),
        ] {
            assert_eq!(one_line(text, width), line, "{text:?} in {width}");
        }
    }

    #[test]
    fn line_ends_are_shown_and_blanks_are_one() {
        assert_eq!(one_line("  a\tb\r\n\r\n  c  \n", 50), "a b⏎⏎ c");
    }

    #[test]
    fn nothing_a_terminal_obeys_gets_through() {
        assert_eq!(one_line("\u{1b}[2J\u{7}wiped\u{9b}31m\u{202e}gnp", 50), "·[2J·wiped·31m·gnp");
    }

    #[test]
    fn durations_have_a_fitting_unit() {
        for (micros, text) in [
            (7, "7 µs"),
            (999, "999 µs"),
            (12_900, "12 ms"),
            (1_240_000, "1.24 s"),
            (59_999_999, "60.00 s"),
            (125_000_000, "2 m 05 s"),
        ] {
            assert_eq!(duration(Duration::from_micros(micros)), text);
        }
    }
}
