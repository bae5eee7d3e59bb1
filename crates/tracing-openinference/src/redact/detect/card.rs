use std::ops::Range;

use super::{end_of_digits, is_alphanumeric_at, is_digit_at};

const DIGITS: std::ops::RangeInclusive<usize> = 13..=19;

pub(super) fn find(text: &str, from: usize) -> Option<Range<usize>> {
    let bytes = text.as_bytes();
    let mut at = from;
    loop {
        let start = at + bytes[at..].iter().position(u8::is_ascii_digit)?;
        if may_begin(bytes, start) {
            if let Some(end) = end_of_card(bytes, start) {
                return Some(start..end);
            }
        }
        at = end_of_digits(bytes, start);
    }
}

/// Not in the middle of a word or a number.
fn may_begin(bytes: &[u8], start: usize) -> bool {
    match start.checked_sub(1).map(|before| bytes[before]) {
        None => true,
        Some(b'.' | b',') => !(start >= 2 && is_digit_at(bytes, start - 2)),
        Some(before) => !before.is_ascii_alphanumeric(),
    }
}

fn may_end(bytes: &[u8], end: usize) -> bool {
    let is_decimal = bytes.get(end) == Some(&b'.') && is_digit_at(bytes, end + 1);
    !is_decimal && !is_alphanumeric_at(bytes, end)
}

/// The longest number that begins here: groups of digits, each of three at least but the last, with one space or hyphen
/// between them.
fn end_of_card(bytes: &[u8], start: usize) -> Option<usize> {
    let mut digits = [0_u8; *DIGITS.end()];
    let (mut count, mut at, mut found) = (0, start, None);
    loop {
        let end = end_of_digits(bytes, at);
        if count + (end - at) > digits.len() {
            return found;
        }
        for byte in &bytes[at..end] {
            digits[count] = byte - b'0';
            count += 1;
        }
        if DIGITS.contains(&count) && may_end(bytes, end) && is_card(&digits[..count]) {
            found = Some(end);
        }
        let goes_on = end - at >= 3 && matches!(bytes.get(end), Some(b' ' | b'-')) && is_digit_at(bytes, end + 1);
        if !goes_on {
            return found;
        }
        at = end + 1;
    }
}

fn is_card(digits: &[u8]) -> bool {
    is_of_a_network(digits) && is_luhn(digits)
}

/// The beginnings that networks have been given. It keeps out times: nanoseconds and the like begin with 1.
fn is_of_a_network(digits: &[u8]) -> bool {
    let first_four = digits.iter().take(4).fold(0, |number: u16, digit| number * 10 + u16::from(*digit));
    matches!(first_four, 2200..=2204 | 2221..=2720 | 3000..=3099 | 3400..=6999 | 8100..=8199 | 9792)
}

fn is_luhn(digits: &[u8]) -> bool {
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(place, digit)| {
            let doubled = u32::from(*digit) << (place % 2);
            if doubled > 9 { doubled - 9 } else { doubled }
        })
        .sum();
    sum % 10 == 0
}
