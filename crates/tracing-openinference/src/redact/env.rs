use std::ffi::OsStr;

/// `1/true/yes/on` and `0/false/no/off`, any case, white space around it ignored.
///
/// Python knows only `true` and `false` and takes everything else for "show". An operator who writes
/// `OPENINFERENCE_HIDE_INPUTS=1` means it.
pub(super) fn boolean(value: &OsStr) -> Option<bool> {
    let value = value.to_str()?.trim().to_ascii_lowercase();
    match value.as_str() {
        "1" | "true" | "yes" | "on" => Some(true),
        "0" | "false" | "no" | "off" => Some(false),
        _ => None,
    }
}

/// What Python's `int(text)` reads: a sign, digits of any script, single underscores between digits.
///
/// Numbers beyond `i64` become its nearest end: a limit that large is no limit either way.
pub(super) fn integer(value: &OsStr) -> Option<i64> {
    let text = value.to_str()?.trim();
    let (negative, digits) = match text.strip_prefix(['+', '-']) {
        Some(digits) => (text.starts_with('-'), digits),
        None => (false, text),
    };
    let mut number = 0_i64;
    let mut after_digit = false;
    for character in digits.chars() {
        if character == '_' && after_digit {
            after_digit = false;
            continue;
        }
        // Below zero, where `i64` reaches further.
        number = number.saturating_mul(10).saturating_sub(i64::from(decimal(character)?));
        after_digit = true;
    }
    after_digit.then_some(if negative { number } else { number.saturating_neg() })
}

fn decimal(character: char) -> Option<u8> {
    let code = u32::from(character);
    let next = ZEROS.partition_point(|zero| *zero <= code);
    let zero = *ZEROS.get(next.checked_sub(1)?)?;
    u8::try_from(code - zero).ok().filter(|digit| *digit < 10)
}

/// The zero of every run of ten decimal digits (general category Nd) in Unicode 14, the one of Python 3.11.
#[rustfmt::skip]
const ZEROS: [u32; 66] = [
    0x30, 0x660, 0x6f0, 0x7c0, 0x966, 0x9e6, 0xa66, 0xae6, 0xb66, 0xbe6, 0xc66, 0xce6, 0xd66, 0xde6, 0xe50, 0xed0,
    0xf20, 0x1040, 0x1090, 0x17e0, 0x1810, 0x1946, 0x19d0, 0x1a80, 0x1a90, 0x1b50, 0x1bb0, 0x1c40, 0x1c50, 0xa620,
    0xa8d0, 0xa900, 0xa9d0, 0xa9f0, 0xaa50, 0xabf0, 0xff10, 0x104a0, 0x10d30, 0x11066, 0x110f0, 0x11136, 0x111d0,
    0x112f0, 0x11450, 0x114d0, 0x11650, 0x116c0, 0x11730, 0x118e0, 0x11950, 0x11c50, 0x11d50, 0x11da0, 0x16a60,
    0x16ac0, 0x16b50, 0x1d7ce, 0x1d7d8, 0x1d7e2, 0x1d7ec, 0x1d7f6, 0x1e140, 0x1e2f0, 0x1e950, 0x1fbf0,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn booleans_are_read_in_every_usual_spelling() {
        for yes in ["1", "true", "TRUE", "yes", "On", " true ", "\ttRuE\n"] {
            assert_eq!(boolean(OsStr::new(yes)), Some(true), "{yes:?}");
        }
        for no in ["0", "false", "False", "no", "OFF", " off"] {
            assert_eq!(boolean(OsStr::new(no)), Some(false), "{no:?}");
        }
        for neither in ["", " ", "2", "y", "t", "\"true\"", "None", "truee", "tr ue", "\u{1c}true"] {
            assert_eq!(boolean(OsStr::new(neither)), None, "{neither:?}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn bytes_that_are_no_text_are_not_read() {
        use std::os::unix::ffi::OsStrExt;
        assert_eq!(boolean(OsStr::from_bytes(b"\xfftrue")), None);
        assert_eq!(integer(OsStr::from_bytes(b"3\xff0")), None);
    }

    #[test]
    fn numbers_are_read_as_python_reads_them() {
        for (text, number) in [
            ("30", 30),
            (" 30\n", 30),
            ("+30", 30),
            ("-1", -1),
            ("030", 30),
            ("3_0", 30),
            ("\u{663}\u{660}", 30),
            ("\u{1d7d3}", 5),
            ("\u{3000}\u{663}\u{85}", 3),
            ("99999999999999999999999", i64::MAX),
            ("-9223372036854775808", i64::MIN),
            ("-99999999999999999999999", i64::MIN),
        ] {
            assert_eq!(integer(OsStr::new(text)), Some(number), "{text:?}");
        }
        for text in [
            "",
            "+",
            "-",
            "_3",
            "3_",
            "3__0",
            "30.0",
            "1e1",
            "0x1e",
            "30abc",
            "+-3",
            "+ 3",
            "inf",
            "\u{1f}3",
            "\u{663}\u{1c}",
        ] {
            assert_eq!(integer(OsStr::new(text)), None, "{text:?}");
        }
    }
}
