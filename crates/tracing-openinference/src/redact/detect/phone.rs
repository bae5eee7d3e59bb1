use std::ops::Range;

use super::{end_of_digits, is_alphanumeric_at, is_digit_at};

/// Groups of digits and what stands between them.
#[derive(Default)]
struct Number {
    end: usize,
    digits: usize,
    /// How many digits each group has.
    groups: Vec<usize>,
    /// The first separator of each gap.
    gaps: Vec<u8>,
}

/// More groups than any way to write a number has.
const GROUPS: usize = 8;

pub(super) fn find(text: &str, from: usize) -> Option<Range<usize>> {
    let bytes = text.as_bytes();
    let mut at = from;
    loop {
        let start = at + bytes[at..].iter().position(|byte| matches!(byte, b'+' | b'(' | b'0'..=b'9'))?;
        let end = match bytes[start] {
            b'+' => international(bytes, start),
            b'(' => in_brackets(bytes, start),
            _ => national(bytes, start),
        };
        match end {
            Some(end) => return Some(start..end),
            None if bytes[start].is_ascii_digit() => at = end_of_digits(bytes, start),
            None => at = start + 1,
        }
    }
}

/// `+49 30 123456`, `+1 (555) 123-4567`, `+15551234567`.
fn international(bytes: &[u8], start: usize) -> Option<usize> {
    let before = start.checked_sub(1).map(|before| bytes[before]);
    if before.is_some_and(|before| before.is_ascii_alphanumeric() || matches!(before, b'_' | b'+')) {
        return None;
    }
    let number = Number::read(bytes, start + 1, b" -./()", 15);
    // A sum with its sign has no gaps, or one point.
    let least = if number.gaps.is_empty() { 9 } else { 7 };
    let is_decimal = number.gaps == [b'.'];
    let fits = bytes.get(start + 1) != Some(&b'0') && number.digits >= least && !is_decimal;
    (fits && may_end(bytes, number.end)).then_some(number.end)
}

/// `(555) 123-4567`, `(030) 123456`.
fn in_brackets(bytes: &[u8], start: usize) -> Option<usize> {
    let end = end_of_digits(bytes, start + 1);
    let area = end - start - 1;
    if !(2..=5).contains(&area) || bytes.get(end) != Some(&b')') {
        return None;
    }
    let rest = end + 1 + usize::from(matches!(bytes.get(end + 1), Some(b' ' | b'-' | b'.' | b'/')));
    let number = Number::read(bytes, rest, b" -./", 12_usize.saturating_sub(area));
    let fits = match bytes[start + 1] {
        b'0' => (8..=12).contains(&(area + number.digits)),
        b'1' => false,
        _ => area == 3 && (number.groups == [3, 4] || number.groups == [7]),
    };
    (fits && may_end(bytes, number.end)).then_some(number.end)
}

/// Without a sign that it is a number to be called, the form has to tell: see the cases.
fn national(bytes: &[u8], start: usize) -> Option<usize> {
    if is_inside(bytes, start) {
        return None;
    }
    if bytes[start] != b'0' {
        return north_american(bytes, start);
    }
    let number = Number::read(bytes, start, b" -./", 17);
    let gaps = &number.gaps[..];
    let fits = if bytes[start..].starts_with(b"00") {
        // `0049 30 123456`, `001 555 123 4567`
        let named = number.groups[0] >= 4 || number.groups == [3, 3, 3, 4];
        bytes.get(start + 2) != Some(&b'0') && !gaps.is_empty() && !gaps.contains(&b'.') && number.digits >= 10 && named
    } else {
        // `030/123456`, `0171 2345678`, `020 7946 0958`, `01.23.45.67.89`; `01-02-2024` is a date.
        let in_pairs = number.groups == [2; 5];
        let grouped = number.groups[0] <= 5 && number.groups.iter().all(|group| *group >= 2);
        let is_date = number.groups.starts_with(&[2, 2, 4]);
        (9..=12).contains(&number.digits)
            && !gaps.is_empty()
            && grouped
            && !is_date
            && (in_pairs || !gaps.contains(&b'.'))
    };
    (fits && may_end(bytes, number.end)).then_some(number.end)
}

/// `555-123-4567`, `1-800-555-0199`, `555.123.4567`. With spaces it could be any three numbers.
fn north_american(bytes: &[u8], start: usize) -> Option<usize> {
    let area =
        if bytes[start] == b'1' && matches!(bytes.get(start + 1), Some(b'-' | b'.')) { start + 2 } else { start };
    if area > start && bytes.get(area) == Some(&b'(') {
        return in_brackets(bytes, area);
    }
    let gap = *bytes.get(area + 3)?;
    let groups = [area..area + 3, area + 4..area + 7, area + 8..area + 12];
    let are_digits = |group: Range<usize>| bytes.get(group).is_some_and(|group| group.iter().all(u8::is_ascii_digit));
    let fits = matches!(gap, b'-' | b'.')
        && bytes.get(area + 7) == Some(&gap)
        && matches!(bytes[area], b'2'..=b'9')
        && groups.into_iter().all(are_digits);
    (fits && may_end(bytes, area + 12)).then_some(area + 12)
}

/// It goes on from a word, another number, a date or a time.
fn is_inside(bytes: &[u8], start: usize) -> bool {
    let before = |distance: usize| start.checked_sub(distance).map(|at| bytes[at]);
    let is_digit = |distance: usize| before(distance).is_some_and(|byte| byte.is_ascii_digit());
    match before(1) {
        Some(b'-' | b'/') => before(2).is_some_and(|byte| byte.is_ascii_alphanumeric()),
        Some(b'.' | b':' | b',') => is_digit(2),
        Some(b' ') => is_digit(2) && is_digit(3) && is_digit(4),
        Some(byte) => byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'+' | b'#'),
        None => false,
    }
}

fn may_end(bytes: &[u8], end: usize) -> bool {
    match bytes.get(end) {
        Some(b'-' | b'/') => !is_alphanumeric_at(bytes, end + 1),
        Some(b'.' | b':' | b',') => !is_digit_at(bytes, end + 1),
        Some(byte) => !byte.is_ascii_alphanumeric() && *byte != b'_',
        None => true,
    }
}

impl Number {
    /// Reads on as long as there are no more than `most` digits.
    fn read(bytes: &[u8], start: usize, separators: &[u8], most: usize) -> Self {
        let mut number = Self { end: start, ..Self::default() };
        let mut at = start;
        while number.groups.len() < GROUPS {
            let end = end_of_digits(bytes, at);
            if end == at || number.digits + (end - at) > most {
                break;
            }
            if at > start {
                number.gaps.push(bytes[number.end]);
            }
            number.digits += end - at;
            number.groups.push(end - at);
            number.end = end;
            // At most three, as in `) (`.
            let gap = bytes[end..].iter().take(3).take_while(|byte| separators.contains(byte)).count();
            if gap == 0 {
                break;
            }
            at = end + gap;
        }
        if number.groups.is_empty() {
            number.groups.push(0);
        }
        number
    }
}
